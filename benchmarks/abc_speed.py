"""How fast ABC is parsed and checked: ``python benchmarks/abc_speed.py [--tunes N]``.

The same tunes, one by one, in one run: parsed and checked by us; parsed by music21; converted by
abc2midi, with the start of its process. Then whether twice the input takes twice the time.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from musicrnn import abc

COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs")


def tunes(most: int) -> list[str]:
    """Tunes spread evenly over the folk collections that music21 installs."""
    spec = importlib.util.find_spec("music21")
    assert spec is not None
    assert spec.origin is not None
    texts = []
    for name in COLLECTIONS:
        for path in sorted((Path(spec.origin).parent / "corpus" / name).glob("*.abc")):
            text = abc.decode(path.read_bytes()).replace("\r\n", " \n")
            texts += [text[tune.start : tune.end] + "\n" for tune in abc.parse(text)]
    return texts[:: max(1, len(texts) // most)][:most]


def seconds(work: Callable[[str], object], texts: list[str]) -> float:
    """Processor time of this process (and of those it starts) for all texts."""
    start = sum(_times())
    for text in texts:
        work(text)
    return sum(_times()) - start


def _times() -> tuple[float, ...]:
    return tuple(os.times()[:4])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tunes", type=int, default=100)
    texts = tunes(parser.parse_args().tunes)

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
        parse = lambda text: converter.parseData(text, format="abc")  # noqa: E731
        rows.append(("music21, parse", seconds(parse, texts)))
    print(f"{len(texts)} tunes, processor time")
    for label, taken in rows:
        print(f"{label:28} {len(texts) / taken:8.1f} tunes/s   {taken / ours:6.2f} × our time")
    print("\none line of music, twice as long each time")
    before = 0.0
    for count in (5_000, 10_000, 20_000, 40_000):
        body = "\n".join("C2 [EG]>^F (3gab c'2|" * 50 for _ in range(count // 350))
        text = f"X:1\nT:a\nM:none\nL:1/8\nK:C\n{body}\n"
        taken = seconds(abc.check, [text])
        ratio = f"{taken / before:5.2f} × the time" if before else ""
        print(f"{len(text):9} characters  {taken:6.2f} s  {ratio}")
        before = taken


if __name__ == "__main__":
    main()
