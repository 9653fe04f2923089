"""The chords under a melody: as written, as a progression repeats, or inferred from the notes.

Inference weighs each bar's pitch classes by how long they sound and takes the chord that covers
most of them and adds least (a template match as in B. Pardo and W. Birmingham, "Algorithms for
chordal analysis", Computer Music Journal 26:2, 2002); the lowest note speaks for the root.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import UsageError
from musicrnn.midi.melody_track import Voice, choose
from musicrnn.score import ChordSymbol, Meter, Note, Score
from musicrnn.theory.chords import Chord, is_chord, parse_chord, pitch_name
from musicrnn.theory.melody import BarLines

__all__ = ["Harmony", "infer"]

#: Qualities that inference chooses from; more would name passing notes.
_TEMPLATES = ("", "m", "7", "m7", "maj7", "dim")
#: What a sounding note outside of the chord costs, a chord tone that does not sound, and what
#: the root in the bass brings; in shares of the bar.
_FOREIGN, _SILENT, _ROOT_IN_BASS = 0.8, 0.07, 0.15


@dataclass(frozen=True)
class Harmony:
    """Chords and when each begins (quarter notes, rising, the first at or before 0)."""

    onsets: tuple[Fraction, ...]
    chords: tuple[Chord, ...]

    def at(self, time: Fraction) -> Chord:
        """The chord that sounds at `time`; before the first one, the first one."""
        return self.chords[max(bisect_right(self.onsets, time) - 1, 0)]

    def progression(self, meter: Meter, length: Fraction) -> str:
        """The chords of each bar up to `length`, as `of_progression` and users write them."""
        bars = []
        start = Fraction(0)
        while start < length:
            for parts in (1, 2, 4, 8):
                times = [start + meter.length * i / parts for i in range(parts)]
                inside = [at for at in self.onsets if start < at < start + meter.length]
                if all(at in times for at in inside):
                    break
            bars.append(" ".join(self.at(time).text for time in times))
            start += meter.length
        return " | ".join(bars) + (" |" if len(bars) == 1 else "")

    def symbols(self) -> tuple[ChordSymbol, ...]:
        """The same as a `Score` holds them."""
        pairs = zip(self.onsets, self.chords, strict=True)
        return tuple(ChordSymbol(onset, chord.text) for onset, chord in pairs)

    @classmethod
    def of(cls, score: Score, *, track: int | str | None = None) -> Harmony:
        """The chords of a score: those of `track`, else its chord symbols, else inferred.

        Raises `UsageError` when there is neither a chord symbol nor a note.
        """
        if track is not None:
            chosen = choose(score, track=track).voice
            return cls._of(infer(score.with_notes(_notes_of(score, chosen))))
        written = [symbol for symbol in score.chords if is_chord(symbol.text)]
        return cls._of(written or infer(score))

    @classmethod
    def of_progression(
        cls, bars: Sequence[Sequence[Chord]], meter: Meter, *, length: Fraction | None = None
    ) -> Harmony:
        """A progression, the chords of a bar sharing it evenly, repeated up to `length`."""
        end = len(bars) * meter.length if length is None else length
        onsets: list[Fraction] = []
        chords: list[Chord] = []
        bar = 0
        while bar * meter.length < end or not onsets:
            cell = bars[bar % len(bars)]
            for i, chord in enumerate(cell):
                onsets.append(bar * meter.length + meter.length * Fraction(i, len(cell)))
                chords.append(chord)
            bar += 1
        return cls(tuple(onsets), tuple(chords))

    @classmethod
    def _of(cls, symbols: Iterable[ChordSymbol]) -> Harmony:
        ordered = sorted(symbols, key=lambda symbol: symbol.onset)
        if not ordered:
            raise UsageError("there is no note to infer a chord from; give the chords")
        return cls(
            tuple(symbol.onset for symbol in ordered),
            tuple(parse_chord(symbol.text) for symbol in ordered),
        )


def infer(score: Score) -> list[ChordSymbol]:
    """A chord symbol for each bar that has notes, where the chord changes."""
    bars = BarLines(score)
    cells: dict[int, list[Note]] = {}
    starts: dict[int, Fraction] = {}
    for note in score.notes:
        if not score.parts[note.part].drums:
            number = bars.number(note.onset)
            bar = int(number // 1)
            cells.setdefault(bar, []).append(note)
            starts[bar] = min(starts.get(bar, note.onset), note.onset)
    symbols: list[ChordSymbol] = []
    for bar, notes in sorted(cells.items()):
        text = _best(notes)
        if not symbols or symbols[-1].text != text:
            symbols.append(ChordSymbol(starts[bar], text))
    return symbols


def _best(notes: Sequence[Note]) -> str:
    """The chord symbol that fits the notes of one bar."""
    weights = np.zeros(12)
    for note in notes:
        weights[note.pitch % 12] += float(note.duration)
    weights /= weights.sum()
    bass = min(notes, key=lambda note: (note.pitch, note.onset)).pitch % 12
    texts, roots, tones = _templates()
    inside = tones @ weights
    silent = tones @ (weights == 0)
    fits = inside - _FOREIGN * (1 - inside) + _ROOT_IN_BASS * (roots == bass) - _SILENT * silent
    # Of equal fits the first, whatever the last bits of the sums are.
    return texts[int(np.argmax(np.round(fits, 9)))]


@cache
def _templates() -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.float64]]:
    """What inference chooses from: symbols, roots (n,), chord tones (n, 12) as 0 and 1."""
    texts = tuple(pitch_name(root) + quality for root in range(12) for quality in _TEMPLATES)
    tones = np.zeros((len(texts), 12))
    for row, text in zip(tones, texts, strict=True):
        row[list(parse_chord(text).tones)] = 1
    return texts, np.repeat(np.arange(12), len(_TEMPLATES)), tones


def _notes_of(score: Score, voice: Voice) -> list[Note]:
    return [note for note in score.notes if note.part == voice.part]
