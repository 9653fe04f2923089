"""Who is next: fair shares of the workers' time, whoever asks for how much.

Each visitor has a queue of their own. The next job is that of the visitor who has had the least
time so far, so one who asks for a hundred expensive things waits for himself and not the others
(start-time fair queueing, Goyal, Vin and Cheng 1996).
"""

from __future__ import annotations

import ipaddress
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["FairQueue", "visitor"]

T = TypeVar("T")


def visitor(address: str) -> str:
    """Who an address stands for: of an IPv6 one the first 64 bits, which one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


@dataclass
class _Visitor(Generic[T]):
    seconds: float
    waiting: deque[T] = field(default_factory=deque)
    running: int = 0

    @property
    def jobs(self) -> int:
        return len(self.waiting) + self.running


class FairQueue(Generic[T]):
    """Jobs that wait, by visitor. It knows nothing of what a job is."""

    def __init__(self) -> None:
        self._visitors: dict[str, _Visitor[T]] = {}

    def __len__(self) -> int:
        """Jobs that wait or run."""
        return sum(one.jobs for one in self._visitors.values())

    def jobs_of(self, name: str) -> int:
        """Jobs of one visitor that wait or run."""
        return self._visitors[name].jobs if name in self._visitors else 0

    def add(self, name: str, job: T) -> None:
        """A job to be done for `name`."""
        if name not in self._visitors:
            # Whoever comes has had as much as the one who has had least: no credit is saved up.
            least = min((one.seconds for one in self._visitors.values()), default=0.0)
            self._visitors[name] = _Visitor(least)
        self._visitors[name].waiting.append(job)

    def next(self) -> tuple[str, T] | None:
        """The job to start now: of those who have the fewest running, whose time is not counted
        yet, the visitor who has had the least. None when none waits."""
        ready = [
            (one.running, one.seconds, name)
            for name, one in self._visitors.items() if one.waiting
        ]  # fmt: skip
        if not ready:
            return None
        *_, name = min(ready)
        one = self._visitors[name]
        one.running += 1
        return name, one.waiting.popleft()

    def done(self, name: str, seconds: float) -> None:
        """A job of `name` that was started is over and took so long."""
        one = self._visitors[name]
        one.seconds += seconds
        one.running -= 1
        self._forget()

    def drop(self, name: str, job: T) -> bool:
        """Take back a job that has not been started; False where it has."""
        one = self._visitors.get(name)
        if one is None or job not in one.waiting:
            return False
        one.waiting.remove(job)
        self._forget()
        return True

    def _forget(self) -> None:
        """Visitors with nothing to do are forgotten when the others have caught up with them."""
        busy = [one.seconds for one in self._visitors.values() if one.jobs]
        for name in [name for name, one in self._visitors.items() if not one.jobs]:
            if not busy or self._visitors[name].seconds <= min(busy):
                del self._visitors[name]
