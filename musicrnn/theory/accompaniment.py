"""Chord symbols as an accompanist plays them: bass and chords in the pattern of the dance.

Who plays, and in which patterns, stands in `backing`. The ``%%MIDI`` commands of a tune that speak
of its chords (`COMMANDS`) are followed as abc2midi follows them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from musicrnn.score import ChordSymbol, Meter, MeterChange, Note, Part, Score
from musicrnn.theory.backing import Backing, Slot, pattern_of, slots
from musicrnn.theory.chords import Chord, is_chord, parse_chord

__all__ = ["COMMANDS", "PIANIST", "Bar", "Command", "accompanied", "bars_between", "chord_pitches"]

#: The ``%%MIDI`` commands that say how chord symbols sound.
COMMANDS: Final = frozenset(
    {"gchord", "gchordon", "gchordoff", "chordprog", "bassprog", "chordvol", "bassvol"}
)

#: root and quality, bass: a chord symbol as the standard describes it (ABC 2.1 §4.18), and what is
#: met with beside it; perhaps in brackets, as an alternative. Bounded and without backtracking, as
#: digits could be told apart in exponentially many ways.
_SYMBOL: Final = re.compile(
    r"\(?(?P<chord>[A-G][#b♯♭]?"
    r"(?:maj|min|[mM]|dim|aug|sus|add|no|alt|[o°ø+-]|[#b♯♭]?\d{1,2}|/9|\(|\)){0,12}+)"
    r"(?:/(?P<bass>[A-Ga-g][#b♯♭+]?))?\)?"
)

_BASS: Final = 36  # the octave C2…B2
_CHORD: Final = 48  # the octave C3…B3
_VELOCITY: Final = 56
#: Who plays where nobody is named: at the piano, beat by beat, as over a lead sheet.
PIANIST: Final = Backing("piano", 0, 0, _VELOCITY, _VELOCITY, dances=False)
#: Beats in a bar → what that pianist plays.
_BEATS: Final[dict[int, str]] = {1: "f", 2: "fc", 3: "fcc", 4: "fcfc"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that is played: it would begin at `start`, were it whole, and sounds from `opens`."""

    start: Fraction
    opens: Fraction
    meter: Meter


@dataclass(frozen=True, slots=True)
class Command:
    """From `onset` on a ``%%MIDI`` command holds: its `name` (of `COMMANDS`) and `value`."""

    onset: Fraction
    name: str
    value: str = ""


def chord_pitches(text: str) -> tuple[int, tuple[int, ...]] | None:
    """Bass and chord tones (MIDI numbers) of a chord symbol, None for what is not one
    (``N.C.``, a fingering)."""
    match = _SYMBOL.fullmatch(text.strip())
    if not match:
        return None
    chord = _understood(match["chord"])
    bass = _root(match["bass"]) if match["bass"] else chord.root
    return _BASS + bass, tuple(sorted(_CHORD + tone for tone in chord.tones))


def _root(name: str) -> int:
    """The pitch class of a bass note; ``f+`` is an F sharp, as the Nottingham books write it."""
    return parse_chord(name.capitalize().replace("+", "#")).root


def _understood(symbol: str) -> Chord:
    """The chord of the longest beginning of `symbol` that names one: a player who does not know
    what ``no3`` asks for plays the rest."""
    while not is_chord(symbol):
        symbol = symbol[:-1]
    return parse_chord(symbol)


def bars_between(meters: Sequence[MeterChange], pickup: Fraction, end: Fraction) -> list[Bar]:
    """The bars of a score up to `end`; free metre, and none, are counted as 4/4."""
    changes = [(change.onset, change.meter or Meter(4, 4)) for change in meters]
    if not changes or changes[0][0] > 0:
        changes.insert(0, (Fraction(0), Meter(4, 4)))
    bars: list[Bar] = []
    for place, (onset, meter) in enumerate(changes):
        stop = changes[place + 1][0] if place + 1 < len(changes) else end
        start = onset
        if place == 0 and pickup:
            bars.append(Bar(pickup - meter.length, Fraction(0), meter))
            start = pickup
        while start < stop:
            bars.append(Bar(start, start, meter))
            start += meter.length
    return bars


