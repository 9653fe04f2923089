"""The bars of one voice as lines of ABC: spelling, lengths, ties, triplets, loudness, words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from musicrnn.abc.checking.lyrics import spell_syllable
from musicrnn.abc.score_grid import Bar, Event, power_of_two, split_at_beats, tuplets
from musicrnn.abc.syntax.decorations import DYNAMICS
from musicrnn.abc.syntax.keys import spell_key
from musicrnn.abc.transform import spell_alteration
from musicrnn.score import Key, Lyric, Meter, Score
from musicrnn.theory.pitch import SEMITONES

__all__ = ["VoiceWriter", "spell", "tempo_text"]

_LETTERS = "FCGDAEB"  # the line of fifths, from F (-1)

#: lengths, in units of their own power of two, that one note head can have
_SINGLE_HEADS = (1, 2, 3, 4, 6, 7, 8, 12, 16)
#: bars of silence in one sign (`Z`)
_LONGEST_REST = 999
#: bars on one line of text
_BARS_A_LINE = 4
#: the octaves in which notes of MIDI are written
_OCTAVES = (-1, 9)
#: a dynamic holds until a note is louder or softer than it by more than this
_SAME_LOUDNESS = 8


def spell(pitch: int, fifths: int) -> tuple[str, int, int]:
    """(letter, alteration, octave) of a MIDI pitch in a signature; octave 4 holds middle C.

    Of the spellings on the line of fifths, the one from three places flat of the signature's
    major tonic to eight places sharp of it: E flat to G sharp in C.
    """
    position = pitch * 7 % 12
    position += 12 * ((fifths + 8 - position) // 12)
    letter = _LETTERS[(position + 1) % 7]
    alteration = (position + 1) // 7
    octave = (pitch - alteration - SEMITONES[letter]) // 12 - 1
    return letter, alteration, octave


def tempo_text(qpm: Fraction, meter: Meter) -> str:
    """``1/4=120``, on the dotted beat of a compound metre.

    A tempo counts whole beats a minute; where it is not whole, shorter ones are counted.
    """
    beat = Fraction(3, 8) if meter.compound else Fraction(1, 4)
    while (qpm / (4 * beat)).denominator > 1 and beat.denominator < 32:
        beat /= 2
    if (qpm / (4 * beat)).denominator > 1:  # the nearest one
        beat = Fraction(1, 4) if qpm > 250 else Fraction(1, 16)
    return f"{beat}={max(round(qpm / (4 * beat)), 1)}"


def _length(duration: Fraction, unit: Fraction) -> str:
    """A duration in quarter notes as ABC's multiplier: ``""``, ``3``, ``/``, ``3/``, ``/4``."""
    multiple = duration / (4 * unit)
    top = "" if multiple.numerator == 1 else str(multiple.numerator)
    if multiple.denominator == 1:
        return top
    return f"{top}/" if multiple.denominator == 2 else f"{top}/{multiple.denominator}"


def _heads(duration: Fraction) -> list[Fraction]:
    """A binary duration as note heads to be tied, longest first."""
    smallest = Fraction(1, duration.denominator)
    units = int(duration / smallest)
    heads = []
    while units:
        head = max(size for size in _SINGLE_HEADS if size <= units)
        heads.append(head * smallest)
        units -= head
    return heads


