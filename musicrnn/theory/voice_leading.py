"""Faults of voice leading in four voices, as a teacher of harmony marks them.

- `parallel-fifths`, `parallel-octaves`: two voices both move, and are a fifth, or an octave or a
  unison, apart before and after (whole octaves more or less count alike)
- `crossing`: a voice above its upper neighbour
- `spacing`: soprano and alto, or alto and tenor, more than an octave apart
- `range`: a note outside of a voice's range
- `leap`: a voice moves by a seventh, a tritone or more than an octave
- `doubled-leading-note`: two voices strike the leading note at once
- `dissonant-cadence`: a chord under a fermata is no major or minor triad, not even as it ends
- `no-close`: the last chord is no triad on its bass
- `open-bar`: the last bar of a voice is not filled

A *chord* is each moment at which a voice moves to another note; counts are given a hundred
chords, so that pieces and composers can be compared. Bach commits all of them, now and then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from musicrnn.score import Score
from musicrnn.theory.four_voices import RANGES, REST, STEPS, VOICES, FourVoices, four_voices
from musicrnn.theory.pitch import NAMES, note_name

__all__ = ["CODES", "Fault", "check_score", "chords", "faults", "nameless", "per_hundred_chords"]

CODES = (
    "parallel-fifths", "parallel-octaves", "crossing", "spacing", "range", "leap",
    "doubled-leading-note", "dissonant-cadence", "no-close", "open-bar",
)  # fmt: skip

#: The pitch classes of every seventh chord, which hold the triads, and augmented triad.
_NAMED = [
    {(root + step) % 12 for step in steps}
    for root in range(12)
    for steps in (
        (0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10), (0, 3, 6, 10), (0, 3, 6, 9), (0, 4, 8),
    )
]  # fmt: skip
_SHARPS = {3: "D#", 8: "G#", 10: "A#"}  # a leading note is never flat
_LEAPS = {6: "a tritone", 10: "a seventh", 11: "a seventh"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its `code`, the bar (0: the pickup) and the beat from 1, the voices, and a line
    for people."""

    code: str
    step: int
    bar: int
    beat: float
    voices: tuple[str, ...]
    message: str
    severity: str = "warning"

    def __str__(self) -> str:
        return (
            f"bar {self.bar}, beat {self.beat:g}, {' and '.join(self.voices)}: "
            f"{self.severity}: {self.message} [{self.code}]"
        )


def check_score(score: Score, *, strict: bool = True) -> list[Fault]:
    """The faults of a score in four voices. Raises `UsageError` for a score that has none."""
    return faults(four_voices(score))


def faults(voices: FourVoices) -> list[Fault]:
    """All faults, in order of time."""
    faults_found = [
        *_parallels(voices),
        *_crossings(voices),
        *_spacing(voices),
        *_ranges(voices),
        *_leaps(voices),
        *_doubled(voices),
        *_cadences(voices),
        *_close(voices),
    ]
    return sorted(faults_found, key=lambda fault: (fault.step, CODES.index(fault.code)))


def chords(voices: FourVoices) -> int:
    """The number of moments at which a voice sings another note than before."""
    pitches = voices.pitches
    return int((pitches[1:] != pitches[:-1]).any(axis=1).sum()) + 1 if len(pitches) else 0


def nameless(voices: FourVoices) -> int:
    """The number of quarters on which what sounds is part of no triad or seventh chord: passing
    notes and suspensions, of which there are some in good music, and wrong notes."""
    heard = voices.pitches[voices.pickup % STEPS :: STEPS].tolist()
    chords_heard = [{pitch % 12 for pitch in chord if pitch != REST} for chord in heard]
    return sum(not any(chord <= named for named in _NAMED) for chord in chords_heard)


def per_hundred_chords(pieces: Iterable[FourVoices]) -> dict[str, float]:
    """Code → faults a hundred chords over all `pieces`; under ``parallels`` both kinds of them."""
    counts: Counter[str] = Counter()
    total = 0
    for voices in pieces:
        counts.update(fault.code for fault in faults(voices))
        total += chords(voices)
    counts["parallels"] = counts["parallel-fifths"] + counts["parallel-octaves"]
    return {code: 100 * counts[code] / max(total, 1) for code in ("parallels", *CODES)}


# --- each fault ---------------------------------------------------------------------------------


def _fault(code: str, voices: FourVoices, step: int, which: Sequence[int], message: str) -> Fault:
    return Fault(
        code,
        step,
        voices.bar_of(step),
        float(voices.beat_of(step)),
        tuple(VOICES[voice] for voice in which),
        message,
    )


def _parallels(voices: FourVoices) -> Iterator[Fault]:
    pitches = voices.pitches.astype(int)
    before, after = pitches[:-1], pitches[1:]
    sung = (before != REST) & (after != REST)
    moved = sung & (before != after)
    for high, low in combinations(range(4), 2):
        then, now = before[:, high] - before[:, low], after[:, high] - after[:, low]
        both = moved[:, high] & moved[:, low]
        for interval, code, name in ((7, "parallel-fifths", "fifths"), (0, "parallel-octaves", "")):
            same = both & (then % 12 == interval) & (now % 12 == interval)
            for step in np.flatnonzero(same).tolist():
                kind = name or ("unisons" if then[step] == now[step] == 0 else "octaves")
                moves = f"{_names(before[step, [high, low]])} to {_names(after[step, [high, low]])}"
                message = f"parallel {kind}, {moves}"
                yield _fault(code, voices, step + 1, (high, low), message)


