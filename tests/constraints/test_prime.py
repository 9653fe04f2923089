"""Going on from a prime, taking over a rhythm, filling gaps."""

from __future__ import annotations

import random
import re
from fractions import Fraction

import pytest

from musicrnn import abc
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.prime import parse_prime, prime_of
from musicrnn.errors import UsageError
from musicrnn.generation import Model
from musicrnn.score import Note, Part, Score
from tests.constraints.helpers import constrained, untrained, walk

TUNE = (
    "X:7\nT:Mine\nC:Me\nM:6/8\nL:1/8\nK:G\n"
    '|:D|"G"G2G GAB|c3 !trill!c2d|e>fg g2f|g3 g2:|\n|:a|g3- gfe|[Bd]2c BAG|(3ABc d e2z|G3 G2:|\n'
)


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_prime_of_any_number_of_bars_is_kept_and_finished(cut: int) -> None:
    header, body = TUNE.split("K:G\n")
    bars = re.findall(r"[^|]*\|:?\n?(?:\|:)?", body)
    prime = header + "K:G\n" + "".join(bars[: cut + 1])
    constraint = constrained(prime=prime)
    text = walk(constraint, random.Random(cut))
    assert text.startswith(prime.rstrip())
    assert abc.check(text, strict=True) == []


@pytest.mark.parametrize(
    "bars", ["|:DFA dAF|GBd gdB||", "|:DFA dAF|1GBd gdB|]", "|:DFA dAF|GBd gdB||AFD", "DFA dAF||"]
)
def test_a_double_bar_line_leaves_a_repeat_open(bars: str) -> None:
    """It is ended after the prime, so that nothing stays open."""
    prime = f"M:6/8\nL:1/8\nK:D\n{bars}"
    for seed in range(4):
        text = walk(constrained(prime=prime), random.Random(seed))
        assert bars in text
        assert abc.check(text, strict=True) == []


@pytest.mark.parametrize("music", ["D", "DF", "DFA", "DFA dAF|", "DFA dAF|^G2", "D|FFF FFF|G>A"])
def test_a_prime_may_be_mere_music_and_stop_within_a_bar(music: str) -> None:
    constraint = constrained(prime=music, key="D", meter="6/8", form="AABB", bars=4, tonic_end=True)
    text = walk(constraint, random.Random(1))
    assert f"\n{music}" in text
    assert abc.check(text, strict=True) == []
    assert abc.to_score(abc.parse_tune(text)).notes[-1].pitch % 12 == 2


