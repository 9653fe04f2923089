"""Bars as players count them, and what is the same in two of them."""

from __future__ import annotations

import pytest

from musicrnn import abc
from musicrnn.arranging.bars import Spelled, bar_numbers, parse_bars, share_kept, written_bars
from musicrnn.arranging.melody import one_voice
from musicrnn.errors import UsageError

HEADER = "X:1\nT:Test\nM:4/4\nL:1/8\nK:C\n"


def measures(body: str) -> tuple[abc.Measure, ...]:
    return abc.measures(abc.parse_tune(f"{HEADER}{body}\n"))


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        ("C8|D8|E8|]", [1, 2, 3]),
        ("G2|C8|D6:|", [1, 1, 2]),  # a pickup belongs to the bar after it
        ("|:G2|C8|D6:|:A2|E8|F6:|", [1, 1, 2, 3, 3, 4]),
        ("|:C8|1D8:|2E8|]", [1, 2, 3]),  # each ending has a number of its own
        ("C8|Z4|D8|]", [1, 2, 6]),
    ],
)
def test_numbers(body: str, numbers: list[int]) -> None:
    assert bar_numbers(measures(body)) == numbers


def test_bars_named() -> None:
    assert parse_bars("1-4, 8") == ((1, 4), (8, 8))
    assert parse_bars("") == ()
    for wrong in ("a", "0", "3-1", "1-", "-2", "1;2"):
        with pytest.raises(UsageError, match="names no bars"):
            parse_bars(wrong)


def test_the_text_of_bars() -> None:
    text = f'{HEADER}|:"C"C2 E2 ~G4|\nV4?|'.replace("V4?|", "c4 [K:G]f4|\nP:B\n(3cde f6:|\n")
    tune, found = one_voice(abc.write(abc.parse_tune(text)))
    whole = abc.write(tune)
    bars = written_bars(*one_voice(whole))
    assert [whole[bar.start : bar.end] for bar in bars] == [
        '"C"C2 E2 ~G4', "c4 [K:G]f4", "(3cde f6",
    ]  # fmt: skip
    assert [bar.plain for bar in bars] == [True, False, True]
    assert [bar.key for bar in bars] == ["C", "G", "G"]  # at its end
    assert bars[0].music == "C2 E2 ~G4"
    assert len(found) == 3


def test_the_share_that_is_kept() -> None:
    old = f"{HEADER}CDEF GABc|c8|]\n"
    assert share_kept(old, old) == 1
    assert share_kept(old, f"{HEADER}CDEF c4|c8|]\n") == pytest.approx(5 / 9)
    assert share_kept(old, f"{HEADER}D8|C8|]\n") == 0
    with pytest.raises(UsageError, match="2 and 1 bars"):
        share_kept(old, f"{HEADER}C8|]\n")


def test_where_a_bar_may_be_cut() -> None:
    (bar, *_) = written_bars(*one_voice(f"{HEADER}C>D (3EFG (AB) c-c|]\n"))
    music = Spelled.of(bar.music, bar)
    assert [music.head(cut) for cut in music.cuts] == ["C>D", "C>D (3EFG", "C>D (3EFG (AB)"]
    assert [music.tail(cut) for cut in music.cuts][-1] == "c-c"


def test_chord_symbols_go_back_to_their_places() -> None:
    (bar, *_) = written_bars(*one_voice(f'{HEADER}"C"CDEF "G"GABc|]\n'))
    assert Spelled.of("c4 d4", bar).with_symbols(bar.symbols) == '"C"c4 "G"d4'
    assert Spelled.of("c8", bar).with_symbols(bar.symbols) is None