def accompanied(
    score: Score,
    backing: Backing | None = PIANIST,
    *,
    rhythm: str = "",
    bars: Sequence[Bar] = (),
    commands: Iterable[Command] = (),
) -> Score:
    """The score with its chord symbols sounding on parts of their own; without symbols, and with
    no `backing`, as it is.

    `rhythm` is the dance whose pattern is played. `bars` are those that are played, from first to
    last, where the score's own metres do not tell; `commands` come in the order of time.
    """
    symbols = [symbol for symbol in score.chords if symbol.onset < score.length]
    if backing is None or not symbols:
        return score
    bars = bars or bars_between(score.meters, score.pickup, score.length)
    player = _Player(backing, rhythm, symbols, score.length, list(commands))
    sounds = list(player.play(bars))
    programs = list(dict.fromkeys((sound.bass, sound.program) for sound in sounds))
    alone = len({program for _, program in programs}) == 1
    parts: dict[tuple[bool, int], int] = {}
    names = list(score.parts)
    for bass, program in sorted(programs):
        if alone:
            parts[bass, program] = len(score.parts)
            if len(names) == len(score.parts):
                names.append(Part("Chords", program))
        else:
            parts[bass, program] = len(names)
            names.append(Part("Bass" if bass else "Chords", program))
    notes = (Note(s.onset, s.pitch, s.length, s.velocity, parts[s.bass, s.program]) for s in sounds)
    return replace(score, parts=tuple(names)).with_notes((*score.notes, *notes))


@dataclass(frozen=True, slots=True)
class _Sound:
    onset: Fraction
    pitch: int
    length: Fraction
    velocity: int
    program: int
    bass: bool


