"""Whatever the bytes, reading gives a score or a MidiError, and quickly.

`benchmarks/fuzz_midi.py` does the same for as long as one likes, guided by coverage.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicrnn import midi, render
from musicrnn.errors import MidiError
from musicrnn.score import ChordSymbol, Key, KeyChange, Meter, MeterChange, Note, Part, Score
from tests.midi.listing import header, track

SEED_FILES = (
    render.to_midi(
        Score.of(
            (Note(Fraction(i, 3), 60 + i % 12, Fraction(1, 2), part=i % 2) for i in range(24)),
            parts=[Part("flute", 73), Part("kit", drums=True)],
            meters=[MeterChange(Fraction(0), Meter(6, 8))],
            keys=[KeyChange(Fraction(0), Key("D"))],
            chords=[ChordSymbol(Fraction(0), "D7")],
            title="Seed",
        )
    ),
    header()
    + track("00 90 3C 50 30 3C 00 00 F0 02 43 F7 10 3E 40 81 00 3E 00 00 B0 7B 00 00 FF 2F 00"),
    header(2, division="E7 28") + track("00 C0 05 00 05 00 99 24 50 10 FF 01 02 47 37") * 2,
)


def reads(data: bytes) -> None:
    """Read it; `MidiError`, on one line, is the only way out but a score."""
    try:
        score, found = midi.read_with_warnings(data)
    except MidiError as error:
        lines = str(error).splitlines()
        assert len(lines) == 1
        return
    assert all(note.duration > 0 and note.onset >= 0 for note in score)
    assert list(score.notes) == sorted(score.notes)
    assert score.length >= max((note.end for note in score), default=0)
    if any(diagnostic.severity == "warning" for diagnostic in found):
        with pytest.raises(MidiError):
            midi.load(data, strict=True)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes changed, cut out, doubled or put in; now and then the file cut short."""
    work = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(work) + 1))
        kind = int(rng.integers(5))
        if kind == 0 and at < len(work):
            work[at] = int(rng.integers(256))
        elif kind == 1:
            del work[at : at + int(rng.integers(1, 9))]
        elif kind == 2:
            work[at:at] = work[at : at + int(rng.integers(1, 30))]
        elif kind == 3:
            work[at:at] = rng.bytes(int(rng.integers(1, 9)))
        elif at < len(work):
            work[at] = int(rng.choice([0x00, 0x7F, 0x80, 0xFF, 0xF0, 0xF7, 0x90, 0x2F]))
    return bytes(work[: int(rng.integers(len(work) + 1))] if rng.random() < 0.1 else work)


def test_ten_thousand_mutated_files() -> None:
    rng = np.random.default_rng(5)
    for i in range(10_000):
        reads(mutated(SEED_FILES[i % len(SEED_FILES)], rng))


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_track(body: bytes) -> None:
    reads(header() + b"MTrk" + len(body).to_bytes(4, "big") + body)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    reads(data)
    reads(b"MThd" + data)
    reads(b"RIFF\x10\x00\x00\x00RMID" + data)
