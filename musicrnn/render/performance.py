"""How music is played: ornaments, another tempo or instrument, chord symbols that sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from musicrnn.errors import AbcError, UsageError
from musicrnn.score import Part, Score, TempoChange
from musicrnn.theory.dances import usual_tempo

__all__ = ["accompany", "performed", "restyled"]


def performed(music: str | Score) -> Score:
    """What sounds: of ABC text the first tune with its grace notes, staccato and accents, and at
    the usual tempo of its dance (``R:``) where it has no ``Q:``; a `Score` as it stands. Raises
    AbcError where there is no tune."""
    if isinstance(music, Score):
        return music
    from musicrnn import abc

    tunes = abc.parse(music).tunes
    if not tunes:
        raise AbcError("there is no tune in this text; a tune has an X: and a K: line")
    score = abc.to_score(tunes[0], ornaments=True)
    return score if score.tempos else restyled(score, qpm=usual_tempo(tunes[0].rhythm))


def restyled(
    score: Score, *, qpm: Fraction | float | None = None, program: int | None = None
) -> Score:
    """The score at one steady tempo (quarter notes a minute) or on one instrument, if given.

    Raises UsageError when the tempo is not positive or the program is not 0…127.
    """
    if qpm is not None:
        if not 4 <= qpm <= 1000:
            raise UsageError(
                f"a tempo of {qpm} cannot be played: choose 4 to 1000 quarters a minute"
            )
        score = replace(score, tempos=(TempoChange(Fraction(0), Fraction(qpm)),))
    if program is not None:
        if not 0 <= program <= 127:
            raise UsageError(f"there is no General MIDI program {program}: choose 0 to 127")
        parts = tuple(p if p.drums else replace(p, program=program) for p in score.parts)
        score = replace(score, parts=parts)
    return score


def accompany(score: Score) -> Score:
    """The score with its chord symbols sounding on a part of their own, bass and chord in the
    pattern of the metre; without chord symbols as it is."""
    from musicrnn.theory.accompaniment import accompany as strummed

    if not score.chords:
        return score
    meter = score.meters[0].meter if score.meters else None
    notes = strummed(score.chords, meter, score.pickup, score.length, len(score.parts))
    return replace(score, parts=(*score.parts, Part("Chords"))).with_notes((*score.notes, *notes))
