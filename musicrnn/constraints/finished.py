"""Was a finished tune what was asked for? One function a control.

The look is not the constraint's: the parser reads the finished text and plays it out, and of a
melody of events the notes are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from musicrnn import abc
from musicrnn.abc.syntax.fields import Tempo
from musicrnn.abc.syntax.keys import alteration, signature_of
from musicrnn.abc.syntax.tree import Bar, Note
from musicrnn.score import Key, Meter, Score
from musicrnn.theory.chords import parse_chord, parse_progression
from musicrnn.theory.instruments import instrument_range
from musicrnn.theory.melody import BarLines
from musicrnn.theory.pitch import LETTERS

__all__ = ["FinishedTune", "Section"]

_BAR_LINES = re.compile(r"(\|:|:\|(?!2)|::|\|\||\|\])")
_NUMBER = re.compile(r"^X:.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a tune as it is written: its text, whether it is repeated, the full bars of its
    first pass, and the length of its pickup in whole notes (0: none)."""

    text: str
    repeated: bool
    bars: int
    pickup: Fraction


@dataclass(frozen=True)
class FinishedTune:
    """A tune that was made, ABC text or a score, and the passes of a form that it is to have.

    Raises `MusicRNNError` where there is nothing to be read.
    """

    content: str | Score

    @property
    def text(self) -> str:
        """The ABC text; of a score nothing."""
        return self.content if isinstance(self.content, str) else ""

    @cached_property
    def tree(self) -> abc.ParsedTune:
        """The parsed text."""
        return abc.parse_tune(self.text)

    @cached_property
    def score(self) -> Score:
        """What sounds, without ornaments."""
        return self.content if isinstance(self.content, Score) else abc.to_score(self.tree)

    @cached_property
    def key(self) -> Key | None:
        """The key at the start."""
        return self.score.key

    @cached_property
    def meter(self) -> Meter | None:
        """The metre at the start."""
        return self.score.meter

    @cached_property
    def pitches(self) -> list[int]:
        """The MIDI number of each note."""
        return [note.pitch for note in self.score.notes]

    @cached_property
    def sections(self) -> list[Section]:
        """The parts of an ABC tune, by its bar lines."""
        body = self.text.partition("\nK:")[2].partition("\n")[2].replace("\n", "")
        pieces = [piece for piece in _BAR_LINES.split(body) if piece]
        full = Fraction(self.meter.numerator, self.meter.denominator) if self.meter else Fraction(1)
        sections = []
        for place, piece in enumerate(pieces):
            if not re.search("[A-Ga-gz]", piece):
                continue
            first_pass = piece.split(":|2")[0].replace("|1", "|")
            bars = [bar for bar in first_pass.split("|") if bar]
            first = self._length(bars[0])
            pickup = first if first < full and len(bars) > 1 else Fraction(0)
            after = pieces[place + 1] if place + 1 < len(pieces) else ""
            repeated = ":|2" in piece or after in (":|", "::")
            sections.append(Section(piece, repeated, len(bars) - (pickup > 0), pickup))
        return sections

    def _length(self, bar: str) -> Fraction:
        text = f"X:1\nT:t\nM:none\nL:{self.tree.unit}\nK:C\n{bar}|\n"
        return abc.to_score(abc.parse_tune(text)).length / 4

    # --- what was asked -------------------------------------------------------------------------

    def has_title(self, title: str) -> bool:
        """Whether it is called that."""
        return (self.tree.title if self.text else self.score.title) == title

    def has_rhythm(self, rhythm: str) -> bool:
        """Whether its ``R:`` is that."""
        return self.tree.rhythm == rhythm

    def has_style(self, style: str) -> bool:
        """Whether its ``O:`` names that tradition."""
        return self.tree.value("O") == style

    def has_meter(self, meter: Meter) -> bool:
        """Whether it is in that metre throughout."""
        return [change.meter for change in self.score.meters] == [meter]

    def has_unit(self, unit: Fraction) -> bool:
        """Whether its ``L:`` is that, a fraction of a whole note."""
        return Fraction(self.tree.unit) == unit

    def has_key(self, key: Key) -> bool:
        """Whether it is in that key throughout."""
        return [change.key for change in self.score.keys] == [key]

    def has_tempo(self, tempo: Tempo) -> bool:
        """Whether it is at that tempo throughout."""
        return [change.qpm for change in self.score.tempos] == [tempo.qpm]

    def has_bars(self, bars: Sequence[int]) -> bool:
        """Whether each part has one of these numbers of bars, or, of events, the whole has."""
        if not self.text:
            return BarLines(self.score).number(self.score.length) == bars[0]
        counts = list({section.text: section.bars for section in self.sections}.values())
        if len(bars) == len(counts):
            return counts == list(bars)
        return set(counts) <= set(bars)

    def has_form(self, form: Sequence[tuple[str, int]]) -> bool:
        """Whether its parts are repeated, and come back, as letters and their passes say."""
        if [section.repeated for section in self.sections] != [passes == 2 for _, passes in form]:
            return False
        texts: dict[str, str] = {}
        pairs = zip(form, self.sections, strict=True)
        return all(texts.setdefault(letter, part.text) == part.text for (letter, _), part in pairs)

    def has_pickup(self, pickup: Fraction) -> bool:
        """Whether every part begins with a pickup of that length in whole notes (0: none)."""
        return all(section.pickup == pickup for section in self.sections)

    def fits(self, instrument: str) -> bool:
        """Whether every note is in the range of an instrument."""
        lowest, highest = instrument_range(instrument)
        return self.not_below(lowest) and self.not_above(highest)

    def not_below(self, lowest: int) -> bool:
        """Whether no note is lower than that MIDI number."""
        return min(self.pitches) >= lowest

    def not_above(self, highest: int) -> bool:
        """Whether no note is higher than that MIDI number."""
        return max(self.pitches) <= highest

    def has_in_scale(self, share: float) -> bool:
        """Whether at least that share of the notes belongs to the key."""
        if not self.text:
            inside = self.key.pitch_classes if self.key else frozenset(range(12))
            outside = sum(pitch % 12 not in inside for pitch in self.pitches)
            return outside <= (1 - share) * len(self.pitches) + 1e-9
        outside, written = self._accidentals()
        return outside <= (1 - share) * written + 1e-9

    def _accidentals(self) -> tuple[int, int]:
        """Written notes outside of the scale, and all of them, graces and chords included."""
        signature = signature_of(self.key.fifths) if self.key else {}
        scale = {letter: int(signature.get(letter, 0)) for letter in LETTERS}
        in_bar: dict[tuple[str, int], int] = {}
        outside = written = 0
        for node in self.tree.body:
            if isinstance(node, Bar):
                in_bar = {}
            for note in getattr(node, "notes", (node,)):
                if not isinstance(note, Note):
                    continue
                place = note.step, note.octave
                if note.accidental:
                    in_bar[place] = int(alteration(note.accidental))
                written += 1
                outside += in_bar.get(place, scale[note.step]) != scale[note.step]
        return outside, written

    def ends_on_tonic(self, wanted: bool) -> bool:
        """Whether the last note is the tonic or, over chords, a note of the last chord."""
        if not wanted:
            return True
        last = self.score.notes[-1]
        if self.score.chords:
            from musicrnn.midi.harmony import Harmony

            return last.pitch % 12 in Harmony.of(self.score).at(last.onset).tones
        return self.key is not None and last.pitch % 12 == self.key.pitch_class

    def has_syncopation(self, level: str) -> bool:
        """Whether few (``"low"``) or many (``"high"``) of its notes begin off the beat.

        What counts is their share beside that of a bar of nothing but eighths, 1/2 where the beat
        is a quarter and 2/3 where it is dotted: four fifths of it at most, or all of it at least.
        """
        if self.meter is None or not self.score.notes:
            return False
        lines, beat = BarLines(self.score), self.meter.beat
        in_bar = [lines.number(note.onset) % 1 * self.meter.length for note in self.score.notes]
        share = Fraction(sum(time % beat != 0 for time in in_bar), len(in_bar))
        eighths = 1 - 1 / (2 * beat)
        return share <= eighths * Fraction(4, 5) if level == "low" else share >= eighths

    def begins_with(self, prime: str | Score) -> bool:
        """Whether it starts with that music, note for note; the number of the tune is its own."""
        if isinstance(prime, str):
            wanted, written = (_NUMBER.sub("", text) for text in (prime, self.text))
            return "".join(wanted.split()) in "".join(written.split())
        head = [(note.onset, note.pitch) for note in prime.notes]
        return [(note.onset, note.pitch) for note in self.score.notes][: len(head)] == head

    def has_rhythm_of(self, other: str) -> bool:
        """Whether its notes begin and end as those of another ABC tune do."""
        notes = abc.to_score(abc.parse_tune(other)).notes
        return [(n.onset, n.duration) for n in self.score.notes] == [
            (n.onset, n.duration) for n in notes
        ]

    def has_chords(self, progression: str) -> bool:
        """Whether its chords are those of a progression, over and over."""
        wanted = [chord for bar in parse_progression(progression) for chord in bar]
        written = [parse_chord(symbol.text) for symbol in self.score.chords]
        return bool(written) and all(
            chord == wanted[place % len(wanted)] for place, chord in enumerate(written)
        )

    def is_no_longer(self, length: int) -> bool:
        """Whether a text has at most that many characters."""
        return len(self.text) <= length
