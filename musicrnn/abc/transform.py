"""The same tune otherwise: in another key, on another unit note length, one voice of several.

Everything works on the syntax tree, so comments, words and layout survive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from musicrnn.abc.syntax.fields import default_unit, read_meter, read_unit
from musicrnn.abc.syntax.keys import (
    ACCIDENTAL,
    SHARPS,
    KeyField,
    alteration,
    parse_key,
    read_key,
    spell_key,
)  # fmt: skip
from musicrnn.abc.syntax.tree import (
    Chord,
    ChordName,
    Directive,
    Field,
    Grace,
    Node,
    Note,
    ParsedTune,
    Rest,
    require_tune,
)
from musicrnn.errors import UsageError
from musicrnn.score import Key, fifths_between
from musicrnn.theory.pitch import SEMITONES

__all__ = ["extract_voice", "standalone", "transpose", "voices", "with_unit"]

_CHORD_ROOT: Final = re.compile(r"(^|/)([A-G])([#b♯♭]?)")
_KEY_ACCIDENTAL: Final = re.compile(rf"({ACCIDENTAL})([a-gA-G])$")
#: the scale of the Great Highland bagpipe
_PIPES: Final = Key("A", "mixolydian")


# --- a tune of a book by itself ----------------------------------------------------------------

#: fields of a file header that say something more, rather than something else, than the tune's
_ADDED: Final = frozenset("INUr")


def standalone(tune: ParsedTune) -> ParsedTune:
    """The tune with what the file header says for it in a header of its own (2.2.2)."""
    require_tune(tune, "standalone")
    own = {field.letter for field in tune.fields} - _ADDED
    taken = [
        item
        for item in tune.inherited
        if isinstance(item, Directive) or (isinstance(item, Field) and item.letter not in own)
    ]
    place = next(
        (place for place, item in enumerate(tune.header)
         if not (isinstance(item, Field) and item.letter in "XT")), len(tune.header),
    )  # fmt: skip
    header = (*tune.header[:place], *taken, *tune.header[place:])
    return replace(tune, header=header, inherited=())


# --- transposition ----------------------------------------------------------------------------

#: semitones: from the lowest note of MIDI to the highest
_FARTHEST = 127


def transpose(tune: ParsedTune, *, to: Key | str | None = None, semitones: int = 0) -> ParsedTune:
    """The tune in the key `to` (a `Key`, or its name: ``"Em"``), reached by the shorter way, or
    `semitones` higher.

    With both, `semitones` (a multiple of 12) are added after the move to the key. Notes, keys and
    chord symbols keep their place in the scale, so accidentals stand where they stood and mean
    what they meant; a bagpipe tune (``K:HP``) moves as A mixolydian, which is its scale. Raises
    `UsageError` for a key of another mode, and where a note would need more than two sharps or
    flats.
    """
    require_tune(tune, "transpose")
    if isinstance(to, str):
        to = parse_key(to)
    if not isinstance(to, Key | None) or not isinstance(semitones, int):
        raise UsageError(
            "transpose wants a key (to='Em') or a whole number of semitones, not "
            f"to={to!r}, semitones={semitones!r}"
        )
    if abs(semitones) > _FARTHEST:
        raise UsageError(f"{semitones} semitones are more than an instrument has")
    source = read_key(tune.key)
    if source is None:
        raise UsageError(f"a tune in K:{tune.key or '?'} cannot be transposed")
    if to is None and not semitones:
        return tune
    fifths: int | None = None
    if to is not None:
        home = source.key or (_PIPES if source.pipes else Key("C"))
        if home.mode != to.mode:
            raise UsageError(f"the tune is in {home}: name a {home.mode} key, or move by semitones")
        semitones += (to.pitch_class - home.pitch_class + 6) % 12 - 6
        fifths = to.fifths - home.fifths
    move = _Move(semitones, fifths)
    header = tuple(
        _moved_field(item, move) if isinstance(item, Field) else item for item in tune.header
    )
    return replace(tune, header=header, body=tuple(_moved_body(tune, move)))


class _Move:
    """A number of semitones, spelled as steps on the line of fifths; differs by key section.

    On the line of fifths (… F C G D A E B F# …) a transposition adds a constant, which carries
    letters, signatures and accidentals along together.
    """

    def __init__(self, semitones: int, fifths: int | None) -> None:
        self.semitones = semitones
        self._wanted = fifths
        self.fifths = 0

    def enter(self, key: Key | None) -> None:
        """Choose the spelling for a section in `key` (None counts as C major)."""
        home = key.fifths if key else 0
        if self._wanted is not None and -7 <= home + self._wanted <= 7:
            self.fifths = self._wanted
            return
        self.fifths = fifths_between(home, self.semitones)

    def letter(self, step: str) -> tuple[str, int]:
        """The letter that an unaltered `step` becomes, and its alteration."""
        position = SHARPS.index(step) + self.fifths
        return SHARPS[position % 7], position // 7

    def note(self, note: Note) -> Note:
        """`note`, moved. An accidental is written where one was written."""
        step, altered = self.letter(note.step)
        # Where the unaltered note goes fixes the octave; accidentals then count from there.
        height = 12 * note.octave + SEMITONES[note.step] + self.semitones
        octave = (height - altered - SEMITONES[step]) // 12
        accidental = note.accidental
        if accidental:
            accidental = spell_alteration(alteration(accidental) + altered)
        return replace(note, step=step, octave=octave, accidental=accidental)

    def name(self, letter: str, sharps: str) -> str:
        """A root such as ``F#`` in a chord symbol or key, moved."""
        step, altered = self.letter(letter)
        altered += sum({"#": 1, "♯": 1, "b": -1, "♭": -1}[sign] for sign in sharps)
        return step + ("#" * altered if altered > 0 else "b" * -altered)

    def key(self, value: str) -> str:
        """The value of a ``K:`` field, moved; chooses the spelling of what follows."""
        field = read_key(value)
        if field is None or not field.changes_key:
            return value
        if field.pipes:
            return self.key(f"{spell_key(_PIPES)}{field.canonical[2:]}")
        self.enter(field.key)
        words = field.canonical.split(" ")
        if field.key:
            key = Key(self.name(field.key.tonic[0], field.key.tonic[1:]), field.key.mode)
            words[0] = spell_key(key)
        if "exp" in words[:2]:
            return self._explicit(field, words)
        if field.key is None and self.fifths:
            words[0] = self.name("C", "")
        return " ".join(_KEY_ACCIDENTAL.sub(self._key_accidental, word) for word in words)

    def _explicit(self, field: KeyField, words: list[str]) -> str:
        """A signature of one's own (``D exp ^f``), moved: the steps that it leaves natural may be
        sharp or flat now."""
        signs = []
        for step in SHARPS:
            moved, by = self.letter(step)
            altered = field.signature.get(step, Fraction(0)) + by
            if altered or step in field.signature:
                signs.append(spell_alteration(altered) + moved.lower())
        at = words.index("exp") + 1
        others = [word for word in words[at:] if not _KEY_ACCIDENTAL.fullmatch(word)]
        return " ".join([*words[:at], *signs, *others])

    def _key_accidental(self, match: re.Match[str]) -> str:
        step, altered = self.letter(match[2].upper())
        return spell_alteration(alteration(match[1]) + altered) + step.lower()


def spell_alteration(altered: Fraction) -> str:
    """An alteration in semitones as ABC writes it: 1 is ``^``, 0 ``=``, -3/2 ``_3/2``."""
    if abs(altered) > 2:
        raise UsageError("a note would need three sharps or flats: choose the key's other name")
    if altered == 0:
        return "="
    sign = "^" if altered > 0 else "_"
    size = abs(altered)
    if size.denominator == 1:
        return sign * int(size)
    return sign + ("/" if size == Fraction(1, 2) else str(size))


def _moved_field(field: Field, move: _Move) -> Field:
    return replace(field, value=move.key(field.value)) if field.letter == "K" else field


def _moved_body(tune: ParsedTune, move: _Move) -> Iterator[Node]:
    sections: dict[str, int] = {}  # voice → its move on the line of fifths
    first = move.fifths
    voice = ""
    for node in tune.body:
        if isinstance(node, Field):
            if node.letter == "V":
                sections[voice] = move.fifths
                voice = node.value.split()[0] if node.value.split() else ""
                move.fifths = sections.get(voice, first)
            yield _moved_field(node, move)
        elif isinstance(node, ChordName):
            yield replace(
                node, text=_CHORD_ROOT.sub(lambda m: m[1] + move.name(m[2], m[3]), node.text)
            )
        else:
            yield _each_note(node, move.note)


def _each_note(node: Node, change: Callable[[Note], Note]) -> Node:
    """`node` with every note in it changed."""
    if isinstance(node, Note):
        return change(node)
    if isinstance(node, Chord):
        return replace(node, notes=tuple(change(note) for note in node.notes))
    if isinstance(node, Grace):
        notes = tuple(
            change(written)
            if isinstance(written, Note)
            else replace(written, notes=tuple(change(note) for note in written.notes))
            for written in node.notes
        )
        return replace(node, notes=notes)
    return node


# --- unit note length -------------------------------------------------------------------------


def with_unit(tune: ParsedTune, unit: Fraction) -> ParsedTune:
    """The tune written on the unit note length `unit` (a fraction of a whole note: 1/8).

    Changes of unit within the tune disappear. Grace notes, whose length is their own, stay.
    Raises `UsageError` for a length that ABC has no unit of.
    """
    require_tune(tune, "with_unit")
    if unit not in [Fraction(1, 1 << power) for power in range(10)]:
        raise UsageError(f"a unit note length is 1/1, 1/2, 1/4, 1/8 … 1/512, not {unit}")
    tune = standalone(tune)
    current = _unit(tune)
    body: list[Node] = []
    for node in tune.body:
        if isinstance(node, Field) and node.letter == "L":
            current = (read_unit(node.value) or 4 * current) / 4
        elif isinstance(node, Note | Rest):
            body.append(replace(node, length=node.length * current / unit))
        elif isinstance(node, Chord):
            # A chord's length multiplies its notes': scaling one of the two is enough.
            body.append(replace(node, length=node.length * current / unit))
        else:
            body.append(node)
    header = [item for item in tune.header if not (isinstance(item, Field) and item.letter == "L")]
    last = max((i for i, item in enumerate(header) if isinstance(item, Field)), default=len(header))
    header.insert(last, Field("L", str(unit)))
    return replace(tune, header=tuple(header), body=tuple(body))


def _unit(tune: ParsedTune) -> Fraction:
    """The unit note length of the header, as a fraction of a whole note."""
    written = read_unit(tune.unit)
    if written:
        return written / 4
    meter = read_meter(tune.meter)
    return default_unit(meter.meter if meter else None) / 4


# --- voices -----------------------------------------------------------------------------------


def voices(tune: ParsedTune) -> tuple[str, ...]:
    """The names of the tune's voices, in order of appearance; empty for a tune without ``V:``."""
    require_tune(tune, "voices")
    named = [
        item.value.split()[0]
        for item in (*tune.fields, *(node for node in tune.body if isinstance(node, Field)))
        if item.letter == "V" and item.value.split()
    ]
    return tuple(dict.fromkeys(name for name in named if name != "*"))


def extract_voice(tune: ParsedTune, name: str) -> ParsedTune:
    """The tune with one of its voices only. Raises `UsageError` for a voice it has not."""
    known = voices(tune)
    if name not in known:
        raise UsageError(
            f"there is no voice {name!r}; the tune has {', '.join(known) or 'one voice'}"
        )
    body: list[Node] = []
    speaks = True  # what stands before the first V: belongs to all voices
    for node in tune.body:
        if isinstance(node, Field) and node.letter == "V":
            speaks = node.value.split()[:1] in ([name], ["*"])
        elif speaks:
            body.append(node)
    header = tuple(
        item for item in tune.header if not (isinstance(item, Field) and item.letter == "V")
    )
    return replace(tune, header=header, body=tuple(body))
