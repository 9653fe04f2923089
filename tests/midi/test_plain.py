"""What the quick way to read a short file gives is what the general way gives."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction

import numpy as np
import pytest

from musicrnn import midi, render
from musicrnn.errors import MidiError
from musicrnn.midi import chunks, events, plain
from musicrnn.score import ControlChange, Note, Part, PitchBend, Score
from tests.midi.listing import header, track
from tests.midi.test_fuzz import SEED_FILES, mutated

#: Every kind of event that is plain, and keys struck again while they sound.
PLAIN = header(3) + (
    track("00 FF 03 05 54 69 74 6C 65  00 FF 51 03 07 A1 20  00 FF 58 04 06 03 18 08  00 FF 2F 00")
    + track(
        "00 B0 00 01 00 B0 20 02 00 C0 28 00 B0 07 64 00 E0 00 50 00 7A 00 00 90 3C 50 00 3C 51"
        " 81 00 3C 00 00 40 33 82 80 00 3C 00 FF FF 7F 80 40 40 00 FF 05 02 6C 61 00 C0 05"
        " 00 90 30 10 10 91 30 11 10 80 30 00 00 91 30 00 00 FF 2F 00"
    )
    + track("00 99 24 50 30 89 24 40 00 FF 59 02 FE 01 00 FF 2F 00")
)


def as_lists(data: bytes) -> object:
    """All that `load` gives, in a form that can be compared; or the message of its error."""
    try:
        loaded = midi.load(data)
    except MidiError as error:
        return str(error)
    columns = [
        [
            (value.dtype, value.shape, value.flags.writeable, value.tolist())
            if isinstance(value := getattr(one, field.name), np.ndarray)
            else value
            for field in fields(one)
        ]
        for one in loaded.tracks
    ]
    return columns, loaded.warnings, loaded.starts


def is_plain(data: bytes) -> bool:
    _, parts = chunks.split(data, lambda *_: None)
    return plain.read_plain(data, parts) is not None


def test_what_is_plain() -> None:
    written = render.to_midi(
        Score.of(
            (Note(Fraction(i), 60 + i % 5, Fraction(1 + i % 2), part=i % 2) for i in range(50)),
            parts=[Part("flute", 73, bank=3), Part("kit", drums=True)],
            controls=[ControlChange(Fraction(0), 64, 127), ControlChange(Fraction(3), 64, 0)],
            bends=[PitchBend(Fraction(1), 100), PitchBend(Fraction(2), 0)],
        )
    )
    for data in (PLAIN, SEED_FILES[0], written):
        assert is_plain(data)


@pytest.mark.parametrize(
    "events_of_track",
    [
        "00 90 3C 50 30 B0 7B 00 00 FF 2F 00",  # all notes off
        "00 90 3C 50 30 FF 2F 00",  # never released
        "00 80 3C 50 30 FF 2F 00",  # not struck
        "00 90 3C 50 00 3C 00 00 FF 2F 00",  # no length
        "00 90 3C 50 30 3C 00",  # no end
        "00 90 3C 50 30 3C 00 00 FF 2F 00 00",  # and something after it
        "00 90 3C 50 30 3C",  # cut short
        "00 90 3C 50 00 FF 01 00 30 3C 00 00 FF 2F 00",  # running status after a meta event
        "00 F0 01 F7 00 FF 2F 00",
        "00 A0 3C 50 00 FF 2F 00",
        "00 D0 3C 00 FF 2F 00",
        "00 90 3C 90 30 3C 00 00 FF 2F 00",  # a value of eight bits
        "00 C0 85 00 FF 2F 00",
        "00 FF 21 01 01 00 FF 2F 00",  # a port
        "00 FF 51 03 00 00 00 00 FF 2F 00",  # a tempo of nothing
        "00 FF 03 01 E4 00 FF 2F 00",  # a name in Latin-1
        "FF FF FF FF 90 3C 50 00 FF 2F 00",
    ],
)
def test_what_is_not(events_of_track: str) -> None:
    assert not is_plain(header() + track(events_of_track))


def test_a_program_of_another_track_is_not_plain() -> None:
    notes = "00 90 3C 50 30 3C 00 00 FF 2F 00"
    assert is_plain(header(2) + track("00 C1 05 00 FF 2F 00") + track(notes))
    assert not is_plain(header(2) + track("00 C0 05 00 FF 2F 00") + track(notes))
    assert not is_plain(header(2) + track("00 B0 00 05 00 FF 2F 00") + track(notes))


def test_both_ways_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    inputs = [PLAIN, *SEED_FILES]
    inputs += [mutated((PLAIN, *SEED_FILES)[i % 4], rng) for i in range(3000)]
    quick = [as_lists(data) for data in inputs]
    monkeypatch.setattr(events, "MOST_BYTES", 0)
    assert quick == [as_lists(data) for data in inputs]
