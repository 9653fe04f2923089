"""The recipe ``chords``: from tunes with chord symbols to a chord model."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicrnn import abc, reading
from musicrnn.arranging.chord_network import FILE, ChordNetwork, triad_of
from musicrnn.arranging.grid import Grid, grid_of
from musicrnn.errors import CorpusError, FormatError, UsageError, counted
from musicrnn.theory.chords import is_chord, parse_chord
from musicrnn.training.chord_training import ChordTraining, Example, right, train

__all__ = ["Learned", "learn", "read_tunes"]

#: One tune in this many is held out, to measure the model.
_HELD_OUT = 10
#: Fewer tunes than this teach nothing.
_LEAST = 8
_SUFFIXES = reading.SUFFIXES["abc"] + reading.SUFFIXES["musicxml"] + reading.SUFFIXES["midi"]

_Tune = tuple[Grid, tuple[int | None, ...]]


@dataclass(frozen=True)
class Learned:
    """A chord model, from how many tunes, and how many beats of the tunes held out are right of
    how many."""

    model: ChordNetwork
    tunes: int
    right: int = 0
    beats: int = 0

    def save(self, folder: Path) -> Path:
        """Write the model into a run's folder; where it is."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(folder / FILE)
        return folder / FILE


def learn(
    corpus: str,
    how: ChordTraining,
    *,
    tell: Callable[[int, int, float], None] = lambda network, epoch, loss: None,
    say: Callable[[str], None] = lambda line: None,
) -> Learned:
    """A model of the tunes of a known corpus, a file, a folder or a glob.

    Raises `CorpusError` where there are too few tunes, `UsageError` where there is nothing.
    """
    tunes = list(_unique(read_tunes(corpus, say)))
    labelled = [tune for tune in tunes if any(triad is not None for triad in tune[1])]
    if len(labelled) < _LEAST:
        raise CorpusError(
            f"{corpus}: {counted(len(labelled), 'tune')} with chord symbols; learning takes "
            f"{_LEAST} or more"
        )
    order = np.random.default_rng(how.seed).permutation(len(labelled))
    held = {int(i) for i in order[: len(labelled) // _HELD_OUT]}
    kept = [tune for i, tune in enumerate(labelled) if i not in held]
    model = train([Example.of(*tune) for tune in kept], how, tell)
    counts = [right(model, *labelled[i]) for i in sorted(held)]
    return Learned(
        model, len(labelled), sum(good for good, _ in counts), sum(all_ for _, all_ in counts)
    )


def read_tunes(corpus: str, say: Callable[[str], None]) -> Iterator[_Tune]:
    """The grids of all tunes with a melody, each with the triads of its symbols."""
    for tune in _parsed(corpus, say):
        try:
            grid = grid_of(tune)
        except UsageError:
            continue  # several voices, free metre, no notes: nothing to learn from
        if len(grid.beats) < 4:
            continue
        yield (
            grid,
            tuple(
                triad_of(parse_chord(beat.chord), beat.tonic) if is_chord(beat.chord) else None
                for beat in grid.beats
            ),
        )


def _parsed(corpus: str, say: Callable[[str], None]) -> Iterator[abc.ParsedTune]:
    paths = _files(corpus)
    if not paths:
        from musicrnn import corpus as corpora

        for piece in corpora.open(corpus).pieces():
            if isinstance(piece.content, str):
                yield abc.parse_tune(piece.content)
        return
    for path in paths:
        try:
            book = abc.parse(reading.read(path, name=str(path)).text, file=str(path))
        except (FormatError, UsageError) as error:
            say(f"{error}; passed over")
            continue
        yield from book.tunes


def _files(corpus: str) -> list[Path]:
    """The files that a path or a glob names; none for the name of a corpus."""
    place = Path(corpus)
    if place.is_dir():
        files = [path for path in sorted(place.rglob("*")) if path.suffix.lower() in _SUFFIXES]
        if not files:
            raise UsageError(f"{corpus}: there is no ABC, MusicXML or MIDI file in this folder")
        return files
    if place.is_file():
        return [place]
    return [Path(name) for name in sorted(glob.glob(corpus))]  # noqa: PTH207 - may be absolute


def _unique(tunes: Iterator[_Tune]) -> Iterator[_Tune]:
    """The tunes without those that are another one's melody once more, in whatever key."""
    seen: set[bytes] = set()
    for grid, triads in tunes:
        mark = b"".join(np.round(np.array(beat.sounding) * 12).astype(np.int8).tobytes()
                        for beat in grid.beats)  # fmt: skip
        if mark not in seen:
            seen.add(mark)
            yield grid, triads
