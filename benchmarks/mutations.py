"""Mutated inputs for every reader, and random command lines of `generate`.

    python -m benchmarks.mutations [--inputs 100000] [--minutes 10] [--lines 200] [--seed 1]

Of so many inputs every reader of `mutated_readers` gets the same number, or as many as it reads in
so many minutes of the processor. A reader may return or raise an error of ours; anything else is a
traceback for the user. None may take longer than `MOST_SECONDS`. A command line of `generate` ends
with 0 and well-formed ABC, or with 1 or 2 and a message. The two are run in this process; what went
wrong is printed with its input.
"""

from __future__ import annotations

import argparse
import contextlib
import io
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
from musicrnn import abc
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
                        said = f"{type(error).__name__} at {where}: {error}"
                        print(f"{name}: {said[:300]}: {_shown(broken)!r}"[:1200])
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


VALUES = {
    "--key": ("D", "Am", "H", "F# minor", "", "K:", "C\n", "Gmix", "x" * 500),
    "--meter": ("6/8", "4/4", "0/4", "4/0", "C|", "1/1", "99/8", "-1/2", "inf"),
    "--rhythm": ("jig", "reel", "", "nonsense", "\x1b[31m"),
    "--bars": ("8", "0", "-1", "4,8", "x", "1000000"),
    "--form": ("AABB", "AB", "through", "", "ZZZZ", "A" * 60),
    "--pickup": ("1/8", "none", "any", "9/8", "x", "1/0"),
    "--unit": ("1/8", "1/16", "0", "1/0", "1/3"),
    "--tempo": ("120", "3/8=110", "0", "1/0=1", "1e999"),
    "--instrument": ("whistle-D", "fiddle", "organ"),
    "--lowest": ("D4", "62", "-5", "H9", "200"),
    "--highest": ("B5", "40", "x"),
    "--in-scale": ("0", "1", "0.5", "nan", "2"),
    "--temperature": ("1", "0", "-1", "1e-30", "1e30", "nan", "inf"),
    "--top-k": ("1", "5", "0", "99999999"),
    "--top-p": ("0.9", "0", "1", "2", "nan"),
    "--seed": ("1", "-1", "99999999999999999999", "x"),
    "--best-of": ("1", "2"),
    "--prime": ("|:G2G GAB|", "X:1", "", "|||", "K:Q", "?", "\0"[:0]),
    "--title": ("A", "", "x" * 3000, "%", "a\nK:D"),
    "--new": ("0", "3", "-1"),
    "--model": ("folk", "nothing", "/dev/null", ".."),
    "--chords": ("Dm7 G7", "x", ""),
}  # fmt: skip
FLAGS = ("--tonic-end", "--greedy", "--free", "--all", "--json")


def command_lines(count: int, choose: random.Random) -> int:
    """Run `generate` with options drawn at random; how often it went wrong."""
    from musicrnn.cli.app import main

    wrong = 0
    statuses: Counter[int] = Counter()
    for _ in range(count):
        names = choose.sample(list(VALUES), choose.randrange(1, 5))
        words = [word for name in names for word in (name, choose.choice(VALUES[name]))]
        words += choose.sample(FLAGS, choose.choice((0, 0, 1)))
        out, status = io.StringIO(), 0
        began = time.monotonic()
        try:
            with contextlib.redirect_stdout(out):
                main(["generate", *words])
        except SystemExit as stop:
            status = int(stop.code or 0)
        except BaseException as error:  # noqa: BLE001 - this is what is sought
            print(f"{words}: {type(error).__name__}: {error}")
            wrong += 1
            continue
        statuses[status] += 1
        seconds = time.monotonic() - began
        text = out.getvalue()
        if seconds > 4 * MOST_SECONDS:
            print(f"{words}: took {seconds:.1f} s")
        checked = status == 0 and text.startswith("X:") and "--free" not in words
        if checked and any(found.severity == "error" for found in abc.check(text)):
            print(f"{words}: ill formed with exit 0:\n{text}")
            wrong += 1
    print(f"{count} command lines of generate: exit statuses {dict(statuses)}, {wrong} wrong")
    return wrong


def main() -> None:
    """Print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=10, help="of the processor, a reader")
    parser.add_argument("--only", nargs="*", default=[], help="readers, by name")
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    wrong = fuzz(options.inputs, options.minutes, choose, options.only)
    wrong += command_lines(options.lines, choose)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
