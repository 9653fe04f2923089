"""Writes docs/tunes.md: thirty tunes with consecutive seeds, none left out.

    python benchmarks/tunes_page.py [--model folk] [--first 1]

Seed n asks for the n-th of six requests, then for the first again. What is printed is what
``musicrnn generate`` with that seed gives; nobody chose among the seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from musicrnn.files import write_whole
from musicrnn.generation import load

REQUESTS: tuple[dict[str, str], ...] = (
    {"rhythm": "jig", "key": "D"},
    {"rhythm": "reel", "key": "G"},
    {"rhythm": "hornpipe", "key": "A"},
    {"rhythm": "slip jig", "key": "Em"},
    {"rhythm": "reel", "key": "Ador"},
    {},
)
TUNES = 30
PAGE = Path(__file__).parent.parent / "docs" / "tunes.md"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="folk", help="a model by name or folder")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file to write")
    options = parser.parse_args()
    model = load(options.model)
    last = options.first + TUNES - 1
    lines = [
        "# Thirty tunes",
        "",
        f"Drawn by the model `folk` with the seeds {options.first} to {last}, none left out, so",
        "that anyone can judge. `python benchmarks/tunes_page.py` writes this page.",
        "",
    ]
    for n in range(TUNES):
        seed, request = options.first + n, REQUESTS[n % len(REQUESTS)]
        asked = "".join(
            f' --{name} "{value}"' if " " in value else f" --{name} {value}"
            for name, value in request.items()
        )
        text = model.generate(seed=seed, **request).text  # type: ignore[arg-type]
        lines += [
            f"`musicrnn generate{asked} --seed {seed}`",
            "",
            "```abc",
            text.strip(),
            "```",
            "",
        ]
    write_whole(options.page, "\n".join(lines))


if __name__ == "__main__":
    main()
