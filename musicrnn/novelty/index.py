"""Is a tune new? What it shares with the tunes a model has learned from.

An `Index` holds the melodies of a collection as steps (interval and ratio of lengths, see
`musicrnn.theory.melody`), so that a copy is found in any key, under any title and in any unit of
length. A changed note ends a shared run, and what stands before and after it is still found.

>>> from fractions import Fraction as F
>>> from musicrnn.score import Note, Score
>>> known = Score.of(Note(F(i, 2), 60 + i * i % 13, F(1, 2)) for i in range(24))
>>> index = Index.build([known], titles=["The Squares"])
>>> found = index.novelty(known.transposed(5))
>>> found.nearest[0].title, found.longest_notes, found.longest_bars, found.new
('The Squares', 24, 3.0, 0.0)
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import ModelError, UsageError
from musicrnn.files import read_limited, write_whole
from musicrnn.novelty.suffix_array import SEPARATOR, SuffixArray
from musicrnn.score import Score
from musicrnn.stored import arrays_in, from_json, require
from musicrnn.theory.melody import STEP_LIMIT, BarLines, line, step_parts

__all__ = ["FILE_NAME", "Index", "Nearest", "Novelty", "Passage"]

Ints = NDArray[np.int64]

#: The file of a bundle that holds the index of its training tunes.
FILE_NAME = "fingerprints.npz"
_VERSION = 1
#: Bytes of an index, unpacked: that of some millions of tunes.
MOST_BYTES = 1 << 32

#: A shared run of fewer notes than this says nothing: scales and arpeggios are everybody's.
LEAST_NOTES = 8
#: A note is new unless it lies in a passage of this many bars that a known tune also has.
PASSAGE_BARS = 2.0
#: A tune is a copy, or a variant, of a known one that shares this part of its notes.
COPY_SHARE = 0.5
_ROUNDING = 1e-6  # bars are compared as floats
_EDGE = np.full(1, SEPARATOR, np.uint16)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run that two tunes share: `notes` notes from note `start` here and `known_start` there."""

    start: int
    known_start: int
    notes: int
    bars: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """A known tune: `tune` is its number in the index, `share` the part (0 to 1) of the notes
    asked about that lie in a shared passage, each passage of the known tune counted once;
    `passages` are the shared ones, the longest first."""

    tune: int
    title: str
    share: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a tune shares with known ones.

    `longest_notes` and `longest_bars` measure the longest run shared with any one tune (0 when
    that is below `LEAST_NOTES`); `new` is the share of notes, 0 to 1, that lie in no shared
    passage of `PASSAGE_BARS` bars or more, nan for a tune without notes. `nearest` lists known
    tunes, the one that covers most of the tune first.
    """

    notes: int
    longest_notes: int
    longest_bars: float
    new: float
    nearest: tuple[Nearest, ...]

    @property
    def copied(self) -> Nearest | None:
        """The known tune of which this one is a copy or variant: half its notes are shared."""
        nearest = self.nearest[0] if self.nearest else None
        return nearest if nearest and nearest.share >= COPY_SHARE else None


class Index:
    """The melodies of a collection, ready to be asked.

    `titles` are what a person is shown. `starts` (int64, shape ``(tunes + 1,)``) are the places
    of the tunes' first steps in the text of `suffixes`; `first_pitches` (uint8) and
    `first_bars` (int16) are those of their first notes, and `bar_lines` (uint8, as long as the
    text) counts the bar lines passed by each step. Together they give back every note.
    """

    def __init__(
        self,
        titles: Sequence[str],
        suffixes: SuffixArray,
        first_pitches: NDArray[np.uint8],
        first_bars: NDArray[np.int16],
        bar_lines: NDArray[np.uint8],
    ) -> None:
        self.titles = tuple(titles)
        self.suffixes = suffixes
        self.starts = np.flatnonzero(suffixes.text == SEPARATOR) + 1
        self.first_pitches = first_pitches
        self.first_bars = first_bars
        self.bar_lines = bar_lines

    def __len__(self) -> int:
        return len(self.titles)

    # --- building and saving --------------------------------------------------------------

    @classmethod
    def build(cls, scores: Iterable[Score], *, titles: Sequence[str] | None = None) -> Index:
        """The index of `scores`; `titles` are shown in answers (default: the scores' own)."""
        text, bar_lines, pitches, bars, names = [_EDGE], [_EDGE], [], [], []
        for score in scores:
            melody = line(score)
            numbers = np.floor(BarLines(score).numbers(melody)[: len(melody)] + _ROUNDING)
            text += [melody.steps, _EDGE]
            bar_lines += [np.clip(np.diff(numbers), 0, 255).astype(np.uint16), _EDGE]
            pitches.append(int(melody.pitches[0]) if len(melody) else 0)
            bars.append(int(numbers[0]) if len(melody) else 0)
            names.append(score.title)
        return cls(
            names if titles is None else titles,
            SuffixArray.build(np.concatenate(text)),
            np.array(pitches, np.uint8),
            np.array(bars, np.int16),
            np.concatenate(bar_lines).astype(np.uint8),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index to `path` (a compressed .npz of plain arrays), whole or not at all."""
        places = self.suffixes.places.astype("<u4")
        content = io.BytesIO()
        np.savez_compressed(
            content,
            version=np.int64(_VERSION),
            titles=np.frombuffer(json.dumps(self.titles).encode(), np.uint8),
            text=self.suffixes.text.astype("<u2"),
            # Plane by plane the bytes deflate better, and the high ones to almost nothing.
            places=places.view(np.uint8).reshape(-1, 4).T,
            first_pitches=self.first_pitches,
            first_bars=self.first_bars.astype("<i2"),
            bar_lines=self.bar_lines,
        )
        write_whole(path, content.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Index:
        """The inverse of `save`. Raises `ModelError` for a missing or damaged file."""
        path = Path(path)
        if path.is_dir():
            path /= FILE_NAME
        try:
            file = arrays_in(read_limited(path, MOST_BYTES, regular=True), MOST_BYTES)
            if file["version"].shape or int(file["version"]) != _VERSION:
                raise ModelError(f"{path}: made by another version; build the index again")
            places = np.ascontiguousarray(file["places"].T).view("<u4").ravel()
            index = cls(
                from_json(file["titles"].tobytes()),
                SuffixArray(file["text"], places.astype(np.int32)),
                file["first_pitches"],
                file["first_bars"],
                file["bar_lines"],
            )
            require(index._is_whole(), "its parts do not go together")
        except FileNotFoundError as error:
            raise ModelError(f"{path}: no such file; the model keeps no index of tunes") from error
        except (OSError, UsageError, ValueError, TypeError, KeyError) as error:
            raise ModelError(f"{path}: not an index of tunes; build it again") from error
        return index

    def _is_whole(self) -> bool:
        """Whether the arrays are what is asked of them, so that no search leaves them."""
        text, places, tunes = self.suffixes.text, self.suffixes.places, len(self.titles)
        arrays = text, places, self.first_pitches, self.first_bars, self.bar_lines
        kinds = [array.dtype.str for array in arrays]
        sizes = [array.shape for array in arrays]
        return (
            kinds == ["<u2", "<i4", "|u1", "<i2", "|u1"]
            and sizes == [(len(text),), (len(places),), (tunes,), (tunes,), (len(text),)]
            and all(isinstance(title, str) for title in self.titles)
            and len(text) > 0
            and text[0] == text[-1] == SEPARATOR
            and int(text.max()) < STEP_LIMIT - 2  # what stands at the edges of a query
            and len(self.starts) == tunes + 1
            and int(places.min(initial=0)) >= 0
            and int(places.max(initial=0)) < len(text)
        )

    # --- asking ---------------------------------------------------------------------------

    def novelty(self, score: Score, *, nearest: int = 5, without: int | None = None) -> Novelty:
        """What `score` shares with the known tunes, and the `nearest` of them.

        `without` is the number of a tune to leave out (to ask about a tune of the index itself).
        """
        melody = line(score)
        bars = BarLines(score).numbers(melody)
        starts, places, steps = self.suffixes.runs(melody.steps, least=LEAST_NOTES - 1)
        tunes = np.searchsorted(self.starts, places, side="right") - 1
        keep = tunes != (-1 if without is None else without)
        starts, places, steps, tunes = starts[keep], places[keep], steps[keep], tunes[keep]
        lengths = bars[starts + steps + 1] - bars[starts]
        long = lengths >= PASSAGE_BARS - _ROUNDING
        known = _covered(len(melody), starts[long], steps[long])
        theirs = places - self.starts[tunes]
        best = _best_tunes(len(melody), starts, theirs, steps, tunes, nearest)
        return Novelty(
            notes=len(melody),
            longest_notes=int(steps.max() + 1) if len(steps) else 0,
            longest_bars=float(lengths.max().round(6)) if len(steps) else 0.0,
            new=1 - known / len(melody) if len(melody) else math.nan,
            nearest=tuple(
                self._shared(tune, share, starts[rows], places[rows], steps[rows], lengths[rows])
                for tune, share in best
                for rows in [np.flatnonzero(tunes == tune)]
            ),
        )

    def shared_bars(self, score: Score) -> int:
        """The longest run shared with one known tune, in bars, rounded up.

        So a tune of which this is at most n copies no more than n bars of any known tune.
        """
        melody = line(score)
        bars = BarLines(score).numbers(melody)
        starts, _, steps = self.suffixes.runs(melody.steps, least=LEAST_NOTES - 1)
        longest = (bars[starts + steps + 1] - bars[starts]).max(initial=0.0)
        return math.ceil(float(longest) - _ROUNDING)

    def _shared(
        self,
        tune: int,
        share: float,
        starts: Ints,
        places: Ints,
        steps: Ints,
        bars: NDArray[np.float64],
    ) -> Nearest:
        """One known tune and the runs shared with it, the longest first."""
        runs = zip(
            starts.tolist(),
            (places - self.starts[tune]).tolist(),
            (steps + 1).tolist(),
            bars.round(6).tolist(),
            strict=True,
        )
        passages = sorted((Passage(*run) for run in runs), key=lambda run: (-run.notes, run.start))
        return Nearest(tune, self.titles[tune], share, tuple(passages))

    def pitches(self, tune: int) -> list[int]:
        """The MIDI pitches of a known tune's melody."""
        steps = self._steps(tune)
        leaps = [step_parts(step)[0] for step in self.suffixes.text[steps].tolist()]
        start = int(self.first_pitches[tune])
        return list(accumulate(leaps, initial=start))

    def bars(self, tune: int) -> list[int]:
        """The number of the bar, from 0, in which each note of a known tune starts."""
        passed = self.bar_lines[self._steps(tune)].tolist()
        return list(accumulate(passed, initial=int(self.first_bars[tune])))

    def _steps(self, tune: int) -> slice:
        return slice(int(self.starts[tune]), int(self.starts[tune + 1]) - 1)


def _best_tunes(
    notes: int, starts: Ints, theirs: Ints, steps: Ints, tunes: Ints, count: int
) -> list[tuple[int, float]]:
    """The `count` tunes that share most of the query's notes, with that share.

    A passage counts once: a query that says two known bars over and over shares no more notes
    than the known tune has in them. `theirs` are the starts of the runs in the known tunes.
    """
    numbers, rows = np.unique(tunes, return_inverse=True)
    covered = np.minimum(
        _covered_by_row(len(numbers), rows, starts, steps),
        _covered_by_row(len(numbers), rows, theirs, steps),
    )
    longest = np.zeros(len(numbers), np.int64)
    np.maximum.at(longest, rows, steps)
    best = np.lexsort((numbers, -longest, -covered))[:count]
    return [(int(numbers[i]), float(covered[i] / notes)) for i in best]


def _covered_by_row(count: int, rows: Ints, starts: Ints, steps: Ints) -> Ints:
    """For each of `count` tunes how many notes lie in at least one of its runs."""
    ends = starts + steps + 1
    edges = np.zeros((count, int(ends.max(initial=0)) + 1), np.int32)
    np.add.at(edges, (rows, starts), 1)
    np.add.at(edges, (rows, ends), -1)
    covered: Ints = np.count_nonzero(np.cumsum(edges, axis=1), axis=1)
    return covered


def _covered(notes: int, starts: Ints, steps: Ints) -> int:
    """How many of `notes` notes lie in at least one run of `steps` steps from `starts`."""
    edges = np.zeros(notes + 1, np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + steps + 1, -1)
    return int(np.count_nonzero(np.cumsum(edges[:notes])))
