"""Chord symbols read, moved, and put into bars."""

from __future__ import annotations

import pytest

from musicrnn.errors import UsageError
from musicrnn.theory.chords import (
    QUALITIES,
    is_chord,
    parse_chord,
    parse_progression,
    transpose_symbol,
)


@pytest.mark.parametrize(
    ("symbol", "tones"),
    [
        ("C", {0, 4, 7}),
        ("Dm7", {2, 5, 9, 0}),
        ("D-7", {2, 5, 9, 0}),
        ("Dmin7", {2, 5, 9, 0}),
        ("G7", {7, 11, 2, 5}),
        ("G7b9", {7, 11, 2, 5, 8}),
        ("G7#5", {7, 11, 3, 5}),
        ("G+7", {7, 11, 3, 5}),
        ("Cmaj7", {0, 4, 7, 11}),
        ("CM7", {0, 4, 7, 11}),
        ("CΔ7", {0, 4, 7, 11}),
        ("F#m7b5", {6, 9, 0, 4}),
        ("F#ø7", {6, 9, 0, 4}),
        ("Bbdim7", {10, 1, 4, 7}),
        ("B♭°7", {10, 1, 4, 7}),
        ("Ebmaj7#11", {3, 7, 10, 2, 9}),
        ("C/E", {0, 4, 7}),
        ("C/Bb", {0, 4, 7, 10}),
        ("C6/9", {0, 4, 7, 9, 2}),
        ("CmMaj7", {0, 3, 7, 11}),
        ("Csus", {0, 5, 7}),
        ("G13", {7, 11, 2, 5, 9, 4}),
        ("A7alt", {9, 1, 5, 7}),
        ("C7(b9,#11)", {0, 4, 7, 10, 1, 6}),
    ],
)
def test_symbols(symbol: str, tones: set[int]) -> None:
    chord = parse_chord(symbol)
    assert chord.tones == tones
    assert chord.tones <= chord.scale


@pytest.mark.parametrize("text", ["", "H7", "Chorus", "c7", "N.C.", "Cmaj7maj7", "A Section", "1"])
def test_what_is_no_symbol(text: str) -> None:
    assert not is_chord(text)
    with pytest.raises(UsageError, match="is no chord symbol; write it like"):
        parse_chord(text)


def test_every_quality_is_read_and_holds_its_root() -> None:
    for quality, (tones, scale) in QUALITIES.items():
        chord = parse_chord(f"E{quality}")
        assert chord.tones == {(4 + tone) % 12 for tone in tones}
        assert 4 in chord.tones
        assert set(tones) <= set(scale), quality


def test_progressions() -> None:
    def texts(progression: str) -> list[list[str]]:
        return [[chord.text for chord in bar] for bar in parse_progression(progression)]

    assert texts("Dm7 G7 Cmaj7 Cmaj7") == [["Dm7"], ["G7"], ["Cmaj7"], ["Cmaj7"]]
    assert texts("| Dm7 G7 | Cmaj7 | % |") == [["Dm7", "G7"], ["Cmaj7"], ["Cmaj7"]]
    for wrong in ("", "C | | G", "C | Q"):
        with pytest.raises(UsageError):
            parse_progression(wrong)


def test_transposition_keeps_the_quality() -> None:
    assert transpose_symbol("Dm7b5/C", 3) == "Fm7b5/Eb"
    assert transpose_symbol("Bb7", 1, flats=False) == "B7"
    assert transpose_symbol("N.C.", 5) == "N.C."
