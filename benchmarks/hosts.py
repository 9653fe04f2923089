"""Hosts of a Ray cluster on one machine: network namespaces with addresses and links of their own.

Each host is a namespace with one address on a common bridge and Ray's processes in it. A host can
be killed (SIGKILL for every process in it at once), cut off (its link taken down, its processes
left running) and replaced. Needs root and iproute2.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from musicrnn.parallel.ray import NODE_SETTINGS

_SWITCH = "musicrnn-switch"
_NETWORK = "10.77.0"
_PORT = 6379
#: Chosen beforehand: a node that finds free ones itself is given up after 30 s on a busy machine.
_PORTS = {
    "metrics-export": 8001, "dashboard-agent-grpc": 8002, "dashboard-agent-listen": 8003,
    "runtime-env-agent": 8004,
}  # fmt: skip
#: A node that was given up is started again, so often in all.
_TRIES = 3


def ip(*words: str) -> str:
    """What iproute2 answers."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


class Host:
    """One namespace with a link to the switch."""

    def __init__(self, number: int) -> None:
        self.name = f"musicrnn-{number}"
        self.address = f"{_NETWORK}.{number}"
        self._plug = f"plug{number}"
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        ip("link", "add", "eth0", "netns", self.name, "type", "veth",
           "peer", "name", self._plug, "netns", _SWITCH)  # fmt: skip
        ip("-n", _SWITCH, "link", "set", self._plug, "master", "bridge", "up")
        ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        ip("-n", self.name, "link", "set", "eth0", "up")

    def start(self, *command: str, log: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
        """A process in this host, in a session of its own."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, *command], stdout=log, stderr=log,
            start_new_session=True, env=os.environ | NODE_SETTINGS | {"RAY_AUTH_MODE": "token"},
        )  # fmt: skip

    def link(self, state: str) -> None:
        """Take the link ``down`` or ``up``."""
        ip("-n", _SWITCH, "link", "set", self._plug, state)

    def kill(self) -> int:
        """SIGKILL for every process in this host; returns how many there were."""
        found = self.pids()
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(found)

    def pids(self) -> list[int]:
        """The processes in this host."""
        return [int(pid) for pid in ip("netns", "pids", self.name).split()]

    def remove(self) -> None:
        self.kill()
        ip("netns", "del", self.name)


class Hosts:
    """A head that does no work, and `count` hosts with one processor each."""

    def __init__(self, count: int, logs: Path) -> None:
        self._logs = logs
        self._made = 0
        self._everyone: list[Host] = []
        self._coming: list[threading.Thread] = []
        ip("netns", "add", _SWITCH)
        ip("-n", _SWITCH, "link", "add", "bridge", "type", "bridge")
        ip("-n", _SWITCH, "link", "set", "bridge", "up")
        try:
            self.head = self._join("--head", "--port", str(_PORT), "--include-dashboard=false",
                                   "--num-cpus=0")  # fmt: skip
            self.workers = [self.add() for _ in range(count)]
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        return f"{self.head.address}:{_PORT}"

    def add(self) -> Host:
        """One more host with one processor, part of the cluster when this returns."""
        return self._join("--address", self.address, "--num-cpus=1")

    def lose(self, host: Host) -> None:
        """`host` is lost; another one takes its place as soon as it is up."""
        self.workers.remove(host)
        coming = threading.Thread(target=lambda: self.workers.append(self.add()))
        coming.start()
        self._coming.append(coming)

    def _join(self, *words: str) -> Host:
        self._made += 1
        host = Host(self._made)
        self._everyone.append(host)
        for _ in range(_TRIES):
            if self._started(host, words):
                return host
            host.kill()
        raise SystemExit(f"{host.name} did not start:\n{self._log(host).read_text()[-2000:]}")

    def _log(self, host: Host) -> Path:
        return self._logs / f"{host.name}.log"

    def _started(self, host: Host, words: tuple[str, ...]) -> bool:
        """Whether Ray's node came up in this host."""
        ports = [f"--{name}-port={port}" for name, port in _PORTS.items()]
        ray = str(Path(sys.executable).with_name("ray"))
        log = self._log(host)
        with log.open("wb") as file:
            process = host.start(
                ray, "start", *words, f"--node-ip-address={host.address}", *ports, "--block",
                log=file,
            )  # fmt: skip
        # Its start has hard limits of half a minute; on a busy machine it needs the way free.
        Path(f"/proc/{process.pid}/autogroup").write_text("-15")
        while process.poll() is None:
            if b"Ray runtime started" in log.read_bytes():
                Path(f"/proc/{process.pid}/autogroup").write_text("0")
                return True
            time.sleep(0.2)
        return False

    def alive(self) -> set[str]:
        """Addresses of the hosts that Ray takes for alive."""
        code = (
            "import ray; "
            f"ray.init('{self.address}', log_to_driver=False, logging_level='error'); "
            "print(*(n['NodeManagerAddress'] for n in ray.nodes() if n['Alive']))"
        )
        process = self.head.start(sys.executable, "-c", code, log=subprocess.PIPE)
        return set(process.communicate()[0].decode().split())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for coming in self._coming:
            coming.join()
        for host in self._everyone:
            host.remove()
        ip("netns", "del", _SWITCH)