@pytest.mark.parametrize(
    ("prime", "asked", "message"),
    [
        ("X:1\nT:t\nM:6/8\nK:D\nDFA dAFG|", {}, "already wrong.*bar 1 has 7 eighths"),
        ("X:1\nT:t\nM:6/8\nK:D\nDFA|:dAF DFA|", {"key": "G"}, "says K:D, but K:G"),
        ("DFA dAF|", {}, "give both"),
        ("X:1\nT:t\nK:D\nDFA dAF|", {}, "metre"),
        ("DFA dAF|DFA dAF|DFA|", {"key": "D", "meter": "6/8"}, "already wrong"),
        ("DFA dAF|DFA dAF|", {"key": "D", "meter": "6/8", "bars": 2}, "already has 2 bars"),
        ("|:DFA dAF:|\n", {"key": "D", "meter": "6/8", "form": "AB"}, "does not fit the form"),
        ("(DFA dA", {"key": "D", "meter": "6/8"}, "already wrong"),
    ],
)
def test_a_prime_that_cannot_be_gone_on_from_says_why(
    prime: str, asked: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        constrained(prime=prime, **asked)


def test_the_rhythm_of_a_tune_is_taken_over() -> None:
    constraint = constrained(bars_like=TUNE, key="C", in_scale=1.0, tonic_end=True)
    text = walk(constraint, random.Random(2))
    assert abc.check(text, strict=True) == []
    found, like = (abc.to_score(abc.parse_tune(each)) for each in (text, TUNE))
    assert [n.onset for n in found.notes] == sorted({n.onset for n in like.notes})
    assert "K:C\n" in text
    assert found.notes[-1].pitch % 12 == 0


def test_the_rhythm_of_a_wrong_tune_is_refused() -> None:
    with pytest.raises(UsageError, match="mend it first"):
        constrained(bars_like=TUNE.replace("g3 g2:", "g3 g:"))


GAPS = {
    "one bar": TUNE.replace("c3 !trill!c2d", "?"),
    "a bar after a tie": TUNE.replace("gfe|[Bd]2c BAG", "gfe|?"),
    "a bar into a tie": TUNE.replace("[Bd]2c BAG", "?"),
    "a short last bar": TUNE.replace("G3 G2:", "?:"),
    "a pickup": TUNE.replace("|:a|", "|:?|"),
    "several": TUNE.replace("g3 g2:", "?:").replace("e>fg g2f", "?").replace("|:D|", "|:?|"),
    "endings": "X:1\nT:t\nM:4/4\nL:1/8\nK:D\n|:?|?|1?|?:|2?|?|]\n",
}


@pytest.mark.parametrize("text", GAPS.values(), ids=GAPS)
def test_gaps_are_filled_and_all_else_is_kept(text: str) -> None:
    tune = Model(untrained()).complete(text, seed=1, best_of=2)
    assert tune.diagnostics() == []
    kept = re.escape(text).replace(r"\?", "[^|?]+")
    assert re.fullmatch(kept, tune.text)


def test_the_rest_is_written() -> None:
    start = TUNE.split("e>fg", maxsplit=1)[0]
    tune = Model(untrained()).complete(start.replace("c3 !trill!c2d", "?") + "...", seed=1)
    assert tune.diagnostics() == []
    assert tune.text.startswith(start.split("c3")[0])


@pytest.mark.parametrize("body", ["A?|B4|]", "?", "|? c4|]", "AB?c|]"])
def test_a_gap_that_is_no_bar_of_its_own_is_refused(body: str) -> None:
    with pytest.raises(UsageError, match="a whole bar"):
        Model(untrained()).complete(f"X:1\nT:t\nM:4/4\nL:1/4\nK:C\n{body}\n")


def test_a_question_in_the_title_or_an_annotation_is_no_gap() -> None:
    text = 'X:1\nT:What?\nM:4/4\nL:1/4\nK:C\n"^why?"CDEF|G4|]\n'
    with pytest.raises(UsageError, match="there is no gap to fill"):
        Model(untrained()).complete(text)


HEAD = "X:1\nT:Test\nM:6/8\nL:1/8\nR:jig\nK:G\n|:GAB d2e|ded BAG|dBG AGE|\n"


@pytest.mark.parametrize("line", ["w:one two three", "% a remark", "N:a note", "s:!f!", "W:what?"])
def test_the_rest_is_no_part_of_a_line_of_text(line: str) -> None:
    text = Model(untrained()).complete(f"{HEAD}{line}\n...\n", seed=1).text
    assert text.startswith(f"{HEAD}{line}\n")
    assert [fault for fault in abc.check(text) if fault.severity == "error"] == []
    assert len(abc.measures(abc.parse_tune(text))) > 4


def test_words_after_the_tune_stay_behind_the_rest() -> None:
    text = Model(untrained()).complete(f"{HEAD}...\nW:words after\n", seed=1).text
    assert text.endswith("W:words after\n")
    assert text.count("W:") == 1


@pytest.mark.parametrize("line", ["w:one two three ...", "W:and so on ...", "N:to be continued..."])
def test_dots_in_words_ask_for_nothing(line: str) -> None:
    with pytest.raises(UsageError, match="no gap"):
        Model(untrained()).complete(f"{HEAD}{line}\n", seed=1)


def test_what_is_filled_in_follows_music_alone() -> None:
    plain, remarked = f"{HEAD}D6|\n", f'{HEAD}w:one two\nN:note\n% remark\n"Am"D6|\n'
    first, second = (parse_prime(text, Controls()) for text in (remarked, plain))
    assert first.model_body == second.model_body


def played(pitches: list[int], *, drums: bool = False) -> Score:
    notes = [Note(Fraction(i), pitch, Fraction(1), part=0) for i, pitch in enumerate(pitches)]
    return Score.of(notes, parts=[Part(drums=drums)])


def test_a_played_prime_is_the_melody_as_abc() -> None:
    whole, begun = prime_of(played([62, 64, 66, 67])), prime_of(played([62, 64, 66, 67, 69, 71]))
    assert whole.endswith("D2E2 F2G2|")
    assert begun.endswith("D2E2 F2G2 | A2B2")
    text = Model(untrained()).generate(prime=played([62, 64, 66, 67]), seed=1).text
    assert "D2E2 F2G2|" in text


def test_drums_are_no_prime() -> None:
    with pytest.raises(UsageError, match="percussion"):
        Model(untrained()).generate(prime=played([36, 38], drums=True), seed=1)
