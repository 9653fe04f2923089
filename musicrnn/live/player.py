"""One tune through the speakers: pause, tempo, transposition, loop while it sounds.

Tempo and transposition are made anew by the synthesizer, in a thread of its own, and taken over at
the same place of the music; the old sound goes on until then.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import MusicRNNError
from musicrnn.render.audio import Audio, to_audio
from musicrnn.score import Note, Score, TempoChange

__all__ = ["FASTEST", "HIGHEST", "SLOWEST", "Player"]

#: bounds of the tempo, as a share of the written one, and of the transposition in semitones
SLOWEST, FASTEST = Fraction(1, 4), Fraction(4)
HIGHEST: Final = 24
#: samples over which one sound gives way to another, so that nothing clicks
_FADE: Final = 480

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class _Take:
    """The tune at one tempo and pitch: samples, and where in them its notes begin."""

    score: Score
    samples: Samples
    rate: int
    #: the frame at which each note begins, in order, and the one at which the music is over
    onsets: tuple[int, ...]
    end: int

    @classmethod
    def of(cls, score: Score, make: Callable[[Score], Audio]) -> _Take:
        sound = make(score)
        clock = score.clock()
        onsets = tuple(round(clock(note.onset) * sound.rate) for note in score.notes)
        end = min(round(clock(score.length) * sound.rate), len(sound.samples))
        return cls(score, sound.samples, sound.rate, onsets, end)


class Player:
    """A `Source` that plays a score (as `performed`), and what its keys do.

    `make` turns a score into sound. All methods may be called from any thread. Raises RenderError
    where the score cannot be played.
    """

    def __init__(
        self, score: Score, *, loop: bool = False, make: Callable[[Score], Audio] = to_audio
    ) -> None:
        self.loop = loop
        self.paused = False
        self.tempo = Fraction(1)
        self.semitones = 0
        self.error: MusicRNNError | None = None
        self._written = score
        self._make = make
        self._lock = threading.Lock()
        self._take = _Take.of(score, make)
        self._frame = 0
        self._ringing: Samples = np.zeros((0, 2), np.float32)
        self._worker: threading.Thread | None = None

    # --- what sounds ------------------------------------------------------------------------

    def read(self, frames: int) -> Samples:
        """The next samples; silence while paused and after the end."""
        out = np.zeros((frames, 2), np.float32)
        with self._lock:
            self._ring(out)
            if self.paused:
                return out
            done = 0
            while done < frames:
                last = self._take.end if self.loop else len(self._take.samples)
                piece = self._take.samples[self._frame : min(self._frame + frames - done, last)]
                out[done : done + len(piece)] += piece
                done += len(piece)
                self._frame += len(piece)
                if self._frame < last:
                    continue
                if not self.loop or not last:
                    break
                self._leave(0)
        return out

    def _ring(self, out: Samples) -> None:
        """Add what still rings of a sound that was left."""
        piece = self._ringing[: len(out)]
        out[: len(piece)] += piece
        self._ringing = self._ringing[len(piece) :]

    def _leave(self, frame: int) -> None:
        """Go on from another frame; the sound so far rings on from its end, or is faded."""
        rest = self._take.samples[self._frame : self._frame if self.paused else None]
        if self._frame < self._take.end:
            rest = rest[:_FADE] * np.linspace(1, 0, len(rest[:_FADE]), dtype=np.float32)[:, None]
        self._ringing = rest
        self._frame = frame

    @property
    def finished(self) -> bool:
        """Whether all has sounded."""
        with self._lock:
            return not self.loop and self._frame >= len(self._take.samples)

    @property
    def place(self) -> float:
        """How much of the music has sounded, 0…1."""
        with self._lock:
            return min(self._frame / max(self._take.end, 1), 1.0)

    def sounding(self) -> Sequence[Note]:
        """The notes that sound now, as they are written (untransposed)."""
        with self._lock:
            frame, take = self._frame, self._take
        at = bisect_right(take.onsets, frame)
        now = frame / take.rate
        clock = take.score.clock()
        notes = self._written.notes
        return [
            notes[i] for i in range(max(at - 24, 0), at)
            if clock(take.score.notes[i].end) > now
        ]  # fmt: skip

    # --- what keys do -----------------------------------------------------------------------

    def pause(self) -> None:
        """Stop the time, or let it go on."""
        with self._lock:
            self.paused = not self.paused
            if self.paused:
                rest = self._take.samples[self._frame : self._frame + _FADE]
                fade = np.linspace(1, 0, len(rest), dtype=np.float32)[:, None]
                self._ringing = rest * fade

    def faster(self, share: Fraction) -> None:
        """Change the tempo by a share of the written one, within bounds."""
        self.tempo = min(max(self.tempo + share, SLOWEST), FASTEST)
        self._make_anew()

    def higher(self, semitones: int) -> None:
        """Transpose further, within bounds."""
        self.semitones = min(max(self.semitones + semitones, -HIGHEST), HIGHEST)
        self._make_anew()

    def skip(self, quarters: Fraction) -> None:
        """Go on so many quarter notes later, or earlier."""
        with self._lock:
            score, rate = self._take.score, self._take.rate
            now = _quarter(score, self._frame / rate)
            target = min(max(now + quarters, Fraction(0)), score.length)
            self._leave(min(round(score.seconds(target) * rate), self._take.end))

    def _make_anew(self) -> None:
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._take_over, daemon=True)
            self._worker.start()

    def _take_over(self) -> None:
        """Make the sound that is asked for until it is what was asked last."""
        while True:
            wanted = self.tempo, self.semitones
            try:
                take = _Take.of(_restyled(self._written, *wanted), self._make)
            except MusicRNNError as error:
                self.error = error
                return
            with self._lock:
                now = _quarter(self._take.score, self._frame / self._take.rate)
                ended = self._frame >= self._take.end
                self._leave(0)
                self._take = take
                frame = round(take.score.seconds(now) * take.rate)
                self._frame = len(take.samples) if ended else min(frame, take.end)
            if wanted == (self.tempo, self.semitones):
                return

    def wait(self) -> None:
        """Until the sound is the one that was asked for last."""
        if self._worker is not None:
            self._worker.join()


def _restyled(score: Score, tempo: Fraction, semitones: int) -> Score:
    """The score faster and higher; notes that would leave MIDI's range keep their pitch class."""
    first = score.tempos if score.tempos and not score.tempos[0].onset else (
        TempoChange(Fraction(0), Fraction(120)), *score.tempos
    )  # fmt: skip
    tempos = tuple(replace(change, qpm=change.qpm * tempo) for change in first)

    def moved(note: Note) -> Note:
        if score.parts[note.part].drums:
            return note
        pitch = note.pitch + semitones
        octaves = math.ceil(max(pitch - 127, 0) / 12) + min(pitch, 0) // 12
        return replace(note, pitch=pitch - 12 * octaves)

    # Order is kept, so that notes of the two scores correspond.
    return replace(score, tempos=tempos, notes=tuple(map(moved, score.notes)))


def _quarter(score: Score, seconds: float) -> Fraction:
    """The time in quarter notes at a moment; to a 96th, which is less than anyone hears."""
    low, high = Fraction(0), max(score.length, Fraction(1))
    clock = score.clock()
    for _ in range(40):
        middle = (low + high) / 2
        if clock(middle) <= seconds:
            low = middle
        else:
            high = middle
        if high - low < Fraction(1, 96):
            break
    return low
