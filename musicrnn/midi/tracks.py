"""What is kept of a track, in ticks: columns of notes and controllers, lists of changes, texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from musicrnn.midi.text import decode

__all__ = [
    "BANKS", "BEND", "END_OF_TRACK", "IGNORED", "LINE_SHIFT", "NAMES", "NOTES_OFF", "PORT", "Track",
]  # fmt: skip

Ints = NDArray[np.int64]

#: What stands for the pitch wheel among the numbers of controllers.
BEND: Final = 128
#: Controllers that select a bank, its high and its low seven bits: they belong to the programs.
BANKS: Final = (0, 32)
#: Controllers that release all notes of their channel (MIDI 1.0, channel mode messages).
NOTES_OFF: Final = (120, 123, 124, 125, 126, 127)
#: Controllers that say nothing about the music: whether an instrument's keys play its own sound.
IGNORED: Final = (122,)

#: A voice is ``line << LINE_SHIFT | bank << 7 | program``.
LINE_SHIFT: Final = 21

_NAME, PORT, END_OF_TRACK, _TEMPO, _METER, _KEY = 0x03, 0x21, 0x2F, 0x51, 0x58, 0x59
#: Meta events that hold text: text, copyright, lyric, marker, cue point; and these and names.
_TEXTS: Final = (0x01, 0x02, 0x05, 0x06, 0x07)
NAMES: Final = (*_TEXTS, _NAME)

#: The columns of a track without notes or controllers: of no length, so that tracks can share them.
_NO_NOTES: Ints = np.zeros(0, np.int64)
_NO_CONTROLS: Ints = np.zeros((0, 4), np.int64)


def _no_notes() -> Ints:
    return _NO_NOTES


@dataclass(slots=True)
class Track:
    """One track in ticks. The five note columns are int64 of one length, in order of onset.

    A voice is what a note's part is made of: ``line << 21 | bank << 7 | program``, a line being
    ``port << 4 | channel``. `controls` (n, 4) are line, tick, number of the controller (`BEND`
    for the pitch wheel) and value. `tempos` are (tick, microseconds a quarter), `meters` (tick,
    numerator, denominator), `keys` (tick, sharps, minor), `texts` (tick, kind of meta event,
    text).
    """

    name: str = ""
    port: int = 0
    onsets: Ints = field(default_factory=_no_notes)
    ends: Ints = field(default_factory=_no_notes)
    pitches: Ints = field(default_factory=_no_notes)
    velocities: Ints = field(default_factory=_no_notes)
    voices: Ints = field(default_factory=_no_notes)
    controls: Ints = field(default_factory=lambda: _NO_CONTROLS)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    length: int = 0

    def channel_and_program(self, voice: int) -> tuple[int, int]:
        """The channel (0 … 15) and the program of a voice."""
        return voice >> LINE_SHIFT & 15, voice & 127

    def add_meta(self, tick: int, kind: int, payload: bytes, encoding: str) -> str | None:
        """Keep what a meta event says; those that say nothing about the score are passed over.
        Returns what is wrong with one that has no meaning, which is left out."""
        if kind == _TEMPO:
            tempo = int.from_bytes(payload[:3], "big")
            if len(payload) < 3 or not tempo:
                return "a tempo event without a tempo is left out"
            self.tempos.append((tick, tempo))
        elif kind == _METER:
            # Two bytes are enough: the others concern the metronome.
            if len(payload) < 2 or not payload[0] or payload[1] > 6:
                return "a time signature that is none is left out"
            self.meters.append((tick, payload[0], 1 << payload[1]))
        elif kind == _KEY:
            sharps = int.from_bytes(payload[:1], "big", signed=True)
            if len(payload) < 2 or abs(sharps) > 7 or payload[1] > 1:
                return "a key signature that is none is left out"
            self.keys.append((tick, sharps, payload[1]))
        elif kind == _NAME and not self.name:
            self.name = decode(payload, encoding).strip()
        elif kind == PORT and payload:
            self.port = payload[0] & 127
        elif kind in _TEXTS and payload:
            # Karaoke files tell words apart by the spaces at their edges.
            self.texts.append((tick, kind, decode(payload, encoding)))
        return None
