"""Breaks well-formed tunes by one random edit each and repairs them.

    python benchmarks/fix_random.py --tunes 1000

Prints, by kind of edit: how many tunes are well formed again, how many have their original notes
back, and how many are worse than before (there must be none).
"""

from __future__ import annotations

import argparse
from collections import Counter
from contextlib import suppress

import numpy as np

from musicrnn import abc, corpus

KINDS = ("delete", "insert", "replace", "swap", "field")
ALPHABET = '|:[](){}"<>/23468zABCdefg^_=-.~ \n'


def broken(text: str, kind: str, rng: np.random.Generator) -> str:
    """`text` with one edit of `kind`, in the body or, for ``field``, in the header."""
    if kind == "field":
        letter = rng.choice(["X", "L", "K", "M"])
        return "\n".join(line for line in text.split("\n") if not line.startswith(f"{letter}:"))
    first = text.index("\n", text.index("\nK:") + 1) + 1
    at = int(rng.integers(first, len(text) - 1))
    if kind == "delete":
        return text[:at] + text[at + 1 :]
    if kind == "insert":
        return text[:at] + str(rng.choice(list(ALPHABET))) + text[at:]
    if kind == "replace":
        return text[:at] + str(rng.choice(list(ALPHABET))) + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def faults(text: str) -> int:
    return sum(found.severity != "info" for found in abc.check(text))


def notes(text: str) -> object:
    return [[(n.onset, n.pitch, n.duration) for n in abc.to_score(t)] for t in abc.parse(text)]


def breakages(
    tunes: list[str], rng: np.random.Generator, options: argparse.Namespace,
    count: Counter[tuple[str, str]],
) -> None:  # fmt: skip
    """Break and repair tunes, one after the other."""
    shown = 0
    for i in range(options.tunes):
        kind = KINDS[i % len(KINDS)]
        while True:
            text = tunes[int(rng.integers(len(tunes)))]
            wrong = broken(text, kind, rng)
            if faults(wrong):
                break
        repaired = abc.fix(wrong)
        after = faults(repaired.text)
        count[kind, "tunes"] += 1
        count[kind, "well formed"] += after == 0
        count[kind, "worse"] += after > faults(wrong)
        count[kind, "same notes"] += after == 0 and notes(repaired.text) == notes(text)
        if after and shown < options.show:
            shown += 1
            print(kind, *repaired.left, wrong, sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tunes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="print so many unrepaired tunes")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    tunes = [str(piece.content) for piece in corpus.open("folk").pieces("train")]
    count: Counter[tuple[str, str]] = Counter()
    with suppress(KeyboardInterrupt):  # what was counted so far is printed
        breakages(tunes, rng, options, count)
    columns = ("tunes", "well formed", "same notes", "worse")
    print(f"{'edit':10}" + "".join(f"{column:>14}" for column in columns))
    for kind in KINDS:
        print(f"{kind:10}" + "".join(f"{count[kind, column]:14}" for column in columns))
    totals = {column: sum(count[kind, column] for kind in KINDS) for column in columns}
    print(f"{'all':10}" + "".join(f"{totals[column]:14}" for column in columns))
    print(f"{totals['well formed'] / totals['tunes']:.1%} well formed again")


if __name__ == "__main__":
    main()
