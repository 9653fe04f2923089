"""Fonts with bytes changed and cut: no crash in HarfBuzz takes the process down.

    python -m benchmarks.damaged_fonts FONT [--fonts 500] [--seed 1]

Each damaged font draws a line of text. It draws, or is refused with an error of ours; this process,
which counts, must be there at the end.
"""

from __future__ import annotations

import argparse
import random
import struct
import tempfile
import time
from collections import Counter
from pathlib import Path

from musicrnn.errors import MusicRNNError
from musicrnn.render.fonts import Font

TEXT = "AVATAR fi ffl Tóg é — Ωж 1/2"


def damaged(font: bytes, choose: random.Random) -> bytes:
    """The font with a few changes, most of them in its directory or at a table's head."""
    data = bytearray(font)
    count = struct.unpack_from(">H", font, 4)[0]
    heads = [struct.unpack_from(">I", font, 12 + 16 * at + 8)[0] for at in range(count)]
    for _ in range(choose.choice((1, 10, 100))):
        where = choose.random()
        start = 0 if where < 0.2 else choose.choice(heads) if where < 0.7 else None
        place = choose.randrange(len(data)) if start is None else start + choose.randrange(200)
        if place + 4 > len(data):
            continue
        if choose.random() < 0.5:
            data[place] = choose.randrange(256)
        else:
            value = choose.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
            struct.pack_into(">I", data, place, value)
    if choose.random() < 0.1:
        del data[choose.randrange(100, len(data)) :]
    return bytes(data)


def main() -> None:
    """Print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path)
    parser.add_argument("--fonts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    whole = options.font.read_bytes()
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.fonts):
            path = Path(scratch) / f"damaged{number}.ttf"  # those of one name are remembered
            path.write_bytes(damaged(whole, choose))
            began = time.perf_counter()
            try:
                font = Font(path)
                font.shapes(TEXT, right_to_left=False)
                font.shapes(TEXT, right_to_left=True)
                outcomes["drew"] += 1
            except MusicRNNError as error:
                crashed = "the engraver" in str(error)
                outcomes["crashed or hung, the process went on" if crashed else "refused"] += 1
            slowest = max(slowest, time.perf_counter() - began)
            path.unlink()
    counts = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
    print(f"{options.fonts} damaged fonts: {counts}; slowest {slowest:.1f} s")


if __name__ == "__main__":
    main()
