"""How many jigs would the AI Music Generation Challenge reject?

    python -m benchmarks.challenge --model folk --number 200 --seed 1850
    python -m benchmarks.challenge FOLDER_OR_BOOK...      jigs that are there already
    python -m benchmarks.challenge --limits               the limits that O'Neill's jigs set

The rules stand in `benchmarks.challenge_rules`: rhythm, range, and mode with accidentals, each
at the 1st and 99th percentile of O'Neill's jigs, plagiarism where ``--known MODEL`` names a model
whose index of known tunes is to be asked. Printed are the share rejected by each rule, loops, and
what passes and is in good form; beside it the jigs of another book, Ryan's. ``--reasons`` lists
the measures that rejected tunes, ``--json FILE`` keeps all of it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.challenge_rules import Limits, Verdict, judge, summary
from benchmarks.music_tunes import JIG, ONEILL, RYAN, read_book, real_tunes, tunes_of
from musicrnn import abc
from musicrnn.evaluation.known_tunes import index_of_model
from musicrnn.evaluation.musicality import bootstrap
from musicrnn.evaluation.written import WrittenTune
from musicrnn.files import write_whole
from musicrnn.generation import load
from musicrnn.score import Meter


def collected(paths: Sequence[Path]) -> list[WrittenTune]:
    """The tunes of books, and of all books in folders."""
    files = [
        file for path in paths for file in (sorted(path.glob("*.abc")) if path.is_dir() else [path])
    ]
    return [tune for file in files for tune in read_book(file)]


def verdicts(tunes: Sequence[WrittenTune], limits: Limits, known: str) -> list[Verdict]:
    """What the rules say of each tune."""
    if not known:
        return [judge(tune, limits) for tune in tunes]
    index = index_of_model(known)
    scores = (abc.to_score(abc.parse_tune(tune.text)) for tune in tunes)
    copied = [index.novelty(score, nearest=1).copied is not None for score in scores]
    return [judge(t, limits, copied=copy) for t, copy in zip(tunes, copied, strict=True)]


def result(tunes: Sequence[Verdict], rng: np.random.Generator) -> dict[str, Any]:
    """The shares, with the interval of the rejected ones and the measures that rejected."""
    rejected = bootstrap(np.array([float(verdict.rejected) for verdict in tunes]), rng)
    reasons = Counter(
        name for verdict in tunes for names in verdict.reasons.values() for name in names
    )
    return {
        "tunes": len(tunes),
        **summary(tunes),
        "interval": [rejected.low, rejected.high],
        "reasons": dict(reasons.most_common()),
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """Markdown: one row a collection."""
    shares = [name for name in next(iter(results.values())) if name not in _NOT_SHARES]
    lines = [f"| jigs | tunes | {' | '.join(shares)} |", "|---" * (len(shares) + 2) + "|"]
    for name, row in results.items():
        low, high = row["interval"]
        cells = [f"{row[share]:.1%}" for share in shares]
        cells[0] += f" [{100 * low:.0f}–{100 * high:.0f}]"
        lines.append(f"| {name} | {row['tunes']} | {' | '.join(cells)} |")
    return "\n".join(lines)


_NOT_SHARES = ("tunes", "interval", "reasons")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="books of jigs, or folders of them")
    parser.add_argument("--model", default="", help="draw jigs from this model")
    parser.add_argument("--number", "-n", type=int, default=200, help="jigs to draw or to read")
    parser.add_argument("--seed", type=int, default=1850)
    parser.add_argument("--known", default="", help="a model: reject copies of what it learned")
    parser.add_argument("--limits", action="store_true", help="print the limits")
    parser.add_argument("--reasons", action="store_true", help="print what rejected tunes")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    reference = real_tunes([ONEILL], rhythm="jig")
    limits = Limits.of([tune for tune in reference if tune.meter == Meter(6, 8)])
    if options.limits:
        for name, (low, high) in limits.bounds.items():
            print(f"{name}: {low:.3f} to {high:.3f}")
    rng = np.random.default_rng(0)
    sides: dict[str, list[WrittenTune]] = {}
    if options.paths:
        sides[" ".join(path.name for path in options.paths)] = collected(options.paths)
    if options.model:
        texts = tunes_of(load(options.model), options.number, options.seed, **JIG)
        sides[options.model] = [WrittenTune.parse(text) for text in texts]
    results = {
        name: result(verdicts(tunes[: options.number], limits, options.known), rng)
        for name, tunes in sides.items()
    }
    ryan = [tune for tune in real_tunes([RYAN], rhythm="jig") if tune.meter == Meter(6, 8)]
    results["Ryan's (real)"] = result([judge(tune, limits) for tune in ryan], rng)
    print(table(results))
    if options.reasons:
        for name, row in results.items():
            print(f"\n{name}")
            for reason, count in row["reasons"].items():
                print(f"  {reason}: {count}")
    if options.json:
        write_whole(options.json, json.dumps(results, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
