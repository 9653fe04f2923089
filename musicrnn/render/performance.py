"""How music is played: ornaments, another tempo or instrument, chord symbols that sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from musicrnn.errors import AbcError, UsageError
from musicrnn.score import Score, TempoChange
from musicrnn.theory.accompaniment import accompanied
from musicrnn.theory.backing import SILENT, backing_of
from musicrnn.theory.dances import usual_tempo

__all__ = ["accompany", "performed", "played", "restyled"]


def performed(music: str | Score, *, backing: str = SILENT) -> Score:
    """What sounds: of ABC text the first tune with its grace notes, staccato and accents, and at
    the usual tempo of its dance (``R:``) where it has no ``Q:``; a `Score` as it stands. `backing`
    names who plays the chord symbols (`theory.backing.BACKINGS`). Raises AbcError where there is
    no tune, UsageError for an unknown name."""
    player = backing_of(backing)
    if isinstance(music, Score):
        return accompanied(music, player)
    from musicrnn import abc

    tunes = abc.parse(music).tunes
    if not tunes:
        raise AbcError("there is no tune in this text; a tune has an X: and a K: line")
    score = abc.to_score(tunes[0], ornaments=True, backing=player)
    return score if score.tempos else restyled(score, qpm=usual_tempo(tunes[0].rhythm))


def played(
    music: str | Score,
    *,
    qpm: Fraction | float | None = None,
    program: int | None = None,
    backing: str = SILENT,
) -> Score:
    """What sounds of ABC or a `Score` at a tempo, the melody on an instrument, over the chord
    symbols as `backing` plays them. Raises what `performed` and `restyled` raise."""
    score = restyled(performed(music, backing=backing), qpm=qpm)
    if program is None:
        return score
    melody = restyled(performed(music), program=program).parts
    return replace(score, parts=(*melody, *score.parts[len(melody) :]))


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
    return accompanied(score)
