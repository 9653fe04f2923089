"""From the tree to the timeline: header, voices, and which node belongs to which voice."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.fields import MeterField, default_unit, read_meter, read_tempo, read_unit
from musicrnn.abc.syntax.keys import KeyField, read_key
from musicrnn.abc.syntax.tree import Directive, Field, ParsedTune
from musicrnn.abc.syntax.voice_field import split_voice
from musicrnn.abc.timeline.lengths import LengthReader
from musicrnn.abc.timeline.order import share_parts
from musicrnn.abc.timeline.parts import order_of_parts
from musicrnn.abc.timeline.symbols import with_symbols
from musicrnn.abc.timeline.timeline import Measure, Timeline, Voice
from musicrnn.abc.timeline.voices import VoiceReader
from musicrnn.errors import AbcError, UsageError

__all__ = ["measures", "read_lengths", "read_timeline", "voice_of"]


def read_timeline(tune: ParsedTune, reporter: Reporter | None = None) -> Timeline:
    """The voices of a tune in time; faults of rhythm are told to `reporter`.

    Raises UsageError for what is no parsed tune.
    """
    if not isinstance(tune, ParsedTune):
        raise UsageError(
            f"a parsed tune is wanted, not {type(tune).__name__}: abc.parse_tune(text)"
        )
    return _TuneClock(with_symbols(tune), reporter, VoiceReader).read()


def read_lengths(tune: ParsedTune, reporter: Reporter) -> Timeline:
    """As `read_timeline`, for who asks how long the measures are and not what sounds in them: of
    their events only the number is right, and whether some have pitches."""
    return _TuneClock(with_symbols(tune), reporter, LengthReader).read()


def voice_of(timeline: Timeline, name: str = "") -> Voice:
    """The voice of that name, or the first one. Raises UsageError where there is none."""
    for voice in timeline.voices:
        if voice.id == name or not name:
            return voice
    known = ", ".join(voice.id for voice in timeline.voices if voice.id) or "one without a name"
    raise UsageError(f"there is no voice {name!r}; the voices of the tune: {known}")


def measures(tune: ParsedTune, *, voice: str = "") -> tuple[Measure, ...]:
    """The measures of a voice (the first one if none is named), with their numbers and events.

    Empty for a tune without notes. Raises UsageError for a voice that the tune does not have.
    """
    timeline = read_timeline(tune)
    return tuple(voice_of(timeline, voice).measures) if timeline.voices or voice else ()


class _TuneClock:
    """Reads header and body, and hands the nodes to the voice that is being written."""

    def __init__(
        self, tune: ParsedTune, reporter: Reporter | None, reader: type[VoiceReader]
    ) -> None:
        self.tune = tune
        self.reader = reader
        self.reporter = reporter
        self.meter: MeterField | None = None
        self.unit: Fraction | None = None
        self.key = KeyField(None, {}, "none")
        self.qpm: Fraction | None = None
        self.parts = ""
        self.voices: dict[str, VoiceReader] = {}
        self.properties: dict[str, str] = {}
        self.directives: list[tuple[str, str, str]] = []  # voice, name, value

    def read(self) -> Timeline:
        """The timeline of the whole tune."""
        voice_id = ""
        tempo = ""
        for item in (*self.tune.inherited, *self.tune.header):
            if isinstance(item, Directive):
                self.directives.append((voice_id, item.name, item.value))
            elif isinstance(item, Field):
                if item.letter == "V":
                    voice_id = self._declare(item.value)
                elif item.letter == "Q":
                    tempo = item.value
                elif item.letter == "I":
                    name, _, value = item.value.partition(" ")
                    self.directives.append((voice_id, name, value))
                else:
                    self._header_field(item)
        unit = self.unit or default_unit(self.meter.meter if self.meter else None)
        read = read_tempo(tempo, unit) if tempo else None
        self.qpm = read.qpm if read else None
        self.unit = unit
        self._read_body()
        for reader in self.voices.values():
            reader.finish()
        voices = [reader.voice for reader in self.voices.values() if reader.voice.measures]
        if self.parts:
            share_parts(voices)
        return Timeline(voices, self.key.key, self.meter, unit, self.qpm, self.parts, self.tune)

    def _header_field(self, item: Field) -> None:
        if item.letter == "M":
            self.meter = read_meter(item.value)
        elif item.letter == "L":
            self.unit = read_unit(item.value)
        elif item.letter == "K":
            self.key = read_key(item.value) or self.key
        elif item.letter == "P":
            self.parts = order_of_parts(item.value)[0]

    def _declare(self, value: str) -> str:
        name, rest = split_voice(value)
        if name and (rest or name not in self.properties):
            self.properties[name] = f"{self.properties.get(name, '')} {rest}".strip()
        return name

    def _read_body(self) -> None:
        body = self.tune.body
        start = 0
        while start < len(body) and isinstance(node := body[start], Directive):
            self.directives.append(("", node.name, node.value))
            start += 1
        begins = [
            place for place, node in enumerate(body) if type(node) is Field and node.letter == "V"
        ] + [len(body)]
        if start < begins[0]:
            # What stands before the first V: belongs to the first voice.
            self._voice(next(iter(self.properties), "")).read(body[start : begins[0]])
        for place, end in pairwise(begins):
            declared = body[place]
            assert isinstance(declared, Field)
            self._voice(self._declare(declared.value)).read(body[place + 1 : end])

    def _voice(self, voice_id: str) -> VoiceReader:
        reader = self.voices.get(voice_id)
        if reader is None:
            if len(self.voices) >= limits.VOICES:
                raise AbcError(f"a tune of more than {limits.VOICES} voices; split it")
            properties = self.properties.get(voice_id, "")
            assert self.unit is not None
            reader = self.reader(
                voice_id, properties, self.key, self.meter, self.unit, self.reporter, self.qpm
            )
            for owner, name, value in self.directives:
                if owner in ("", voice_id):
                    reader.directive(name, value)
            self.voices[voice_id] = reader
        return reader
