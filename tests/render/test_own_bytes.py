"""A MIDI file that is rendered sounds as it is: its own events, pedal and volume included."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from musicrnn import midi
from musicrnn.cli import main
from musicrnn.render import to_audio
from musicrnn.score import Note, Part, Score
from tests.midi.listing import header, track

#: Pedal down, a short note, pedal up after four quarters.
PEDALLED = header(division="01 E0") + track("""
    00 B0 40 7F   # pedal down
    00 90 3C 50   # C4 on
    78 80 3C 00   # off at 120
    8E 08 B0 40 00   # pedal up at 1920
    00 FF 2F 00
""")


def loud_until(data: bytes, *, own: bool) -> float:
    """Seconds until the sound is 40 dB below its peak."""
    audio = to_audio(midi.read(data), midi=data if own else None)
    level = np.abs(audio.samples).max(axis=1)
    return float(np.flatnonzero(level > 0.01 * level.max())[-1] / audio.rate)


def test_the_pedal_holds_the_note_until_it_is_lifted() -> None:
    dry = loud_until(PEDALLED.replace(b"\xb0\x40\x7f", b"\xb0\x40\x00"), own=True)
    for own in (True, False):  # the score carries the pedal too
        assert loud_until(PEDALLED, own=own) > 1.5
        assert loud_until(PEDALLED, own=own) > 2 * dry


def test_a_damaged_file_is_played_from_its_score() -> None:
    damaged = PEDALLED.replace(b"\xb0\x40\x7f", b"\xb0\x40\xff")
    assert loud_until(damaged, own=True) > 1.5


def test_twenty_instruments_at_once_are_all_heard() -> None:
    parts = [Part(program=i) for i in range(20)]
    many = Score.of([Note(Fraction(0), 60, Fraction(1), part=i) for i in range(20)], parts=parts)
    assert to_audio(many).seconds > 0.5


@pytest.mark.parametrize("command", ["render", "convert"])
def test_what_was_wrong_with_a_file_is_said(tmp_path, capfd, command) -> None:
    file = tmp_path / "loud.mid"
    file.write_bytes(PEDALLED.replace(b"\xb0\x40\x7f", b"\xb0\x40\xff"))
    out = tmp_path / ("out.mid" if command == "render" else "out.abc")
    with pytest.raises(SystemExit) as ended:
        main([command, str(file), "-o", str(out)])
    assert not ended.value.code
    said = capfd.readouterr().err
    assert "data byte of 255 is read as 127" in said
    if command == "convert":
        assert "not in the ABC as it was: 2 pedal movements" in said
