"""The beat of what was played without a click: where it is, and the notes set on it.

A file that was recorded without a metronome has times that mean seconds and no beats. Whether it
is so shows in its onsets: they gather at no fraction of the quarter. Then the beat is tracked by
dynamic programming (D. Ellis, "Beat Tracking by Dynamic Programming", JNMR 36:1, 2007): the tempo
that the onsets repeat at, and the row of moments near that tempo at which most notes begin.

It is written here because no library in care would do: partitura, whose tracker works on onsets,
fetches a SoundFont when it is imported; librosa would take onsets too, but brings a compiler
(numba) with it; madmom is no longer kept; pretty_midi knows steady tempos only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from musicrnn.score import Note, Score, TempoChange

__all__ = ["find_beats", "has_grid", "set_on_beats", "steady_beats"]

#: With fewer moments at which notes begin nothing can be said.
_LEAST_ONSETS = 16
#: How far onsets must gather at sixteenths, triplets or eighths (1: all on one place, 0: anywhere).
_GATHERED = 0.3
#: The shortest and the longest beat, and the usual one, in seconds.
_BEAT_SECONDS, _USUAL_BEAT = (0.25, 1.5), 0.55
#: Frames a second in which beats are sought, and how even they are to be (Ellis has 100).
_FRAMES, _EVENNESS = 100, 100.0
#: The least that onsets must resemble themselves a beat later (1: altogether).
_LEAST_ALIKE = 0.12
_LEAST_BEATS, _LONGEST_SECONDS = 4, 3600
#: What it costs to hear three in a beat rather than four, in quarters: they must lie better.
_TRIPLET_COST = 0.02
#: How much of a beat players leave between two notes, or let them overlap, that are written
#: without a rest.
_AIR, _OVERLAP = 0.3, 0.15


def has_grid(score: Score) -> bool:
    """Whether the onsets keep to some division of the quarter note, as they do where a file was
    written, or played to a click."""
    onsets = _onsets(score)
    if len(onsets) < _LEAST_ONSETS:
        return True
    gathered = [abs(np.exp(2j * np.pi * parts * onsets).mean()) for parts in (2, 3, 4, 6)]
    return bool(max(gathered) >= _GATHERED)


def find_beats(score: Score) -> list[float] | None:
    """The beats in seconds from the start; None where there is no steady one to be found."""
    clock = score.clock()
    seconds = np.array([clock(note.onset) for note in score.notes])
    if len(np.unique(seconds)) < _LEAST_ONSETS or seconds.max() > _LONGEST_SECONDS:
        return None
    first = float(seconds.min())
    strength = _strength(seconds - first)
    period = _period(strength)
    if period is None:
        return None
    beats = [first + frame / _FRAMES for frame in _tracked(strength, period)]
    return beats if len(beats) >= _LEAST_BEATS else None


def _strength(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much begins at each frame: the onsets, each a few frames wide."""
    frames = np.zeros(int(seconds.max() * _FRAMES) + 3 * _FRAMES)
    np.add.at(frames, np.rint(seconds * _FRAMES).astype(int), 1.0)
    shape = np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2)
    return np.convolve(np.sqrt(frames), shape, "same")


def _period(strength: NDArray[np.float64]) -> int | None:
    """Frames in a beat: where the onsets resemble themselves most, with a liking for a moderate
    tempo; None where they do nowhere."""
    lags = np.arange(int(_BEAT_SECONDS[0] * _FRAMES), int(_BEAT_SECONDS[1] * _FRAMES))
    size = 1 << int(2 * len(strength)).bit_length()
    spectrum = np.fft.rfft(strength - strength.mean(), size)
    alike = np.fft.irfft(np.abs(spectrum) ** 2, size)
    if alike[0] <= 0:
        return None
    liking = np.exp(-0.5 * (np.log2(lags / (_USUAL_BEAT * _FRAMES)) / 0.9) ** 2)
    likeness = alike[lags] / alike[0]
    best = int(np.argmax(likeness * liking))
    return int(lags[best]) if likeness[best] > _LEAST_ALIKE else None


