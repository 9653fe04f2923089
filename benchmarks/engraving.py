"""Are all notes drawn, and how fast? Our way beside the two that one would try first.

    python benchmarks/engraving.py [--tunes 500] [--generated 500] [--part 1/10]

Corpus tunes and tunes of the shipped model are engraved; for each the number of note heads in the
SVG is held against the number in the ABC. On a sample the same is done by verovio's own ABC reader
and by music21's with verovio after it, each tune in a process that may crash or hang.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from musicrnn import abc, load
from musicrnn.abc.syntax.tree import Chord, Grace, Note
from musicrnn.errors import MusicRNNError, RenderError
from musicrnn.render import Worker, engrave

COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs", "miscFolk")
TIME_LIMIT = 30
HEAD = re.compile(r'class="note[ "]')

#: How the others make an SVG of a file.
OTHERS = {
    "verovio reading ABC": """
import sys, verovio
t = verovio.toolkit(); t.setOptions({"pageHeight": 60000, "inputFrom": "abc"})
t.loadData(open(sys.argv[1]).read()); print(t.renderToSVG(1))
""",
    "music21, then verovio": """
import sys, verovio
from music21 import converter, musicxml
s = converter.parse(open(sys.argv[1]).read(), format="abc")
x = musicxml.m21ToXml.GeneralObjectExporter(s).parse().decode()
t = verovio.toolkit(); t.setOptions({"pageHeight": 60000}); t.loadData(x); print(t.renderToSVG(1))
""",
}


def corpus_tunes(count: int) -> list[str]:
    """`count` tunes of the collections inside music21, in an order of seed 1."""
    spec = find_spec("music21")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent / "corpus"
    files = [file for name in COLLECTIONS for file in sorted((root / name).glob("*.abc"))]
    tunes = [t for f in files for t in abc.parse(abc.decode(f.read_bytes())).tunes]
    return [abc.write(tune) for tune in random.Random(1).sample(tunes, count)]


def heads_in(text: str) -> int:
    """Note heads that the ABC asks for: notes, members of chords, grace notes."""

    def heads(node: object) -> int:
        if isinstance(node, Note):
            return 1
        return sum(map(heads, node.notes)) if isinstance(node, Chord | Grace) else 0

    return sum(map(heads, abc.parse_tune(text).body))


def ours(text: str) -> int | None:
    """Note heads that we draw, None for a failure."""
    try:
        return engrave(text).notes
    except MusicRNNError:
        return None


def lost_by_killing(tunes: list[str]) -> int:
    """How many pictures fail when the worker is killed while it draws the first."""
    worker = Worker()
    engrave(tunes[0], worker=worker)  # starts it
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that the request is surely at work when it dies
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    lost = 0
    for text in tunes:
        try:
            engrave(text, worker=worker)
        except RenderError:
            lost += 1
    worker.close()
    return lost


def another(program: str, folder: Path) -> Callable[[str], int | None]:
    """Note heads that another way draws, None for a crash, an error or a hang."""

    def draw(text: str) -> int | None:
        file = folder / "tune.abc"
        file.write_text(text)
        try:
            done = subprocess.run(
                [sys.executable, "-c", program, file],
                capture_output=True, text=True, timeout=TIME_LIMIT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
        return len(HEAD.findall(done.stdout)) if not done.returncode else None

    return draw


def row(name: str, draw: Callable[[str], int | None], tunes: list[str]) -> Iterator[str]:
    """One line of the table."""
    began = time.perf_counter()
    drawn = [draw(text) for text in tunes]
    seconds = (time.perf_counter() - began) / max(len(tunes), 1)
    failed = sum(found is None for found in drawn)
    right = sum(found == heads_in(text) for found, text in zip(drawn, tunes, strict=True))
    share = right / max(len(tunes), 1)
    yield f"| {name} | {len(tunes)} | {failed} | {share:.1%} | {1000 * seconds:.0f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tunes", type=int, default=500)
    parser.add_argument("--generated", type=int, default=500)
    parser.add_argument("--others", type=int, default=20)
    parser.add_argument("--part", default="1/1", help="only this part of the tunes, as 3/10")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    tunes = corpus_tunes(options.tunes)[part - 1 :: parts]
    engrave(tunes[0])  # starts the worker
    print("| way | tunes | failed | every note drawn | ms a tune |\n|---|---|---|---|---|")
    print(*row("musicrnn, corpus tunes", ours, tunes), sep="\n", flush=True)
    drawn = load("folk").generate(options.generated // parts, seed=part)
    made = [tune.text for tune in drawn]
    print(*row("musicrnn, generated tunes", ours, made), sep="\n", flush=True)
    if part > 1:
        return
    sample = tunes[: options.others]
    with tempfile.TemporaryDirectory() as folder:
        for name, program in OTHERS.items():
            draw = another(program, Path(folder))
            print(*row(f"{name} (a process each)", draw, sample), sep="\n", flush=True)
    print(f"\nof 20 pictures, {lost_by_killing(tunes[:20])} lost when the worker is killed at one")


if __name__ == "__main__":
    main()