class VoiceWriter:
    """Writes the bars of one voice; holds what carries over from bar to bar.

    The first voice of a tune (`leads`) carries tempos and chord symbols for all; every voice has
    the changes of key and metre. The second voice of a staff (`below`) has its fermatas under it.
    """

    def __init__(
        self,
        score: Score,
        key: Key,
        unit: Fraction,
        lyrics: Sequence[Lyric],
        *,
        leads: bool,
        below: bool = False,
    ) -> None:
        self.key = key
        self.unit = unit
        self.symbols = list(reversed(score.chords)) if leads else []
        self.keys = list(reversed([change for change in score.keys if change.onset > 0]))
        self.tempos = list(reversed([c for c in score.tempos if c.onset > 0])) if leads else []
        self.lyrics = lyrics
        self.syllables: dict[Fraction, str] = {}  # by the onset of their note
        self.altered: dict[tuple[str, int | None], Fraction] = {}  # with None: in any octave
        self.fermatas = frozenset(score.fermatas)
        self.fermata = "!invertedfermata!" if below else "!fermata!"
        self.loudness = DYNAMICS["mf"]
        self.words: list[str] = []  # a token for each note head of the line
        self.meter: Meter | None = None

    def lines(self, events: Sequence[Event], bars: Sequence[Bar]) -> list[str]:
        """The text lines of the whole voice, ``|`` between bars and ``|]`` at the end."""
        remaining = list(reversed(events))
        self.syllables = _under_notes(events, self.lyrics)
        self.meter = bars[0].meter
        lines: list[str] = []
        texts: list[str] = []
        empty = 0
        for bar in bars:
            silent = self._is_empty(bar, remaining[-1] if remaining else None)
            if empty and not silent:
                texts += self._silence(empty)
                empty = 0
            taken = _take(remaining, bar.end)
            if silent:
                empty += 1
                continue
            change = f"[M:{bar.meter}]" if bar.meter != self.meter else ""
            self.meter = bar.meter
            texts.append(change + self._bar(taken, bar))
            if len(texts) >= _BARS_A_LINE:
                lines += self._line(texts)
                texts = []
        if empty:
            texts += self._silence(empty)
        lines += self._line(texts) if texts else []
        lines[-2 if lines[-1].startswith("w:") else -1] += "]"
        return lines

    def _line(self, texts: Sequence[str]) -> list[str]:
        """A line of bars and, if there are words for it, one of words."""
        words, self.words = self.words, []
        while words and words[-1] in "*_":
            words.pop()
        return [" | ".join(texts) + " |", *(["w: " + " ".join(words)] if words else [])]

    # --- bars of rest -----------------------------------------------------------------------

    def _is_empty(self, bar: Bar, event: Event | None) -> bool:
        """Whether nothing sounds or changes in a bar that fills the metre that holds."""
        return (
            event is not None
            and not event.pitches
            and event.onset <= bar.start
            and event.end >= bar.end
            and bar.meter == self.meter
            and bar.end - bar.start == bar.meter.length
            and not any(
                due and due[-1].onset < bar.end for due in (self.keys, self.tempos, self.symbols)
            )
        )

    def _silence(self, bars: int) -> list[str]:
        """One bar of rest, or several."""
        assert self.meter is not None
        if bars == 1:
            return [self._event(Event(Fraction(0), self.meter.length, ()))]
        long, rest = divmod(bars, _LONGEST_REST)
        return [f"Z{_LONGEST_REST}"] * long + ([f"Z{rest}"] if rest else [])

    # --- bars -------------------------------------------------------------------------------

    def _bar(self, events: Sequence[Event], bar: Bar) -> str:
        self.altered = {}
        meter = bar.meter
        beam = meter.beat * (2 if meter in (Meter(4, 4), Meter(2, 2)) else 1)
        events = split_at_beats(self._cut_at_changes(events), bar.start, meter.beat)
        out: list[str] = []
        for group in tuplets(events):
            head = group[0]
            if out and (head.onset - bar.start) % beam == 0:
                out.append(" ")
            ternary = not power_of_two(head.duration.denominator)
            scale = Fraction(3, 2) if ternary else Fraction(1)
            scaled = [replace(event, duration=event.duration * scale) for event in group]
            # Tied heads of one event count each in a bracket.
            count = sum(len(_heads(event.duration)) for event in scaled)
            for event in scaled:
                out.append(self._changes(event.onset))
                if ternary and event is scaled[0]:
                    out.append("(3" if count == 3 else f"(3:2:{count}")
                out.append(self._event(event))
        return "".join(out)

    def _cut_at_changes(self, events: Sequence[Event]) -> list[Event]:
        """The events, cut where a key, a tempo or a chord symbol comes while one sounds."""
        if not events:
            return []
        end = events[-1].end
        due = sorted(
            change.onset
            for changes in (self.keys, self.tempos, self.symbols)
            for change in _before(changes, end)
        )
        out = []
        for event in events:
            rest = event
            for time in due:
                if rest.onset < time < rest.end:
                    first, rest = rest.cut(time)
                    out.append(first)
            out.append(rest)
        return out

    def _changes(self, time: Fraction) -> str:
        """Keys, tempos and chord symbols that have come due."""
        out = ""
        while self.keys and self.keys[-1].onset <= time:
            self.key = self.keys.pop().key
            self.altered = {}
            out += f"[K:{spell_key(self.key)}]"
        while self.tempos and self.tempos[-1].onset <= time:
            out += f"[Q:{tempo_text(self.tempos.pop().qpm, self.meter or Meter(4, 4))}]"
        symbol = ""
        while self.symbols and self.symbols[-1].onset <= time:
            symbol = '"' + self.symbols.pop().text.replace('"', "'") + '"'
        return out + symbol

    # --- notes ------------------------------------------------------------------------------

    def _event(self, event: Event) -> str:
        heads = _heads(event.duration)
        texts = []
        for i, head in enumerate(heads):
            tie = "-" if event.pitches and (event.tied or i < len(heads) - 1) else ""
            names = [self._name(pitch) for pitch in event.pitches]
            text = f"[{''.join(names)}]" if len(names) > 1 else (names[0] if names else "z")
            texts.append(text + _length(head, self.unit) + tie)
            if event.pitches:
                self._word(event, first=not i and not event.resumed)
        held = event.pitches and not event.resumed and event.onset in self.fermatas
        return self._dynamic(event) + self.fermata * bool(held) + "".join(texts)

    def _dynamic(self, event: Event) -> str:
        """A mark where the loudness is no longer that of the last one."""
        if not event.pitches or event.resumed:
            return ""
        if abs(event.velocity - self.loudness) <= _SAME_LOUDNESS:
            return ""
        name = min(DYNAMICS, key=lambda name: abs(DYNAMICS[name] - event.velocity))
        if DYNAMICS[name] == self.loudness:
            return ""
        self.loudness = DYNAMICS[name]
        return f"!{name}!"

    def _word(self, event: Event, *, first: bool) -> None:
        """The token of ``w:`` for a note head: a syllable, held (``_``) or none (``*``)."""
        if not first:
            self.words.append("_" if self.words and self.words[-1] != "*" else "*")
            return
        self.words.append(self.syllables.get(event.onset) or "*")

    def _name(self, pitch: Fraction | int) -> str:
        whole = int(pitch // 1)
        letter, steps, octave = spell(whole, self.key.fifths)
        if not _OCTAVES[0] <= octave <= _OCTAVES[1]:  # the lowest C is no B sharp
            letter, steps, octave = spell(whole, 0)
        alteration = steps + Fraction(pitch - whole)
        in_signature = (self.key.fifths + 6 - _LETTERS.index(letter)) // 7
        # Programs differ in whether an accidental reaches other octaves: be right for both.
        places = (letter, octave), (letter, None)
        plain = all(self.altered.get(place, in_signature) == alteration for place in places)
        accidental = "" if plain else spell_alteration(alteration)
        self.altered |= dict.fromkeys(places, alteration)
        if octave >= 5:
            return accidental + letter.lower() + "'" * (octave - 5)
        return accidental + letter + "," * (4 - octave)


def _under_notes(events: Sequence[Event], lyrics: Sequence[Lyric]) -> dict[Fraction, str]:
    """Onset of a note → what is sung to it: syllables belong to the note that began last."""
    onsets = [event.onset for event in events if event.pitches and not event.resumed]
    texts: dict[Fraction, list[str]] = {}
    for lyric in lyrics if onsets else ():
        place = max(bisect_right(onsets, lyric.onset) - 1, 0)
        texts.setdefault(onsets[place], []).append(lyric.text)
    return {onset: _syllable(sung) for onset, sung in texts.items()}


def _syllable(texts: Sequence[str]) -> str:
    """What is sung to one note, in `texts` with ``-`` where a word goes on, as it stands in ``w:``:
    a word that goes on at the same note is written as one."""
    syllable, goes_on = "", False
    for text in texts:
        spelled = spell_syllable(text.rstrip("-"))
        if spelled:
            syllable += ("~" if syllable and not goes_on else "") + spelled
            goes_on = text.endswith("-")
    return syllable + "-" * goes_on


def _before(changes: Sequence, end: Fraction) -> list:  # type: ignore[type-arg]
    """Those of a reversed list that come before `end`."""
    earlier = []
    for change in reversed(changes):
        if change.onset >= end:
            break
        earlier.append(change)
    return earlier


def _take(remaining: list[Event], end: Fraction) -> list[Event]:
    """Pop the events before `end` off the reversed list; one that crosses is cut and tied."""
    taken = []
    while remaining and remaining[-1].onset < end:
        event = remaining.pop()
        if event.end > end:
            event, rest = event.cut(end)
            remaining.append(rest)
        taken.append(event)
    return taken
