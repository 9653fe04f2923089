"""Hosts that die, or are cut off, while they build, generate or train: is anything lost?

    python -m benchmarks.cluster_kill build --kills 5
    python -m benchmarks.cluster_kill generate --kills 5
    python -m benchmarks.cluster_kill train --kills 5
    python -m benchmarks.cluster_kill build --cut          its network link taken down instead

A Ray cluster of a head and two hosts, each a network namespace with an address of its own
(`hosts.py`; as root). The command of a user runs on it. Again and again, at a random moment after
work has gone on, one host is killed: SIGKILL for all its processes at once; another takes its
place. What comes out must be the bytes that one process makes; for training, its losses.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.corpus_scale import write as write_tunes
from benchmarks.hosts import Host, Hosts
from tests.parallel.helpers import random_model

#: Least and most seconds between a sign of progress and the next blow.
PAUSE = (0.0, 4.0)
#: The longest that a command may stand still after a blow before it is called lost.
PATIENCE = 400


@dataclass(frozen=True)
class Kind:
    """One kind of work: its command into a folder, how far it has come, and what is compared."""

    command: list[str]
    plain: list[str]
    done: Callable[[Path], int]
    outcome: Callable[[Path], object]


def building(scratch: Path, size: int) -> Kind:
    source = scratch / "source"
    source.mkdir()
    write_tunes(source, size)
    return Kind(["corpus", "build", str(source)], ["-j", "2"], results, digests)


def generating(scratch: Path, size: int) -> Kind:
    asked = ["--key", "G", "--meter", "6/8", "--unit", "1/8", "--bars", "8", "--seed", "1"]
    model = random_model(scratch)
    command = ["generate", "--model", str(model), "-n", str(size), *asked]
    return Kind(command, ["-j", "2"], results, digests)


def training(_: Path, size: int) -> Kind:
    """Embedding (sparse gradients), clipping, an odd batch, states carried, no dropout."""
    settings = [
        "model.cell='lstm'", "model.units=[16]", "model.embedding=8", "model.zero_start=false",
        f"training.epochs={size}", "training.patience=0", "training.batch=15",
        "training.length=32", "training.batching='streams'", "training.clip_norm=0.5",
        "training.clip_value=0.0", "training.checkpoint_minutes=0.0", "training.samples_every=0",
    ]  # fmt: skip
    command = ["train", "--recipe", "names"]
    command += [part for setting in settings for part in ("--set", setting)]
    return Kind(command, [], steps, losses)


KINDS = {"build": (building, 3000), "generate": (generating, 1600), "train": (training, 40)}


def results(folder: Path) -> int:
    """Blocks or chunks of which the result is there."""
    return sum(path.name[0] != "." for path in (folder / ".musicrnn-work").glob("*.jsonl"))


def steps(folder: Path) -> int:
    """A number that grows with the epoch and step of the last checkpoint."""
    names = [path.name for path in (folder / "checkpoints").glob("[0-9]*")]
    return int(max(names).replace("-", "")) if names else 0


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def losses(folder: Path) -> np.ndarray:
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return np.array([(line["train_bits"], line["validation_bits"]) for line in lines])


def same(one: object, other: object) -> str:
    """How two outcomes compare, for the last line."""
    if isinstance(one, dict):
        return "the same bytes" if one == other else "OTHER BYTES"
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return f"OTHER LOSSES: {len(one)} and {len(other)} epochs"
    apart = np.abs(one - other).max() / np.abs(one).max()
    return f"{'the same' if apart < 1e-5 else 'OTHER'} losses, apart by {apart:.1e} at most"


class Blows:
    """What befalls the hosts while a command runs."""

    def __init__(self, hosts: Hosts, kind: Kind, out: Path, chance: random.Random) -> None:
        self._hosts, self._kind, self._out, self._chance = hosts, kind, out, chance
        self._start = time.monotonic()

    def wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Until work has gone on, and a random moment longer; False when the command is over."""
        before = self._kind.done(self._out)
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and (
            self._kind.done(self._out) == before or not self._hosts.workers
        ):
            if time.monotonic() > deadline:
                raise SystemExit(f"no progress in {PATIENCE} s after {before}")
            time.sleep(0.05)
        time.sleep(self._chance.uniform(*PAUSE))
        return process.poll() is None

    def kill(self) -> None:
        host = self._chance.choice(self._hosts.workers)
        done = self._kind.done(self._out)
        killed = host.kill()
        self._say(f"killed {host.address}, {killed} processes; done {done}")
        self._hosts.lose(host)

    def cut(self) -> Host:
        """Take a link down; tells how long it was until the cluster had noticed."""
        host = self._chance.choice(self._hosts.workers)
        done = self._kind.done(self._out)
        host.link("down")
        cut = time.monotonic()
        while host.address in self._hosts.alive():
            time.sleep(0.5)
        noticed = time.monotonic() - cut
        self._say(
            f"cut off {host.address}; done {done}; noticed after {noticed:.1f} s, "
            f"{len(host.pids())} processes still running there"
        )
        self._hosts.lose(host)
        return host

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._start:7.1f} s  {what}", flush=True)


def run_plain(musicrnn: list[str], kind: Kind, out: Path) -> None:
    began = time.monotonic()
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(
        [*musicrnn, "-o", f"{out}/", *kind.plain], check=True, env=environment, capture_output=True
    )
    print(f"plain: {time.monotonic() - began:.1f} s", flush=True)


def run_on_hosts(
    musicrnn: list[str], kind: Kind, out: Path, hosts: Hosts, options: argparse.Namespace
) -> int:
    """Run to the end under blows; returns how many there were."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = hosts.head.start(
            *musicrnn, "-o", f"{out}/", "--cluster", hosts.address, log=log.fileno()
        )
        blows = Blows(hosts, kind, out, random.Random(options.seed))
        given, lost = 0, []
        for _ in range(1 if options.cut else options.kills):
            if not blows.wait(process):
                break
            given += 1
            if options.cut:
                lost.append(blows.cut())
            else:
                blows.kill()
        if process.wait():
            log.seek(0)
            raise SystemExit(f"the command failed:\n{log.read().decode()[-3000:]}")
    print(f"cluster: {time.monotonic() - began:.1f} s", flush=True)
    for host in lost:  # back again, with whatever it still had to write
        host.link("up")
        time.sleep(20)
    return given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--cut", action="store_true", help="take one host's link down instead")
    parser.add_argument("--size", type=int, default=0, help="tunes, or epochs")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    make, size = KINDS[options.kind]
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        kind = make(scratch, options.size or size)
        musicrnn = [sys.executable, "-m", "musicrnn", *kind.command]
        plain, out = scratch / "plain", scratch / "cluster"
        run_plain(musicrnn, kind, plain)
        with Hosts(2, scratch) as hosts:
            given = run_on_hosts(musicrnn, kind, out, hosts, options)
        verdict = same(kind.outcome(plain), kind.outcome(out))
        print(f"{options.kind}: {given} hosts {'cut off' if options.cut else 'killed'}: {verdict}")
        raise SystemExit("OTHER" in verdict)


if __name__ == "__main__":
    main()
