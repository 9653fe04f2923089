"""How fast ABC is parsed and checked: ``python -m benchmarks.abc_speed [--tunes N] [--growth]``.

The same tunes, one by one, in one run: parsed and checked by us; parsed by music21; converted by
abc2midi, with the start of its process. Then whether twice the input takes twice the time.

    git worktree add /tmp/then f76da0f
    python -m benchmarks.abc_speed --against /tmp/then [--tunes N] [--rounds 8]

sets parsing and checking here beside parsing alone in another state of this repository: tunes of
all six collections, a process each, in turns; the best of three goes through the tunes counts.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.abc_tunes import COLLECTIONS as ALL
from benchmarks.abc_tunes import read_tunes
from musicrnn import abc

COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs")
#: sizes of the tune books that show how the time grows, in millions of characters
SIZES = (1.25, 2.5, 5.0, 10.0)
#: prints the processor seconds of parsing the texts of a file, or of checking them
_READ = """
import json, sys, time
from musicrnn import abc
try:
    from musicrnn.abc.syntax import parser
except ImportError:
    from musicrnn.abc import parser
texts = json.load(open(sys.argv[1]))
kept = getattr(parser, "_parsed", None)
whole = getattr(parser, "_read_book", None)
parse = abc.parse if whole is None else lambda text: whole(text, None)
read = abc.check if sys.argv[2] == "check" else parse
best = float("inf")
for _ in range(3):
    if kept is not None:
        kept.cache_clear()
    start = time.process_time()
    for text in texts:
        read(text)
    best = min(best, time.process_time() - start)
print(best)
"""


def tunes(most: int, collections: Sequence[str] = COLLECTIONS) -> list[str]:
    """Tunes spread evenly over collections that music21 installs."""
    texts = [text[tune.start : tune.end] + "\n" for tune, text, _, _ in read_tunes(collections)]
    return texts[:: max(1, len(texts) // most)][:most]


def seconds(work: Callable[[str], object], texts: list[str]) -> float:
    """Processor time of this process (and of those it starts) for all texts."""
    start = _processor()
    for text in texts:
        work(text)
    return _processor() - start


def _processor() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def beside(other: Path, texts: list[str], rounds: int) -> None:
    """Print parsing and checking here, and parsing here, beside parsing in `other`."""
    here = Path(__file__).resolve().parent.parent
    found: dict[str, list[float]] = {
        "then, parse": [],
        "now, parse and check": [],
        "now, parse": [],
    }
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "texts.json").write_text(json.dumps(texts))
        for _ in range(rounds):
            for times, (folder, what) in zip(
                found.values(), ((other, "parse"), (here, "check"), (here, "parse")), strict=True
            ):
                done = subprocess.run(
                    [sys.executable, "-c", _READ, "texts.json", what], cwd=name, check=True,
                    capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(folder)},
                )  # fmt: skip
                times.append(float(done.stdout))
    then = found["then, parse"]
    print(f"{len(texts)} tunes, processor time, {rounds} rounds")
    for label, times in found.items():
        ratios = [time / before for time, before in zip(times, then, strict=True)]
        print(f"{label:22} {len(texts) / min(times):8.0f} tunes/s   {median(ratios):5.2f} × then")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tunes", type=int, default=100)
    parser.add_argument("--against", type=Path, help="the folder of another state")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--growth", action="store_true", help="tune books of up to 10 MB as well")
    options = parser.parse_args()
    if options.against:
        if not (options.against / "musicrnn").is_dir():
            parser.error(f"{options.against}: no state of this repository")
        beside(options.against.resolve(), tunes(options.tunes, ALL), options.rounds)
        return
    texts = tunes(options.tunes)

    from music21 import converter

    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "tune.abc", Path(name) / "tune.mid"

        def abc2midi(text: str) -> None:
            source.write_text(text, encoding="utf-8")
            subprocess.run(["abc2midi", source, "-o", target], capture_output=True, check=False)

        abc.check(texts[0])
        converter.parseData(texts[0], format="abc")
        ours = seconds(abc.check, texts)
        rows = [("musicrnn, parse and check", ours)]
        rows.append(("abc2midi, a process a tune", seconds(abc2midi, texts)))
        music21_parse = partial(converter.parseData, format="abc")
        rows.append(("music21, parse", seconds(music21_parse, texts)))
    print(f"{len(texts)} tunes, processor time")
    for label, taken in rows:
        print(f"{label:28} {len(texts) / taken:8.1f} tunes/s   {taken / ours:6.2f} × our time")
    grow("lines of one tune", "X:1\nT:a\nM:none\nL:1/8\nK:C\n", "C2 [EG]>^F (3gab c'2|\n", 0.05)
    if options.growth:
        grow("tune books", "", "".join(f"{text}\n" for text in texts), 1.0)


def grow(label: str, head: str, more: str, scale: float) -> None:
    """Print the time of checking a text, twice as long each time: `more` again and again."""
    print(f"\n{label}, twice as long each time")
    before = 0.0
    for size in SIZES:
        text = head + more * round(size * scale * 1e6 / len(more))
        taken = seconds(abc.check, [text])
        ratio = f"{taken / before:5.2f} × the time" if before else ""
        print(f"{len(text):9} characters  {taken:6.2f} s  {ratio}", flush=True)
        before = taken


if __name__ == "__main__":
    main()
