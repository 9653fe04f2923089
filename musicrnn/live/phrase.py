"""What was played on a keyboard, as notes in time and as ABC that a model goes on from.

One line of melody is made of it: of notes struck together the highest, each until the next. Its
beginnings lie on sixteenths, or on thirds of a beat where that is nearer on the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np

from musicrnn.score import Key, KeyChange, Meter, MeterChange, Note, Score, TempoChange
from musicrnn.theory.keyfinding import find_key

__all__ = ["Heard", "Listener", "Phrase"]

#: seconds within which notes count as struck together
_TOGETHER: Final = 0.03
#: places on which notes begin, in parts of a quarter note
_BINARY, _TERNARY = 4, 3
#: of a beat: a note that ends at least so long before the next is followed by a rest
_REST: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Heard:
    """A note as it was played: seconds, MIDI number, velocity; `end` None while it is held."""

    start: float
    pitch: int
    velocity: int
    end: float | None = None


class Listener:
    """Makes notes of MIDI messages."""

    def __init__(self) -> None:
        self._notes: list[Heard] = []
        self._held: dict[tuple[int, int], int] = {}
        self.last = 0.0

    @property
    def held(self) -> bool:
        """Whether a key is down."""
        return bool(self._held)

    @property
    def notes(self) -> tuple[Heard, ...]:
        """What was played since the last `clear`."""
        return tuple(self._notes)

    def clear(self) -> None:
        """Forget what was played; keys that are down are let go."""
        self._notes.clear()
        self._held.clear()

    def take(self, message: Any, now: float) -> bool:
        """Take a message in; whether a key went down or up."""
        if message.type not in ("note_on", "note_off"):
            return False
        key = message.channel, message.note
        index = self._held.pop(key, None)
        if index is not None:
            one = self._notes[index]
            self._notes[index] = Heard(one.start, one.pitch, one.velocity, now)
        if message.type == "note_on" and message.velocity:
            self._held[key] = len(self._notes)
            self._notes.append(Heard(now, message.note, message.velocity))
        self.last = now
        return True


@dataclass(frozen=True)
class Phrase:
    """What was played, with the time it is in: `beat` seconds to a quarter note, `meter`, `key`
    (None: found). `start` is where its first bar begins, in seconds; None is its first note."""

    notes: tuple[Heard, ...]
    beat: float
    meter: Meter
    key: Key | None = None
    start: float | None = None

    def score(self, *, coarse: bool = False) -> Score:
        """The melody in whole bars; with `coarse` on eighths."""
        melody = _melody(self.notes)
        start = melody[0].start if self.start is None else self.start
        times = [max((note.start - start) / self.beat, 0.0) for note in melody]
        grid = 2 if coarse else _grid(times)
        onsets = [Fraction(round(time * grid), grid) for time in times]
        notes = []
        for index, one in enumerate(melody):
            following = onsets[index + 1] if index + 1 < len(onsets) else None
            # What is followed by a rest is let go early: its end is nearer to an eighth.
            sounded = Fraction(round(((one.end or one.start) - start) / self.beat * 2), 2)
            end = max(sounded, onsets[index] + Fraction(1, grid))
            if following is not None:
                if following <= onsets[index]:
                    continue  # two notes at one place: the later one stays
                end = following if following - end < _REST else min(end, following)
            notes.append(Note(onsets[index], one.pitch, end - onsets[index], one.velocity))
        length = self.meter.length
        bars = notes[-1].onset // length + 1
        if bars * length - notes[-1].end < _REST:
            notes[-1] = replace(notes[-1], duration=bars * length - notes[-1].onset)
        return Score.of(
            (_cut(note, bars * length) for note in notes),
            meters=[MeterChange(Fraction(0), self.meter)],
            keys=[KeyChange(Fraction(0), self.key or _key_of(notes))],
            tempos=[TempoChange(Fraction(0), Fraction(60 / self.beat).limit_denominator(1))],
            length=bars * length,
        )

    def transposed(self, semitones: int) -> Phrase:
        """The same phrase higher."""
        notes = tuple(replace(note, pitch=note.pitch + semitones) for note in self.notes)
        key = self.key.transposed(semitones) if self.key else None
        return replace(self, notes=notes, key=key)

    def abc(self, *, coarse: bool = False) -> tuple[str, int]:
        """The beginning of a tune, header and whole bars, and how many bars they are."""
        from musicrnn.abc.from_score import from_score

        score = self.score(coarse=coarse)
        score = score.with_notes(replace(note, velocity=80) for note in score.notes)
        bars = int(score.length / self.meter.length)
        lines = from_score(score, unit=Fraction(1, 8)).splitlines()
        header = [line for line in lines if line[:2] in ("X:", "M:", "L:", "K:")]
        first = next(i for i, line in enumerate(lines) if line.startswith("K:")) + 1
        body = " ".join(line for line in lines[first:] if line[:2] not in ("V:", "%%"))
        return "\n".join([*header, body.strip().removesuffix("|]").rstrip(" |") + " |"]), bars


def _key_of(notes: Sequence[Note]) -> Key:
    """The key of a phrase, which need not end on its tonic: the likeliest of those whose scales
    have most of the notes."""
    weights = np.zeros(12)
    for note in notes:
        weights[note.pitch % 12] += float(note.duration)
    keys = [
        Key.of_signature(fifths, minor=minor) for fifths in range(-5, 7) for minor in (False, True)
    ]
    shares = {key: sum(weights[pitch] for pitch in key.pitch_classes) for key in keys}
    most = max(shares.values())
    likeliest = find_key(Score.of(notes))

    def fit(key: Key) -> tuple[float, ...]:
        """By the tonic triad; of the same triad as what is found, by the first note."""
        tonic = key.pitch_class
        third = tonic + (3 if key.mode == "minor" else 4)
        triad = 2 * weights[tonic] + weights[(tonic + 7) % 12] + weights[third % 12]
        return (triad + most * (notes[0].pitch % 12 == tonic) / 4, key == likeliest)

    return max((key for key in keys if shares[key] > most - 1e-6), key=fit)


def _cut(note: Note, end: Fraction) -> Note:
    """A note that ends at `end` at the latest."""
    return Note(note.onset, note.pitch, min(note.end, end) - note.onset, note.velocity)


def _melody(notes: Iterable[Heard]) -> list[Heard]:
    """One note at a time: of those struck together the highest."""
    melody: list[Heard] = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
        if melody and note.start - melody[-1].start < _TOGETHER:
            if note.pitch > melody[-1].pitch:
                melody[-1] = note
        else:
            melody.append(note)
    return melody


def _grid(times: Sequence[float]) -> int:
    """The grid that beginnings (in quarter notes) are nearest to, for its width."""

    def error(grid: int) -> float:
        return sum(abs(time * grid - round(time * grid)) for time in times) / grid

    return _TERNARY if error(_TERNARY) * 2 < error(_BINARY) else _BINARY
