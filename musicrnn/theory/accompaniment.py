"""Chord symbols as a player at the piano or guitar sounds them: bass on strong beats, chord on
weak ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from musicrnn.score import ChordSymbol, Meter, Note
from musicrnn.theory.chords import Chord, is_chord, parse_chord

__all__ = ["accompany", "chord_pitches"]

#: root and quality, bass: a chord symbol as the standard describes it (ABC 2.1 §4.18), and what is
#: met with beside it; perhaps in brackets, as an alternative. Bounded and without backtracking, as
#: digits could be told apart in exponentially many ways.
_SYMBOL: Final = re.compile(
    r"\(?(?P<chord>[A-G][#b♯♭]?"
    r"(?:maj|min|[mM]|dim|aug|sus|add|no|alt|[o°ø+-]|[#b♯♭]?\d{1,2}|/9|\(|\)){0,12}+)"
    r"(?:/(?P<bass>[A-Ga-g][#b♯♭]?))?\)?"
)

#: beats in a bar → (onset in beats, what sounds) with b for bass and c for chord
_PATTERNS: Final[dict[int, tuple[str, ...]]] = {
    1: ("b",), 2: ("b", "c"), 3: ("b", "c", "c"), 4: ("b", "c", "b", "c"),
}  # fmt: skip
_BASS: Final = 36  # the octave C2…B2
_CHORD: Final = 48  # the octave C3…B3
_VELOCITY: Final = 56


def chord_pitches(text: str) -> tuple[int, tuple[int, ...]] | None:
    """Bass and chord tones (MIDI numbers) of a chord symbol, None for what is not one
    (``N.C.``, a fingering)."""
    match = _SYMBOL.fullmatch(text.strip())
    if not match:
        return None
    chord = _understood(match["chord"])
    bass = parse_chord(match["bass"].capitalize()).root if match["bass"] else chord.root
    return _BASS + bass, tuple(sorted(_CHORD + tone for tone in chord.tones))


def _understood(symbol: str) -> Chord:
    """The chord of the longest beginning of `symbol` that names one: a player who does not know
    what ``no3`` asks for plays the rest."""
    while not is_chord(symbol):
        symbol = symbol[:-1]
    return parse_chord(symbol)


def accompany(
    chords: Sequence[ChordSymbol], meter: Meter | None, pickup: Fraction, end: Fraction, part: int
) -> Iterator[Note]:
    """The notes of an accompaniment until `end`, in beats of `meter` counted from `pickup`.

    Each chord sounds until the next. Compound beats keep their last third for the chord.
    """
    meter = meter or Meter(4, 4)
    beat = meter.beat
    beats = max(1, int(meter.length / beat))
    pattern = _PATTERNS.get(beats) or ("b",) + ("c",) * (beats - 1)
    for place, symbol in enumerate(chords):
        stop = chords[place + 1].onset if place + 1 < len(chords) else end
        sounding = chord_pitches(symbol.text)
        if sounding is None:
            continue
        bass, tones = sounding
        index = (symbol.onset - pickup) // beat
        onset = symbol.onset
        first = True
        while onset < stop:
            following = pickup + (index + 1) * beat
            length = min(following, stop) - onset
            if first or pattern[index % beats] == "b":
                yield Note(onset, bass, length, _VELOCITY, part)
            if not first and pattern[index % beats] == "c":
                for tone in tones:
                    yield Note(onset, tone, length, _VELOCITY, part)
            elif beats <= 2 and meter.compound and length == beat:
                for tone in tones:
                    yield Note(onset + 2 * beat / 3, tone, beat / 3, _VELOCITY, part)
            elif first:
                for tone in tones:
                    yield Note(onset, tone, length, _VELOCITY, part)
            onset, index, first = following, index + 1, False
