"""Polyphony as MidiTok's tokens: every voice, drum, stroke of the pedal, tempo, of any MIDI file.

`remi` tells bars, metres and positions within bars (Huang and Yang, "Pop Music Transformer",
2020), `performance` the time that passes between events (MidiTok's TSD, after Oore and others,
"This Time with Feeling", 2018). Both name the program before each note, so that a file of several
instruments is one sequence. The library makes the vocabulary, the graph of kinds, and encodes what
is set on its grid here; what it has no token for is put in after: notes longer than its longest
token have several, and metres in halves, which it would count in halves, keep their name but are
counted in quarters (`tokens.midi_events`, which also reads tokens back).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Self

from musicrnn.errors import MissingExtraError, UsageError, VocabularyError
from musicrnn.piece import Piece
from musicrnn.score import (
    SUSTAIN,
    ControlChange,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)
from musicrnn.tokens.features import Features
from musicrnn.tokens.meters import meter_of, most_usual_meter
from musicrnn.tokens.midi_events import (
    LONGEST,
    STEPS,
    WHOLE,
    TokenEvents,
    duration_tokens,
    kind_of,
    unit_of,
)
from musicrnn.tokens.vocabulary import END, Vocabulary

__all__ = ["MidiTokenizer", "PerformanceTokenizer", "RemiTokenizer"]

#: The metres that have a token: up to so many halves, quarters, eighths, sixteenths.
METERS = {2: range(1, 5), 4: range(1, 13), 8: range(1, 17), 16: range(1, 17)}
#: What holds where no metre is given, as in MIDI.
_USUAL = Meter(4, 4)
#: From this value on a pedal is down.
_HALF_DOWN = 64
#: Ticks of a quarter note for the library: twelve of a sixteenth note, its smallest beat.
_TICKS = 4 * STEPS
_LIBRARYS_OWN = ("PAD_None", "BOS_None", "EOS_None", "MASK_None")


class MidiTokenizer:
    """What both kinds have in common; a subclass names its class of MidiTok.

    Notes come back exactly where they lie on a grid of twelfths of a quarter, all of them: what two
    players of one instrument play in unison comes back in a part of its own. Loudness comes back in
    32 shades. `meter` is what
    `performance`, which knows no bars, is written in.
    """

    name: ClassVar[str]
    format = "midi"
    features: Features | None = None
    kind: ClassVar[str]
    knows_meters: ClassVar[bool]

    def __init__(self, *, velocities: int = 32, meter: str = "4/4") -> None:
        if not 1 <= velocities <= 127:
            raise UsageError(f"{velocities} shades of loudness; choose 1 to 127")
        self.velocities = velocities
        self.meter = meter_of(meter)
        tokens = [token for token in self._library.vocab if token not in _LIBRARYS_OWN]
        self.vocabulary = Vocabulary(tokens, specials=(END,))

    @cached_property
    def _library(self) -> Any:
        try:
            import miditok
        except ImportError:
            raise MissingExtraError(f"the tokenizer {self.name!r}", "midi-tokens") from None
        config = miditok.TokenizerConfig(
            pitch_range=(0, 127),
            drums_pitch_range=(0, 127),
            beat_res={(0, LONGEST): STEPS},
            num_velocities=self.velocities,
            special_tokens=["PAD", "BOS", "EOS"],
            use_programs=True,
            programs=list(range(-1, 128)),
            one_token_stream_for_programs=True,
            use_pitchdrum_tokens=True,
            use_sustain_pedals=True,
            use_tempos=True,
            num_tempos=64,
            tempo_range=(30, 300),
            log_tempos=True,
            use_time_signatures=self.knows_meters,
            time_signature_range={bottom: list(tops) for bottom, tops in METERS.items()},
        )
        return getattr(miditok, self.kind)(config)

    @property
    def end(self) -> int:
        """The id of the token that stands at both edges of a piece."""
        return self.vocabulary.id(END)

    @cached_property
    def following(self) -> dict[str, frozenset[str]]:
        """Kind of token → the kinds that may follow it: the library's graph of token types,
        without its own marks. The kind of ``Pitch_60`` is ``Pitch``. Beside it, a note's longest
        duration may be followed by more of it (`may_follow`)."""
        own = {kind_of(name) for name in _LIBRARYS_OWN}
        graph = self._library.tokens_types_graph
        return {
            kind: frozenset(graph[kind]) - own - set(_LIBRARYS_OWN)
            for kind in graph
            if kind not in own
        }

    def may_follow(self, token: str) -> frozenset[str]:
        """The kinds of token that may come after `token`."""
        kinds = self.following[kind_of(token)]
        return kinds | {"Duration"} if token == WHOLE else kinds

    @classmethod
    def learn(cls, pieces: Iterable[Piece], **options: Any) -> Self:
        """The tokenizer with these options, its metre, if none is given, the most usual one of
        `pieces`; its tokens do not depend on them."""
        if "meter" not in options:
            options["meter"] = most_usual_meter(pieces)
        return cls(**options)

    # --- encoding -----------------------------------------------------------------------------

    def encode(self, piece: Piece) -> list[int]:
        """The ids of all notes of a piece. Raises `UsageError` for a piece of another format."""
        if not isinstance(piece.content, Score):
            raise UsageError(
                f"the tokenizer {self.name} cannot read a piece of {piece.format}; use MIDI"
            )
        if not piece.content.notes:
            return []
        score = on_grid(piece.content)
        meters = score.meters if self.knows_meters else ()
        tokens = self._library.encode(_for_library(score, meters)).tokens
        return self.vocabulary.encode(self._completed(tokens, score, meters))

    def _completed(
        self, tokens: Sequence[str], score: Score, meters: Sequence[MeterChange]
    ) -> list[str]:
        """The library's tokens with what it has none for: metres in halves, and what is left of
        notes longer than the longest token."""
        events = TokenEvents.of(tokens, _USUAL)
        rests: dict[tuple[Fraction, Fraction, int, int], list[Fraction]] = defaultdict(list)
        for note in score.notes:
            first = _first_length(note, meters)
            key = note.onset, first, note.pitch, _program(score, note)
            rests[key].append(note.duration - first)
        whole = list(tokens)
        for bar, place in events.bars:
            whole[place] = f"TimeSig_{_meter_at(bar, meters)}"
        for spoken in reversed(events.notes):
            left = rests[spoken.onset, spoken.duration, spoken.pitch, spoken.program]
            rest = left.pop() if left else Fraction(0)
            unit = unit_of(_meter_at(spoken.onset, meters))
            whole[spoken.place + 1 : spoken.place + 1] = duration_tokens(rest, unit)
        return whole

    # --- decoding -----------------------------------------------------------------------------

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece that `ids` spell. Every sequence is music: what may not stand where it does
        is passed over."""
        tokens = list(self._lawful(ids))
        score = self._score(TokenEvents.of(tokens, self.meter if self.knows_meters else _USUAL))
        if not score.meters:
            score = replace(score, meters=(MeterChange(Fraction(0), self.meter),))
        return Piece("midi", score, meter=str(score.meter))

    def _lawful(self, ids: Iterable[int]) -> Iterator[str]:
        before = ""
        for i in ids:
            if not 0 <= i < len(self.vocabulary):
                raise VocabularyError(f"id {i} is outside the vocabulary of {len(self.vocabulary)}")
            token = self.vocabulary.tokens[i]
            if token != END and (not before or kind_of(token) in self.may_follow(before)):
                before = token
                yield token

    def _score(self, events: TokenEvents) -> Score:
        """A score of events, a part for each program, and one more for each voice in unison."""
        from miditok.constants import MIDI_INSTRUMENTS

        players = {(program, 0): number for number, program in enumerate(events.programs)}
        struck: Counter[tuple[Fraction, int, int]] = Counter()
        notes: list[Note] = []
        for n in events.notes:
            again = struck[n.onset, n.pitch, n.program]
            struck[n.onset, n.pitch, n.program] += 1
            part = players.setdefault((n.program, again), len(players))
            notes.append(Note(n.onset, n.pitch, n.duration, max(n.velocity, 1), part))
        parts = [
            Part("Drums", 0, drums=True)
            if program < 0
            else Part(MIDI_INSTRUMENTS[program]["name"], program)
            for program, _ in players
        ]
        controls = [
            ControlChange(onset, SUSTAIN, value, part)
            for start, end, pressed in events.pedals
            for (program, _), part in players.items()
            if program == pressed
            for onset, value in ((start, 127), (end, 0))
        ]
        return Score.of(
            notes,
            parts=parts or (Part(),),
            tempos=[TempoChange(onset, Fraction(round(qpm))) for onset, qpm in events.tempos],
            meters=[MeterChange(onset, meter) for onset, meter in events.meters],
            controls=controls,
        )

    # --- saving -------------------------------------------------------------------------------

    def to_config(self) -> dict[str, Any]:
        """The options, as JSON values."""
        return {"name": self.name, "velocities": self.velocities, "meter": str(self.meter)}

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The tokenizer that `to_config` described. Raises `VocabularyError` for other tokens."""
        tokenizer = cls(**{key: value for key, value in config.items() if key != "name"})
        if vocabulary != tokenizer.vocabulary:
            raise VocabularyError(
                "the installed miditok has other tokens than the model; install the version that "
                "it was trained with, or train it again"
            )
        return tokenizer


class RemiTokenizer(MidiTokenizer):
    """Bars, their metres, positions in them, and notes: for music that has a beat."""

    name = "remi"
    kind = "REMI"
    knows_meters = True


class PerformanceTokenizer(MidiTokenizer):
    """Notes and the time between them: for playing that keeps to no bar line."""

    name = "performance"
    kind = "TSD"
    knows_meters = False


def on_grid(score: Score) -> Score:
    """The score with every note on the grid of `STEPS`, and metres that have a token, each from a
    bar line on; what tokens do not hold (other controllers than the pedal) left out."""

    def near(time: Fraction) -> Fraction:
        return Fraction(round(time * STEPS), STEPS)

    def placed(note: Note) -> Note:
        onset = near(note.onset)
        length = max(near(note.end) - onset, Fraction(1, STEPS))
        return replace(note, onset=onset, duration=length, cents=Fraction(0))

    return Score.of(
        map(placed, score.notes),
        parts=score.parts,
        tempos=[replace(change, onset=near(change.onset)) for change in score.tempos],
        meters=_at_bar_lines(replace(c, onset=near(c.onset)) for c in score.meters),
        controls=[
            replace(control, onset=near(control.onset))
            for control in score.controls
            if control.number == SUSTAIN
        ],
    )


def _at_bar_lines(changes: Iterable[MeterChange]) -> list[MeterChange]:
    """The changes to metres that have a token, each put off to the next bar line."""
    kept: list[MeterChange] = []
    for change in changes:
        meter = change.meter
        if meter is None or meter.numerator not in METERS.get(meter.denominator, ()):
            continue
        if not kept and change.onset > 0:
            kept.append(MeterChange(Fraction(0), _USUAL))
        onset = change.onset
        if kept and (bar := kept[-1].meter):
            start = kept[-1].onset
            onset = start + max(math.ceil((onset - start) / bar.length), 0) * bar.length
            if onset == start:
                kept.pop()
        if not kept or kept[-1].meter != meter:
            kept.append(MeterChange(onset, meter))
    return kept


def _meter_at(time: Fraction, changes: Sequence[MeterChange]) -> Meter:
    """The metre at a moment; 4/4 where there are no changes."""
    at = bisect_right(changes, time, key=lambda change: change.onset) - 1
    return (changes[at].meter if at >= 0 else None) or _USUAL


def _program(score: Score, note: Note) -> int:
    """The program of a note, −1 of drums."""
    part = score.parts[note.part]
    return -1 if part.drums else part.program


def _first_length(note: Note, meters: Sequence[MeterChange]) -> Fraction:
    """What the first duration token of a note can say of its length."""
    return min(note.duration, LONGEST * unit_of(_meter_at(note.onset, meters)))


def _for_library(score: Score, meters: Sequence[MeterChange]) -> Any:
    """A score on the grid as the library's own, notes no longer than it has tokens for, metres in
    halves in quarters."""
    import symusic

    def ticks(time: Fraction) -> int:
        return int(time * _TICKS)

    copy = symusic.Score(_TICKS)
    tracks = [symusic.Track(part.name, part.program, part.drums) for part in score.parts]
    for note in score.notes:
        length = ticks(_first_length(note, meters))
        tracks[note.part].notes.append(
            symusic.Note(ticks(note.onset), length, note.pitch, note.velocity)
        )
    for number, track in enumerate(tracks):
        for start, end in _pressed(score, number):
            track.pedals.append(symusic.Pedal(ticks(start), ticks(end - start)))
    copy.tracks = tracks
    for tempo in score.tempos:
        copy.tempos.append(symusic.Tempo(ticks(tempo.onset), float(tempo.qpm)))
    for change in meters:
        top, bottom = str(change.meter).split("/")
        halves = 2 if bottom == "2" else 1
        copy.time_signatures.append(
            symusic.TimeSignature(ticks(change.onset), int(top) * halves, int(bottom) * halves)
        )
    return copy


def _pressed(score: Score, part: int) -> Iterator[tuple[Fraction, Fraction]]:
    """When the pedal of a part goes down and up; one that is never lifted, at the end."""
    down: Fraction | None = None
    for control in score.controls:
        if control.part != part or control.number != SUSTAIN:
            continue
        if control.value >= _HALF_DOWN:
            down = control.onset if down is None else down
        elif down is not None:
            yield down, control.onset
            down = None
    if down is not None and down < score.length:
        yield down, score.length
