"""A second part to a tune: below or above it, note against note, or a bass line.

>>> text = "X:1\\nT:Air\\nM:3/4\\nL:1/4\\nK:C\\nEDC|G3|FED|C3|]\\n"
>>> print(second_voice(text, place="below").split('name="Second"')[-1].strip())
G,G,A,|G,3|A,A,B,|C3|]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from musicrnn.abc.syntax.decorations import MARKS
from musicrnn.abc.syntax.fields import default_unit, read_unit
from musicrnn.abc.syntax.tree import (
    Bar,
    Broken,
    Chord,
    Decoration,
    Ending,
    Field,
    LineBreak,
    MultiRest,
    Node,
    Note,
    Overlay,
    Rest,
    Slur,
    Space,
    Tuplet,
)  # fmt: skip
from musicrnn.abc.syntax.writer import write, write_body
from musicrnn.abc.transform import spell_alteration
from musicrnn.arranging.bass_line import bass_line
from musicrnn.arranging.counterpoint import Bounds, best_line
from musicrnn.arranging.melody import Melody, Moment, melody_of
from musicrnn.errors import UsageError
from musicrnn.theory.instruments import instrument_range, program_named
from musicrnn.theory.pitch import LETTERS

__all__ = ["PLACES", "second_voice"]

#: where a second voice may be asked to be
PLACES = ("auto", "below", "above", "bass")
#: as low and as high as a part goes that is written for nobody in particular
_ANYBODY = (55, 86)
_BASS = (36, 62)
#: staff signs and fields that hold for each voice
_SHARED_FIELDS = "KLM"
#: what makes a note longer: in one voice alone it would throw the other out of time
_FERMATAS = ("fermata", "invertedfermata")
#: its letter, which music21 drops the note for; H is in the key of Highland pipes too
_FERMATA = re.compile(r"(?<!K:)H")
_BASS_PROGRAM = 32


def second_voice(
    text: str, *, place: str = "auto", instrument: str = "", seed: int | None = None
) -> str:
    """The tune in ABC `text` with a second voice, as ABC with ``V:1`` and ``V:2``.

    `place` is below or above the melody, auto (whichever goes better), or bass. It stays within
    the range of `instrument`. Chord symbols are followed where they stand, else the chords that
    the melody implies. Without a `seed` the best line is given, with one another of much the same
    worth. The melody stays as it is, decorations and words included; every bar of the second voice
    is as long as the melody's. Raises `UsageError` for a tune without a melody or with several
    voices, and for an instrument that cannot play so low or so high.
    """
    if place not in PLACES:
        raise UsageError(f"no second voice is {place!r}: choose {', '.join(PLACES)}")
    melody = melody_of(text)
    noise = None if seed is None else np.random.default_rng(seed)
    if place == "bass":
        lowest, highest = instrument_range(instrument) if instrument else _BASS
        name, clef = instrument or "Bass", " clef=bass" if lowest < 48 else ""
        bass_program = program_named(instrument) if instrument else _BASS_PROGRAM
        bars = bass_line(melody, lowest, highest, noise=noise)
        body = _bass_body(melody, bars)
        return _in_two_voices(melody, body, name, clef, bass_program)
    lowest, highest = instrument_range(instrument) if instrument else _ANYBODY
    ways = {"below": (True,), "above": (False,), "auto": (True, False)}[place]
    lines = [best_line(melody.moments, Bounds(way, lowest, highest), noise=noise) for way in ways]
    line, _ = min(lines, key=lambda scored: scored[1])
    if all(note is None for note in line):
        where = "below or above" if place == "auto" else place
        raise UsageError(
            f"a {instrument or 'second voice'} has no notes {where} this melody; "
            "choose another instrument, or the other side"
        )
    body = _line_body(melody, line)
    program = program_named(instrument) if instrument else None
    return _in_two_voices(melody, body, instrument or "Second", "", program)


def _in_two_voices(
    melody: Melody, body: Sequence[Node], name: str, clef: str, program: int | None
) -> str:
    """The whole tune: its header, the melody as it stands, the second voice."""
    tune = melody.tune
    top = write(replace(tune, body=()))
    first = write_body(tune.body).rstrip("\n")
    sound = f"%%MIDI program {program}\n" if program is not None else ""
    # The voices are declared where they begin: music21 takes each V: of the header for a part more.
    # Each voice begins with what the header says; music21 would go on with what held last.
    changed = {node.letter for node in tune.body if isinstance(node, Field)} & set(_SHARED_FIELDS)
    again = "".join(
        f"{item.letter}:{item.value}\n"
        for item in tune.header
        if isinstance(item, Field) and item.letter in changed
    )
    return (
        f'{top}V:1 name="Melody"\n{first}\nV:2 name="{name[:1].upper()}{name[1:]}"{clef}\n'
        f"{again}{sound}{_FERMATA.sub('!fermata!', write_body(body).rstrip())}\n"
    )


# --- note against note ------------------------------------------------------------------------


def _line_body(melody: Melody, line: Sequence[int | None]) -> list[Node]:
    """The body of the second voice: the melody's, with other notes."""
    writer = _Writer(melody)
    chosen = dict(zip((m.start for m in melody.moments), _ties(melody, line), strict=True))
    return list(
        writer.body(
            lambda node: [_as_written(node, chosen.get(node.start), writer)], held=_FERMATAS
        )
    )


