"""Files a second: reading MIDI, and reading and tokenizing it, beside what one would use instead.

    uv run --with miditok python benchmarks/midi_speed.py [FOLDER]

Without a folder the files are made here from music21's corpus: melodies (Aird's airs, one track),
chorales (four tracks) and string quartets (four tracks, thousands of notes). A row sums up the best
of five readings of each file, all contenders taking turns at each; processor time, since all of
them run in one thread and other work on the machine then matters less. The ratio is to
pretty_midi, or, where ids are made, to pretty_midi with ids.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import symusic

from musicrnn import midi, render
from musicrnn.midi.reader import MidiFile
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.score import Score
from musicrnn.tokens.piano import PianoTokenizer

PASSES = 5
#: What a row is compared with, where that is not pretty_midi.
BESIDE = {"musicrnn: load and 90 values": "pretty_midi and 90 values"}
TOKENIZER = PianoTokenizer()


def scores() -> Iterator[tuple[str, Score]]:
    """(kind, score) of what is written as files."""
    import music21

    from musicrnn import abc

    corpus = Path(music21.__file__).parent / "corpus"
    book = (corpus / "airdsAirs/book1.abc").read_text(errors="replace")
    for tune in abc.parse(book).tunes[:60]:
        yield "melodies", abc.to_score(tune)
    for path in sorted((corpus / "bach").glob("bwv2*.mxl"))[:40]:
        yield "chorales", read_musicxml(path.read_bytes())
    for folder in ("beethoven/opus59no1", "beethoven/opus59no2"):
        for path in sorted((corpus / folder).glob("*.mxl")):
            yield "quartets", read_musicxml(path.read_bytes())


def piano_of(file: MidiFile | str) -> np.ndarray:
    """Ids of a file's melody, all in arrays."""
    loaded = midi.load(file) if isinstance(file, str) else file
    return TOKENIZER.encode_line(TOKENIZER.stepped(loaded))


def pretty_ids(path: str) -> np.ndarray:
    """The same 90 values as one would get them from pretty_midi: its notes, set on the grid."""
    loaded = pretty_midi.PrettyMIDI(path)
    part = max(loaded.instruments, key=lambda p: np.mean([note.pitch for note in p.notes]))
    step = 60 / loaded.get_tempo_changes()[1][0] / TOKENIZER.steps
    ids = np.zeros(int(np.ceil(part.get_end_time() / step)) + 1, int)
    for note in part.notes:
        start, end = round(note.start / step), round(note.end / step)
        ids[start : max(end, start + 1)] = 89
        ids[start] = note.pitch - 20
    return ids


def contestants() -> dict[str, Callable[[str], object]]:
    """What is timed."""
    rows: dict[str, Callable[[str], object]] = {
        "pretty_midi": pretty_midi.PrettyMIDI,
        "mido": mido.MidiFile,
        "musicrnn: load (ticks)": midi.load,
        "musicrnn: read (exact Score)": midi.read,
        "symusic": symusic.Score,
        "pretty_midi and 90 values": pretty_ids,
        "musicrnn: load and 90 values": piano_of,
    }
    if importlib.util.find_spec("miditok"):
        import miditok

        tokenizer = miditok.REMI()
        rows["MidiTok (REMI, symusic)"] = lambda path: tokenizer(Path(path))
    return rows


def rates(rows: dict[str, Callable[[str], object]], paths: Sequence[str]) -> dict[str, float]:
    """Files a second of each row, from the best of `PASSES` at each file."""
    spent = dict.fromkeys(rows, 0.0)
    for path in paths:
        best = dict.fromkeys(rows, float("inf"))
        for _ in range(PASSES):
            for name, what in rows.items():
                start = time.process_time()
                what(path)
                best[name] = min(best[name], time.process_time() - start)
        for name, seconds in best.items():
            spent[name] += seconds
    return {name: len(paths) / seconds for name, seconds in spent.items()}


def main() -> None:
    """Print a table for each kind of file."""
    with tempfile.TemporaryDirectory() as folder:
        kinds: dict[str, list[str]] = {}
        if len(sys.argv) > 1:
            kinds["files"] = [str(p) for p in sorted(Path(sys.argv[1]).rglob("*.mid"))]
        else:
            for i, (kind, score) in enumerate(scores()):
                path = Path(folder) / f"{i}.mid"
                path.write_bytes(render.to_midi(score))
                kinds.setdefault(kind, []).append(str(path))
        for kind, paths in kinds.items():
            notes = [sum(len(t.onsets) for t in midi.load(path).tracks) for path in paths]
            print(f"\n{kind}: {len(paths)} files, {np.median(notes):.0f} notes in the middle one")
            print("| | files/s | × pretty_midi |\n|---|---|---|")
            measured = rates(contestants(), paths)
            for name, found in measured.items():
                beside = measured[BESIDE.get(name, "pretty_midi")]
                print(f"| {name} | {found:,.0f} | {found / beside:.1f} |")


if __name__ == "__main__":
    main()
