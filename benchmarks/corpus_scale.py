"""Does building a corpus cost the same for each tune, however many there are?

    python benchmarks/corpus_scale.py [--sizes 2000 20000] [--jobs 1 2]

For each size, as many random tunes are written (64 a file), one in ten a copy of an earlier one in
another key and under another title, and 100 files of garbage; then they are built. Printed are
tunes a second of the wall clock and of processor time, the greatest memory of the process that
joins and of a worker, memory at a tenth of the way and at the end, and whether exactly the
planted copies and the garbage were found. The last line is the slope of processor time between
the smallest and the largest size: 1.00 is linear.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import time
from math import log
from pathlib import Path

from musicrnn.corpus import Corpus, build, manifest
from musicrnn.corpus.workers import Pool, Serial

NOTES = ["C", "D", "E", "F", "G", "A", "B", "c", "d", "e"]
KEYS = {"C": 0, "D": 1}  # a step up in the key of D has the same intervals
A_FILE = 64
GARBAGE = 100


def tune(number: int, key: str) -> str:
    """A reel of 16 bars that only its number decides, in C or in D."""
    rng = random.Random(number)
    steps = [rng.randrange(len(NOTES) - 1) for _ in range(128)]
    notes = [NOTES[step + KEYS[key]] for step in steps]
    bars = ["".join(notes[i : i + 4]) + " " + "".join(notes[i + 4 : i + 8])
            for i in range(0, 128, 8)]  # fmt: skip
    lines = ["|".join(bars[i : i + 4]) for i in range(0, 16, 4)]
    return (
        f"X:{number}\nT:{key} {number}\nR:reel\nM:4/4\nL:1/8\nK:{key}\n"
        + "|\n".join(lines)
        + "|]\n"
    )


def write(folder: Path, size: int) -> int:
    """Write the files; returns the number of copies among them."""
    rng = random.Random(size)
    copies, book = 0, []
    for number in range(size):
        copy = number > 100 and number % 10 == 0
        copies += copy
        original = rng.randrange(number // 10 * 10) // 10 * 10 + 1 if copy else number
        book.append(tune(original, "D" if copy else "C"))
        if len(book) == A_FILE or number == size - 1:
            path = folder / f"{number // A_FILE % 100:02}" / f"{number:08}.abc"
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(book))
            book = []
    for number in range(GARBAGE):
        (folder / f"garbage-{number}.abc").write_bytes(rng.randbytes(200))
    return copies


def memory() -> int:
    """Resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(size: int, jobs: int, answers: multiprocessing.Queue) -> None:
    """One build in a process of its own, so that memory is its own."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "tunes"
        source.mkdir()
        copies = write(source, size)
        early: list[int] = []

        def progress(done: int, total: int, _: object) -> None:
            if not early and done * 10 >= total:
                early.append(memory())

        wall, used = time.perf_counter(), processor_seconds()
        workers = (
            Serial() if jobs == 1 else Pool(jobs, start="fork")
        )  # so that they count as children
        build.build(
            manifest.load(str(source)), Path(temporary) / "out", workers=workers, progress=progress
        )
        wall, used = time.perf_counter() - wall, processor_seconds() - used
        counts = Corpus(Path(temporary) / "out").info["counts"]
        found = (counts["duplicate"], counts["unreadable"], counts["found"] - size)
        answers.put(
            (wall, used, early[0], memory(),
             resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
             found == (copies, GARBAGE, 0))
        )  # fmt: skip
        shutil.rmtree(source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    print("tunes | processes | seconds | tunes/s | tunes/processor s | MB at 10 % | MB at the end"
          " | MB of a worker | copies and garbage exact")  # fmt: skip
    used: dict[int, float] = {}
    for size in options.sizes:
        for jobs in options.jobs:
            answers: multiprocessing.Queue = multiprocessing.Queue()
            process = multiprocessing.Process(target=measure, args=(size, jobs, answers))
            process.start()
            wall, cpu, early, late, worker, exact = answers.get()
            process.join()
            used.setdefault(size, cpu)
            print(f"{size} | {jobs} | {wall:.1f} | {size / wall:.0f} | {size / cpu:.0f} | {early}"
                  f" | {late} | {worker} | {exact}", flush=True)  # fmt: skip
    if len(used) > 1:
        low, high = min(used), max(used)
        print(f"slope {log(used[high] / used[low]) / log(high / low):.2f}")


if __name__ == "__main__":
    main()