class _Player:
    """Plays bar after bar; holds what the commands have said so far."""

    def __init__(
        self,
        backing: Backing,
        rhythm: str,
        symbols: Sequence[ChordSymbol],
        end: Fraction,
        commands: list[Command],
    ) -> None:
        self.backing, self.rhythm, self.end = backing, rhythm, end
        self.waiting = commands[::-1]
        self.onsets = [symbol.onset for symbol in symbols]
        self.chords = [_Voiced.of(symbol.text, backing) for symbol in symbols]
        #: where another chord begins, not the same one again
        self.news = [
            symbol.onset
            for place, symbol in enumerate(symbols)
            if not place or symbols[place - 1].text != symbol.text
        ]
        self.pattern: str | None = None
        self.silent = False
        self.program, self.bass_program = backing.program, backing.bass_program
        self.velocity, self.bass_velocity = backing.velocity, backing.bass_velocity
        self.octave, self.bass_octave = 0, 0

    def play(self, bars: Sequence[Bar]) -> Iterator[_Sound]:
        """What sounds in all the bars."""
        meter = bars[0].meter if bars else None
        for place, bar in enumerate(bars):
            stop = bars[place + 1].opens if place + 1 < len(bars) else self.end
            if bar.meter != meter:  # a new metre brings its own pattern (abcMIDI's guide)
                meter, self.pattern = bar.meter, None
            self._listen(bar.opens)
            yield from self._bar(bar, min(stop, self.end))

    def _listen(self, now: Fraction) -> None:
        """Follow the commands up to a moment."""
        while self.waiting and self.waiting[-1].onset <= now:
            command = self.waiting.pop()
            name, value = command.name, command.value
            number = re.match(r"\s*(\d{1,3})", value)
            octave = re.search(r"octave=([+-]?[0-2])\b", value)
            if name in ("gchordon", "gchordoff"):
                self.silent = name == "gchordoff"
            elif name == "gchord":
                self.pattern = value.split()[0] if slots(value) else None
            elif number is None:
                continue
            elif name == "chordprog":
                self.program = min(int(number[1]), 127)
                self.octave = int(octave[1]) if octave else 0
            elif name == "bassprog":
                self.bass_program = min(int(number[1]), 127)
                self.bass_octave = int(octave[1]) if octave else 0
            elif name == "chordvol":
                self.velocity = max(1, min(int(number[1]), 127))
            else:
                self.bass_velocity = max(1, min(int(number[1]), 127))

    def _bar(self, bar: Bar, stop: Fraction) -> Iterator[_Sound]:
        length = bar.meter.length
        for slot in self._slots(bar.meter):
            onset = bar.start + slot.start * length
            self._listen(onset)
            if onset < bar.opens or onset >= stop:
                continue
            ends = min(onset + slot.length * length, stop)
            if self.pattern is not None:
                yield from self._slot(slot.sign, onset, ends)
                continue
            # Where the chord changes under a note that is held, the new one is struck.
            place = bisect_right(self.news, onset)
            fresh = bool(place) and self.news[place - 1] == onset
            sign = slot.sign
            if fresh:
                sign = (
                    "f" if sign == "F" else "b" if sign == "c" or not self.backing.dances else sign
                )
            while place < len(self.news) and self.news[place] < ends and sign != "z":
                yield from self._slot(sign, onset, self.news[place])
                onset, sign = self.news[place], "b"
                place += 1
            yield from self._slot(sign, onset, ends)

    def _struck(self, sign: str, meter: Meter) -> str:
        """How a sign is played where another chord begins: with its root in the bass."""
        if sign in "cF":
            return "b" if sign == "c" else "f"
        both = not self.backing.dances and not meter.compound
        return "b" if sign == "f" and both else sign

    def _slots(self, meter: Meter) -> tuple[Slot, ...]:
        if self.pattern is not None:
            return slots(self.pattern)
        if self.backing.dances:
            return slots(pattern_of(meter, self.rhythm))
        beats = max(1, int(meter.length / meter.beat))
        if beats <= 2 and meter.compound:
            return slots("f2c" * beats)
        return slots(_BEATS.get(beats) or "f" + "c" * (beats - 1))

    def _slot(self, sign: str, onset: Fraction, ends: Fraction) -> Iterator[_Sound]:
        """What one sign of the pattern sounds like."""
        place = bisect_right(self.onsets, onset) - 1
        chord = self.chords[place] if place >= 0 else None
        if chord is None or self.silent or sign == "z" or onset >= ends:
            return
        length = ends - onset
        if sign in "fFb":
            pitch = chord.fifth if sign == "F" else chord.bass
            pitch = _within(pitch + 12 * self.bass_octave)
            yield _Sound(onset, pitch, length, self.bass_velocity, self.bass_program, True)
        tones: tuple[int, ...] = chord.tones if sign in "cb" else ()
        if sign.lower() in "ghij":
            steps = chord.upwards
            number = "ghij".index(sign.lower())
            lower = 12 if sign.isupper() else 0
            tones = (steps[number % len(steps)] + 12 * (number // len(steps)) - lower,)
        for tone in tones:
            pitch = _within(tone + 12 * self.octave)
            yield _Sound(onset, pitch, length, self.velocity, self.program, False)


def _within(pitch: int) -> int:
    return max(0, min(127, pitch))


@dataclass(frozen=True, slots=True)
class _Voiced:
    """A chord under the hands: its bass, the fifth in the bass, its tones in one octave, and from
    the lowest up."""

    bass: int
    fifth: int
    tones: tuple[int, ...]
    upwards: tuple[int, ...]

    @classmethod
    def of(cls, text: str, backing: Backing) -> _Voiced | None:
        """The chord that a symbol names; None for what is no chord (``N.C.``)."""
        match = _SYMBOL.fullmatch(text.strip())
        if not match:
            return None
        chord = _understood(match["chord"])
        bass = _root(match["bass"]) if match["bass"] else chord.root
        above = sorted((tone - chord.root) % 12 for tone in chord.tones)
        fifth = next((step for step in (7, 6, 8) if step in above), 0)
        low = _BASS + (chord.root + fifth) % 12
        first = bass if match["bass"] else chord.root
        upwards = tuple(
            sorted(_CHORD + first + (tone - first) % 12 for tone in {*chord.tones, first})
        )
        tones = {(chord.root + step) % 12 for step in above}
        if backing.open and 7 in above:
            tones -= {(chord.root + 3) % 12, (chord.root + 4) % 12}
        placed = {backing.low + (tone - backing.low) % 12 for tone in tones}
        if backing.open:
            placed.add(backing.low + (chord.root - backing.low) % 12 + 12)
        return cls(_BASS + bass, low, tuple(sorted(placed)), upwards)
