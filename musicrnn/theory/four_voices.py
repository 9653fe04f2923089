"""Music in four voices on a grid of sixteenths: what chorales are learned and written as.

A score has parts with times; a model of four voices, a check of voice leading and a constraint
want a table: at each step, what each voice sings and whether it begins there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from musicrnn.errors import UsageError
from musicrnn.score import Key, KeyChange, Meter, MeterChange, Note, Part, Score, TempoChange

__all__ = ["RANGES", "REST", "STEPS", "VOICES", "FourVoices", "four_voices", "voice_number"]

VOICES = ("soprano", "alto", "tenor", "bass")

#: The lowest and the highest note of each voice, as choirs are written for.
RANGES = ((60, 81), (53, 76), (47, 69), (38, 64))

#: Steps to a quarter note.
STEPS = 4

#: The pitch of a voice that is silent.
REST = -1

#: A choir sings (General MIDI), unless something else is asked.
CHOIR = 52

IntArray = npt.NDArray[np.int16]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FourVoices:
    """Soprano, alto, tenor and bass, a row for each sixteenth.

    `pitches` (steps, 4) are MIDI numbers, `REST` where a voice is silent; `begins` (steps, 4) says
    where a note starts, so that a held note differs from one that is repeated; `fermatas` (steps,)
    marks the steps at which a note under a fermata starts. `pickup` is the number of steps before
    the first whole bar.
    """

    pitches: IntArray
    begins: BoolArray
    fermatas: BoolArray
    meter: Meter = field(default=Meter(4, 4))
    pickup: int = 0
    key: Key | None = None
    title: str = ""
    tempo: Fraction | None = None

    def __len__(self) -> int:
        return len(self.pitches)

    @property
    def bar(self) -> int:
        """Steps of a whole bar."""
        return max(int(self.meter.length * STEPS), 1)

    def bar_of(self, step: int) -> int:
        """The number of the bar that a step is in, as printed: 0 for a pickup."""
        return (step - self.pickup) // self.bar + 1

    def beat_of(self, step: int) -> Fraction:
        """Where in its bar a step is, in quarter notes from 1."""
        return Fraction((step - self.pickup) % self.bar, STEPS) + 1

    def transposed(self, semitones: int) -> FourVoices:
        """The same `semitones` higher."""
        key = self.key and self.key.transposed(semitones)
        moved = np.where(self.pitches == REST, REST, self.pitches + semitones).astype(np.int16)
        return replace(self, pitches=moved, key=key)

    def to_score(self, *, program: int = CHOIR) -> Score:
        """A score with a part for each voice."""
        notes = [note for voice in range(4) for note in self._notes(voice)]
        return Score.of(
            notes,
            parts=[Part(name.capitalize(), program) for name in VOICES],
            tempos=[] if self.tempo is None else [TempoChange(Fraction(0), self.tempo)],
            meters=[MeterChange(Fraction(0), self.meter)],
            keys=[] if self.key is None else [KeyChange(Fraction(0), self.key)],
            title=self.title,
            length=Fraction(len(self), STEPS),
            pickup=Fraction(self.pickup, STEPS),
            fermatas=[Fraction(int(step), STEPS) for step in np.flatnonzero(self.fermatas)],
        )

    def _notes(self, voice: int) -> Iterable[Note]:
        pitches = self.pitches[:, voice]
        edges = self.begins[:, voice].copy()
        edges[1:] |= (pitches[1:] == REST) & (pitches[:-1] != REST)
        starts = np.flatnonzero(edges).tolist()
        for start, stop in zip(starts, [*starts[1:], len(self)], strict=True):
            if pitches[start] != REST:
                length = Fraction(stop - start, STEPS)
                yield Note(Fraction(start, STEPS), int(pitches[start]), length, part=voice)


def voice_number(name: str) -> int:
    """0 for soprano to 3 for bass, from the name or its beginning. Raises `UsageError`."""
    wanted = name.strip().lower()
    for number, voice in enumerate(VOICES):
        if wanted and voice.startswith(wanted):
            return number
    raise UsageError(f"no voice {name!r}; choose soprano, alto, tenor or bass")


def four_voices(score: Score) -> FourVoices:
    """The four voices of a score.

    Parts that are named after the voices are taken, else the four that sound, the highest first;
    fewer parts (a keyboard's two staves, or one) are taken apart note by note from the top.
    Times are moved to the nearest sixteenth. Raises `UsageError` for a score without four voices.
    """
    if not score.notes:
        raise UsageError("the score has no notes")
    lines = _lines(score)
    steps = max(1, -(-score.length.numerator * STEPS // score.length.denominator))
    pitches = np.full((steps, 4), REST, np.int16)
    begins = np.zeros((steps, 4), bool)
    for voice, line in enumerate(lines):
        draw(line, pitches[:, voice], begins[:, voice])
    fermatas = np.zeros(steps, bool)
    for onset in score.fermatas:
        if (step := round(onset * STEPS)) < steps:
            fermatas[step] = True
    return FourVoices(
        pitches,
        begins,
        fermatas,
        meter=score.meter or Meter(4, 4),
        pickup=round(score.pickup * STEPS),
        key=score.key,
        title=score.title,
        tempo=score.tempos[0].qpm if score.tempos else None,
    )


def draw(line: Iterable[Note], pitches: IntArray, begins: BoolArray) -> None:
    """Write the notes of one voice, in order of time, into its column; a later one cuts short."""
    for note in line:
        start = round(note.onset * STEPS)
        stop = max(round(note.end * STEPS), start + 1)
        pitches[start:stop] = note.pitch
        begins[start + 1 : stop] = False
        if start < len(begins):
            begins[start] = True


def _lines(score: Score) -> list[list[Note]]:
    """The notes of each of the four voices."""
    parts = sorted({note.part for note in score.notes if not score.parts[note.part].drums})
    named = {}
    for part in parts:
        name = score.parts[part].name.strip().lower()
        for voice, wanted in enumerate(VOICES):
            if name.startswith(wanted) and voice not in named:
                named[voice] = part
    if len(named) == 4:
        parts = [named[voice] for voice in range(4)]
    elif len(parts) > 4:
        raise UsageError(
            f"{len(parts)} parts, and which are the four voices is not said; "
            "name them Soprano, Alto, Tenor and Bass"
        )
    elif len(parts) < 4:
        return _taken_apart(score, parts)
    else:
        parts.sort(key=lambda part: -_mean([n.pitch for n in score.notes if n.part == part]))
    return [[note for note in score.notes if note.part == part] for part in parts]


def _taken_apart(score: Score, parts: Sequence[int]) -> list[list[Note]]:
    """Chords as four voices: at each onset the notes that begin there go, from the highest, to the
    voices that are free."""
    chosen = [note for note in score.notes if note.part in parts]
    free = [Fraction(0)] * 4
    lines: list[list[Note]] = [[] for _ in VOICES]
    onsets: dict[Fraction, list[Note]] = {}
    for note in chosen:
        onsets.setdefault(note.onset, []).append(note)
    for onset, notes in sorted(onsets.items()):
        voices = [voice for voice in range(4) if free[voice] <= onset]
        if len(notes) > len(voices):
            raise UsageError(
                f"{4 - len(voices) + len(notes)} notes sound at once at quarter "
                f"{float(onset) + 1:g}; four voices sing four"
            )
        if len(notes) < len(voices):  # few notes: each to the voice that sang nearest to it
            voices = _nearest(notes, voices, lines)
        for voice, note in zip(voices, sorted(notes, key=lambda n: -n.pitch), strict=False):
            lines[voice].append(note)
            free[voice] = note.end
    if any(not line for line in lines):
        raise UsageError("fewer than four voices sound; harmonize writes the others")
    return lines


def _nearest(
    notes: Sequence[Note], voices: Sequence[int], lines: Sequence[Sequence[Note]]
) -> list[int]:
    """As many of `voices`, in order, as there are notes: those that sang nearest to them."""
    from itertools import combinations

    falling = sorted((note.pitch for note in notes), reverse=True)

    def leap(voice: int, pitch: int) -> int:
        usual = sum(RANGES[voice]) // 2
        return abs((lines[voice][-1].pitch if lines[voice] else usual) - pitch)

    return list(
        min(
            combinations(voices, len(notes)),
            key=lambda chosen: sum(map(leap, chosen, falling)),
        )
    )


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers)
