"""Mutated inputs for every reader.

    python -m benchmarks.mutations [--inputs 100000] [--minutes 10] [--seed 1] [--only "abc fix"]

Of so many inputs every reader of `mutated_readers` gets the same number, or as many as it reads in
so many minutes of the processor. A reader may return or raise an error of ours; anything else is a
traceback for the user. None may take longer than `MOST_SECONDS`. What went wrong is printed with
its input.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.mutated_readers import readers
from musicrnn.errors import MusicRNNError

MOST_SECONDS = 5.0


class TooSlowError(Exception):
    """A reader ran past the limit."""


def _too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlowError


def fuzz(inputs: int, minutes: float, choose: random.Random, only: list[str]) -> int:
    """Give every reader its share of the inputs; how many went wrong."""
    wrong = total = 0
    signal.signal(signal.SIGPROF, _too_slow)
    with tempfile.TemporaryDirectory() as scratch:
        known = readers(Path(scratch))
        known = {name: known[name] for name in only or known}
        for name, reader in known.items():
            outcomes: Counter[str] = Counter()
            slowest, began, end = 0.0, time.monotonic(), time.process_time() + 60 * minutes
            share = inputs // len(known)
            count = 0
            while count < share and time.process_time() < end:
                broken = reader.make(choose)
                count += 1
                start = time.process_time()
                signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
                try:
                    reader.read(broken)
                    outcomes["read"] += 1
                except MusicRNNError:
                    outcomes["refused"] += 1
                except Exception as error:  # noqa: BLE001 - this is what is sought
                    outcomes["WRONG"] += 1
                    if outcomes[type(error).__name__] < 3:
                        place = traceback.extract_tb(error.__traceback__)[-1]
                        where = f"{Path(place.filename).name}:{place.lineno}"
                        problem = f"{type(error).__name__} at {where}: {error}"
                        print(f"{name}: {problem[:300]}: {_shown(broken)!r}"[:1200])
                    outcomes[type(error).__name__] += 1
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
                slowest = max(slowest, time.process_time() - start)
            wrong += outcomes["WRONG"]
            total += count
            rate = count / (time.monotonic() - began)
            print(
                f"{name:<16} {count:>9,} inputs: {dict(outcomes)}, slowest {slowest:.2f} s of the "
                f"processor, {rate:.0f} a second",
                flush=True,
            )
    print(f"{total:,} mutated inputs over {len(known)} readers, {wrong} wrong", flush=True)
    return wrong


def _shown(broken: Any) -> Any:
    """A damaged input, of several files only the small ones."""
    if isinstance(broken, dict):
        return {Path(name).name: data for name, data in broken.items() if len(data) < 700}
    return broken


def main() -> None:
    """Print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=10, help="of the processor, a reader")
    parser.add_argument("--only", nargs="*", default=[], help="readers, by name")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    sys.exit(bool(fuzz(options.inputs, options.minutes, choose, options.only)))


if __name__ == "__main__":
    main()