def _crossings(voices: FourVoices) -> Iterator[Fault]:
    pitches = voices.pitches
    for high in range(3):
        above, below = pitches[:, high], pitches[:, high + 1]
        crossed = (above != REST) & (below != REST) & (above < below)
        for step in _beginnings(crossed):
            message = f"the {VOICES[high + 1]} sings above the {VOICES[high]}"
            yield _fault("crossing", voices, step, (high, high + 1), message)


def _spacing(voices: FourVoices) -> Iterator[Fault]:
    pitches = voices.pitches
    for high in range(2):
        above, below = pitches[:, high], pitches[:, high + 1]
        wide = (above != REST) & (below != REST) & (above - below > 12)
        for step in _beginnings(wide):
            message = f"more than an octave apart ({_names((above[step], below[step]))})"
            yield _fault("spacing", voices, step, (high, high + 1), message)


def _ranges(voices: FourVoices) -> Iterator[Fault]:
    for voice, (lowest, highest) in enumerate(RANGES):
        line = voices.pitches[:, voice]
        outside = (line != REST) & ((line < lowest) | (line > highest))
        for step in np.flatnonzero(outside & voices.begins[:, voice]).tolist():
            limits = f"{note_name(lowest)} to {note_name(highest)}"
            message = f"{note_name(line[step])} is outside of the {VOICES[voice]}'s range, {limits}"
            yield _fault("range", voices, step, (voice,), message)


def _leaps(voices: FourVoices) -> Iterator[Fault]:
    pitches = voices.pitches.astype(int)
    for voice in range(4):
        before, after = pitches[:-1, voice], pitches[1:, voice]
        sizes = np.where((before != REST) & (after != REST), abs(after - before), 0)
        for step in np.flatnonzero((sizes > 12) | np.isin(sizes, list(_LEAPS))).tolist():
            size = _LEAPS.get(int(sizes[step]), "more than an octave")
            message = f"a leap of {size}, {note_name(before[step])} to {note_name(after[step])}"
            yield _fault("leap", voices, step + 1, (voice,), message)


def _doubled(voices: FourVoices) -> Iterator[Fault]:
    if voices.key is None or voices.key.mode not in ("major", "minor", "ionian"):
        return
    leading = (voices.key.pitch_class - 1) % 12
    is_leading = (voices.pitches != REST) & (voices.pitches % 12 == leading)
    doubled = (is_leading & voices.begins).sum(axis=1) >= 2
    for step in np.flatnonzero(doubled).tolist():
        which = np.flatnonzero(is_leading[step] & voices.begins[step]).tolist()
        name = _SHARPS.get(leading, NAMES[leading])
        message = f"the leading note {name} is doubled"
        yield _fault("doubled-leading-note", voices, step, which, message)


def _cadences(voices: FourVoices) -> Iterator[Fault]:
    for step in np.flatnonzero(voices.fermatas).tolist():
        begins = np.flatnonzero(voices.begins[step + 1 :, 0])
        end = step + int(begins[0]) if len(begins) else len(voices) - 1
        chords_heard = [voices.pitches[step], voices.pitches[end]]
        if not any(_is_triad(chord) for chord in chords_heard):
            message = (
                f"the line ends on {_names(p for p in chords_heard[-1] if p != REST)}, no triad"
            )
            yield _fault("dissonant-cadence", voices, step, range(4), message)


def _is_triad(chord: npt.NDArray[np.int16]) -> bool:
    """Whether what sounds is a major or minor triad, or part of one, or nothing."""
    classes = {int(pitch) % 12 for pitch in chord if pitch != REST}
    return any(
        {(pitch - root) % 12 for pitch in classes} <= {0, third, 7}
        for root in range(12)
        for third in (3, 4)
    )


def _close(voices: FourVoices) -> Iterator[Fault]:
    sung = np.flatnonzero((voices.pitches != REST).all(axis=1))
    if not len(sung):
        return
    last = int(sung[-1])
    chord = voices.pitches[last]
    degrees = {int(pitch - chord[3]) % 12 for pitch in chord}
    if not (degrees <= {0, 4, 7} or degrees <= {0, 3, 7}):
        message = f"the last chord, {_names(chord)}, is no triad on its bass"
        yield _fault("no-close", voices, last, (3,), message)
    ends = (len(voices) - voices.pickup) % voices.bar
    if ends and ends != voices.bar - voices.pickup:
        message = "the last bar is not filled"
        yield _fault("open-bar", voices, len(voices) - 1, tuple(range(4)), message)


def _beginnings(wrong: npt.NDArray[np.bool_]) -> list[int]:
    """Where a stretch of what is wrong begins."""
    starts = wrong.copy()
    starts[1:] &= ~wrong[:-1]
    beginnings: list[int] = np.flatnonzero(starts).tolist()
    return beginnings


def _names(pitches: Iterable[int]) -> str:
    return "–".join(note_name(pitch) for pitch in pitches)
