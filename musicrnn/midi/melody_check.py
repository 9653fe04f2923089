"""Whether a melody, or a piece for several voices, is well formed: what `check` is for ABC.

A written melody is one line that fills its bars, can be played, and, judged strictly, comes to
rest. It is the counterpart of what `musicrnn.constraints.events.controls` makes certain.
"""

from __future__ import annotations

from itertools import pairwise

from musicrnn.errors import counted
from musicrnn.midi.diagnostics import Diagnostic
from musicrnn.midi.harmony import Harmony
from musicrnn.score import Note, Score
from musicrnn.theory.chords import is_chord
from musicrnn.theory.melody import BarLines

__all__ = ["check_melody", "check_voices"]

#: The keys of a piano, A0 to C8: what the tokenizers of MIDI can write.
LOWEST, HIGHEST = 21, 108


def check_melody(score: Score, *, strict: bool = False) -> list[Diagnostic]:
    """What is wrong with a melody as a `Score`; when `strict`, also that it ends unresolved: not on
    the tonic of its key or, over chords, not on a chord tone.

    A rest after the last note counts: a melody is as long as its score.
    """
    notes = score.notes
    if not notes:
        return [Diagnostic("no-notes", "there is no note in it")]
    faults = _bars(score)
    overlaps = sum(after.onset < before.end for before, after in pairwise(notes))
    if overlaps:
        faults.append(
            Diagnostic("overlap", f"{counted(overlaps, 'note')} beginning while another sounds")
        )
    faults += _range(score)
    if strict and not _settled(notes[-1], score):
        faults.append(Diagnostic("unresolved", "the last note is neither tonic nor chord tone"))
    return faults


def check_voices(score: Score, *, strict: bool = False) -> list[Diagnostic]:
    """What is wrong with a piece for any number of voices as a `Score`: it has no notes, its last
    bar is not full, or notes that are no drums are on no piano.

    It is the same when `strict`: with several voices no one note is the last, and a pedal lets a
    key be struck while its string sounds.
    """
    if not score.notes:
        return [Diagnostic("no-notes", "there is no note in it")]
    return _bars(score) + _range(score)


def _bars(score: Score) -> list[Diagnostic]:
    full = not BarLines(score).number(score.length) % 1
    return [] if full else [Diagnostic("bar-incomplete", "the last bar is not full")]


def _range(score: Score) -> list[Diagnostic]:
    outside = sum(
        not LOWEST <= note.pitch <= HIGHEST and not score.parts[note.part].drums
        for note in score.notes
    )
    return (
        [Diagnostic("range", f"{counted(outside, 'note')} outside of a piano's range")]
        if outside
        else []
    )


def _settled(last: Note, score: Score) -> bool:
    """Whether the last note is at rest; where there is neither chord nor key, any note is."""
    if any(is_chord(symbol.text) for symbol in score.chords):
        return last.pitch % 12 in Harmony.of(score).at(last.onset).tones
    keys = [change.key for change in score.keys if change.onset <= last.onset]
    return not keys or last.pitch % 12 == keys[-1].pitch_class
