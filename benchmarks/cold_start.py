"""How long until the first tune stands at the terminal: ``python benchmarks/cold_start.py``.

`musicrnn generate` in a fresh process, against importing what others start with. Best of five.
"""

from __future__ import annotations

import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "musicrnn --version": ["-m", "musicrnn", "--version"],
    "musicrnn generate, 32 bars": [
        "-m", "musicrnn", "generate", "--seed", "1", "--form", "AABB", "--bars", "8",
    ],
    "import music21": ["-c", "import music21"],
    "import tensorflow": ["-c", "import tensorflow"],
}  # fmt: skip


def seconds(arguments: list[str]) -> float:
    """Wall-clock time of a fresh process, the best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """The command."""
    found = {name: seconds(arguments) for name, arguments in COMMANDS.items()}
    ours = found["musicrnn generate, 32 bars"]
    print("| command | seconds | × generate |")
    print("|---|---|---|")
    for name, value in found.items():
        print(f"| `{name}` | {value:.2f} | {value / ours:.2f} |")


if __name__ == "__main__":
    main()
