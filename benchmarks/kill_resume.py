"""Kill a training run at random moments and see that it ends as if nothing had happened.

    python benchmarks/kill_resume.py            20 runs, each killed once with SIGKILL
    python benchmarks/kill_resume.py --runs 3   fewer

A small model is trained on the corpus of names once to its end. Then, run by run, the same
training is started in a process of its own, killed at a random moment, the middle of a checkpoint
among them (one is written at every few steps), and resumed until it ends. All weights of the best
bundle and every number of the last checkpoint must be the same, bit for bit.
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
from pathlib import Path

#: A model for a few seconds, with all that must be restored: dropout's generator, moments, an
#: average, states carried from batch to batch.
SETTINGS = [
    "model.cell='lstm'", "model.units=[16]", "model.embedding=8", "model.zero_start=false",
    "model.dropout=0.2", "model.attention=12", "training.epochs=4", "training.batch=16",
    "training.length=16",
    "training.batching='streams'", "training.average=0.9", "training.checkpoint_minutes=0.0",
    "training.samples_every=2", "training.samples=1",
]  # fmt: skip


def command(folder: Path) -> list[str]:
    """The command that starts the run, or goes on with it."""
    musicrnn = [sys.executable, "-m", "musicrnn", "train"]
    if begun(folder):
        return [*musicrnn, "--resume", str(folder)]
    shutil.rmtree(folder, ignore_errors=True)
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    return [*musicrnn, "--recipe", "names", "--output", str(folder), *settings]


def begun(folder: Path) -> bool:
    """Whether there is a checkpoint to go on from."""
    checkpoints = folder / "checkpoints"
    return checkpoints.is_dir() and any(p.name[0] != "." for p in checkpoints.iterdir())


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1"}
    return subprocess.Popen(
        command(folder), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def run_to_end(folder: Path) -> None:
    process = start(folder)
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{folder}: training failed: {errors.decode()[-400:]}")


def kill_somewhere(folder: Path, choice: random.Random, seconds: float) -> str | None:
    """Start the run, wait for its first checkpoint and then a random time, kill it. None where it
    had ended by then.
    """
    process = start(folder)
    while not begun(folder) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(choice.random() * seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if process.returncode != -signal.SIGKILL:
        return None
    whole = [p.name for p in (folder / "checkpoints").iterdir() if p.name[0] != "."]
    torn = [p for p in (*folder.iterdir(), *(folder / "checkpoints").iterdir()) if p.name[0] == "."]
    return f"after checkpoint {max(whole)}" + (", in the middle of a write" if torn else "")


def digest(folder: Path) -> str:
    """SHA-256 over the best weights and all numbers of the last checkpoint."""
    last = max((folder / "checkpoints").iterdir())
    files = [folder / "best" / "weights.safetensors", last / "numbers.safetensors"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    choice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole"
        run_to_end(whole)
        wanted = digest(whole)
        log = (whole / "log.jsonl").read_text().splitlines()
        seconds = float(log[-1].rpartition('"seconds":')[2].strip(" }"))
        print(f"never killed: {wanted[:16]}, {seconds:.1f} s of training")
        same = 0
        for number in range(1, options.runs + 1):
            folder = Path(scratch) / f"run-{number}"
            while (where := kill_somewhere(folder, choice, seconds)) is None:
                shutil.rmtree(folder)
            run_to_end(folder)
            equal = digest(folder) == wanted
            same += equal
            print(f"{number:>3}  killed {where:<55} {'same' if equal else 'DIFFERENT'}", flush=True)
            shutil.rmtree(folder)
        print(f"{same} of {options.runs} ended with the same numbers, bit for bit")
        raise SystemExit(same != options.runs)


if __name__ == "__main__":
    main()
