"""What holds for any ABC text: a tune survives being written, no input breaks the reader, limits
are kept; and the same for the tunes of the collections that music21 installs."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from musicrnn import abc
from musicrnn.abc.syntax import limits
from musicrnn.errors import AbcError
from tests.abc.notation import tune_text

COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs", "miscFolk", "essenFolksong")
SIGNS = [
    *"CDEFGABcdefgab", *"zxyZ", *"|:[](){}<>-.,'/^_=~&!$+\"\\%*", *"0123456789", " ", "\n", "\n\n",
    "|:", ":|", "::", "|]", "|1", ":|2", "(3", "(3:2:2", "!trill!", "+f+", '"Am"', "[K:D]",
    "K:Am\n", "V:2\n", "M:3/4\n", "w:a b-c\n", "[CE]", "{/g}", "^/",
    "X:2\n", "T:b\n", "L:1/16\n", "P:A\n",
    "%%MIDI program 1\n", "Q:1/4=90\n", "U:k=!fermata!\n", "U:~=\"^a\"\n", "m:n = nn\n",
    "I:linebreak $\n", "+:x\n",
    "%%begintext\n", "%%endtext\n", "%x", "%%\\", "\\\n", "I:linebreak !\n", "!a", "d:|",
    "[U:T=!trill!]", "[r:x]", "[L:1/4]", "^3/2", ".|", "[|]", "(2:", "(3::2", "[1-3", "m:c=d\n",
    "H:a\n",
    "Q:C2=80\n", "- -", "{[ce]}", "[^c_e]/2", "Z2", "y3", "é", "\u2028", "\0",
]  # fmt: skip
music = st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)


def corpus_tunes(name: str, most: int = 24) -> list[str]:
    """Tunes spread over a collection, as text."""
    spec = importlib.util.find_spec("music21")
    assert spec is not None
    assert spec.origin is not None
    paths = sorted((Path(spec.origin).parent / "corpus" / name).glob("*.abc"))
    texts = []
    for path in paths[:: max(1, len(paths) // most)]:
        blocks = re.split(r"\n\s*\n", abc.decode(path.read_bytes()).replace("\r\n", "\n"))
        tunes = [block + "\n" for block in blocks if re.search(r"^X:", block, re.MULTILINE)]
        texts += tunes[:: max(1, len(tunes) * len(paths) // most)]
    return texts


def survives(tune: abc.ParsedTune) -> None:
    """Written and read again, a tune is the same and sounds the same."""
    written = abc.write_book(abc.TuneBook((tune,), header=tune.inherited))
    (again,) = abc.parse(written)
    assert again == tune
    assert abc.write(again) == abc.write(tune)
    assert abc.to_score(again) == abc.to_score(tune)


@settings(max_examples=60)
@given(music)
@example("[" * 50)
@example("{" * 50 + '"' * 3)
@example("A/" * 3 + "3/5" * 4 + ">" * 9 + "B")
@example("|:[1|:[2:|[1,2-3::")
@example("&&&|&C&|")
@example("C\\")
@example("<)<")
@example("(2+:|")
@example("X:2\nK:C % remark\nC|]")
@example("X:\n5g:|")
@example("!trill!::")
@example("%%begin")
@example("I:linebreak !\n!a:!")
@example("\nm:c=d\nL:1/4\n\nX:2\nc|")
@example("g -\\\nU:")
@example("%%\\\n%%begintext\nX:")
@example("K:\nh:\n+::0/")
def test_any_music_is_read_and_survives(body: str) -> None:
    try:
        text = tune_text(body)
        abc.check(text, strict=True)
        for tune in abc.parse(text):
            survives(tune)
    except AbcError:
        pass


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    try:
        for finding in abc.check(text):
            assert finding.line >= 1
            assert finding.column >= 1
    except AbcError:
        pass


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_an_error(data: bytes) -> None:
    with contextlib.suppress(AbcError):
        abc.parse(abc.decode(data))


@pytest.mark.parametrize("name", COLLECTIONS)
def test_tunes_of_the_collections_survive(name: str) -> None:
    texts = corpus_tunes(name)
    assert len(texts) >= 15
    for text in texts:
        for tune in abc.parse(text):
            survives(tune)


def test_a_finding_points_at_its_characters() -> None:
    text = tune_text("CDEF|\nGA?Bc|]")
    (finding,) = [finding for finding in abc.check(text) if finding.severity == "warning"]
    assert (finding.line, finding.column, finding.length) == (7, 3, 1)
    assert text[finding.start] == "?"
    assert (
        str(finding) == "7:3: warning: '?' is reserved and means nothing yet [reserved-character]"
    )


def test_fixes_are_data() -> None:
    text = tune_text("CDEF|\nGABc|")
    (finding,) = abc.check(text)
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert text[: edit.start] + edit.text + text[edit.end :] == tune_text("CDEF|\nGABc|]")


@pytest.mark.parametrize(
    ("code", "body", "header", "mended"),
    [
        ("old-line-break", "CDEF|!GABc|]", {}, "CDEF|\nGABc|]"),
        ("old-line-break", "CDEF|!\nGABc|]", {}, "CDEF|\nGABc|]"),
        ("old-tempo", "CDEF|[Q:100]GABc|]", {}, "CDEF|[Q:1/4=100]GABc|]"),
        ("old-tempo", "CDEF|[Q:C3=40]GABc|]", {"L": "1/8", "M": "2/4"}, "CDEF|[Q:3/8=40]GABc|]"),
    ],
)
def test_old_habits_can_be_mended(
    code: str, body: str, header: dict[str, str], mended: str
) -> None:
    text = tune_text(body, **header)
    (finding,) = [finding for finding in abc.check(text) if finding.code == code]
    assert finding.severity == "info"
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert text[: edit.start] + edit.text + text[edit.end :] == tune_text(mended, **header)


def test_an_old_tempo_counts_the_unit_that_the_header_gives_later() -> None:
    (finding,) = abc.check("X:1\nT:Test\nQ:C=120\nM:4/4\nL:1/16\nK:C\nC16|]\n")
    assert finding.message == "Q:C=120 is the old way to write a tempo; write Q:1/16=120"


@pytest.mark.parametrize("body", ["C2-D2|]", "[CE]2-[CF]2|]", "C2-z2|]", "C4-|]", "C4-|D4|]"])
def test_a_tie_to_another_note_is_told(body: str) -> None:
    assert [finding.code for finding in abc.check(tune_text(body))] == ["tie-nowhere"]


@pytest.mark.parametrize(
    "body", ["C2-C2|]", "C4-|C4|]", "|:C4-:|C4|]", "[CE]2-[CE]2|]", "C3-C/C/|]"]
)
def test_a_tie_to_its_note_is_not(body: str) -> None:
    assert not abc.check(tune_text(body))


BOMBS = {
    "a long line": "C" * (limits.LINE + 1),
    "a repeat bomb of parts": "P:A\n" + "|:" + "C" * 9000 + ":|",
    "macros that multiply": "m:C = " + "D" * 9000 + "\n" + "C" * 900,
    "many voices": "\n".join(f"V:{voice}\nC" for voice in range(limits.VOICES + 1)),
    "an ending of a hundred thousand passes": "|:" + "C" * 5000 + "|[1-98D:|[99E|]",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_bombs_are_errors_that_say_so(body: str) -> None:
    with pytest.raises(AbcError) as caught:
        abc.to_score(abc.parse_tune(tune_text(body, more="P:(A9)99\n")))
    assert "\n" not in str(caught.value)


def test_deep_nesting_is_no_recursion() -> None:
    body = "(" * 20_000 + "C" + ")" * 20_000 + "|]"
    assert not abc.parse_tune(tune_text(body, M="none")).diagnostics
    with pytest.raises(AbcError):
        abc.parse_tune(tune_text("C|]", more="P:" + "(" * 60_000 + "A" + ")9" * 60_000 + "\n"))


def test_a_chord_symbol_of_digits_is_read_once() -> None:
    """A pattern that can part digits in many ways would try all of them."""
    assert not abc.to_score(abc.parse_tune(tune_text('"C' + "1" * 5000 + '!"C|]'))).chords


def test_odd_divisors_do_not_explode() -> None:
    """Lengths whose common divisor would need hundreds of digits are refused, not computed."""
    primes = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, n, 2))]
    body = "".join(f"C/{prime}" for prime in primes) + "|]"
    assert "bad-length" in [finding.code for finding in abc.check(tune_text(body, M="none"))]
