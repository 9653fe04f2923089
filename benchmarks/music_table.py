"""What a folk musician would put tunes aside for, figure by figure, beside real tunes.

    python -m benchmarks.music_tunes FOLDER && python -m benchmarks.music_table FOLDER

FOLDER holds ``default.abc`` (400 tunes over the usual requests) and ``jigs.abc``, of which 200 are
taken, as ``benchmarks.music_tunes`` draws them. Each figure (`musicrnn.evaluation.musicality`)
stands with its 95 % bootstrap interval over tunes, the value of real tunes of the same kinds from
O'Neill's and Ryan's, and what is wanted. Figures of one dance are measured on the book of that
dance. ``--json FILE`` keeps them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.music_tunes import like, read_book, real_tunes
from musicrnn.evaluation.musicality import (
    ROWS,
    Estimate,
    Row,
    bootstrap,
    measure,
    title_lexicon,
    titles_row,
)
from musicrnn.files import write_whole

#: What is wanted of a model's tunes, at least and at most: row name → share.
LEAST = {
    "titles whose words all exist": 0.99,
    "ends on the tonic": 0.75,
    "a section ends on the tonic": 0.71,
    "key found from the notes = K:, jigs": 0.82,
    "two sections of eight bars, jigs": 0.6,
    "two sections of eight bars, reels": 0.55,
    "last bar of A = last bar of B, jigs": 0.6,
    "bars 1–2 = bars 5–6, jigs": 0.36,
    "eighth triples, jigs": 0.7,
}
MOST = {
    "loop: a cell of 1, 2 or 4 bars three times in a row": 0.01,
    "some bar written five times or more": 0.05,
    "unusable on sight": 0.025,
    "a section ends on a 32nd, jigs": 0.01,
    "any value of a 32nd or less, jigs": 0.01,
    "any value of a 32nd or less, reels": 0.022,
}

Figures = dict[str, tuple[Row, Estimate, Estimate]]


def figures(folder: Path, tunes: int, dances: int) -> Figures:
    """Row name → the row, the estimate of the drawn tunes and that of the real ones."""
    rng = np.random.default_rng(0)
    real = real_tunes()
    drawn = {
        "": read_book(folder / "default.abc")[:tunes],
        "jig": read_book(folder / "jigs.abc")[:dances],
        "reel": read_book(folder / "reels.abc")[:dances],
    }
    beside = {"": like(real, tunes, rng)}
    for dance in ("jig", "reel"):
        of_dance = [tune for tune in real if tune.rhythm == dance]
        beside[dance] = [of_dance[i] for i in rng.permutation(len(of_dance))[:REAL_DANCES]]
    found: Figures = {}
    for row in (*ROWS, titles_row(title_lexicon(tune.title for tune in real_tunes(_ALL)))):
        dance = row.rhythms[0] if row.rhythms else ""
        found[row.name] = (
            row,
            bootstrap(measure(drawn[dance], row), rng),
            bootstrap(measure(beside[dance], row), rng),
        )
    return found


#: Real tunes of one dance that are measured.
REAL_DANCES = 400
#: The books whose titles' words count as words.
_ALL = ("oneills1850", "ryansMammoth", "airdsAirs", "northumbrianMinstrelsy", "americanFife")


def wanted(name: str) -> str:
    """What is wanted, for reading; empty where nothing is."""
    for sign, bounds in (("≥", LEAST), ("≤", MOST)):
        if name in bounds:
            return f"{sign} {100 * bounds[name]:.3g} %"
    return ""


def missed(name: str, value: float) -> bool:
    """Whether `value` is on the wrong side of what is wanted."""
    return value < LEAST.get(name, -np.inf) or value > MOST.get(name, np.inf)


def table(found: Figures) -> str:
    """Markdown; a figure that misses what is wanted is bold."""
    lines = ["| | drawn | real | wanted |", "|---|---|---|---|"]
    for name, (row, drawn, real) in found.items():
        lines.append(
            f"| {name} | {_said(row, drawn, missed=missed(name, drawn.value))} "
            f"| {_said(row, real)} | {wanted(name)} |"
        )
    return "\n".join(lines)


def _said(row: Row, estimate: Estimate, *, missed: bool = False) -> str:
    def number(value: float) -> str:
        return f"{100 * value:.1f}" if row.share else f"{value:.1f}"

    value = number(estimate.value) + (" %" if row.share else "")
    value = f"**{value}**" if missed else value
    return f"{value} [{number(estimate.low)}–{number(estimate.high)}]"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where benchmarks.music_tunes wrote its books")
    parser.add_argument("--tunes", type=int, default=400, help="tunes of default.abc")
    parser.add_argument("--dances", type=int, default=200, help="tunes of jigs.abc and reels.abc")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(arguments)
    found = figures(options.folder, options.tunes, options.dances)
    print(table(found))
    if options.json:
        plain = {
            name: {"drawn": asdict(drawn), "real": asdict(real), "wanted": wanted(name)}
            for name, (row, drawn, real) in found.items()
        }
        write_whole(options.json, json.dumps(plain, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
