"""``<note>`` of MusicXML as notes of ABC, with their grace notes, decorations and syllables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.checking.lyrics import spell_syllable
from musicrnn.abc.syntax.tree import Chord, Grace, Node, Note
from musicrnn.abc.timeline.pitches import Altered, Pitches
from musicrnn.abc.transform import spell_alteration
from musicrnn.musicxml.durations import TYPES
from musicrnn.musicxml.package import number, whole
from musicrnn.musicxml.signs import direction_name, notation_name
from musicrnn.musicxml.words import MOST_VERSES

__all__ = ["NoteReader"]

Element = ElementTree.Element
ONE: Final = Fraction(1)
#: the children of ``<notations>`` that are told by other means, or only say how it looks
_ELSEWHERE: Final = frozenset({"tied", "slur", "tuplet"})


class NoteReader:
    """Turns the notes of one voice into those of ABC: an accidental is written where the signs
    before it do not say it already (`pitches`); what is lost is counted in `lost`."""

    def __init__(self, pitches: Pitches, lost: Counter[str]) -> None:
        self.pitches = pitches
        self.lost = lost

    def note(self, element: Element, length: Fraction) -> Note:
        tied: Altered = {}
        note = self.of_chord(element, tied)
        self.pitches.carry(tied)
        marks = ()  # those of a single note stand before it
        return Note(note.step, note.octave, note.accidental, length, note.tie, marks)

    def of_chord(self, element: Element, tied: Altered) -> Note:
        """A note of length 1; in `tied` is noted what its tie carries on."""
        step = element.findtext("pitch/step") or element.findtext("unpitched/display-step") or "B"
        step = step.strip() if step.strip() in tuple("ABCDEFG") else "B"
        if element.find("unpitched") is not None:
            self.lost["percussion: notes are written where they stand on the staff"] += 1
        self.lost["shapes of note heads"] += element.findtext("notehead", "normal") != "normal"
        octave = whole(element.findtext("pitch/octave")
                       or element.findtext("unpitched/display-octave"), 4)  # fmt: skip
        octave = max(0, min(9, octave))
        altered = max(Fraction(-2), min(Fraction(2), number(element.findtext("pitch/alter"))))
        tie = "-" if any(t.get("type") == "start" for t in element.iterfind("tie")) else ""
        if tie and element.find('notations/tied[@type="start"][@line-type="dotted"]') is not None:
            tie = ".-"
        _, _, shown = self.pitches.pitch(Note(step, octave), None)
        octave -= shown - octave  # the clef may move what is written by octaves
        _, assumed, _ = self.pitches.pitch(Note(step, octave), None)
        accidental = ""
        courtesy = element.find("accidental")
        if assumed != altered or (courtesy is not None and not self._goes_on(element)):
            accidental = spell_alteration(altered)
        note = Note(step, octave, accidental, ONE, tie, tuple(self._note_marks(element)))
        self.pitches.pitch(note, tied if tie else None)
        return note

    def _goes_on(self, element: Element) -> bool:
        return any(tie.get("type") == "stop" for tie in element.iterfind("tie"))

    def _note_marks(self, element: Element) -> list[str]:
        """The fingerings and the like that stand at one note of a chord."""
        if element.find("chord") is None:
            return []
        return list(self.names(element))

    def graces(self, chords: Sequence[Sequence[Element]]) -> list[Node]:
        """Grace notes; a slash at the first makes the group an acciaccatura."""
        if not chords:
            return []
        base = Fraction(1, 2) if len(chords) == 1 else Fraction(1, 4)
        written: list[Note | Chord] = []
        for chord in chords:
            length = TYPES.get((chord[0].findtext("type") or "").strip(), base) / base
            notes = [self.of_chord(note, {}) for note in chord]
            single = notes[0]
            if len(notes) == 1:
                marks = tuple(self.names(chord[0]))
                written.append(
                    Note(single.step, single.octave, single.accidental, length, "", marks)
                )
            else:
                written.append(Chord(tuple(notes), length))
        grace = chords[0][0].find("grace")
        slash = grace is not None and grace.get("slash") == "yes"
        return [Grace(tuple(written), slash)]

    def names(self, element: Element) -> Iterable[str]:
        for notations in element.iterfind("notations"):
            for child in notations:
                if child.tag in _ELSEWHERE:
                    continue
                if child.tag == "other-notation":
                    yield (child.text or "").strip() or "nil"
                elif child.tag in ("articulations", "ornaments", "technical", "dynamics"):
                    for inner in child:
                        yield from self._named(child.tag, inner)
                else:
                    yield from self._named("", child)

    def _named(self, group: str, element: Element) -> Iterable[str]:
        name = (
            direction_name(group, element.tag, element.attrib)
            if group == "dynamics"
            else notation_name(group, element.tag, element.text or "", element.attrib)
        )
        if name is not None:
            yield name
        elif element.tag != "accidental-mark":
            self.lost[element.tag.replace("-", " ")] += 1

    def lyrics(self, notes: Sequence[Element]) -> list[tuple[int, str, str]]:
        syllables: list[tuple[int, str, str]] = []
        for note in notes:
            for place, lyric in enumerate(note.iterfind("lyric"), 1):
                texts = [text.text or "" for text in lyric.iterfind("text")]
                text = "\u203f".join(text.strip() for text in texts)
                syllable = spell_syllable(text)
                if not syllable:
                    self.lost["words of one sign"] += bool(text)
                    continue
                number_ = re.findall(r"\d{1,2}", lyric.get("number", ""))  # "1", or "part2verse1"
                verse = whole(number_[-1] if number_ else "", place) or place
                within = (lyric.findtext("syllabic") or "").strip() in ("begin", "middle")
                within = within or syllable.endswith("\\-")  # a hyphen within the text says so too
                while syllable.endswith("\\-"):
                    syllable = syllable.removesuffix("\\-")
                held = "_" if lyric.find("extend") is not None else ""
                going = "-" if within else held
                verse = min(verse, MOST_VERSES)
                syllables.append((verse, syllable + ("-" if within else ""), going))
        return syllables
