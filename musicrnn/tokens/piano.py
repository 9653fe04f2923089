"""A melody as one value a grid step: 88 keys, hold, rest. 90 values.

    C4 quarter, rest eighth, E4 eighth, 4 steps a quarter:   060 hold hold hold rest rest 064 hold

A key begins a note, hold goes on with it, rest is silence. Rest has the id 0 and stands at both
edges of a piece, where other vocabularies have an end token: before and after a tune there is
silence. The 88 keys are those of a piano, A0 (21) to C8 (108).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import UsageError, VocabularyError
from musicrnn.midi.melody_track import choose
from musicrnn.midi.reader import MAX_QUARTERS, MidiFile
from musicrnn.piece import Piece
from musicrnn.score import Key, KeyChange, MeterChange, Note, Score
from musicrnn.theory.keyfinding import key_of
from musicrnn.theory.quantise import Stepped, stepped
from musicrnn.tokens.meters import meter_of, most_usual_meter
from musicrnn.tokens.vocabulary import Vocabulary
from musicrnn.tokens.voices import normal_shift

__all__ = ["HIGHEST", "HOLD", "LOWEST", "REST", "PianoTokenizer"]

LOWEST, HIGHEST = 21, 108
REST, HOLD = "rest", "hold"

#: Ids: rest 0, the keys 1 … 88 from the lowest, hold 89 (letters sort after digits).
_REST_ID, _FIRST_KEY_ID, _HOLD_ID = 0, 1, 89
_KEYS = tuple(f"{pitch:03d}" for pitch in range(LOWEST, HIGHEST + 1))


class PianoTokenizer:
    """One line on a grid of `steps` a quarter note.

    A line on the grid comes back note for note. One that is not is set on it (`midi.grid`):
    swing is straightened, the nearest step taken. Of several voices that of `melody_track`
    (a track of the file, counted from 1, or a name) is read, or the most melodic.
    With `normal_key` each piece is moved to C major or A minor, so that a small model need not
    learn twelve keys; what it writes is moved to the wanted key afterwards. With `full_bars` a
    pickup is preceded, and the end followed, by the rests that make whole bars of `meter`, so
    that every bar line lies at a multiple of a bar.
    """

    name = "piano"
    format = "midi"

    def __init__(
        self,
        *,
        steps: int = 4,
        meter: str = "4/4",
        normal_key: bool = False,
        full_bars: bool = False,
        melody_track: int | str | None = None,
    ) -> None:
        self.vocabulary = Vocabulary([*_KEYS, HOLD], specials=(REST,))
        self.steps = steps
        self.normal_key = normal_key
        self.full_bars = full_bars
        self.melody_track = melody_track
        self.meter = meter_of(meter)
        if not 1 <= steps <= 96 or (self.meter.length * steps).denominator != 1:
            raise UsageError(
                f"{steps} steps a quarter do not fill a bar of {meter}; choose 4 or 12"
            )

    @property
    def end(self) -> int:
        """The id that stands at both edges of a piece: silence."""
        return _REST_ID

    @property
    def features(self) -> None:
        """Nothing is told beside a value."""

    @classmethod
    def learn(cls, pieces: Iterable[Piece], **options: Any) -> Self:
        """The tokenizer with these options, its metre, if none is given, the most usual one of
        `pieces`; the 90 values do not depend on them."""
        if "meter" not in options:
            options["meter"] = most_usual_meter(pieces)
        return cls(**options)

    # --- encoding -----------------------------------------------------------------------------

    def encode(self, piece: Piece) -> list[int]:
        """One id a step from the beginning to the end of the piece, closing rests included.

        Raises `UsageError` for a piece of another format or without notes, and
        `VocabularyError` for a note that no piano has.
        """
        score = piece.content
        if not isinstance(score, Score):
            raise UsageError(f"the piano tokenizer cannot read a piece of {piece.format}; use MIDI")
        shift = normal_shift(key_of(score)) if self.normal_key and score.notes else 0
        line = self.stepped(score)
        length = -int(-score.length * self.steps // 1)
        ids: list[int] = self.encode_line(line, shift=shift, length=length).tolist()
        if self.full_bars:
            bar = int(self.meter.length * self.steps)
            pickup = round(score.pickup * self.steps)
            ids = [_REST_ID] * (-pickup % bar) + ids
            ids += [_REST_ID] * (-len(ids) % bar)
        return ids

    def stepped(self, source: Score | MidiFile) -> Stepped:
        """The melody of a score or a file on this grid, with how far it was moved."""
        melody = choose(source, track=self.melody_track).voice.melody
        return stepped(melody, self.steps)

    def encode_line(self, line: Stepped, *, shift: int = 0, length: int = 0) -> NDArray[np.int64]:
        """The ids of a line, moved by `shift` semitones, at least `length` steps; int64 (n,)."""
        if line.steps != self.steps:
            raise UsageError(f"a line of {line.steps} steps a quarter, {self.steps} wanted")
        pitches = line.pitches + shift
        if len(pitches):
            lowest, highest = int(pitches.min()), int(pitches.max())
            if not LOWEST <= lowest <= highest <= HIGHEST:
                odd = lowest if lowest < LOWEST else highest
                raise VocabularyError(f"pitch {odd} is on no piano ({LOWEST} to {HIGHEST})")
        size = max(int(line.ends[-1]) if len(line.ends) else 0, length)
        if size > MAX_QUARTERS * self.steps:
            raise UsageError(f"longer than {MAX_QUARTERS:,} quarter notes, the limit")
        # Hold from each onset to its end, then the keys over the onsets.
        edges = np.zeros(size + 1, np.int64)
        edges[line.onsets] = _HOLD_ID
        edges[line.ends] -= _HOLD_ID
        ids: NDArray[np.int64] = edges[:-1].cumsum()
        ids[line.onsets] = pitches - LOWEST + _FIRST_KEY_ID
        return ids

    # --- decoding -----------------------------------------------------------------------------

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece that `ids` spell, every id a step; a hold after silence is silence."""
        values = np.fromiter(ids, np.int64)
        if len(values) and not 0 <= values.min() <= values.max() <= _HOLD_ID:
            raise VocabularyError(f"an id is outside the vocabulary of {len(self.vocabulary)}")
        (starts,) = np.nonzero((values != _REST_ID) & (values != _HOLD_ID))
        # Each note lasts to the first step after its onset that is no hold.
        (breaks,) = np.nonzero(values != _HOLD_ID)
        breaks = np.append(breaks, len(values))
        stops = breaks[np.searchsorted(breaks, starts, side="right")]
        notes = [
            Note(Fraction(start, self.steps), int(key), Fraction(stop - start, self.steps))
            for start, stop, key in zip(
                starts.tolist(), stops.tolist(), values[starts] - _FIRST_KEY_ID + LOWEST,
                strict=True,
            )
        ]  # fmt: skip
        score = Score.of(
            notes,
            meters=[MeterChange(Fraction(0), self.meter)],
            keys=[KeyChange(Fraction(0), Key("C"))] if self.normal_key else [],
            length=Fraction(len(values), self.steps),
        )
        return Piece("midi", score, meter=str(self.meter))

    def to_config(self) -> dict[str, Any]:
        """The options, as JSON values."""
        config = {
            "name": self.name,
            "steps": self.steps,
            "meter": str(self.meter),
            "normal_key": self.normal_key,
            "full_bars": self.full_bars,
        }
        return config if self.melody_track is None else config | {"melody_track": self.melody_track}

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The tokenizer that `to_config` described. Raises `VocabularyError` for other values."""
        tokenizer = cls(**{key: value for key, value in config.items() if key != "name"})
        if vocabulary != tokenizer.vocabulary:
            raise VocabularyError("not the 90 values of the piano; install the model again")
        return tokenizer
