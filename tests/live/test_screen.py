"""The notes passing by, and the keys of a terminal."""

import os
import pty
from fractions import Fraction

import pytest

from musicrnn import render
from musicrnn.cli.play import press
from musicrnn.live import keys as keyboard
from musicrnn.live.player import Player
from musicrnn.live.screen import passing, status
from musicrnn.score import Meter, Note
from tests.live.test_player import SCORE, counted

TUNE = "X:1\nT:Air\nM:4/4\nL:1/4\nK:D\nDEFG|\nA[Bd]cd|]\n"


def lit(notes, text=TUNE) -> tuple[str, list[str]]:
    shown = passing(text, notes, Meter(4, 4))
    return shown.plain, [shown.plain[span.start : span.end] for span in shown.spans]


def test_the_line_that_sounds_and_its_notes() -> None:
    notes = render.performed(TUNE).notes
    assert lit(notes[:1]) == ("DEFG|", ["D"])
    assert lit([note for note in notes if note.onset == 5]) == ("A[Bd]cd|]", ["B", "d"])


def test_of_midi_the_bar_and_the_names() -> None:
    notes = [Note(Fraction(9), 62, Fraction(1)), Note(Fraction(9), 66, Fraction(1))]
    assert lit(notes, None) == ("bar   3  D4 F♯4", [])
    assert lit([], None) == ("", [])


def test_the_state_of_the_player() -> None:
    player = Player(SCORE, make=counted)
    for key in ("+", "+", "-", "up", "up", "down", "l", " ", "x", ""):
        press(player, key, Fraction(4))
        player.wait()
    shown = status(player, SCORE).plain
    assert "♩ = 63" in shown
    assert "+1" in shown
    assert "loop" in shown
    assert shown.startswith("❚❚")
    player.pause()
    player.read(48_000)
    press(player, "left", Fraction(4))
    assert player.place == 0


@pytest.mark.parametrize(
    ("sent", "names"),
    [(b" ", [" "]), (b"\x1b[A", ["up"]), (b"\x1bOD", ["left"]), (b"", [""])],
)
def test_keys_of_a_terminal(sent: bytes, names: list[str], monkeypatch) -> None:
    master, slave = pty.openpty()
    opened = os.open
    monkeypatch.setattr(
        keyboard.os, "open", lambda path, flags: os.dup(slave) if path == "/dev/tty" else
        opened(path, flags)
    )  # fmt: skip
    with keyboard.keys() as pressed:
        os.write(master, sent)
        assert [pressed.get(0.1 if not sent else 5) for _ in names] == names
    os.close(master)
    os.close(slave)
