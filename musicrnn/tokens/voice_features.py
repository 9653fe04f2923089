"""What a network of four voices is told beside each token (`tokens.features`).

Everything here can be read from the tokens, but an LSTM would need many chorales to learn to: where
in the bar the note stands, how far each voice is from the one that sings next, what the others
did at this step, how long each has held its note, where the lead goes, how near the close is.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from musicrnn.score import Meter
from musicrnn.theory.four_voices import REST, STEPS, VOICES
from musicrnn.tokens import voice_place
from musicrnn.tokens.voice_place import AHEAD, HEADER, HIGHEST, LOWEST, Meaning, Place

__all__ = ["VoiceFeatures"]

_PITCHES = HIGHEST - LOWEST + 2  # 0: silent
_LONGEST = 16  # steps for which a held note is counted
_FAR = 30  # semitones between voices
_MOVE = 12  # semitones of a move
_BACK = 16  # semitones from a note a bar before or after
#: Steps ahead at which the lead's note is told.
_LOOKED_AT = (2, 4, 8, 12)
_BAR = 48  # the most steps of a bar


class VoiceFeatures:
    """The features of `tokens.voices`: a `tokens.features.Features`."""

    def __init__(self, meanings: Sequence[Meaning], meters: Sequence[Meter]) -> None:
        self._meanings = meanings
        self._known: dict[bytes, npt.NDArray[np.uint8]] = {}
        self._bars = [int(meter.length * STEPS) for meter in meters]
        self.sizes: Mapping[str, int] = {
            "role": HEADER + 4 + 16,
            "bar": 2 * _BAR,
            "mode": 2,
            "own": _PITCHES,
            "held": _LONGEST + 1,
            "move": 2 * _MOVE + 2,
            "back": 2 * _BACK + 2,
            **{f"pitch-{voice}": _PITCHES for voice in VOICES},
            **{f"from-{voice}": 2 * _FAR + 2 for voice in VOICES},
            **{f"held-{voice}": _LONGEST + 1 for voice in VOICES},
            **{f"move-{voice}": 2 * _MOVE + 3 for voice in VOICES},
            **{f"lead-in-{steps}": 2 * _BACK + 2 for steps in _LOOKED_AT},
            "lead-moves-in": AHEAD + 2,
            "fermata-in": AHEAD + 2,
            "over-in": AHEAD + 2,
        }

    def along(self, ids: tuple[int, ...]) -> npt.NDArray[np.int32]:
        """The values at the start of a piece and after each id, remembered: an epoch of training
        asks for the pieces of the one before."""
        key = array("H", ids).tobytes()
        if key not in self._known:
            place = self.start()
            rows = [self.values(place)]
            for token in ids:
                place = self.after(place, token)
                rows.append(self.values(place))
            self._known[key] = np.array(rows, np.uint8)
        return self._known[key].astype(np.int32)

    def start(self) -> Place:
        """The place before the first token."""
        return Place()

    def after(self, place: Place, token: int) -> Place:
        """The place after `token`."""
        return voice_place.after(place, self._meanings[token])

    def values(self, place: Place) -> tuple[int, ...]:
        """The values of all features for the token to come."""
        step, number = voice_place.step_and_voice(place)
        is_lead = number == place.lead
        voices = place.voices
        voice = place.far if is_lead else voices[number]
        own = voice.last
        bar = self._bars[place.meter]
        beat = _BAR * (bar % 12 == 0) + (step - place.pickup) % bar if step >= 0 else 0
        past = place.past
        back = past[AHEAD - 1][number] if len(past) >= AHEAD and not is_lead else REST
        return (
            self._role(place, number),
            beat,
            place.mode,
            _pitch(voice.pitch),
            min(voice.held, _LONGEST),
            _interval(voice.move, _MOVE),
            _between(back, own, _BACK),
            *[_pitch(other.pitch) for other in voices],
            *[_between(other.pitch, own, _FAR) for other in voices],
            *[min(other.held, _LONGEST) for other in voices],
            *[
                _done(other, past[0][i] if past else REST) if place.sung[i] else 2 * _MOVE + 2
                for i, other in enumerate(voices)
            ],
            *self._coming(place),
        )

    def _role(self, place: Place, number: int) -> int:
        """What the token to come is: of the header, of the lead's first bar, of a voice."""
        at = place.read - HEADER
        if at < 0:
            return place.read
        if at < AHEAD:
            return HEADER + place.lead
        return HEADER + 4 + 4 * place.lead + number

    def _coming(self, place: Place) -> list[int]:
        """Where the lead goes, as of the last step of it that the others have reached."""
        coming = place.coming
        now = place.voices[place.lead].pitch
        ahead = [
            _between(coming[steps - 1].pitch, now, _BACK)  # type: ignore[union-attr]
            if steps <= len(coming) and coming[steps - 1] is not None
            else 0
            for steps in _LOOKED_AT
        ]
        moves = fermata = over = AHEAD + 1
        for i, one in enumerate(coming[:AHEAD], 1):
            if one is None:
                over = i
                break
            if one.begins and moves > AHEAD:
                moves = i
            if one.fermata and fermata > AHEAD:
                fermata = i
        return [*ahead, moves, 0 if place.marked else fermata, over]


def _pitch(pitch: int) -> int:
    return 0 if pitch == REST else min(max(pitch, LOWEST), HIGHEST) - LOWEST + 1


def _interval(semitones: int | None, most: int) -> int:
    """1 … 2·`most` + 1, or 0 for none."""
    return 0 if semitones is None else min(max(semitones, -most), most) + most + 1


def _between(pitch: int, own: int | None, most: int) -> int:
    return 0 if pitch == REST or own is None or own == REST else _interval(pitch - own, most)


def _done(voice: voice_place.Voice, before: int) -> int:
    """What a voice did at this step: its move, none where it is silent or was."""
    if REST in (voice.pitch, before):
        return 0
    return _interval(voice.pitch - before, _MOVE)
