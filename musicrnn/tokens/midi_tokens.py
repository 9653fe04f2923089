"""Polyphony as MidiTok's tokens: every voice, drum, stroke of the pedal, tempo, of any MIDI file.

`remi` tells bars, metres and positions within bars (Huang and Yang, "Pop Music Transformer",
2020), `performance` the time that passes between events (MidiTok's TSD, after Oore and others,
"This Time with Feeling", 2018). Both name the program before each note, so that a file of several
instruments is one sequence. The library makes the vocabulary, encodes and decodes; here a `Score`
is set on its grid before, and made of its notes after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Self

from musicrnn.errors import MissingExtraError, UsageError, VocabularyError
from musicrnn.midi.writer import to_midi
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
from musicrnn.tokens.vocabulary import END, Vocabulary

__all__ = ["MidiTokenizer", "PerformanceTokenizer", "RemiTokenizer"]

#: Steps of a quarter note: sixteenths and triplets alike.
STEPS = 12
#: The longest note, and the longest time between two events of `performance`, in beats.
_LONGEST = 16
#: The metres that have a token: up to so many halves, quarters, eighths, sixteenths.
METERS = {2: range(1, 5), 4: range(1, 13), 8: range(1, 17), 16: range(1, 17)}
_LIBRARYS_OWN = ("PAD_None", "BOS_None", "EOS_None", "MASK_None")


class MidiTokenizer:
    """What both kinds have in common; a subclass names its class of MidiTok.

    Notes come back exactly where they lie on a grid of twelfths of a quarter; loudness comes back
    in 32 shades. Of equal notes of one instrument at one moment one is kept. `meter` is what
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
            beat_res={(0, _LONGEST): STEPS},
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
        without its own marks. The kind of ``Pitch_60`` is ``Pitch``."""
        own = {name.partition("_")[0] for name in _LIBRARYS_OWN}
        graph = self._library.tokens_types_graph
        return {
            kind: frozenset(graph[kind]) - own - set(_LIBRARYS_OWN)
            for kind in graph
            if kind not in own
        }

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
        import symusic

        if not isinstance(piece.content, Score):
            raise UsageError(
                f"the tokenizer {self.name} cannot read a piece of {piece.format}; use MIDI"
            )
        if not piece.content.notes:
            return []
        found = symusic.Score.from_midi(to_midi(on_grid(piece.content)))
        return self.vocabulary.encode(self._library.encode(found).tokens)

    # --- decoding -----------------------------------------------------------------------------

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece that `ids` spell. Every sequence is music: what may not stand where it does
        is passed over."""
        from miditok import TokSequence

        tokens = list(self._lawful(ids))
        found = self._library.decode(TokSequence(tokens=tokens)) if tokens else None
        score = self._score(found) if found is not None else Score()
        if not score.meters:
            score = replace(score, meters=(MeterChange(Fraction(0), self.meter),))
        return Piece("midi", score, meter=str(score.meters[0].meter))

    def _lawful(self, ids: Iterable[int]) -> Iterator[str]:
        kind = ""
        for i in ids:
            if not 0 <= i < len(self.vocabulary):
                raise VocabularyError(f"id {i} is outside the vocabulary of {len(self.vocabulary)}")
            token = self.vocabulary.tokens[i]
            following = token.partition("_")[0]
            if token != END and (not kind or following in self.following[kind]):
                kind = following
                yield token

    def _score(self, found: Any) -> Score:
        """A score of ours from one of symusic's."""
        ticks = found.ticks_per_quarter

        def at(time: int) -> Fraction:
            return Fraction(time, ticks)

        notes: list[Note] = []
        parts: list[Part] = []
        controls: list[ControlChange] = []
        for number, track in enumerate(found.tracks):
            parts.append(Part(track.name, max(track.program, 0), track.is_drum))
            notes += (
                Note(at(n.time), n.pitch, at(max(n.duration, 1)), max(n.velocity, 1), number)
                for n in track.notes
            )
            for pedal in track.pedals:
                controls.append(ControlChange(at(pedal.time), SUSTAIN, 127, number))
                end = at(pedal.time + pedal.duration)
                controls.append(ControlChange(end, SUSTAIN, 0, number))
        meters = found.time_signatures if self.knows_meters else ()
        return Score.of(
            notes,
            parts=parts or (Part(),),
            tempos=[TempoChange(at(t.time), Fraction(round(t.qpm))) for t in found.tempos],
            meters=[MeterChange(at(m.time), Meter(m.numerator, m.denominator)) for m in meters],
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
    """The score with every note on the grid of `STEPS`, one of equal ones, and no metre that has
    no token; what tokens do not hold (other controllers than the pedal) left out."""

    def near(time: Fraction) -> Fraction:
        return Fraction(round(time * STEPS), STEPS)

    notes: dict[tuple[Fraction, int, object], Note] = {}
    for note in score.notes:
        if note.pitch == 127:
            continue
        part = score.parts[note.part]
        onset = near(note.onset)
        length = max(near(note.end) - onset, Fraction(1, STEPS))
        key = onset, note.pitch, (part.drums, 0 if part.drums else part.program)
        placed = replace(note, onset=onset, duration=length, cents=Fraction(0))
        if key not in notes or notes[key].duration < length:
            notes[key] = placed
    meters = [
        replace(change, onset=near(change.onset))
        for change in score.meters
        if change.meter and change.meter.numerator in METERS.get(change.meter.denominator, ())
    ]
    return Score.of(
        notes.values(),
        parts=score.parts,
        tempos=[replace(change, onset=near(change.onset)) for change in score.tempos],
        meters=meters,
        controls=[
            replace(control, onset=near(control.onset))
            for control in score.controls
            if control.number == SUSTAIN
        ],
    )
