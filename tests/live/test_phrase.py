"""What was played, as ABC that a model goes on from."""

from __future__ import annotations

import mido
import pytest

from musicrnn import abc
from musicrnn.live.phrase import Heard, Listener, Phrase
from musicrnn.score import Key, Meter

BEAT = 0.6
COMMON = Meter(4, 4)


def phrase(
    notes: list[tuple[int, float]], meter: Meter = COMMON, *, late: float = 0.0, **more: object
) -> Phrase:
    """Notes as (pitch, quarters), each let go a little early, every other one `late` seconds."""
    heard, now = [], 10.0
    for index, (pitch, quarters) in enumerate(notes):
        start = now + (late if index % 2 else 0)
        heard.append(Heard(start, pitch, 90, start + quarters * BEAT * 0.85))
        now += quarters * BEAT
    return Phrase(tuple(heard), BEAT, meter, **more)


SCALE = [(62, 0.5), (64, 0.5), (66, 0.5), (67, 0.5), (69, 1), (71, 0.5), (73, 0.5)]


@pytest.mark.parametrize("late", [0.0, 0.04, -0.04])
def test_notes_lie_on_the_beats_that_were_meant(late: float) -> None:
    text, bars = phrase([*SCALE, (74, 1), (73, 0.5), (71, 0.5), (69, 2)], late=late).abc()
    assert text.splitlines()[-3:] == ["L:1/8", "K:D", "DEFG A2Bc | d2cB A4 |"]
    assert bars == 2
    assert not [found for found in abc.check(text) if found.severity == "error"]


def test_triplets_and_jigs() -> None:
    third = 1 / 3
    text, _ = phrase([(62, third), (64, third), (66, third), (67, 1), (69, 2)]).abc()
    assert text.endswith("(3DEFG2 A4 |")
    text, bars = phrase([(67, 0.5), (69, 0.5), (71, 0.5), (74, 1.5)], Meter(6, 8)).abc()
    assert text.endswith("GAB d3 |")
    assert bars == 1


def test_of_chords_the_highest_note_is_the_melody() -> None:
    chord = tuple(Heard(0.0 + i / 200, pitch, 80, 2.0) for i, pitch in enumerate((60, 64, 67)))
    text, _ = Phrase(chord, BEAT, Meter(4, 4)).abc()
    assert text.endswith("G8 |")


def test_a_phrase_is_filled_up_to_the_bar_line() -> None:
    text, bars = phrase([(60, 1), (64, 1)]).abc()
    assert bars == 1
    assert text.endswith("C2E2 z4 |")


def test_bars_are_counted_from_the_click() -> None:
    notes = phrase([(67, 0.5), (72, 1)], start=10.0 - 1.5 * BEAT, key=Key("C"))
    text, bars = notes.abc()
    assert text.endswith("z3G c2z2 |")
    assert bars == 1


def test_a_key_that_is_told_holds() -> None:
    text, _ = phrase(SCALE, key=Key("B", "minor")).abc()
    assert "\nK:Bm\n" in text


def test_messages_become_notes() -> None:
    listener = Listener()
    on, off = mido.Message("note_on", note=60), mido.Message("note_off", note=60)
    assert listener.take(on, 1.0)
    assert listener.held
    assert not listener.take(mido.Message("control_change", control=64), 1.1)
    assert listener.take(on, 1.2)  # struck again before it was let go
    assert listener.take(mido.Message("note_on", note=60, velocity=0), 1.5)
    assert listener.take(off, 1.6)  # one too many
    assert not listener.held
    assert listener.notes == (Heard(1.0, 60, 64, 1.2), Heard(1.2, 60, 64, 1.5))
