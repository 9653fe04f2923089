"""Can one tell drawn jigs and reels from real ones? A classifier tries, and says by what.

    python -m benchmarks.music_tunes FOLDER && python -m benchmarks.music_telling FOLDER
    python -m benchmarks.music_telling FOLDER --dance reel --against oneills1850
    python -m benchmarks.music_telling --books            O'Neill's against Ryan's alone

300 tunes of FOLDER's ``jigs.abc`` and ``reels.abc`` against 300 real ones of the dance from
O'Neill's and Ryan's, by the figures of `musicrnn.evaluation.tune_figures`; five-fold area under
the curve with a 95 % bootstrap interval over tunes. O'Neill's against Ryan's stands beside it as
the yardstick, one half of the real tunes against the other as the floor. Then the figures without
which the classifier would lose most: their means on both sides, and the area that each gives
alone. Figures of real tunes are kept in the cache folder.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.music_tunes import ONEILL, RYAN, read_book
from musicrnn import corpus as corpora
from musicrnn.errors import FormatError
from musicrnn.evaluation import tune_figures, written
from musicrnn.evaluation.telling_apart import Separation, tell_apart
from musicrnn.evaluation.written import WrittenTune
from musicrnn.files import write_whole
from musicrnn.resources import cache_folder

Figures = dict[str, float]

DANCES = ("jig", "reel")
SHOWN = 15


def figures_of(tunes: Sequence[WrittenTune]) -> list[Figures]:
    """The figures of each tune."""
    return [tune_figures.figures(tune) for tune in tunes]


def real_figures(corpus: str = "folk") -> dict[str, list[Figures]]:
    """``source dance`` → the figures of its tunes, of every jig and reel of the corpus."""
    built = corpora.open(corpus)
    code = inspect.getsource(tune_figures) + inspect.getsource(written)
    digest = hashlib.sha256(f"{built.digest} {code}".encode()).hexdigest()[:16]
    file = cache_folder() / "figures" / f"{corpus}-{digest}.json"
    if file.is_file():
        known: dict[str, list[Figures]] = json.loads(file.read_text())
        return known
    found: dict[str, list[Figures]] = {}
    for piece in built.pieces():
        if piece.rhythm not in DANCES:
            continue
        try:
            tune = WrittenTune.parse(str(piece.content))
        except FormatError:
            continue
        found.setdefault(f"{piece.source} {piece.rhythm}", []).append(tune_figures.figures(tune))
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps(found))
    return found


def comparisons(
    dance: str, drawn: Sequence[Figures], against: Sequence[str]
) -> dict[str, Separation]:
    """What is compared → how far it can be told apart."""
    real = real_figures()
    books = {name: real.get(f"{name} {dance}", []) for name in {*against, ONEILL, RYAN}}
    together = [row for name in against for row in books[name]]
    found = {}
    if drawn:
        found[f"{dance}s, drawn against {' + '.join(against)}"] = tell_apart(drawn, together)
    found[f"{dance}s, {ONEILL} against {RYAN}"] = tell_apart(books[ONEILL], books[RYAN])
    found[f"{dance}s, one half of the real ones against the other"] = tell_apart(
        together[::2], together[1::2]
    )
    return found


def report(found: dict[str, Separation]) -> str:
    """Markdown: the areas, then what tells the drawn tunes apart."""
    lines = ["| | tunes | area under the curve |", "|---|---|---|"]
    for name, result in found.items():
        interval = f"[{result.low:.3f}–{result.high:.3f}]"
        lines.append(f"| {name} | {result.drawn} + {result.real} | {result.area:.3f} {interval} |")
    for name, result in found.items():
        if "drawn" not in name:
            continue
        lines += ["", f"| {name} | drawn | real | alone | lost without it |", "|---" * 5 + "|"]
        lines += [
            f"| {row.name} | {row.drawn:.3f} | {row.real:.3f} | {row.alone:.3f} | {row.loses:.3f} |"
            for row in result.figures[:SHOWN]
        ]
        alone = sorted(result.figures, key=lambda row: -abs(row.alone - 0.5))[:SHOWN]
        told = (f"{row.name} {row.drawn:.2f}, real {row.real:.2f}" for row in alone)
        lines += ["", f"Alone, these tell most: {'; '.join(told)}."]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="books by benchmarks.music_tunes")
    parser.add_argument("--dance", choices=DANCES, action="append", help="one dance only")
    parser.add_argument("--against", nargs="+", default=[ONEILL, RYAN], help="books of the corpus")
    parser.add_argument("--books", action="store_true", help="the books alone, nothing drawn")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if options.folder is None and not options.books:
        parser.error("name a folder of books, or --books")
    found: dict[str, Separation] = {}
    for dance in options.dance or DANCES:
        drawn = [] if options.books else figures_of(read_book(options.folder / f"{dance}s.abc"))
        found |= comparisons(dance, drawn, options.against)
    print(report(found))
    if options.json:
        plain: dict[str, Any] = {name: asdict(result) for name, result in found.items()}
        write_whole(options.json, json.dumps(plain, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
