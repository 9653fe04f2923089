"""Polyphonic MIDI files for benchmarks, made from what music21 installs and composed here.

    uv run python benchmarks/midi_files.py FOLDER [N]

writes N files (500): quartets, chorales, madrigals and keyboard pieces cut to a few bars each and
played in many ways: exactly or by a hand that is never quite on the beat, louder and softer, with
a sustain pedal, on other instruments, with a drum set beside them, changes of tempo and metre,
words, titles in other scripts, an end of track off the grid, tempo events after the last note,
and, now and then, seventy parts. File i depends on i alone. The twenty-odd MIDI files that
music21 installs are copied beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

from musicrnn import midi
from musicrnn.midi.writer import to_midi
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.score import (
    SUSTAIN,
    ControlChange,
    Lyric,
    Meter,
    MeterChange,
    Note,
    Part,
    PitchBend,
    Score,
    TempoChange,
)

__all__ = ["files", "made"]

F = Fraction
COMPOSERS = (
    "haydn", "mozart", "beethoven", "bach", "joplin", "schumann_clara", "schumann_robert",
    "corelli", "handel", "monteverdi", "palestrina",
)  # fmt: skip
#: Bars of 4/4 that a file is long.
LENGTH = F(48)
TITLES = ("", "Étude", "Калинка", "ドラゴン", "Rondo – alla turca", "春の海")


@cache
def _works() -> list[Path]:
    import music21

    corpus = Path(music21.__file__).parent / "corpus"
    found = []
    for composer in COMPOSERS:
        found += sorted((corpus / composer).rglob("*.mxl"))[:40]
    return found


@cache
def _work(number: int) -> Score:
    works = _works()
    path = works[number % len(works)]
    return read_musicxml(path.read_bytes(), file=str(path))


def excerpt(score: Score, start: Fraction, end: Fraction) -> Score:
    """What sounds between two moments, at time 0."""
    notes = [
        replace(note, onset=note.onset - start, duration=min(note.end, end) - note.onset)
        for note in score.notes
        if start <= note.onset < end
    ]
    meters = [c for c in score.meters if c.onset <= start][-1:] or list(score.meters[:1])
    keys = [c for c in score.keys if c.onset <= start][-1:]
    return Score.of(
        notes,
        parts=score.parts,
        meters=[replace(c, onset=F(0)) for c in meters],
        keys=[replace(c, onset=F(0)) for c in keys],
    )


def _groove(length: Fraction, part: int) -> Iterator[Note]:
    for beat in range(int(length)):
        yield Note(F(beat), 36 if beat % 2 == 0 else 38, F(1, 4), 100, part)
        for half in (0, 1):
            yield Note(F(2 * beat + half, 2), 42, F(1, 4), 70, part)


def _keyboard(rng: np.random.Generator) -> Score:
    """A piece of our own: broken chords under a wandering melody."""
    chords = [(48, 52, 55), (45, 48, 52), (41, 45, 48), (43, 47, 50)]
    notes, pitch = [], 72
    for bar in range(12):
        chord = chords[bar % 4]
        broken = (chord[(0, 2, 1, 2)[i % 4]] for i in range(8))
        notes += (Note(F(4 * bar) + F(i, 2), key, F(1, 2), 60) for i, key in enumerate(broken))
        at = F(0)
        while at < 4:
            length = F(rng.choice(["1/4", "1/2", "1", "3/2", "1/3"]))
            pitch = int(np.clip(pitch + rng.integers(-4, 5), 60, 88))
            notes.append(Note(4 * bar + at, pitch, min(length, 4 - at), int(rng.integers(50, 120))))
            at += length
    return Score.of(notes, parts=[Part("Piano")], meters=[MeterChange(F(0), Meter(4, 4))])


def _humanly(score: Score, rng: np.random.Generator) -> Score:
    """Onsets, lengths and strokes as a hand has them, in ticks of 480."""

    def near(time: Fraction, most: int) -> Fraction:
        return max(time + F(int(rng.normal(0, most)), 480), F(0))

    notes = []
    for note in score.notes:
        onset = near(note.onset, 6)
        length = max(
            F(round(note.duration * 480 * int(rng.integers(80, 100)) // 100), 480), F(1, 480)
        )
        velocity = int(np.clip(note.velocity + rng.integers(-25, 26), 1, 127))
        notes.append(replace(note, onset=onset, duration=length, velocity=velocity))
    return score.with_notes(notes)


def made(number: int) -> tuple[Score, str]:
    """The score of file `number`, and in a word how it is timed: exact or played."""
    rng = np.random.default_rng([20, number])
    if number % 5 == 4:
        score = _keyboard(rng)
    else:
        work = _work(int(rng.integers(100_000)))
        last = max(int(work.length // 4) * 4 - int(LENGTH), 0)
        start = F(4 * int(rng.integers(last // 4 + 1)))
        score = excerpt(work, start, start + LENGTH)
    score = replace(score, title=TITLES[number % len(TITLES)])
    parts = [replace(part, program=int(rng.integers(96))) for part in score.parts]
    if rng.random() < 0.4:
        parts.append(Part("Drums", 0, drums=True))
        score = score.with_notes([*score.notes, *_groove(score.length, len(parts) - 1)])
    score = replace(score, parts=tuple(parts))
    style = "exact"
    if rng.random() < 0.3:
        score, style = _humanly(score, rng), "played"
    score = replace(score, **_extras(score, rng))
    if number % 50 == 49:  # an orchestra: every note held by an instrument of its own
        parts = [Part(f"player {i + 1}", i) for i in range(70)]
        notes = [replace(note, part=i % 70) for i, note in enumerate(score.notes)]
        score = replace(score, parts=tuple(parts), controls=(), bends=()).with_notes(notes)
    return score, style


def _extras(score: Score, rng: np.random.Generator) -> dict[str, object]:
    """What stands in a file beside its notes."""
    found: dict[str, object] = {}
    tempos = [TempoChange(F(0), F(int(rng.integers(50, 200))))]
    end = score.length
    if rng.random() < 0.3:
        moments = sorted({F(int(rng.integers(1, max(int(end), 2)))) for _ in range(3)})
        tempos += (TempoChange(at, F(int(rng.integers(50, 200)))) for at in moments)
    if rng.random() < 0.2:
        tempos += (TempoChange(end + 4 * i, F(60 + i)) for i in range(1, 100))
        found["length"] = end + 400
    if rng.random() < 0.2:
        found["length"] = end + F(int(rng.integers(1, 480)), 480)
    if rng.random() < 0.2 and score.meters:
        at = F(int(rng.integers(1, max(int(end), 2))))
        found["meters"] = (*score.meters, MeterChange(at, Meter(3, 4)))
    if rng.random() < 0.4:
        downs = [ControlChange(F(2 * i), SUSTAIN, 127 * (1 - i % 2)) for i in range(int(end) // 2)]
        found["controls"] = (ControlChange(F(0), 7, 90), *downs)
    if rng.random() < 0.2:
        found["bends"] = (PitchBend(F(1), 1000), PitchBend(F(2), 0))
    if rng.random() < 0.2:
        first = [note for note in score.notes if note.part == 0][:20]
        onsets = sorted({note.onset for note in first})
        found["lyrics"] = tuple(Lyric(at, f"la{i}") for i, at in enumerate(onsets))
    return {**found, "tempos": tuple(tempos)}


def files(folder: Path, count: int) -> list[Path]:
    """The files of a folder, written where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        path = next(folder.glob(f"{number:04d}-*.mid"), None)
        if path is None:
            score, name = made(number)
            path = folder / f"{number:04d}-{name}.mid"
            path.write_bytes(to_midi(score))
        found.append(path)
    import music21

    installed = Path(music21.__file__).parent / "midi" / "testPrimitive"
    for path in sorted(installed.glob("*.mid")):
        target = folder / path.name
        target.write_bytes(path.read_bytes())
        found.append(target)
    return found


if __name__ == "__main__":
    where = Path(sys.argv[1])
    paths = files(where, int(sys.argv[2]) if len(sys.argv) > 2 else 500)
    notes = sum(len(midi.read(path).notes) for path in paths)
    print(f"{len(paths)} files, {notes:,} notes, in {where}")
