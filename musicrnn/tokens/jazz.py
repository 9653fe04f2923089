"""A melody as values over its chords (see `jazz_grammar`), and back over any chords.

The vocabulary is what the data holds: the values of the training melodies, sorted, behind the
end token. Its size is a property of the data (90 for some file), never assumed.

>>> from musicrnn.score import Note, Score, ChordSymbol
>>> F = Fraction
>>> tune = Score.of([Note(F(0), 62, F(1)), Note(F(1), 65, F(3))], chords=[ChordSymbol(F(0), "Dm7")])
>>> tokenizer = JazzTokenizer.learn([Piece("midi", tune)])
>>> tokenizer.vocabulary.decode(tokenizer.encode(Piece("midi", tune)))
['C,1', 'C,3,<4,3>']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np

from musicrnn.errors import UsageError, VocabularyError
from musicrnn.midi.harmony import Harmony
from musicrnn.midi.melody_track import choose
from musicrnn.piece import Piece
from musicrnn.score import MeterChange, Note, Part, Score, TempoChange
from musicrnn.theory.chords import parse_progression
from musicrnn.theory.quantise import Stepped, stepped
from musicrnn.tokens.jazz_grammar import REST, TIE, Value, kind_of, pick, window_of
from musicrnn.tokens.meters import meter_of, most_usual_meter
from musicrnn.tokens.vocabulary import END, Vocabulary

__all__ = ["DEFAULT_CHORDS", "JazzTokenizer"]

#: What is decoded over when no chords are given.
DEFAULT_CHORDS = "Dm7 G7 Cmaj7 Cmaj7"
#: Bars of a single piece whose chords are kept to play over.
_MOST_BARS = 128


class JazzTokenizer:
    """Values of a melody on a grid of `steps` a quarter, in the bars of its piece, or of `meter`
    where it names none; what is decoded stands in bars of `meter`, from `lowest` to `highest`.

    `melody_track` and `chord_track` (a track of the file, counted from 1, or a name) say where a
    file has them; by default the melody is found and the chords are the chord symbols, or
    inferred. What is decoded sounds over `chords`, at `tempo` (quarters a minute) and on the
    General MIDI instrument `program`; learned from one piece alone, they are that piece's own.
    """

    name = "jazz"
    format = "midi"

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        steps: int = 12,
        meter: str = "4/4",
        lowest: int = 55,
        highest: int = 84,
        melody_track: int | str | None = None,
        chord_track: int | str | None = None,
        chords: str = "",
        tempo: float = 0.0,
        program: int = 0,
    ) -> None:
        if END not in vocabulary:
            raise VocabularyError(f"a jazz vocabulary holds the token {END}; learn it again")
        if not 0 <= lowest <= highest <= 127:
            raise UsageError(f"a range from {lowest} to {highest}; MIDI has 0 to 127")
        if not 1 <= steps <= 96:
            raise UsageError(f"{steps} steps a quarter; choose 4 or 12")
        if not (0 <= tempo <= 1000 and 0 <= program <= 127):
            raise UsageError(f"a tempo of {tempo} and the instrument {program}; there is none such")
        self.vocabulary = vocabulary
        self.steps = steps
        self.meter = meter_of(meter)
        self.lowest, self.highest = lowest, highest
        self.melody_track, self.chord_track = melody_track, chord_track
        self.chords, self.tempo, self.program = chords, tempo, program

    @property
    def end(self) -> int:
        """The id of the token that stands at both edges of a piece."""
        return self.vocabulary.id(END)

    @cached_property
    def values(self) -> tuple[Value | None, ...]:
        """The value of each id; None for the end token."""
        tokens = self.vocabulary.tokens
        return tuple(None if token == END else Value.parse(token) for token in tokens)

    @property
    def features(self) -> None:
        """Nothing is told beside a value."""

    @classmethod
    def learn(cls, pieces: Iterable[Piece], **options: Any) -> Self:
        """The tokenizer whose vocabulary is all values in `pieces`, sorted; its metre, if none is
        given, is the most usual one of them."""
        pieces = list(pieces)
        if "meter" not in options:
            options["meter"] = most_usual_meter(pieces)
        bare = cls(Vocabulary([], specials=(END,)), **options)
        if len(pieces) == 1:
            options = bare._style(pieces[0]) | options
        values = {str(value) for piece in pieces for value in bare.spell(piece)}
        return cls(Vocabulary(values, specials=(END,)), **options)

    def _style(self, piece: Piece) -> dict[str, Any]:
        """What a single piece says about how more of its kind are to sound."""
        score = piece.content
        if not isinstance(score, Score) or not score.notes:
            return {}
        voice = choose(score, track=self.melody_track).voice
        harmony = Harmony.of(score, track=self.chord_track)
        end = max(note.end for note in score.notes)
        options: dict[str, Any] = {
            "lowest": int(voice.melody.pitches.min()),
            "highest": int(voice.melody.pitches.max()),
            "chords": harmony.progression(self.meter, min(end, _MOST_BARS * self.meter.length)),
            "program": voice.program,
        }
        if score.tempos:
            options["tempo"] = float(score.tempos[0].qpm)
        return options

    # --- encoding -----------------------------------------------------------------------------

    def encode(self, piece: Piece) -> list[int]:
        """The ids of the melody's values.

        Raises `UsageError` for a piece of another format, without notes or without a way to
        chords, and `VocabularyError` for a value that the training data did not hold.
        """
        return self.vocabulary.encode(str(value) for value in self.spell(piece))

    def spell(self, piece: Piece) -> Iterator[Value]:
        """The melody's values, from the beginning of the first bar to the end of the last."""
        score = piece.content
        if not isinstance(score, Score):
            raise UsageError(f"the jazz tokenizer cannot read a piece of {piece.format}; use MIDI")
        harmony = Harmony.of(score, track=self.chord_track)
        melody = choose(score, track=self.melody_track).voice.melody
        line = stepped(melody, self.steps)
        meter = score.meter
        return self._values(line, harmony, (meter or self.meter).length, score.pickup)

    def _values(
        self, line: Stepped, harmony: Harmony, bar: Fraction, pickup: Fraction
    ) -> Iterator[Value]:
        """Rests, notes and ties, cut at bar lines; a pickup stands at the end of a full bar."""
        shift = bar - pickup if pickup else Fraction(0)
        at, before = Fraction(0), None
        for onset, end, pitch in zip(line.onsets, line.ends, line.pitches, strict=True):
            start = shift + Fraction(int(onset), self.steps)
            for duration in _cut(at, start, bar):
                yield Value(REST, duration)
            at = shift + Fraction(int(end), self.steps)
            first, *more = _cut(start, at, bar)
            window = window_of(int(pitch) - before) if before is not None else None
            yield Value(kind_of(int(pitch), harmony.at(start - shift)), first, window)
            for duration in more:
                yield Value(TIE, duration)
            before = int(pitch)
        if at % bar:
            yield Value(REST, bar - at % bar)

    # --- decoding -----------------------------------------------------------------------------

    def decode(
        self,
        ids: Iterable[int],
        *,
        chords: str | Harmony | None = None,
        rng: np.random.Generator | None = None,
    ) -> Piece:
        """The piece that `ids` spell over `chords`, repeated as often as it takes.

        Where a value allows several notes, `rng` chooses (default: seed 0). Every id is music: a
        tie without a note before it is a rest. A last bar that is not full is filled by a rest.
        """
        rng = np.random.default_rng(0) if rng is None else rng
        values = [self.values[i] for i in self._known(ids)]
        durations = (value.duration for value in values if value is not None)
        length = sum(durations, Fraction(0))
        length = -(-length // self.meter.length) * self.meter.length
        harmony = self.harmony(chords, length)
        notes: list[Note] = []
        at, before = Fraction(0), None
        for value in values:
            if value is None:
                continue
            if value.kind == TIE and notes and notes[-1].end == at:
                notes[-1] = replace(notes[-1], duration=notes[-1].duration + value.duration)
            elif value.kind not in (REST, TIE):
                before = pick(
                    value, harmony.at(at), before, rng, lowest=self.lowest, highest=self.highest
                )
                notes.append(Note(at, before, value.duration))
            at += value.duration
        symbols = [symbol for symbol in harmony.symbols() if symbol.onset < length]
        meters = [MeterChange(Fraction(0), self.meter)]
        tempos = [TempoChange(Fraction(0), Fraction(self.tempo))] if self.tempo else []
        score = Score.of(
            notes,
            parts=[Part("", self.program)],
            meters=meters,
            tempos=tempos,
            chords=symbols,
            length=length,
        )
        return Piece("midi", score, meter=str(self.meter))

    def harmony(self, chords: str | Harmony | None, length: Fraction) -> Harmony:
        """Chords as the user gives them, over `length` quarter notes. Raises `UsageError`."""
        if isinstance(chords, Harmony):
            return chords
        bars = parse_progression(chords or self.chords or DEFAULT_CHORDS)
        return Harmony.of_progression(bars, self.meter, length=length)

    def _known(self, ids: Iterable[int]) -> Iterator[int]:
        for i in ids:
            if not 0 <= i < len(self.vocabulary):
                raise VocabularyError(f"id {i} is outside the vocabulary of {len(self.vocabulary)}")
            yield i

    # --- saving -------------------------------------------------------------------------------

    def to_config(self) -> dict[str, Any]:
        """The options, as JSON values."""
        config = {
            "name": self.name,
            "steps": self.steps,
            "meter": str(self.meter),
            "lowest": self.lowest,
            "highest": self.highest,
        }
        others = {
            "melody_track": self.melody_track,
            "chord_track": self.chord_track,
            "chords": self.chords,
            "tempo": self.tempo,
            "program": self.program,
        }
        return config | {key: value for key, value in others.items() if value}

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The tokenizer that `to_config` described."""
        return cls(vocabulary, **{key: value for key, value in config.items() if key != "name"})


def _cut(start: Fraction, end: Fraction, bar: Fraction) -> list[Fraction]:
    """The durations from `start` to `end`, cut at every bar line between them."""
    lengths = []
    while start < end:
        stop = min(end, (start // bar + 1) * bar)
        lengths.append(stop - start)
        start = stop
    return lengths
