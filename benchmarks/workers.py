"""Two workers against one, and Ray against a process pool, on the same work. Wants a calm machine.

    python -m benchmarks.workers build                3,000 random tunes
    python -m benchmarks.workers generate             512 tunes of the folk model

Start-up is the time until the first block or chunk is there. Rates are those of the time after
each worker has brought one; `× one` compares them with one process, `× pool` with the pool of as
many processes: 0.80 and above is an overhead under 20 %. All outcomes must have the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus_scale import write
from musicrnn.corpus import build, manifest
from musicrnn.generation import bulk
from musicrnn.parallel import ray as cluster
from musicrnn.parallel.workers import Pool, Workers

Progress = Callable[[int, int, Counter[str]], None]
#: (workers, folder for the outcome, progress) → the work done
Work = Callable[[Workers, Path, Progress], object]


def building(scratch: Path, size: int) -> Work:
    source = scratch / "source"
    source.mkdir()
    write(source, size)
    rules = manifest.load(str(source))
    return lambda workers, out, progress: build.build(
        rules, out, workers=workers, progress=progress
    )


def generating(_: Path, size: int) -> Work:
    return lambda workers, out, progress: bulk.generate(
        "folk", size, out, seed=1, workers=workers, progress=progress
    )


KINDS = {"build": (building, 3000, "read"), "generate": (generating, 512, "tunes")}


@contextmanager
def made(who: str, count: int) -> Iterator[Workers]:
    if who == "pool":
        yield Pool(count)
    else:
        with cluster.connected("local", processors=count) as workers:
            yield workers


def measure(work: Work, who: str, count: int, out: Path, counted: str) -> tuple[float, float]:
    """Seconds until the first result, and pieces a second after the first of each worker."""
    seen: list[tuple[float, int]] = []
    began = time.perf_counter()
    with made(who, count) as workers:
        work(workers, out, lambda *told: seen.append((time.perf_counter(), told[2][counted])))
    (settled, some), (last, every) = seen[count - 1], seen[-1]
    return seen[0][0] - began, (every - some) / (last - settled)


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--size", type=int, default=0)
    options = parser.parse_args()
    make, size, counted = KINDS[options.kind]
    print("| workers | start-up s | a second | × one | × pool |\n|---|--:|--:|--:|--:|")
    rates: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        work = make(scratch, options.size or size)
        outcomes = set()
        for who in ("pool", "Ray"):
            for count in (1, 2):
                out = scratch / f"{who}-{count}"
                start, rate = measure(work, who, count, out, counted)
                rates[who, count] = rate
                outcomes.add(digest(out))
                print(f"| {who}, {count} | {start:.1f} | {rate:.1f} | {rate / rates[who, 1]:.2f} "
                      f"| {rate / rates['pool', count]:.2f} |", flush=True)  # fmt: skip
    print("\nall outcomes the same bytes" if len(outcomes) == 1 else "\nOUTCOMES DIFFER")
    raise SystemExit(len(outcomes) != 1)


if __name__ == "__main__":
    main()
