"""The ten harmonizations of docs/chorales.md: pictures, and what is wrong with each.

    python -m benchmarks.chorale_pictures [--model chorale] [-o docs/images]

sets the melodies of docs/ten-melodies.abc with the seeds 1 to 10, one each, as
``musicrnn harmonize`` does by default, and prints the text of the page.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from musicrnn.generation import load
from musicrnn.generation.harmonize import Melody, harmonizations
from musicrnn.generation.tune import read
from musicrnn.score import Score
from musicrnn.theory.four_voices import four_voices
from musicrnn.theory.voice_leading import faults

MELODIES = Path(__file__).parents[1] / "docs" / "ten-melodies.abc"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="chorale")
    parser.add_argument("-o", "--output", type=Path, default=MELODIES.parent / "images")
    arguments = parser.parse_args()
    model = load(arguments.model)
    for seed, melody in enumerate(read(MELODIES), 1):
        options = {"seed": seed}
        tune = next(harmonizations(model, Melody.of(melody.score), 1, options=options))
        name = f"chorale-{seed:02}.png"
        tune.save(arguments.output / name)
        print(f"**{tune.title}**, seed {seed}: {said(tune.score)}\n")
        print(f"![{tune.title} in four voices](images/{name})\n")


def said(score: Score) -> str:
    """The faults of a setting in a line."""
    marked = faults(four_voices(score))
    if not marked:
        return "no fault is found."
    listed = "; ".join(
        f"bar {one.bar}, beat {one.beat:g}, {' and '.join(one.voices)}: {one.message}"
        for one in marked
    )
    return f"{listed}."


if __name__ == "__main__":
    main()
