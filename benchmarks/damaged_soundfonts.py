"""SoundFonts with bytes changed, cut and blown up: no crash in native code takes the process down.

    python -m benchmarks.damaged_soundfonts [--fonts 50] [--seed 1]

Each damaged font is given to both synthesizers through `musicrnn.render.to_audio`. It plays or is
refused with a `RenderError`; this process, which counts, must be there at the end.
"""

from __future__ import annotations

import argparse
import random
import struct
import tempfile
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

from musicrnn.errors import RenderError
from musicrnn.render import find_soundfont, to_audio
from musicrnn.score import Note, Score

TUNE = Score.of([Note(Fraction(i, 2), 60 + i, Fraction(1, 2)) for i in range(8)])


def damaged(font: bytes, choose: random.Random) -> bytes:
    """The font with a few changes, most of them in its tables, which stand after the samples."""
    data = bytearray(font)
    tables = font.rindex(b"pdta")
    for _ in range(choose.choice((1, 10, 100, 1000))):
        place = choose.randrange(tables, len(data)) if choose.random() < 0.8 else (
            choose.randrange(len(data))
        )  # fmt: skip
        kind = choose.random()
        if kind < 0.5:
            data[place] = choose.randrange(256)
        elif place + 4 <= len(data):
            value = choose.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
            struct.pack_into("<I", data, place, value)
    if choose.random() < 0.2:
        del data[choose.randrange(100, len(data)) :]
    data[:4], data[8:12] = b"RIFF", b"sfbk"  # else it is refused before it is played
    return bytes(data)


def main() -> None:
    """Print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    whole = find_soundfont().read_bytes()
    outcomes: dict[str, Counter[str]] = {"midirenderer": Counter(), "fluidsynth": Counter()}
    slowest = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "damaged.sf2"
        for _ in range(options.fonts):
            path.write_bytes(damaged(whole, choose))
            for synthesizer, counts in outcomes.items():
                began = time.perf_counter()
                try:
                    to_audio(TUNE, soundfont=path, synthesizer=synthesizer)
                    counts["played"] += 1
                except RenderError as error:
                    crashed = "crashed" in str(error)
                    counts["crashed, the process went on" if crashed else "refused"] += 1
                slowest = max(slowest, time.perf_counter() - began)
    for synthesizer, counts in outcomes.items():
        print(f"{synthesizer}: " + ", ".join(f"{n} {what}" for what, n in counts.most_common()))
    print(f"{options.fonts} damaged SoundFonts, slowest {slowest:.1f} s")


if __name__ == "__main__":
    main()
