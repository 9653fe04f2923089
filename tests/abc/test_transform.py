"""Transposition, unit note length, voices: what moves, and what stays."""

from __future__ import annotations

from fractions import Fraction

import pytest

from musicrnn import abc
from musicrnn.errors import UsageError
from musicrnn.score import Score


def tune(body: str, *, key: str = "C", header: str = "") -> abc.ParsedTune:
    text = f"X:1\nT:Test\nM:4/4\nL:1/8\n{header}K:{key}\n{body}\n"
    return abc.parse(text).tunes[0]


def body_of(changed: abc.ParsedTune) -> str:
    return abc.write(changed).split("\n", 1)[1].partition("K:")[2].partition("\n")[2].strip()


def pitches(score: Score) -> list[int]:
    return [note.pitch for note in score.notes]


@pytest.mark.parametrize(
    ("source", "key", "target", "expected"),
    [
        ("CDEF GABc|]", "C", "D", "DEFG ABcd|]"),
        ("C^DE=F|]", "C", "Bb", "B,^CD_E|]"),  # a raised note stays raised, whatever it is called
        ("G^cB=F|]", "G", "Eb", "E=AG_D|]"),
        ("[CEG]2 {d}c2|]", "C", "A", "[A,CE]2 {B}A2|]"),
        ('"Am7/G"A2 "F#dim"c2|]', "G", "D", '"Em7/D"E2 "C#dim"G2|]'),
        ("_B2 [K:Dm]_d2|]", "C", "Bb", "_A2 [K:Cm]_c2|]"),
        ("c'2 C,2|]", "C", "E", "e'2 E,2|]"),
        ("^/c2 _3/4B2|]", "C", "C", "^/c2 _3/4B2|]"),
    ],
)
def test_to_key(source: str, key: str, target: str, expected: str) -> None:
    assert body_of(abc.transpose(tune(source, key=key), to=abc.parse_key(target))) == expected


@pytest.mark.parametrize("semitones", range(-12, 13))
def test_every_note_moves_by_the_same_interval(semitones: int) -> None:
    source = tune('"Em"EGB^c _ed=fF|[K:Ab]a_gf=e c2{b}a2|[EG^c]4 (3efg _B2|]', key="Em")
    moved = abc.to_score(abc.transpose(source, semitones=semitones))
    before = abc.to_score(source)
    assert pitches(moved) == [pitch + semitones for pitch in pitches(before)]
    assert [(n.onset, n.duration) for n in moved] == [(n.onset, n.duration) for n in before]


def test_there_and_back_is_the_same_tune() -> None:
    source = tune("E2 ^GB d=c_BA|[EGc]4 z4|]", key="Am")
    there = abc.transpose(source, to=abc.parse_key("F#m"))
    assert abc.write(abc.transpose(there, to=abc.parse_key("Am"))) == abc.write(source)


def test_a_tune_without_key_gets_one_when_it_moves() -> None:
    moved = abc.transpose(tune("CDEF|]", key="none"), semitones=2)
    assert (moved.key, pitches(abc.to_score(moved))) == ("D", [62, 64, 66, 67])


def test_the_mode_is_kept() -> None:
    assert abc.transpose(tune("A4|]", key="Ador"), to=abc.parse_key("E dorian")).key == "Edor"
    with pytest.raises(UsageError, match="name a dorian key"):
        abc.transpose(tune("A4|]", key="Ador"), to=abc.parse_key("E"))


def test_bagpipe_tunes_move_as_a_mixolydian() -> None:
    moved = abc.transpose(abc.parse_tune("X:1\nT:t\nK:HP clef=treble\nAce|]\n"), semitones=2)
    assert moved.key == "Bmix clef=treble"


@pytest.mark.parametrize(
    ("source", "unit", "expected"),
    [
        ("C2 D E/F/ G>A [CE]3|]", Fraction(1, 16), "C4 D2 EF G2>A2 [CE]6|]"),
        ("C2 D2 (3EFG z4|]", Fraction(1, 4), "CD (3E/F/G/ z2|]"),
        ("C2 [L:1/16]D2 E4|]", Fraction(1, 8), "C2 DE2|]"),
    ],
)
def test_with_unit(source: str, unit: Fraction, expected: str) -> None:
    changed = abc.with_unit(tune(source), unit)
    assert body_of(changed).replace(" ", "") == expected.replace(" ", "")
    assert abc.to_score(changed) == abc.to_score(tune(source))


def test_voices() -> None:
    two = tune("[V:1]c4 d4|\n[V:2]C4 D4|\n[V:1]e8|]\n[V:2]E8|]", header="V:1\nV:2\n")
    assert abc.voices(two) == ("1", "2")
    assert pitches(abc.to_score(abc.extract_voice(two, "2"))) == [60, 62, 64]
    with pytest.raises(UsageError, match="no voice '3'; the tune has 1, 2"):
        abc.extract_voice(two, "3")


def test_a_tune_takes_the_file_header_along() -> None:
    book = abc.parse("M:3/4\nL:1/4\nZ:Ann\n\nX:1\nT:Waltz\nZ:Bob\nK:G\nGAB|G3|]\n")
    alone = abc.standalone(book.tunes[0])
    assert abc.write(alone) == "X:1\nT:Waltz\nM:3/4\nL:1/4\nZ:Bob\nK:G\nGAB|G3|]\n"
    assert abc.to_score(alone) == abc.to_score(book.tunes[0])
    assert "M:3/4\n" in abc.write(abc.expand_repeats(book.tunes[0]))
    assert "L:1/8\n" in abc.write(abc.with_unit(book.tunes[0], Fraction(1, 8)))


def test_parts_and_da_capo_are_written_out() -> None:
    text = "X:1\nT:Test\nM:2/4\nL:1/4\nP:ABA\nK:C\nP:A\nCD|EF|\nP:B\nGA|Bc|]\n"
    played = abc.expand_repeats(abc.parse_tune(text))
    assert abc.write_body(played.body) == "CD|EF|GA|Bc|\nCD|EF|]\n"
    assert "P:" not in abc.write(played)
    again = abc.expand_repeats(
        abc.parse_tune("X:1\nT:Test\nM:2/4\nL:1/4\nK:C\nCD|EF!fine!|GA|Bc!D.C.!|]\n")
    )
    assert abc.write_body(again.body) == "CD|EF|GA|Bc|\nCD|EF|]\n"


@pytest.mark.parametrize(
    "key", ["D exp ^f", "exp ^f _b", "D exp", "D exp _/B ^/f", "Am ^g", "C =f _b"]
)
@pytest.mark.parametrize("semitones", [1, 3, -2, -6, 7])
def test_a_signature_of_ones_own_moves_along(key: str, semitones: int) -> None:
    tune = abc.parse_tune(
        f"X:1\nT:t\nM:4/4\nL:1/8\nK:{key}\nCDEFGABc|^F_B=f=b ^c_de^g|[K:G exp ^f _e]EFGA BcdF|]\n"
    )
    moved = abc.parse_tune(abc.write(abc.transpose(tune, semitones=semitones)))
    before, after = (
        [100 * note.pitch + note.cents for note in abc.to_score(one)] for one in (tune, moved)
    )
    assert {b - a for a, b in zip(before, after, strict=True)} == {100 * semitones}
