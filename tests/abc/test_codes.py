"""Every code that the checker has, with a small text that brings it about."""

from __future__ import annotations

import pytest

from musicrnn import abc
from musicrnn.abc.checking.codes import RULES
from tests.abc.notation import tune_text

HEAD = "X:1\nT:t\nM:4/4\nL:1/4\n"
GOOD = HEAD + "K:C\nCDEF|]\n"

SMALLEST = {
    "no-tune": "some words\n",
    "field-order": "T:t\nX:1\nK:C\nC|]\n",
    "missing-number": "T:t\nK:C\nC|]\n",
    "missing-title": "X:1\nK:C\nC|]\n",
    "missing-key": "X:1\nT:t\nCDEF|]\n",
    "bad-number": "X:one\nT:t\nK:C\nC|]\n",
    "duplicate-number": f"{GOOD}\n{GOOD}",
    "no-blank-line": GOOD + GOOD.replace("X:1", "X:2"),
    "music-outside": GOOD + "\nGFED|]\n",
    "repeated-field": "X:1\nT:t\nM:4/4\nM:3/4\nL:1/4\nK:C\nCDE|]\n",
    "field-place": tune_text("CDEF|]\nB:a book"),
    "unknown-field": tune_text("CDEF|]", more="J:what\n"),
    "bad-meter": tune_text("CDEF|]", M="4/0"),
    "bad-unit": tune_text("CDEF|]", L="0"),
    "bad-tempo": tune_text("CDEF|]", more="Q:fast\n"),
    "old-tempo": tune_text("CDEF|]", more="Q:120\n"),
    "bad-key": tune_text("CDEF|]", K="H"),
    "unknown-word": tune_text("CDEF|]", K="C?"),
    "half-meter": tune_text("C4|]", M="2"),
    "unusual-unit": tune_text("CDEF|]", L="1/7"),
    "unusual-beat": tune_text("CDEF|]", more="Q:1/7=80\n"),
    "unusual-length": tune_text("C/7DEF|]"),
    "bad-parts": tune_text("CDEF|]", more="P:(A\n"),
    "bad-symbol-definition": tune_text("CDEF|]", more="U:1\n"),
    "bad-macro": tune_text("CDEF|]", more="m:x\n"),
    "bad-voice": tune_text("V:\nCDEF|]"),
    "include": tune_text("CDEF|]", more="I:abc-include other.abh\n"),
    "unclosed-block": tune_text("CDEF|]\n%%begintext\nwords"),
    "stray-character": tune_text("CDEF)=|]"),
    "old-chord": tune_text("+CE+DEF|]"),
    "old-symbol": tune_text("RCDEF|]"),
    "unclosed-chord": tune_text("CDE[F|]"),
    "empty-chord": tune_text("CD[]EF|]"),
    "unclosed-grace": tune_text("CD{EF|]"),
    "loose-grace": tune_text("{cd}|]"),
    "unclosed-quote": tune_text('CD"EF|]'),
    "unclosed-slur": tune_text("CD(EF|]"),
    "unopened-slur": tune_text("CD)EF|]"),
    "unclosed-field": tune_text("CD[K:EF|"),
    "unknown-decoration": tune_text("!hop!CDEF|]"),
    "unknown-symbol": tune_text("CDwEF|]"),
    "loose-tie": tune_text("C -CEF|]"),
    "tie-nowhere": tune_text("C-DEF|]"),
    "loose-broken-rhythm": tune_text(">CDEF|]"),
    "bad-length": tune_text("C0DEF|]"),
    "bad-tuplet": tune_text("(1CDEF|]"),
    "short-tuplet": tune_text("CDE(3F|]"),
    "note-range": tune_text("C,,,,,,DEF|]"),
    "bad-ending": tune_text("|:CDEF|[0 CDEF:|"),
    "old-line-break": tune_text("CD!EF|]"),
    "reserved-character": tune_text("CD*EF|]"),
    "too-many-words": tune_text("C4|]\nw:one two"),
    "bar-length": tune_text("CDEF|CDEFG|CDEF|]"),
    "bar-incomplete": tune_text("CDEF|CD|]"),
    "overlay-length": tune_text("CDEF&C|]"),
    "repeat-unclosed": tune_text("|:CDEF|]"),
    "implied-repeat": tune_text("CDEF:|CDEF|1CDEF:|2CDEF|]"),
    "ending-unpaired": tune_text("|:CDEF|1CDEF:|CDEF|]"),
    "ending-twice": tune_text("|:CDEF|1CDEF:|2CDEF:|2CDEF|]"),
    "ending-unrepeated": tune_text("|:CDEF|1CDEF|2CDEF:|"),
    "no-final-bar": tune_text("CDEF|"),
    "empty-tune": tune_text(""),
    "voice-lengths": tune_text("V:1\nCDEF|]\nV:2\nCDEF|CDEF|]"),
}


def test_the_table_names_every_code() -> None:
    assert set(SMALLEST) >= set(RULES) - {"too-long"}


@pytest.mark.parametrize("code", sorted(set(RULES) - {"too-long"}))
def test_a_small_text_brings_it_about(code: str) -> None:
    findings = {finding.code: finding for finding in abc.check(SMALLEST[code])}
    assert code in findings
    assert findings[code].severity == RULES[code].severity


def test_a_tune_that_is_too_long_played_out() -> None:
    body = "|:" + "C/4" * 3000 + ":" * 99 + "|"
    assert "too-long" in {finding.code for finding in abc.check(tune_text(body, M="none"))}
