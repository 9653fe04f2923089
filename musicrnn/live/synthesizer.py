"""An instrument that is played live: one recorded note for each key, mixed as they are struck.

The notes are made once by the synthesizer that also renders files, so that nothing else need be
installed and the sound is the same.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from musicrnn.midi.writer import to_midi
from musicrnn.render.soundfonts import find_soundfont
from musicrnn.render.synthesizer_process import synthesize
from musicrnn.render.synthesizers import RATE
from musicrnn.score import Note, Part, Score, TempoChange

__all__ = ["Synthesizer"]

#: keys that sound, from the lowest C of a cello's to above a piccolo; the drums of a click
_KEYS: Final = range(36, 100)
_DRUMS: Final = range(75, 78)
#: seconds of a recorded note; it is let go after that
_LENGTH: Final = 3
_RELEASE: Final = 0.08
#: how much of full scale one note takes, so that several do not clip
_LEVEL: Final = 0.25

Samples = NDArray[np.float32]


@dataclass
class _Voice:
    samples: Samples
    level: float
    at: int = 0
    #: frames until it is silent, once it is let go
    left: int | None = None


class Synthesizer:
    """A `Source` for the speakers and an `Output` for messages (`speakers`, `devices`).

    `program` is General MIDI's. Raises RenderError where there is no SoundFont.
    """

    def __init__(self, program: int = 0, *, soundfont: str | None = None) -> None:
        self._lock = threading.Lock()
        self._voices: dict[tuple[bool, int], _Voice] = {}
        self._fading: list[_Voice] = []
        self._notes = {(False, key): one for key, one in _recorded(program, soundfont).items()}
        self._notes |= {(True, key): one for key, one in _clicks(soundfont).items()}

    def send(self, message: Any) -> None:
        """Strike or let go a key, or all of them (controllers 120 and 123)."""
        with self._lock:
            if message.type == "control_change" and message.control in (120, 123):
                for key in list(self._voices):
                    self._let_go(key)
                return
            if message.type not in ("note_on", "note_off"):
                return
            key = message.channel == 9, message.note
            self._let_go(key)
            if message.type == "note_on" and message.velocity and key in self._notes:
                level = _LEVEL * (message.velocity / 100) ** 1.5
                self._voices[key] = _Voice(self._notes[key], level)

    def _let_go(self, key: tuple[bool, int]) -> None:
        voice = self._voices.pop(key, None)
        if voice is not None:
            # A drum rings on; what has a pitch ends.
            voice.left = None if key[0] else round(_RELEASE * RATE)
            self._fading.append(voice)

    def read(self, frames: int) -> Samples:
        """The next samples."""
        out = np.zeros((frames, 2), np.float32)
        with self._lock:
            for voice in [*self._voices.values(), *self._fading]:
                _mix(voice, out)
            self._voices = {k: v for k, v in self._voices.items() if v.at < len(v.samples)}
            self._fading = [
                v for v in self._fading if v.at < len(v.samples) and (v.left is None or v.left > 0)
            ]
        return np.clip(out, -1, 1)

    def close(self) -> None:
        """End all notes."""
        with self._lock:
            self._voices.clear()
            self._fading.clear()


def _mix(voice: _Voice, out: Samples) -> None:
    piece = voice.samples[voice.at : voice.at + len(out)]
    voice.at += len(out)
    if voice.left is None:
        out[: len(piece)] += voice.level * piece
        return
    left = np.maximum(np.arange(voice.left, voice.left - len(piece), -1), 0)
    fade = (left / (_RELEASE * RATE)).astype(np.float32)
    out[: len(piece)] += voice.level * piece * fade[:, None]
    voice.left = max(voice.left - len(out), 0)


def _recorded(program: int, soundfont: str | None) -> dict[int, Samples]:
    """A recording of each key, all at one loudness."""
    return _one_by_one([*_KEYS], Part(program=program), soundfont)


def _clicks(soundfont: str | None) -> dict[int, Samples]:
    return _one_by_one([*_DRUMS], Part(drums=True), soundfont)


def _one_by_one(keys: list[int], part: Part, soundfont: str | None) -> dict[int, Samples]:
    """The keys played one after the other, and cut apart."""
    second = TempoChange(Fraction(0), Fraction(60))
    notes = [Note(Fraction(i * _LENGTH), key, Fraction(_LENGTH), 100) for i, key in enumerate(keys)]
    score = Score.of(notes, parts=[part], tempos=[second])
    sound = synthesize(to_midi(score), find_soundfont(soundfont)).astype(np.float32)
    peak = max(float(np.abs(sound).max(initial=0)), 1.0)
    step = _LENGTH * RATE
    return {key: sound[i * step : (i + 1) * step] / peak for i, key in enumerate(keys)}