def _ties(melody: Melody, line: Sequence[int | None]) -> Iterator[tuple[Moment, int | None, bool]]:
    """Each moment with its place on the staff, and whether it is tied to the next one."""
    following = [*line[1:], None]
    for moment, place, after in zip(melody.moments, line, following, strict=True):
        yield moment, place, moment.tied and place is not None and place == after


def _as_written(node: Any, chosen: tuple[Moment, int | None, bool] | None, writer: _Writer) -> Node:
    """The note of the second voice that stands in the place of one of the melody's."""
    if isinstance(node, Rest):
        return Rest(node.kind, node.length)
    length = node.length * (node.notes[0].length if isinstance(node, Chord) else 1)
    moment, place, tied = chosen or (None, None, False)
    if moment is None or place is None:
        return Rest("z", length)
    return writer.note(place, moment.altered, length, tied=tied)


# --- a bass -----------------------------------------------------------------------------------


def _bass_body(melody: Melody, bars: Sequence[Sequence[tuple[Moment, int | None, Fraction]]]
) -> list[Node]:  # fmt: skip
    """The body of a bass: each measure's notes where the first one of the melody's stands."""
    writer = _Writer(melody)
    first = {m.events[0].start: n for n, m in enumerate(melody.measures) if m.events}

    def notes(node: Node) -> list[Node]:
        number = first.get(node.start)
        if number is None:
            return []
        written: list[Node] = []
        for moment, place, length in bars[number]:
            units = length / writer.unit
            if place is None:
                written.append(Rest("z", units))
            else:
                written.append(writer.note(place, moment.altered, units))
        return written

    kept = (Bar, Ending, Field, LineBreak, Decoration)
    return [
        node for node in writer.body(notes)
        if isinstance(node, (*kept, Note, Rest, MultiRest))
    ]  # fmt: skip


# --- writing ----------------------------------------------------------------------------------


@dataclass
class _Writer:
    """Goes through the melody's body and writes another voice with the same bars."""

    melody: Melody

    def __post_init__(self) -> None:
        tune = self.melody.tune
        meter = self.melody.measures[0].meter
        self.unit = read_unit(tune.unit) or default_unit(meter.meter if meter else None)
        self._signature = _plain_signature(tune)
        self._in_bar: dict[int, int] = {}  # letter → alteration written in this bar

    def body(
        self, notes: Callable[[Node], Sequence[Node]], *, held: Collection[str] = ()
    ) -> Iterator[Node]:
        """The nodes of the other voice; `notes` gives those for each note, chord and rest, and the
        decorations `held` stay where they are."""
        overlaid = False
        for node in self.melody.tune.body:
            if isinstance(node, Bar | Ending):
                overlaid = False
            overlaid = overlaid or isinstance(node, Overlay)
            if overlaid:
                continue
            if isinstance(node, Note | Chord | Rest):
                yield from notes(node)
            elif isinstance(node, Field):
                if node.letter in _SHARED_FIELDS:
                    self._field(node)
                    yield node
            elif isinstance(node, Bar):
                self._in_bar = {}
                if node.kind == "::":
                    yield Space()  # music21 takes G:: for the beginning of a field
                yield node
            elif isinstance(node, Decoration):
                if node.name in MARKS or node.name in held:
                    yield node
            elif isinstance(node, Broken | Tuplet | Slur | Space | LineBreak | Ending | MultiRest):
                yield node

    def note(
        self, place: int, altered: Sequence[int], length: Fraction, *, tied: bool = False
    ) -> Note:
        """A note with the accidental that it needs."""
        octave, letter = divmod(place, 7)
        usual = self._in_bar.get(letter, self._signature.get(LETTERS[letter], 0))
        accidental = ""
        if altered[letter] != usual:
            self._in_bar[letter] = altered[letter]
            accidental = spell_alteration(Fraction(altered[letter]))
        return Note(LETTERS[letter], octave, accidental, length, "-" if tied else "")

    def _field(self, field: Field) -> None:
        from musicrnn.abc.syntax.keys import read_key

        if field.letter == "L":
            self.unit = read_unit(field.value) or self.unit
        key = read_key(field.value) if field.letter == "K" else None
        if key is not None and key.changes_key:
            self._signature = {step: int(value) for step, value in key.signature.items()}
            self._in_bar = {}


def _plain_signature(tune: Any) -> dict[str, int]:
    from musicrnn.abc.syntax.keys import read_key

    key = read_key(tune.key)
    return {step: int(value) for step, value in key.signature.items()} if key else {}
