"""Chord symbols → block chords on a part of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from musicrnn.midi.chords import NO_CHORD, is_chord, parse_chord
from musicrnn.score import Note, Part, Score

__all__ = ["accompany", "bar_lines"]

#: Voicings begin at the C below middle C, where they leave most tunes the room above.
_LOW = 48
_VELOCITY = 52
#: Where there is no metre, chords are struck anew each whole note.
_FREE_BAR = Fraction(4)


def accompany(score: Score, *, program: int = 0) -> Score:
    """The score with its chord symbols sounding: the bass and the chord, struck anew each bar.

    Symbols that are no chords (``N.C.``, words) are rests. Without symbols the score stays as is.
    """
    index = len(score.parts)
    notes = list(_struck(score, index))
    if not notes:
        return score
    parts = (*score.parts, Part("Chords", program))
    return replace(score, parts=parts).with_notes((*score.notes, *notes))


def _struck(score: Score, part: int) -> Iterator[Note]:
    ends = [*(chord.onset for chord in score.chords), score.length][1:]
    bars = bar_lines(score)
    for chord, end in zip(score.chords, ends, strict=False):
        if chord.text == NO_CHORD or not is_chord(chord.text):
            continue
        known = parse_chord(chord.text)
        bass = _LOW - 12 + (known.bass - _LOW) % 12
        cuts = [chord.onset, *(bar for bar in bars if chord.onset < bar < end), end]
        for start, stop in pairwise(cuts):
            if stop > start:
                for pitch in sorted({bass, *known.voicing(_LOW)}):
                    yield Note(start, pitch, stop - start, _VELOCITY, part)


def bar_lines(score: Score) -> list[Fraction]:
    """Where bars begin: after the pickup, and from each change of metre."""
    lines: list[Fraction] = []
    ends = [*(change.onset for change in score.meters), score.length][1:]
    for change, end in zip(score.meters, ends, strict=False):
        step = change.meter.length if change.meter else _FREE_BAR
        at = change.onset or score.pickup
        while at < end:
            lines.append(at)
            at += step
    return lines
