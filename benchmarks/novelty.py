"""Are copies found, are new tunes called new, and how does the search grow?

    python benchmarks/novelty.py [--tries 1000] [--largest 100000]

Prints two tables. *Recall*: tunes of the folk corpus's training side, transposed, renamed and
with notes changed, are looked for in the index of that side; tunes that cannot be copies (real
tunes played backwards, which keep all statistics but order) are the false alarms. *Growth*: build,
file, load and answer for 10³, 10⁴ and 10⁵ tunes put together from passages of real ones,
in processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicrnn import corpus
from musicrnn.evaluation.known_tunes import scores_of
from musicrnn.novelty.index import Index
from musicrnn.novelty.suffix_array import SuffixArray
from musicrnn.score import Score
from musicrnn.theory.melody import line

PASSAGE, PASSAGES = 16, 10  # steps in a passage, passages in a made-up tune


def disguised(score: Score, rng: np.random.Generator, changes: int) -> Score:
    """`score` in another key, under another name, with `changes` notes changed."""
    notes = list(score.notes)
    for i in rng.choice(len(notes), size=min(changes, len(notes)), replace=False):
        move = int(rng.choice([-4, -3, -2, -1, 1, 2, 3, 4]))
        notes[i] = replace(notes[i], pitch=notes[i].pitch + move)
    up = int(rng.integers(-6, 7))
    return replace(score.with_notes(notes).transposed(up), title="Under Another Name")


def backwards(score: Score) -> Score:
    """`score` from its end to its beginning."""
    return score.with_notes(
        replace(note, onset=Fraction(score.length - note.end)) for note in score
    )


def recall(scores: Sequence[Score], index: Index, tries: int) -> None:
    """The table of planted copies and of false alarms."""
    rng = np.random.default_rng(0)
    print("| notes changed | tries | original named first | called a copy | longest run, median |")
    print("|---|---|---|---|---|")
    for changes in (0, 2, 4, 8, 16):
        n = tries if changes == 2 else tries // 5
        first = copied = 0
        runs = []
        for number in rng.integers(len(scores), size=n).tolist():
            found = index.novelty(disguised(scores[number], rng, changes))
            same = {number} | twins(index, scores[number])
            first += bool(found.nearest) and found.nearest[0].tune in same
            copied += found.copied is not None
            runs.append(found.longest_notes)
        print(f"| {changes} | {n} | {first / n:.1%} | {copied / n:.1%} | {np.median(runs):.0f} |")
    n = tries // 2
    numbers = rng.integers(len(scores), size=n).tolist()
    found = [index.novelty(backwards(scores[number])) for number in numbers]
    alarms = sum(novelty.copied is not None for novelty in found) / n
    new = np.mean([novelty.new for novelty in found])
    runs = [novelty.longest_notes for novelty in found]
    print(
        f"\nfalse alarms: {alarms:.1%} of {n} unrelated tunes are called copies; "
        f"{new:.1%} of their notes are new; longest run {np.median(runs):.0f} notes"
    )


def twins(index: Index, score: Score) -> set[int]:
    """Known tunes that are the same melody as `score` or nearly so: each is a right answer."""
    return {known.tune for known in index.novelty(score).nearest if known.share > 0.9}


def made_up(real: NDArray[np.uint16], tunes: int, rng: np.random.Generator) -> Index:
    """An index of tunes put together from random passages of real ones."""
    places = rng.integers(len(real) - PASSAGE, size=(tunes, PASSAGES))
    steps = real[places[:, :, None] + np.arange(PASSAGE)].reshape(tunes, -1)
    text = np.zeros((tunes, steps.shape[1] + 1), np.uint16)
    text[:, 1:] = steps
    flat = np.append(text.ravel(), np.uint16(0))
    nothing = np.zeros(tunes, np.uint8)
    return Index(
        [f"Tune {i}" for i in range(tunes)], SuffixArray.build(flat), nothing + 60,
        nothing.astype(np.int16), np.zeros(len(flat), np.uint8),
    )  # fmt: skip


def growth(scores: Sequence[Score], largest: int) -> None:
    """The table of sizes, and the slope of the answer time."""
    rng = np.random.default_rng(1)
    real = np.concatenate([line(score).steps for score in scores])
    asked = [scores[number] for number in rng.integers(len(scores), size=60).tolist()]
    print(
        "\n| tunes | notes | build (s) | file (MB) | load (s) | answer, median (ms) | 95 % (ms) |"
    )
    print("|---|---|---|---|---|---|---|")
    sizes, medians = [], []
    for tunes in [10**power for power in range(3, 7) if 10**power <= largest]:
        start = time.process_time()
        index = made_up(real, tunes, rng)
        built = time.process_time() - start
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "index.npz"
            index.save(file)
            size = file.stat().st_size / 1e6
            start = time.process_time()
            index = Index.load(file)
            loaded = time.process_time() - start
        index.novelty(asked[0])  # the first answer packs the keys
        times = []
        for score in asked:
            start = time.process_time()
            index.novelty(score)
            times.append(1e3 * (time.process_time() - start))
        sizes.append(tunes)
        medians.append(float(np.median(times)))
        notes = tunes * (PASSAGE * PASSAGES + 1)
        print(f"| {tunes:,} | {notes:,} | {built:.1f} | {size:.1f} | {loaded:.2f} | "
              f"{medians[-1]:.1f} | {np.percentile(times, 95):.1f} |", flush=True)  # fmt: skip
    if len(sizes) > 1:
        slope = np.polyfit(np.log10(sizes), np.log10(medians), 1)[0]
        print(f"\nanswer time grows as tunes^{slope:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=1000)
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--corpus", default="folk")
    options = parser.parse_args()
    scores = [score for _, score in scores_of(corpus.open(options.corpus).pieces("train"))]
    index = Index.build(scores)
    print(f"{options.corpus}: {len(index)} tunes\n")
    recall(scores, index, options.tries)
    growth(scores, options.largest)


if __name__ == "__main__":
    main()
