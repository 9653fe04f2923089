"""Sonic Pi programs against the scores they are written from: notes, times, lengths, loudness.

Tunes of the collections that music21 installs are written as Sonic Pi programs; Ruby parses them
(`Ripper`) and a recorder of `play`, `sample` and `sleep` runs them. Times are compared as fractions
of a second, without any tolerance.

    python -m benchmarks.sonic_pi [TUNES]
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path

from benchmarks.abc_tunes import COLLECTIONS, read_tunes
from musicrnn import abc, render
from musicrnn.render.sonic_pi import to_sonic_pi
from musicrnn.score import Score
from tests.render.sonic_pi_player import expected, recorded

_AT_ONCE = 50


def scores(most: int) -> list[Score]:
    """What sounds of so many tunes, the collections taken in turns."""
    by_collection = [read_tunes([name]) for name in COLLECTIONS]
    found: list[Score] = []
    while len(found) < most and by_collection:
        for tunes in list(by_collection):
            one = next(tunes, None)
            if one is None:
                by_collection.remove(tunes)
                continue
            score = render.performed(abc.write(one.tune))
            if score.notes:
                found.append(score)
    return found[:most]


def main(most: int = 500) -> None:
    """Print how many programs play just what their score has."""
    counts: Counter[str] = Counter()
    sizes = []
    waiting = iter(scores(most))
    with tempfile.TemporaryDirectory() as folder:
        while batch := list(islice(waiting, _AT_ONCE)):
            programs = [Path(folder, f"{number}.rb") for number in range(len(batch))]
            for path, score in zip(programs, batch, strict=True):
                path.write_text(to_sonic_pi(score), encoding="utf-8")
                sizes.append(path.stat().st_size)
            for played, score in zip(recorded(programs), batch, strict=True):
                counts["tunes"] += 1
                counts["notes"] += len(score.notes)
                counts["equal"] += [note for note, _ in played] == expected(score)
    print(
        f"{counts['equal']} of {counts['tunes']} programs play their score exactly, "
        f"{counts['notes']:,} notes; median size {sorted(sizes)[len(sizes) // 2]:,} bytes, "
        f"largest {max(sizes):,}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
