"""What commands do when the machine fails them: one line and exit status 1, or the work done.

    python -m benchmarks.faults [--only "disk full" ...] [--commands play ...]   as root, for mounts

Every command is run where the disk is full, the folder cannot be written, there is no home, 64
files may be open, memory is bounded to three sizes, and all files are from the future (the clock
was set back). It ends with 0, or with 1 and one line on standard error that begins ``musicrnn:``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.kills import small_model
from musicrnn.training.recipe import Recipe

TUNE = "X:1\nT:Air\nM:4/4\nL:1/8\nK:D\n" + "D2 F2 A2 d2|f2 d2 A2 F2|" * 8 + "|\n"
GAP = TUNE.replace("f2 d2 A2 F2", "?", 1)
#: the command, and whether it loads TensorFlow, which wants gigabytes of address space
COMMANDS = {
    "generate": "generate --seed 3 -o OUT/new.abc",
    "generate many": "generate -n 4 --seed 3 -o OUT/many/",
    "generate -j": "generate -n 40 --seed 3 -j 2 -o OUT/bulk/",
    "complete": "complete gap.abc --seed 3 -o OUT/filled.abc",
    "render": "render tune.abc --to mid,wav,svg -o OUT/",
    "check": "check tune.abc",
    "fix": "fix tune.abc -o OUT/fixed.abc",
    "convert": "convert tune.abc --key G -o OUT/other.abc",
    "novelty": "novelty tune.abc",
    "corpus build": "corpus build book.abc -o OUT/corpus",
    "corpus build -j": "corpus build book.abc -j 2 -o OUT/corpus2",
    "models list": "models list",
    "train": "train dinosaurs --recipe names --output OUT/run --set training.epochs=1",
    "set": "set tune.abc book.abc -o OUT/set.abc",
    "set, new": "set --rhythm reel -n 2 --seed 3 -o OUT/set.pdf",
    "harmony": "harmony tune.abc -o OUT/two.abc",
    "harmonize": "harmonize gap.abc --seed 1 -o OUT/four.musicxml",
    "vary": "vary tune.abc --seed 1 -o OUT/varied.abc",
    "chords": "chords tune.abc -o OUT/chords.abc",
    "play": "play tune.abc",
    "jam": "jam",
    "evaluate": "evaluate model --corpus words --samples 2 -o OUT/report.html",
    "compare": "compare run --output OUT/loss.svg",
    "models info": "models info folk",
    "models export": "models export model --hub OUT/hub",
    "recipes list": "recipes list",
    "corpus info": "corpus info book.abc",
    "mcp": "mcp --folder OUT",
    "serve": "serve --port 0",
}
#: what ends when it is told to, and not by itself
ENDLESS = ("serve --port 0",)
WORDS = "anna\nberta\ncarla\ndora\nemma\n"
EPOCH = {"epoch": 1, "train_bits": 1.5, "validation_bits": 1.4, "seconds": 1.0, "rate": 0.1}


@contextmanager
def mounted(options: str, folder: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def usual(_: Path) -> Iterator[None]:
    yield


@contextmanager
def full(folder: Path) -> Iterator[None]:
    with mounted("size=16k", folder):
        with suppress_full(), (folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield


@contextmanager
def suppress_full() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    with mounted("ro", folder):
        yield


def limit(kind: int, size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (size, size))


NO_HOME = {"HOME": "/nowhere/at/all", "XDG_CACHE_HOME": ""}
#: condition → (what is done to the output folder, in the process, to the environment)
CONDITIONS = {
    "disk full": (full, None, {}),
    "read-only folder": (read_only, None, {}),
    "no home": (usual, None, NO_HOME),
    "64 open files": (usual, limit(resource.RLIMIT_NOFILE, 64), {}),
    "256 MB": (usual, limit(resource.RLIMIT_AS, 256 << 20), {}),
    "512 MB": (usual, limit(resource.RLIMIT_AS, 512 << 20), {}),
    "1500 MB": (usual, limit(resource.RLIMIT_AS, 1500 << 20), {}),
    "clock set back": (usual, None, {}),
}


def until_it_serves(process: subprocess.Popen[bytes], log: Path) -> bool:
    """Wait until the page says its address, or the process ends; whether it serves."""
    end = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < end:
        if "http://" in log.read_text(errors="replace"):
            return True
        time.sleep(0.2)
    return False


def verdict(words: str, condition: str, scratch: Path) -> tuple[str, str]:
    """What was wrong, empty when all is well; and what the command said where it refused."""
    place, limits, environment = CONDITIONS[condition]
    out = scratch / "out"
    out.mkdir(exist_ok=True)
    for name, text in (("tune.abc", TUNE), ("gap.abc", GAP), ("book.abc", (TUNE + "\n") * 3)):
        (scratch / name).write_text(text)
    (scratch / "words").mkdir()
    (scratch / "words" / "names.txt").write_text(WORDS * 40)
    (scratch / "run").mkdir()
    (scratch / "run" / "log.jsonl").write_text(json.dumps(EPOCH) + "\n")
    (scratch / "run" / "recipe.toml").write_text(Recipe("run").to_toml())
    small_model(scratch)
    shutil.copytree(scratch / "model", scratch / "run" / "best")
    if condition == "clock set back":
        for path in scratch.rglob("*"):
            os.utime(path, (time.time() + 10**8,) * 2)
    command = [sys.executable, "-m", "musicrnn", *words.replace("OUT", str(out)).split()]
    environment = {k: v for k, v in os.environ.items() if k != "MUSICRNN_CACHE"} | environment
    with (
        place(out),
        (scratch / "stderr").open("w+") as errors,
        subprocess.Popen(
            command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, preexec_fn=limits, env=environment,  # noqa: PLW1509 - no threads here
        ) as process,
    ):  # fmt: skip
        serves = words in ENDLESS and until_it_serves(process, scratch / "stderr")
        if serves:
            process.terminate()
        try:
            process.wait(300)
        except subprocess.TimeoutExpired:
            process.kill()
            return "hung for 300 s", ""
        if serves:
            return "", ""
        errors.seek(0)
        lines = [line for line in errors.read().splitlines() if line.strip()]
    if process.returncode == 0:
        return "", ""
    ours = [line for line in lines if line.startswith("musicrnn: ")]
    ours = [line for line in ours if not line.startswith("musicrnn: wrote ")]  # before it failed
    if (
        process.returncode == 1
        and len(ours) >= 1
        and not any("Traceback" in line for line in lines)
    ):
        return "" if len(ours) == 1 else f"{len(ours)} lines", ours[0][10:110]
    return f"exit {process.returncode}", lines[-1][:150] if lines else "not a word"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(CONDITIONS), choices=list(CONDITIONS))
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS), choices=list(COMMANDS))
    options = parser.parse_args()
    wrong = 0
    for condition in options.only:
        for name in options.commands:
            with tempfile.TemporaryDirectory() as scratch:
                problem, message = verdict(COMMANDS[name], condition, Path(scratch))
            wrong += bool(problem)
            print(f"{condition:<17} {name:<16} {problem or 'well'} {message}", flush=True)
    print(f"{wrong} of {len(options.only) * len(options.commands)} not as they should be")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
