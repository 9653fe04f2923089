"""How music is played: the one way from what is written to what sounds.

Of ABC, a tune is played as a player of its tradition reads it: ornaments, dynamics with the accents
of the metre (`abc.to_score`), the swing of its dance, fermatas, the tempo of its dance, a little
air between the notes. A `Score` was played already (MIDI) and is left as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from musicrnn.errors import AbcError, UsageError
from musicrnn.score import Score, TempoChange
from musicrnn.theory.accompaniment import accompanied
from musicrnn.theory.backing import backing_of
from musicrnn.theory.dances import dance_of, usual_tempo
from musicrnn.theory.instruments import Instrument, instrument_named
from musicrnn.theory.playing import danced, held, separated

if TYPE_CHECKING:
    from musicrnn.abc import ParsedTune

__all__ = ["accompany", "backed", "performed", "restyled"]

#: words in a rhythm or a tempo that ask for swing without naming a dance
_SWING = "swing"


def performed(music: str | Score, *, straight: bool = False) -> Score:
    """What sounds: of ABC text the first tune as a player plays it, at the usual tempo of its
    dance (``R:``) where it has no ``Q:``; a `Score` as it stands.

    Hornpipes and other swung dances are swung unless `straight`. Raises AbcError where there is no
    tune.
    """
    if isinstance(music, Score):
        return music
    from musicrnn import abc

    tunes = abc.parse(music).tunes
    if not tunes:
        raise AbcError("there is no tune in this text; a tune has an X: and a K: line")
    tune = tunes[0]
    score = abc.to_score(tune, ornaments=True)
    if not straight and _is_swung(tune):
        score = danced(score)
    qpm = None if score.tempos else usual_tempo(tune.rhythm)
    return separated(restyled(score, qpm=qpm), frozenset(_slurred(tune)))


def _is_swung(tune: ParsedTune) -> bool:
    dance = dance_of(tune.rhythm)
    return _SWING in tune.rhythm.lower() or (dance is not None and dance.swung)


def _slurred(tune: ParsedTune) -> Iterator[int]:
    """Where the notes stand that a slur binds to the next one."""
    from musicrnn.abc import Chord, Note, Slur

    depth, last = 0, None
    for node in tune.body:
        if isinstance(node, Slur):
            depth = depth + 1 if "(" in node.sign else max(depth - 1, 0)
            if not depth:
                last = None
        elif isinstance(node, Note | Chord):
            if last is not None:
                yield from last
            notes = node.notes if isinstance(node, Chord) else (node,)
            last = [note.start for note in notes] if depth else None


def backed(score: Score, music: str | Score, backing: str, *, straight: bool = False) -> Score:
    """`score`, which is `music` as it is played, over its chord symbols as `backing` plays them
    (`theory.backing.BACKINGS`): of ABC in the pattern of its dance, and as its ``%%MIDI`` has it.

    Raises UsageError for an unknown name.
    """
    player = backing_of(backing)
    if player is None or isinstance(music, Score):
        return accompanied(score, player)
    from musicrnn import abc

    tune = abc.parse(music).tunes[0]
    whole = abc.to_score(tune, backing=player)
    if not straight and _is_swung(tune):
        whole = danced(whole)
    melody = len(score.parts)
    added = [note for note in whole.notes if note.part >= melody]
    parts = (*score.parts, *whole.parts[melody:])
    return replace(score, parts=parts).with_notes((*score.notes, *added))


def restyled(
    score: Score,
    *,
    qpm: Fraction | float | None = None,
    program: int | None = None,
    instrument: str | None = None,
) -> Score:
    """The score at one tempo (quarter notes a minute, fermatas held), or on one instrument.

    `program` is its General MIDI number, `instrument` a name from `theory.instruments`, which also
    moves the music by octaves to where the instrument sounds. Raises UsageError when the tempo is
    not positive, the program is not 0…127, or no instrument is called that.
    """
    if qpm is not None:
        if not 4 <= qpm <= 1000:
            raise UsageError(
                f"a tempo of {qpm} cannot be played: choose 4 to 1000 quarters a minute"
            )
        score = replace(score, tempos=(TempoChange(Fraction(0), Fraction(qpm)),))
    if score.fermatas:
        score = held(score)
    if instrument is not None:
        wanted = instrument_named(instrument)
        score = _fitted(score, wanted)
        program = wanted.program if program is None else program
    if program is not None:
        if not 0 <= program <= 127:
            raise UsageError(f"there is no General MIDI program {program}: choose 0 to 127")
        parts = tuple(p if p.drums else replace(p, program=program) for p in score.parts)
        score = replace(score, parts=parts)
    return score


def _fitted(score: Score, instrument: Instrument) -> Score:
    """The score in the octaves in which most of its notes are in the instrument's range, the fewest
    octaves away, and sounding where the instrument sounds."""
    pitches = [note.pitch for note in score.notes if not score.parts[note.part].drums]

    def outside(octaves: int) -> tuple[int, int]:
        moved = [pitch + 12 * octaves for pitch in pitches]
        misfits = sum(not instrument.lowest <= pitch <= instrument.highest for pitch in moved)
        return misfits, abs(octaves)

    shift = 12 * min(range(-3, 4), key=outside) + instrument.sounding
    if not shift:
        return score
    return score.with_notes(
        note
        if score.parts[note.part].drums or not 0 <= note.pitch + shift <= 127
        else replace(note, pitch=note.pitch + shift)
        for note in score.notes
    )


def accompany(score: Score) -> Score:
    """The score with its chord symbols sounding on a part of their own, bass and chord in the
    pattern of the metre; without chord symbols as it is."""
    return accompanied(score)
