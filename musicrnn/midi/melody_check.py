"""Whether a melody of events is well formed: what `check` is for a file of ABC.

A written melody is one line that fills its bars, can be played, and, judged strictly, comes to
rest. It is the counterpart of what `musicrnn.constraints.events.controls` makes certain.
"""

from __future__ import annotations

from itertools import pairwise

from musicrnn.midi.diagnostics import Diagnostic
from musicrnn.midi.harmony import Harmony
from musicrnn.score import Note, Score
from musicrnn.theory.chords import is_chord
from musicrnn.theory.melody import BarLines

__all__ = ["check_melody"]

#: The keys of a piano, A0 to C8: what the tokenizers of MIDI can write.
LOWEST, HIGHEST = 21, 108


def check_melody(score: Score, *, strict: bool = False) -> list[Diagnostic]:
    """What is wrong with a melody as a `Score`; when `strict`, also that it ends adrift: not on
    the tonic of its key or, over chords, not on a chord tone.

    A rest after the last note counts: a melody is as long as its score.
    """
    notes = score.notes
    if not notes:
        return [Diagnostic("no-notes", "there is no note in it")]
    found = []
    if BarLines(score).number(score.length) % 1:
        found.append(Diagnostic("bar-incomplete", "the last bar is not full"))
    overlaps = sum(after.onset < before.end for before, after in pairwise(notes))
    if overlaps:
        found.append(Diagnostic("overlap", f"{overlaps} notes begin while another sounds"))
    outside = sum(not LOWEST <= note.pitch <= HIGHEST for note in notes)
    if outside:
        found.append(Diagnostic("range", f"{outside} notes are on no piano"))
    if strict and not _settled(notes[-1], score):
        found.append(Diagnostic("adrift", "the last note is neither tonic nor chord tone"))
    return found


def _settled(last: Note, score: Score) -> bool:
    """Whether the last note is at rest; where there is neither chord nor key, any note is."""
    if any(is_chord(symbol.text) for symbol in score.chords):
        return last.pitch % 12 in Harmony.of(score).at(last.onset).tones
    keys = [change.key for change in score.keys if change.onset <= last.onset]
    return not keys or last.pitch % 12 == keys[-1].pitch_class
