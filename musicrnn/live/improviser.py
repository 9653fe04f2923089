"""Answers drawn ahead: while the player still plays, in a thread of their own.

Whatever may be the end of the phrase is handed in; the newest is drawn next and older ones are
forgotten. When the phrase is over, its answer stands ready.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from musicrnn.constraints.abc.controls import DEFAULT_RANGE
from musicrnn.errors import MusicRNNError, UsageError
from musicrnn.live.phrase import Phrase
from musicrnn.score import Note

if TYPE_CHECKING:
    from musicrnn.generation import Model

__all__ = ["Answer", "Draw", "Improviser", "echo", "failed", "model_answers"]


@dataclass(frozen=True)
class Answer:
    """What the model says to a phrase: notes from its own first bar on, and its bars."""

    notes: tuple[Note, ...]
    bars: int


Draw = Callable[[Phrase], Answer]


def echo(phrase: Phrase) -> Answer:
    """The phrase itself as its answer."""
    score = phrase.score(coarse=True)
    return Answer(score.notes, int(score.length / phrase.meter.length))


class Improviser:
    """Draws answers in the background."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._changed = threading.Condition()
        self._wanted: Phrase | None = None
        self._ready: tuple[Phrase, Answer] | None = None
        self._forgotten = 0  # how often: what is being drawn meanwhile is of an older phrase
        self._closed = False
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def prepare(self, phrase: Phrase) -> None:
        """Draw an answer to `phrase` next, and to none that was handed in before."""
        with self._changed:
            self._wanted = phrase
            self._changed.notify()

    def answer(self, phrase: Phrase, *, stale: bool = False) -> Answer | None:
        """The answer to `phrase` if it is drawn; with `stale` the one to an earlier state of it."""
        with self._changed:
            if self._ready is None or not (stale or self._ready[0] is phrase):
                return None
            return self._ready[1]

    def forget(self) -> None:
        """The phrase was answered: what was drawn for it is of no use any more."""
        with self._changed:
            self._wanted = self._ready = None
            self._forgotten += 1

    def close(self) -> None:
        """End the thread; a drawing that is under way is not waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted is not None or self._closed)
                if self._closed:
                    return
                phrase, self._wanted = self._wanted, None
                forgotten = self._forgotten
            assert phrase is not None
            try:
                answer = self._draw(phrase)
            except Exception as error:  # noqa: BLE001 - told by the thread that plays
                self.error = error
                return
            with self._changed:
                if not self._closed and forgotten == self._forgotten:
                    self._ready = phrase, answer


def model_answers(
    model: Model, *, bars: int | None = None, temperature: float = 0.9, seed: int | None = None,
    home: bool = True,
) -> Draw:  # fmt: skip
    """Answers by a model of ABC, in the key and metre of the phrase: as long as it, or `bars`
    long; with `home` they end on the tonic.

    The n-th phrase is answered by the n-th number of `seed`. Raises UsageError for a model of
    another format.
    """
    from musicrnn.render.performance import performed

    if model.format.name != "abc":
        raise UsageError(f"the model {model.name!r} writes {model.format.spoken}; jam wants ABC")
    # Everything is loaded now, not when the first phrase ends.
    model.generate(prime="X:1\nM:4/4\nL:1/8\nK:C\nC4 E4 |", form="A", bars=2, best_of=1, seed=0)
    rng = np.random.default_rng(seed)

    def draw(phrase: Phrase) -> Answer:
        number = int(rng.integers(2**32))
        shift = _into_range([note.pitch for note in phrase.notes])
        within = phrase.transposed(shift)
        for coarse in (False, True):
            text, played = within.abc(coarse=coarse)
            wanted = bars or played
            options: dict[str, Any] = {"tonic_end": home}
            try:
                tune = model.generate(
                    prime=text, form="A", bars=played + wanted, best_of=1, seed=number,
                    temperature=temperature, **options,
                )  # fmt: skip
            except UsageError:
                continue
            start = played * phrase.meter.length
            return _after(performed(tune.text).notes, start, wanted, -shift)
        return echo(phrase)  # nothing that the grammar can go on from

    return draw


def _into_range(pitches: Sequence[int]) -> int:
    """By how many octaves, in semitones, a phrase is moved so that a model of tunes knows it."""
    low, high = DEFAULT_RANGE

    def outside(octaves: int) -> tuple[int, int]:
        return sum(not low <= p + 12 * octaves <= high for p in pitches), abs(octaves)

    return 12 * min(range(-5, 6), key=outside)


def _after(notes: Sequence[Note], start: Fraction, bars: int, shift: int) -> Answer:
    """The notes from `start` on, counted from there, `shift` semitones higher."""
    return Answer(
        tuple(
            Note(note.onset - start, note.pitch + shift, note.duration, note.velocity)
            for note in notes if note.onset >= start and 0 <= note.pitch + shift <= 127
        ),
        bars,
    )  # fmt: skip


def failed(error: BaseException) -> MusicRNNError:
    """An error of the drawing thread as one line."""
    return error if isinstance(error, MusicRNNError) else UsageError(f"the model failed: {error}")
