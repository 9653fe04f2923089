"""Kill commands at random moments: nothing half-written, nothing lost, nothing foreign touched.

    python benchmarks/kills.py                       20 kills of each command by each signal
    python benchmarks/kills.py --kills 3 --only train generate

Each command is run once to its end. Then it is started again and again in a fresh folder, killed by
SIGKILL, SIGTERM or SIGINT at a random moment (from its first moment to that at which it ended),
and run, or resumed, to its end: all files must be the same bytes as those of the unbroken run. The
folder also holds canaries, files with names like temporary ones, that must stay as they are. After
a kill no file may stand half-written under its own name, and an interrupted command must be gone
within `STOP_SECONDS`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicrnn.files import is_temporary
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.tokens.vocabulary import END, Vocabulary

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
STOP_SECONDS = 2.0
CANARIES = (".env", ".git/config", ".tune.0123456789ab.abc", "out/.musicrnn-mine", "out/.work/mine")
#: What says when and where something was made, and not what.
VOLATILE = {"log.jsonl", "card.md", "config.json", "position.json", "loss.svg"}
TUNES = "".join(
    f"X:{i}\nT:Tune {i}\nM:4/4\nL:1/8\nK:D\n"
    + "".join(f"{'DEFGABcd'[(i * k) % 8]}2 F2 A2 {'dcBAGFED'[(i + k) % 8]}2|" for k in range(8))
    + "|\n\n"
    for i in range(1, 400)
)
GAPS = "X:1\nT:Gaps\nM:6/8\nL:1/8\nK:D\n|:ABA FED|?|?|?|ABA FED|?|?|d3 d3:|\n"


@dataclass(frozen=True)
class Task:
    """A command, what it needs, and how to go on with it where it did not end."""

    words: Callable[[Path], list[str]]
    inputs: dict[str, str]
    make: Callable[[Path], object] = lambda _: None

    def prepare(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.make(folder)
        for name in CANARIES:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("mine")
        for name, text in self.inputs.items():
            (folder / name).write_text(text)
            os.utime(folder / name, (0, 0))  # the digest of a corpus covers times


def small_model(folder: Path) -> None:
    """A bundle that writes names of random letters, hundreds a second: what is tried is how files
    are written, not what is in them."""
    rng = np.random.default_rng(1)
    vocabulary = Vocabulary("\nabcdefghijklmnopqrstuvwxyz", specials=(END,))
    model = ModelConfig(units=(8,), embedding=4)
    weights = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in model.weight_shapes(len(vocabulary)).items()
    }
    config = BundleConfig(
        "small", "text", {"name": "char", "format": "text"}, model, vocabulary.digest
    )
    Bundle(config, vocabulary, weights, "# small\n").save(folder / "model")


def train(folder: Path) -> list[str]:
    settings = [
        "model.units=[16]", "model.embedding=8", "model.zero_start=false", "training.epochs=3",
        "training.checkpoint_minutes=0.0", "training.samples=1",
    ]  # fmt: skip
    checkpoints = folder / "out" / "checkpoints"
    if checkpoints.is_dir() and any(path.name[0] != "." for path in checkpoints.iterdir()):
        return ["train", "--resume", "out"]
    options = [part for setting in settings for part in ("--set", setting)]
    return ["train", "dinosaurs", "--recipe", "names", "--output", "out", *options]


TASKS = {
    "corpus build": Task(lambda _: ["corpus", "build", "in.abc", "-o", "out"], {"in.abc": TUNES}),
    "corpus build -j 2": Task(
        lambda _: ["corpus", "build", "in.abc", "-o", "out", "-j", "2"], {"in.abc": TUNES}
    ),
    "generate": Task(
        lambda _: ["generate", "--model", "model", "-n", "500", "--seed", "7", "-o", "out/"],
        {},
        small_model,
    ),
    "generate -j 2": Task(
        lambda _: [
            "generate",
            "--model",
            "model",
            "-n",
            "500",
            "--seed",
            "7",
            "-j",
            "2",
            "-o",
            "out/",
        ],
        {},
        small_model,
    ),
    "render": Task(
        lambda _: ["render", "in.abc", "--to", "mid,musicxml", "-o", "out/"], {"in.abc": TUNES}
    ),
    "complete": Task(
        lambda _: ["complete", "in.abc", "--seed", "3", "-o", "out.abc"], {"in.abc": GAPS}
    ),
    "train": Task(train, {}),
}


def start(task: Task, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "musicrnn", *task.words(folder)]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip


def finish(task: Task, folder: Path) -> None:
    process = start(task, folder)
    _, errors = process.communicate()
    if process.returncode and b"the run is over" not in errors:
        raise SystemExit(f"{folder}: {errors.decode()[-500:]}")


def kill(task: Task, folder: Path, number: int, seconds: float) -> float | None:
    """Start, wait, send the signal; the seconds that it took to end, None where it had ended."""
    process = start(task, folder)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        began = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate()
        if number != signal.SIGKILL and b"Traceback" in errors:
            raise SystemExit(f"a traceback at {seconds:.2f} s: {errors.decode()[-800:]}") from None
        return time.monotonic() - began
    return None


def outcome(folder: Path) -> dict[str, str]:
    """Every file that is not temporary, and the digest of what is in it."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        ours = any(part == ".musicrnn-work" or is_temporary(part) for part in place.parts)
        if path.is_file() and not ours and path.name not in VOLATILE:
            digests[str(place)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def leavings(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if is_temporary(path.name) or path.name == ".musicrnn-work":
            yield str(path.relative_to(folder))


def check_whole(killed: dict[str, str], wanted: dict[str, str]) -> str:
    """What stands under its own name is what the unbroken run has there, but for a run's folder,
    whose checkpoints come and go."""
    for name, digest in killed.items():
        if name in wanted and wanted[name] != digest and "out/best" not in name:
            return f"{name} is half-written"
    return ""


def trial(
    task: Task, number: int, moment: float, wanted: dict[str, str], folder: Path
) -> tuple[str, float]:
    """One kill and what came of it: what went wrong, if anything, and the seconds it took."""
    try:
        task.prepare(folder)
        took = kill(task, folder, number, moment)
        wrong = check_whole(outcome(folder), wanted)
        finish(task, folder)
        files = outcome(folder)
        if not wrong and files != wanted:
            odd = sorted(set(files.items()) ^ set(wanted.items()))[0][0]
            wrong = f"{odd} differs from the unbroken run"
        if not wrong and (left := next(leavings(folder), "")):
            wrong = f"{left} is left"
        return wrong, took or 0.0
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signals", nargs="*", default=[s.name for s in SIGNALS],
                        choices=[s.name for s in SIGNALS])  # fmt: skip
    parser.add_argument("--only", nargs="*", default=list(TASKS), choices=list(TASKS))
    options = parser.parse_args()
    choose = random.Random(options.seed)
    failures = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.only:
            # Always the same folder: the digest of a corpus covers paths, too.
            failures += series(TASKS[name], name, Path(scratch) / "work", options, choose)
    raise SystemExit(failures)


def series(
    task: Task, name: str, folder: Path, options: argparse.Namespace, choose: random.Random
) -> int:
    """Kill one command by each signal; prints what came of it, returns how often it went wrong."""
    task.prepare(folder)
    began = time.monotonic()
    finish(task, folder)
    seconds = time.monotonic() - began
    wanted = outcome(folder)
    shutil.rmtree(folder)
    failures = 0
    for number in (signal.Signals[name] for name in options.signals):
        slowest, wrongs, kills = 0.0, [], 0
        try:
            for _ in range(options.kills):
                # The first tenths of a second are the interpreter's own.
                moment = 0.2 + choose.random() * seconds
                wrong, took = trial(task, number, moment, wanted, folder)
                slowest = max(slowest, took)
                wrongs += [wrong] if wrong else []
                kills += 1
        finally:  # a measurement that is stopped says how far it came
            failures += len(wrongs)
            print(
                f"{name:<18} {signal.Signals(number).name:<8} {kills} kills within {seconds:.1f} "
                f"s: {kills - len(wrongs)} ended with the same bytes, slowest to end "
                f"{slowest:.2f} s" + "".join(f"\n    {wrong}" for wrong in wrongs),
                flush=True,
            )
    return failures


if __name__ == "__main__":
    main()
