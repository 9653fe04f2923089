"""What a sequence of MidiTok's tokens says: notes, strokes of the pedal, tempos and metres in time.

The library's own decoder knows no note longer than its longest token, and counts in the unit of the
metre's denominator, so that in 2/2 half of our grid is lost to it. Here a note may have several
durations, which add up, and a metre in halves is counted in quarters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from musicrnn.score import Meter

__all__ = [
    "LONGEST",
    "STEPS",
    "WHOLE",
    "TokenEvents",
    "TokenNote",
    "duration_tokens",
    "kind_of",
    "unit_of",
]

#: Steps of a beat: sixteenths and triplets of a quarter alike.
STEPS = 12
#: The beats of the longest token, both of notes and of the time between events.
LONGEST = 16
#: Its token, the only one of a note after which more of its length may follow.
WHOLE = f"Duration_{LONGEST}.0.{STEPS}"


def kind_of(token: str) -> str:
    """The kind of a token: ``Pitch`` of ``Pitch_60``."""
    return token.partition("_")[0]


def unit_of(meter: Meter) -> Fraction:
    """The beat in which tokens count under a metre, in quarter notes: its denominator, but
    quarters where these are halves."""
    return min(Fraction(4, meter.denominator), Fraction(1))


def duration_tokens(length: Fraction, unit: Fraction) -> list[str]:
    """The tokens of a length in quarter notes, the longest first."""
    steps = int(length / unit * STEPS)
    whole, rest = divmod(steps, LONGEST * STEPS)
    beats, part = divmod(rest, STEPS)
    return [WHOLE] * whole + ([f"Duration_{beats}.{part}.{STEPS}"] if rest else [])


@dataclass(slots=True)
class TokenNote:
    """A note and `place`, the index of its last token. Program −1 is the drum set."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: int
    program: int
    place: int


@dataclass
class TokenEvents:
    """The events of a sequence; times in quarter notes. `programs` stand in the order in which they
    come; `meters` hold changes alone, `bars` the time and the index of every metre's token."""

    notes: list[TokenNote] = field(default_factory=list)
    pedals: list[tuple[Fraction, Fraction, int]] = field(default_factory=list)
    tempos: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    meters: list[tuple[Fraction, Meter]] = field(default_factory=list)
    bars: list[tuple[Fraction, int]] = field(default_factory=list)
    programs: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, tokens: Sequence[str], meter: Meter) -> TokenEvents:
        """The events of tokens that follow the library's graph; `meter` is that of music that names
        none."""
        events = cls()
        _Reader(events, next(_meters(tokens), meter)).read(tokens)
        return events


class _Reader:
    """One go through a sequence: where in time it is, and what is begun."""

    def __init__(self, events: TokenEvents, meter: Meter) -> None:
        self.events = events
        self.meter = meter
        self.time = self.bar = Fraction(0)
        self.begun = False
        self.program = 0
        self.pitch: int | None = None
        self.velocity = 0
        self.pressed: dict[int, Fraction] = {}

    def read(self, tokens: Sequence[str]) -> None:
        before = ""
        for place, token in enumerate(tokens):
            kind, _, value = token.partition("_")
            if kind == "Bar":
                self.bar += self.meter.length if self.begun else 0
                self.time, self.begun = self.bar, True
            elif kind == "TimeSig":
                self._change_meter(_meter(value), place)
            elif kind == "Position":
                self.begun = True
                self.time = self.bar + Fraction(int(value), STEPS) * unit_of(self.meter)
            elif kind == "TimeShift":
                self.time += _beats(value)
            elif kind == "Program":
                self.program = int(value)
            elif kind in ("Pitch", "PitchDrum"):
                self.pitch = int(value)
            elif kind == "Velocity":
                self.velocity = int(value)
            elif kind == "Duration":
                self._end_note(_beats(value) * unit_of(self.meter), place, longer=before == WHOLE)
            elif kind == "Tempo":
                self.events.tempos.append((self.time, Fraction(value)))
            elif kind == "Pedal":
                self.pressed.setdefault(int(value), self.time)
            elif kind == "PedalOff":
                self._lift_pedal(int(value))
            before = token

    def _change_meter(self, meter: Meter, place: int) -> None:
        self.events.bars.append((self.bar, place))
        changes = self.events.meters
        at = self.bar if changes else Fraction(0)
        if changes and changes[-1][0] == at:  # the last of several names the bar
            changes.pop()
        if not changes or meter != changes[-1][1]:
            changes.append((at, meter))
        self.meter = meter

    def _end_note(self, length: Fraction, place: int, *, longer: bool) -> None:
        notes = self.events.notes
        if self.pitch is not None:
            notes.append(
                TokenNote(self.time, length, self.pitch, self.velocity, self.program, place)
            )
            self.pitch = None
            self._sounds(self.program)
        elif longer and notes:
            notes[-1].duration += length
            notes[-1].place = place

    def _lift_pedal(self, program: int) -> None:
        if program in self.pressed:
            self.events.pedals.append((self.pressed.pop(program), self.time, program))
            self._sounds(program)

    def _sounds(self, program: int) -> None:
        if program not in self.events.programs:
            self.events.programs.append(program)


def _meters(tokens: Sequence[str]) -> Iterator[Meter]:
    return (_meter(token.partition("_")[2]) for token in tokens if kind_of(token) == "TimeSig")


def _meter(value: str) -> Meter:
    top, _, bottom = value.partition("/")
    return Meter(int(top), int(bottom))


def _beats(value: str) -> Fraction:
    """The beats of ``beats.steps.resolution``."""
    beats, steps, resolution = (int(number) for number in value.split("."))
    return beats + Fraction(steps, resolution)
