"""Does building a corpus cost the same for each piece, however many there are?

    python -m benchmarks.corpus_scale [--kind abc] [--sizes 2000 20000 200000] [--jobs 2]
    python -m benchmarks.corpus_scale --kind midi --sizes 5000 50000

For each size, as many random pieces are written (tunes 64 a file, MIDI one a file), one in ten a
copy of an earlier one in another key and under another title, and 100 files of garbage; then they
are built by `--jobs` processes. Printed are pieces a second of the wall clock and of processor
time, the greatest memory so far of the process that joins and of a worker when a tenth is done and
at the end, bytes of the outcome, and whether exactly the planted copies were found and exactly the
garbage was listed, by name. The last line is the slope of processor time between the smallest and
the largest size: 1.00 is linear.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import struct
import tempfile
import time
from collections.abc import Callable
from math import log
from pathlib import Path

from musicrnn.corpus import Corpus, build, manifest
from musicrnn.parallel.workers import Pool

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


def midi_file(number: int, key: str) -> bytes:
    """128 eighths in a Standard MIDI File of one track, 480 ticks a quarter, in C or in D."""
    rng = random.Random(number)
    track = bytearray(b"\x00\xff\x58\x04\x04\x02\x18\x08")  # 4/4
    for _ in range(128):
        pitch = 60 + rng.randrange(24) + 2 * KEYS[key]
        track += bytes((0, 0x90, pitch, 80, 0x81, 0x70, 0x80, pitch, 0))  # on, 240 ticks, off
    track += b"\x00\xff\x2f\x00"
    head = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, 480)
    return head + struct.pack(">4sI", b"MTrk", len(track)) + track


def write(folder: Path, size: int, kind: str = "abc") -> int:
    """Write the files; returns the number of copies among them."""
    rng = random.Random(size)
    copies, book = 0, []
    for number in range(size):
        copy = number > 100 and number % 10 == 0
        copies += copy
        original = rng.randrange(number // 10 * 10) // 10 * 10 + 1 if copy else number
        home = folder / f"{number // A_FILE % 100:02}"
        home.mkdir(exist_ok=True)
        if kind == "midi":
            (home / f"{number:08}.mid").write_bytes(midi_file(original, "D" if copy else "C"))
            continue
        book.append(tune(original, "D" if copy else "C"))
        if len(book) == A_FILE or number == size - 1:
            (home / f"{number:08}.abc").write_text("\n".join(book))
            book = []
    for name in garbage(kind):
        (folder / name).write_bytes(rng.randbytes(200))
    return copies


def garbage(kind: str) -> set[str]:
    return {f"garbage-{number}.{'mid' if kind == 'midi' else 'abc'}" for number in range(GARBAGE)}


def peak(process: int | str) -> int:
    """The greatest resident memory so far of a process, MB."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def peaks() -> tuple[int, int]:
    """Of this process, and of its greatest worker."""
    children = Path("/proc/self/task").glob("*/children")
    workers = [pid for path in children for pid in path.read_text().split()]
    return peak("self"), max(map(peak, workers), default=0)


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def exact(folder: Path, kind: str, size: int, copies: int) -> bool:
    """Whether the planted copies, the garbage by name and nothing else was left out."""
    named = set()
    with (folder / "report.json").open() as report:
        for line in report:
            if line.startswith('{"id"') and '"unreadable"' in line:
                named.add(json.loads(line.rstrip(",\n"))["file"])
    counts = Corpus(folder).info["counts"]
    found = (counts["found"], counts["duplicate"], counts["rejected"], named)
    return found == (size, copies, 0, garbage(kind))


def measure(kind: str, size: int, jobs: int, tell: Callable[[object], None]) -> None:
    """One build in a process of its own, so that memory is its own."""
    with tempfile.TemporaryDirectory() as temporary:
        source, out = Path(temporary) / "pieces", Path(temporary) / "out"
        source.mkdir()
        copies = write(source, size, kind)
        early: list[tuple[int, int]] = []
        late = (0, 0)

        def progress(done: int, total: int, _: object) -> None:
            nonlocal late
            late = peaks()
            if not early and done * 10 >= total:
                early.append(late)

        # Forked workers are children of this process, so that their time and memory are seen.
        wall, used = time.perf_counter(), processor_seconds()
        build.build(manifest.load(str(source)), out, workers=Pool(jobs, start="fork"),
                    progress=progress)  # fmt: skip
        wall, used = time.perf_counter() - wall, processor_seconds() - used
        late = (peak("self"), late[1])
        stored = sum(path.stat().st_size for path in out.iterdir() if path.is_file())
        tell((wall, used, early[0], late, stored, exact(out, kind, size, copies)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kind", choices=["abc", "midi"], default="abc")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    print("| pieces | seconds | a second | a processor second | joining, MB at 10 % → end "
          "| worker, MB at 10 % → end | bytes a piece | copies and garbage exact |")  # fmt: skip
    print("|--:|--:|--:|--:|--:|--:|--:|---|")
    times: dict[int, float] = {}
    for size in options.sizes:
        answers: multiprocessing.Queue = multiprocessing.Queue()
        process = multiprocessing.Process(
            target=measure, args=(options.kind, size, options.jobs, answers.put)
        )
        process.start()
        wall, times[size], early, late, stored, right = answers.get()
        process.join()
        print(f"| {size:,} | {wall:.0f} | {size / wall:.0f} | {size / times[size]:.0f} "
              f"| {early[0]} → {late[0]} | {early[1]} → {late[1]} | {stored / size:.0f} "
              f"| {'yes' if right else 'NO'} |", flush=True)  # fmt: skip
    low, high = min(times), max(times)
    if low < high:
        print(f"\nslope of processor time {log(times[high] / times[low]) / log(high / low):.2f}")


if __name__ == "__main__":
    main()
