"""How music is played where it does not say."""

import pytest

from musicrnn import abc, render

TUNE = "X:1\nT:a\nR:{}\nM:6/8\nL:1/8\n{}K:D\nDFA dAF|]\n"


@pytest.mark.parametrize(
    ("rhythm", "qpm"), [("jig", 168), ("Double Jig", 168), ("slip jig", 180), ("reel", 192)]
)
def test_a_dance_without_a_tempo_is_played_as_it_is_danced(rhythm: str, qpm: int) -> None:
    text = TUNE.format(rhythm, "")
    assert [change.qpm for change in render.performed(text).tempos] == [qpm]
    assert abc.to_score(abc.parse_tune(text)).tempos == ()  # the letter of the text says nothing


def test_a_written_tempo_holds() -> None:
    played = render.performed(TUNE.format("jig", "Q:3/8=80\n"))
    assert [change.qpm for change in played.tempos] == [120]


def test_what_no_dance_is_named_for_stays_at_the_default() -> None:
    assert render.performed(TUNE.format("of my own", "")).tempos == ()
