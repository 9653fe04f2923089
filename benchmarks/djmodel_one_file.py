"""The djmodel on one real file by one command: is what it writes music?

    python -m benchmarks.djmodel_one_file [FILE.mid] [--epochs 100] [--seeds 20]

trains ``musicrnn train FILE.mid --recipe djmodel`` in a scratch folder, draws a piece with each of
the seeds 1, 2, … and one greedily, and counts what would make a musician turn away: rests of more
than two bars, notes outside of the file's range, chords that are not heard. Without a file it is
Foster's *Jeanie with the Light Brown Hair*, as installed with music21, saved as MIDI with chords.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from musicrnn import midi, render
from musicrnn.generation import load
from musicrnn.generation.tune import Tune
from musicrnn.score import Score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        file = asked.file or foster(Path(scratch) / "jeanie.mid")
        run = Path(scratch) / "run"
        command = ["train", str(file), "--recipe", "djmodel", "--epochs", str(asked.epochs)]
        subprocess.run(
            [sys.executable, "-m", "musicrnn", *command, "--output", str(run)], check=True
        )
        model, source = load(run), midi.read(file.read_bytes())
        pitches = [note.pitch for note in source.notes if not source.parts[note.part].drums]
        span = min(pitches), max(pitches)
        print("| seed | notes | longest rest, bars | lowest, highest | chords heard |")
        print("|---|---|---|---|---|")
        for seed in range(1, asked.seeds + 1):
            print(row(str(seed), model.generate(seed=seed), span))
        print(row("greedy", model.generate(greedy=True, seed=1), span))
        print(f"\nthe file's notes lie between {span[0]} and {span[1]}")


def foster(path: Path) -> Path:
    """A lead sheet of 1854 as a MIDI file that sounds: melody and chords."""
    import music21

    sheet = render.from_music21(music21.corpus.parse("leadSheet/fosterBrownHair"))
    path.write_bytes(render.to_midi(render.accompany(sheet)))
    return path


def row(name: str, tune: Tune, span: tuple[int, int]) -> str:
    """One piece as a line of the table."""
    melody = tune.score
    pitches = [note.pitch for note in melody.notes]
    inside = span[0] <= min(pitches) and max(pitches) <= span[1]
    rest = float(longest_rest(melody) / bar(melody))
    beyond = len(tune.played.notes) - len(melody.notes)
    return (
        f"| {name} | {len(pitches)} | {rest:.2f} | {min(pitches)}, {max(pitches)}"
        f"{'' if inside else ' (outside)'} | {beyond} notes |"
    )


def bar(score: Score) -> Fraction:
    """The length of a bar in quarter notes."""
    meter = score.meters[0].meter if score.meters else None
    return meter.length if meter else Fraction(4)


def longest_rest(score: Score) -> Fraction:
    """The longest silence of the melody, in quarter notes."""
    notes = sorted(score.notes, key=lambda note: note.onset)
    gaps = [notes[0].onset, score.length - max(note.end for note in notes)]
    gaps += [after.onset - before.end for before, after in pairwise(notes)]
    return max(gaps)


if __name__ == "__main__":
    main()
