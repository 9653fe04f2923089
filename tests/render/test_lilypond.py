"""LilyPond text: right in time and pitch, as python-ly reads it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from musicrnn import abc, render
from musicrnn.render.lilypond import to_lilypond

HEAD = 'X:1\nT:A "Test"\nC:Me\nM:4/4\nL:1/8\nK:{}\n'


def body(music: str, key: str = "D") -> str:
    return to_lilypond(HEAD.format(key) + music + "\n")


@pytest.mark.parametrize(
    ("music", "written"),
    [
        ("D2 F2 A2 d2|]", "d'4 fis'4 a'4 d''4 \\bar \"|.\""),
        ("A5 z3|]", "a'2~ a'8 r4. \\bar \"|.\""),
        ("(3ABc d2 [DF]4|]", "a'8*2/3 b'8*2/3 cis''8*2/3 d''4 <d' fis'>2 \\bar \"|.\""),
        ("A8-|A8|]", "a'1~ |"),
        ("{g}A8|]", "\\acciaccatura {g''16} a'1 \\bar \"|.\""),
        ('"Em"=c8|]', "c''1^\"Em\" \\bar \"|.\""),
    ],
)  # fmt: skip
def test_what_is_written(music: str, written: str) -> None:
    assert written in body(music)


def test_repeats_endings_and_pickup() -> None:
    text = body("|:A2|d8|1 e8:|2 f6|]")
    assert "\\partial 1*1/4" in text
    assert '(volta "1")' in text
    assert '\\bar ":|."' in text
    assert text.count("\\key d \\major") == 1


def test_title_is_quoted() -> None:
    assert 'title = "A \\"Test\\""' in body("A8|]")


@pytest.mark.needs("ly")
def test_python_ly_hears_the_same_length() -> None:
    import ly.document
    import ly.music
    import ly.music.items

    source = HEAD.format("Ador") + "|:A2 B2 (3cde a2|g>f e4 z2:|\n"
    tree = ly.music.document(ly.document.Document(to_lilypond(source)))
    heard = [
        (node.pitch.note, node.length())
        for node in tree.find((ly.music.items.Note,))
        if node.length()  # the key names a note too
    ]
    score = abc.to_score(abc.parse_tune(abc.write(abc.expand_repeats(abc.parse_tune(source)))))
    half = score.notes[: len(score.notes) // 2]
    assert [length * 4 for _, length in heard] == [note.duration for note in half]
    assert sum(length for _, length in heard) == Fraction(7, 4)


def test_it_is_a_kind_of_file() -> None:
    assert render.encode(HEAD.format("C") + "C8|]\n", ".ly").startswith(b"\\version")


def test_a_length_that_no_note_has_is_written_with_a_factor() -> None:
    text = to_lilypond("X:1\nT:t\nM:none\nL:1/4\nK:C\n(7:16:7CCCCCCC C16/3|]\n")
    assert "c'1*4/3" in text
