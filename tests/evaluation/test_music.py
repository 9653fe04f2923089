"""Which real tunes stand beside those that a model writes."""

from __future__ import annotations

import pytest

from musicrnn.errors import UsageError
from musicrnn.evaluation.music import of_style, requests
from musicrnn.piece import Piece


def tune(rhythm: str, style: str) -> Piece:
    said = f"O:{style}\n" if style else ""
    text = f"X:1\nT:x\nR:{rhythm}\n{said}M:6/8\nL:1/8\nK:D\nDFA dAF|]\n"
    return Piece("abc", text, rhythm=rhythm, meter="6/8")


PIECES = [tune("jig", "irish"), tune("jig", ""), tune("march", "scottish")]


def test_the_tunes_of_a_tradition_stand_beside_those_asked_for_in_it() -> None:
    assert of_style(PIECES, "") == PIECES
    assert of_style(PIECES, "irish") == PIECES[:1]
    assert [request.rhythm for request in requests(of_style(PIECES, "scottish"))] == ["march"]
    with pytest.raises(UsageError, match="calls welsh"):
        of_style(PIECES, "welsh")
