"""How long until the first tune stands at the terminal: ``python benchmarks/cold_start.py``.

`musicrnn generate` in a fresh process, beside importing what others start with. The commands take
turns, so that all meet the same machine; best of three for the quick ones, while the slow imports
(TensorFlow takes some fifteen seconds) are timed once. With ``--rounds`` more.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

GENERATE = "musicrnn generate, 32 bars"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "musicrnn --version": ["-m", "musicrnn", "--version"],
    GENERATE: ["-m", "musicrnn", "generate", "--seed", "1", "--form", "AABB", "--bars", "8"],
}
SLOW = {
    "import music21": ["-c", "import music21"],
    "import tensorflow": ["-c", "import tensorflow"],
}


def seconds(arguments: list[str]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that a fresh process takes."""
    before = time.perf_counter(), _children()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - before[0], _children() - before[1]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS | SLOW}
    for turn in range(rounds):
        for name, arguments in (COMMANDS if turn else COMMANDS | SLOW).items():
            found[name].append(seconds(arguments))
    best = {name: (min(c for c, _ in times), min(p for _, p in times))
            for name, times in found.items()}  # fmt: skip
    print("| command | seconds | processor s | × generate |")
    print("|---|---|---|---|")
    for name, (clock, processor) in best.items():
        print(f"| `{name}` | {clock:.2f} | {processor:.2f} | {clock / best[GENERATE][0]:.2f} |")


if __name__ == "__main__":
    main()
