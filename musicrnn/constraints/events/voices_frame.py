"""What is settled before four voices sing: the form, the voices that are given, the last chord."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from musicrnn.score import Key, Meter
from musicrnn.theory.four_voices import REST, STEPS
from musicrnn.tokens.voice_place import Place

__all__ = ["PITCHES", "Close", "Frame", "GivenVoice", "closing_root", "in_triad"]

BoolArray = npt.NDArray[np.bool_]

#: Pitches of MIDI: the length of a set of them.
PITCHES = 128
#: Steps that a last chord lasts where no voice says so: a half note.
_LAST_CHORD = 8
#: The finals of the church modes over the first degree: dorian, phrygian, mixolydian, lydian.
_FINALS = (2, 4, 7, 5)
_TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 4, 7)}  # a minor piece may end on a major chord


@dataclass(frozen=True)
class GivenVoice:
    """A voice as it is to be: at each step its pitch (`REST`: silence, None: still to be written)
    and whether a note begins; and whether that note is under a fermata, None to leave that to the
    model."""

    pitches: Sequence[int | None]
    begins: Sequence[bool]
    fermatas: Sequence[bool] | None = None

    def at(self, step: int) -> int | None:
        """The pitch at a step; None where it is still to be written."""
        return self.pitches[step] if step < len(self.pitches) else None


@dataclass(frozen=True)
class Frame:
    """The form of a piece: its steps, metre, pickup (in steps), key, and which voice leads."""

    steps: int
    meter: Meter = field(default=Meter(4, 4))
    pickup: int = 0
    key: Key = field(default=Key("C"))
    lead: int = 0
    title: str = ""
    tempo: Fraction | None = None

    @property
    def minor(self) -> bool:
        """Whether the third of the key is minor."""
        return self.key.minor


@dataclass(frozen=True)
class Close:
    """The last chord of a piece, in C major or A minor: `shift` semitones from `frame`'s key.

    `lead` is the leading voice as it is given, None where it is still to be written to the end.
    """

    frame: Frame
    lead: GivenVoice | None
    shift: int

    @cached_property
    def step(self) -> int:
        """The step from which on the last chord is sung."""
        frame = self.frame
        if self.lead is not None:
            onsets = [step for step in range(frame.steps) if self.lead.begins[step]]
            return max(onsets[-1] if onsets else 0, frame.steps - _LAST_CHORD)
        bar = int(frame.meter.length * STEPS)
        length = _LAST_CHORD if bar % _LAST_CHORD == 0 else bar
        return max(frame.steps - min(length, bar - frame.pickup), 0)

    @cached_property
    def root(self) -> int:
        """The pitch class of the last root.

        That of `closing_root`, where the leading voice is given to its end.
        """
        sung = [pitch for pitch in self.lead.pitches if pitch != REST] if self.lead else []
        last = sung[-1] if sung else None
        return (closing_root(self.frame.key, last) + self.shift) % 12

    @cached_property
    def triad(self) -> BoolArray:
        """(128,): the pitches of the last chord."""
        major = self.root in (0, 5, 7) and not (self.frame.minor and self.root == 9)
        degrees = _TRIADS["major" if major else "minor"]
        return np.isin((np.arange(PITCHES) - self.root) % 12, degrees)

    @cached_property
    def roots(self) -> BoolArray:
        """(128,): the pitches that its bass may sing."""
        return np.asarray(np.arange(PITCHES) % 12 == self.root)

    def with_one_third(
        self, pitches: BoolArray, place: Place, voice: int, given: Collection[int]
    ) -> BoolArray:
        """What of `pitches` a voice may sing so that the chord has one third: not minor beside
        major, and not none if it can be."""
        degrees = (np.arange(PITCHES) - self.root) % 12
        sung = [
            (place.voices[other].pitch - self.root) % 12
            for other in range(4)
            if place.sung[other] and other != voice and place.voices[other].pitch != REST
        ]
        thirds = [degree for degree in sung if degree in (3, 4)]
        if thirds:
            fitting = pitches & (degrees != 7 - thirds[0])
        else:
            left = [v for v in range(3) if not place.sung[v] and v not in given]
            fitting = pitches & np.isin(degrees, (3, 4)) if left == [voice] else pitches
        return fitting if fitting.any() else pitches


#: Root, third and fifth of every major and minor triad, as pitch classes.
_ALL_TRIADS = [
    (root, (root + third) % 12, (root + 7) % 12) for root in range(12) for third in (3, 4)
]


def closing_root(key: Key, last: int | None) -> int:
    """The pitch class of the tonic on which a piece closes whose leading voice ends on `last`.

    That of the key, unless its triad lacks this note. Then the key is a church mode, written with
    the signature of another, and the note its final (dorian in G under one flat); where no mode
    has it, the root is that of a triad that holds it.
    """
    tonic = key.pitch_class
    if last is None or (last - tonic) % 12 in _TRIADS["minor" if key.minor else "major"]:
        return tonic
    ionian = key.fifths * 7 % 12
    degree = (last - ionian) % 12
    if degree not in _FINALS:
        holding = (
            root for root in (0, 9, *_FINALS) if (degree - root) % 12 in (0, 7, _third(root))
        )
        degree = next(holding, degree)
    return (ionian + degree) % 12


def in_triad(pitches: BoolArray, sung: Collection[int], voice: int) -> BoolArray:
    """What of `pitches` belongs, with the pitch classes `sung`, to one major or minor triad: no
    fifth in the bass, and the third not left out once tenor and bass alone could sing it. All of
    them where nothing does."""
    classes = np.zeros(12, bool)
    for root, third, fifth in _ALL_TRIADS:
        if {root, third, fifth}.issuperset(sung):
            classes[third] = True
            if voice < 2 or third in sung:
                classes[root] = True
                classes[fifth] |= voice < 3
    fitting = pitches & classes[np.arange(PITCHES) % 12]
    return fitting if fitting.any() else pitches


def _third(root: int) -> int:
    """Semitones of the third above a degree of C major."""
    return 4 if root in (0, 5, 7) else 3