def _tracked(strength: NDArray[np.float64], period: int) -> list[int]:
    """The frames of the beats: the row of which the strengths add up to most, less what uneven
    steps cost."""
    steps = np.arange(period // 2, 2 * period + 1)
    cost = _EVENNESS * np.log(steps / period) ** 2
    strength = strength / max(float(strength.std()), 1e-9)
    total = np.zeros(len(strength))
    before = np.full(len(strength), -1)
    for frame in range(len(strength)):
        within = steps[steps <= frame]
        total[frame] = strength[frame]
        if len(within):
            choices = total[frame - within] - cost[: len(within)]
            best = int(np.argmax(choices))
            if choices[best] > 0:
                total[frame] += choices[best]
                before[frame] = frame - within[best]
    # The last beat is the best moment within the last one that has notes.
    sounding = np.flatnonzero(strength > 0.5)
    end = int(sounding[-1]) + 2 if len(sounding) else len(strength)
    start = max(end - period, 0)
    frame = start + int(np.argmax(total[start:end]))
    beats = []
    while frame >= 0:
        beats.append(frame)
        frame = int(before[frame])
    return beats[::-1]


def steady_beats(score: Score, qpm: Fraction) -> list[float]:
    """Beats at one tempo from the first note on, in seconds, as many as the score has room for."""
    clock = score.clock()
    first = clock(score.notes[0].onset) if score.notes else 0.0
    last = clock(score.length)
    return [first + i * 60 / float(qpm) for i in range(int((last - first) * float(qpm) / 60) + 2)]


def set_on_beats(score: Score, beats: Sequence[float]) -> Score:
    """The score with one quarter to each beat, its notes at the nearest sixteenth or triplet of
    their beat, at the mean tempo. The first beat is the first quarter of a bar.

    `beats` are at least two moments in seconds, rising. Metres that were counted in the quarters
    of before mean nothing and are left out.
    """
    clock = score.clock()
    early = beats[0] - (clock(score.notes[0].onset) if score.notes else beats[0])
    before = max(int(np.ceil(early / (beats[1] - beats[0]) - 1e-6)), 0)
    times = np.array(
        [beats[0] - i * (beats[1] - beats[0]) for i in range(before, 0, -1)] + [*beats]
    )

    def quarters(time: Fraction) -> float:
        at = clock(time)
        i = min(max(bisect_right(times, at) - 1, 0), len(times) - 2)
        return float(i + (at - times[i]) / (times[i + 1] - times[i]))

    places = {note: (quarters(note.onset), quarters(note.end)) for note in score.notes}
    parts = _parts_of_beats([onset for onset, _ in places.values()])
    following = _following(score)
    notes = []
    for note, (start, stop) in places.items():
        onset, end = (_nearest(time, parts) for time in (start, stop))
        onset = max(onset, Fraction(0))
        after = following.get(note)
        if after is not None and -_OVERLAP <= places[after][0] - stop <= _AIR:
            end = _nearest(places[after][0], parts)
        shortest = Fraction(1, parts.get(int(onset), 4))
        notes.append(replace(note, onset=onset, duration=max(end - onset, shortest)))
    mean = (times[-1] - times[0]) / (len(times) - 1)
    tempo = TempoChange(Fraction(0), Fraction(round(60 / mean)))

    def moved(time: Fraction) -> Fraction:
        return max(Fraction(round(quarters(time) * 12), 12), Fraction(0))

    return Score.of(
        notes,
        parts=score.parts,
        tempos=[tempo],
        title=score.title,
        controls=[replace(event, onset=moved(event.onset)) for event in score.controls],
        bends=[replace(event, onset=moved(event.onset)) for event in score.bends],
        lyrics=[replace(event, onset=moved(event.onset)) for event in score.lyrics],
    )


def _following(score: Score) -> dict[Note, Note]:
    """For each note the one that its part begins next."""
    following: dict[Note, Note] = {}
    by_part: dict[int, list[Note]] = {}
    for note in score.notes:
        by_part.setdefault(note.part, []).append(note)
    for notes in by_part.values():
        onsets = [note.onset for note in notes]
        for note in notes:
            place = bisect_right(onsets, note.onset)
            if place < len(notes):
                following[note] = notes[place]
    return following


def _onsets(score: Score) -> NDArray[np.float64]:
    return np.array(sorted({float(note.onset) for note in score.notes}))


def _parts_of_beats(onsets: Sequence[float]) -> dict[int, int]:
    """Beat → 4 or 3, whichever its onsets lie nearer to."""
    by_beat: dict[int, list[float]] = {}
    for onset in onsets:
        by_beat.setdefault(int(onset // 1), []).append(onset % 1)
    parts_of = {}
    for beat, inside in by_beat.items():
        errors = {
            parts: float(np.mean([abs(at * parts - round(at * parts)) / parts for at in inside]))
            for parts in (4, 3)
        }
        parts_of[beat] = 3 if errors[3] + _TRIPLET_COST < errors[4] else 4
    return parts_of


def _nearest(time: float, parts: dict[int, int]) -> Fraction:
    count = parts.get(int(time // 1), 4)
    return Fraction(round(time * count), count)
