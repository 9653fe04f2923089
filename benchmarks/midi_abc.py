"""MIDI → ABC → MIDI: what is read back without error, and what comes back as it was.

    uv run python -m benchmarks.midi_abc FOLDER [N] [PART/PARTS]

makes N files (500) in FOLDER (`midi_files`), converts each to ABC by `abc.written`, checks the
ABC strictly, plays it out, writes it as MIDI and reads that. Onsets and pitches are compared on
the grid that the conversion chose: the file's own, or a twelfth of a quarter.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

from benchmarks.midi_files import files
from benchmarks.musicxml_roundtrip import until_interrupted
from musicrnn import abc, midi
from musicrnn.abc.from_score import written
from musicrnn.abc.score_grid import on_grid
from musicrnn.errors import MusicRNNError
from musicrnn.midi.writer import to_midi
from musicrnn.score import Score


def notes(score: Score, *, drums: bool) -> Counter[tuple[Fraction, int]]:
    """Onset and pitch of each sounding note, of the drums or of all else."""
    return Counter({(n.onset, n.pitch) for n in score.notes if score.parts[n.part].drums is drums})


def main() -> None:
    folder = Path(sys.argv[1])
    paths = files(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 500)
    part, parts = map(int, sys.argv[3].split("/")) if len(sys.argv) > 3 else (1, 1)
    counts: Counter[str] = Counter()
    slowest = 0.0
    for path in until_interrupted(paths[part - 1 :: parts]):
        score = midi.read(path)
        if not score.notes:
            continue
        counts["files"] += 1
        start = time.process_time()
        try:
            text, _ = written(score)
        except MusicRNNError as error:
            print(f"{path.name}: {error}")
            continue
        slowest = max(slowest, time.process_time() - start)
        faults = [found for found in abc.check(text, strict=True) if found.severity == "error"]
        if faults:
            print(f"{path.name}: {faults[0]}")
            continue
        counts["read back without error"] += 1
        again = midi.read(to_midi(abc.to_score(abc.parse_tune(text))))
        grid = on_grid(score, Counter())
        same = {drums: notes(grid, drums=drums) == notes(again, drums=drums) for drums in (0, 1)}
        if notes(score, drums=True):
            counts["with drums"] += 1
            counts["drums stay drums"] += bool(notes(again, drums=True)) and same[True]
        counts["onsets and pitches exact"] += all(same.values())
        if not all(same.values()):
            missing = notes(grid, drums=False) - notes(again, drums=False)
            print(f"{path.name}: {missing.total()} of {len(score.notes)} notes differ")
        loud = len({note.velocity for note in score.notes}) > 1
        counts["with loudness"] += loud
        counts["loudness kept"] += loud and len({note.velocity for note in again.notes}) > 1
        seconds = [s.seconds(max(n.end for n in s.notes)) for s in (grid, again)]
        counts["length within 1 %"] += abs(seconds[0] - seconds[1]) <= 0.01 * seconds[0]
        counts["titles kept"] += again.title == (" ".join(score.title.split()) or "Untitled")
        counts["with words"] += bool(score.lyrics)
        counts["words kept"] += bool(score.lyrics) and len(again.lyrics) == len(score.lyrics)
    for what, count in counts.items():
        print(f"{what}: {count}")
    print(f"slowest conversion: {slowest:.1f} s of the processor")


if __name__ == "__main__":
    main()
