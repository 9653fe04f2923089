"""Bounded work: a pool of processes, a limited queue, a time limit for every job.

The pool is Pebble's: it can stop a job that runs too long and replaces the process, which the
standard library's executors cannot, and it survives a worker that dies.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from pebble import ProcessExpired, ProcessPool

from musicrnn.errors import MusicRNNError
from musicrnn.web.settings import Settings

__all__ = ["BusyError", "Pool", "TooSlowError", "WorkerLostError"]


class BusyError(MusicRNNError):
    """The queue is full; `retry_after` seconds is when it is worth coming back."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many requests at once; try again in {retry_after} s")


class TooSlowError(MusicRNNError):
    """A job ran past the time limit."""


class WorkerLostError(MusicRNNError):
    """A worker died under a job."""


class Pool:
    """Runs functions in worker processes, never more than `settings.queue` at once."""

    def __init__(self, settings: Settings, warm: Callable[..., object], *arguments: object) -> None:
        """`warm(*arguments)` runs once in each new worker, to load what every job needs."""
        self._settings = settings
        self._waiting = 0
        self._pool = ProcessPool(
            max_workers=settings.workers,
            max_tasks=settings.jobs_per_worker,
            initializer=warm,
            initargs=arguments,
            # A forked copy of a process that runs threads (the server does) may deadlock.
            context=multiprocessing.get_context("spawn"),
        )
        # The first job starts the workers: better now than when a visitor comes.
        self._pool.schedule(int)

    @property
    def waiting(self) -> int:
        """Jobs that wait or run."""
        return self._waiting

    async def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """`function(*arguments)` in a worker.

        Raises `BusyError`, `TooSlowError`, `WorkerLostError`, or whatever the function raises.
        """
        if self._waiting >= self._settings.queue:
            raise BusyError(retry_after=max(1, self._waiting // (4 * self._settings.workers)))
        self._waiting += 1
        try:
            future = self._pool.schedule(
                function, args=list(arguments), timeout=self._settings.time_limit
            )
            return await asyncio.wrap_future(future)
        except FutureTimeoutError:
            limit = self._settings.time_limit
            raise TooSlowError(
                f"that took more than {limit:g} s and was stopped; ask for less"
            ) from None
        except ProcessExpired:
            raise WorkerLostError("the work could not be finished; please try again") from None
        finally:
            self._waiting -= 1

    def close(self, *, wait: float) -> None:
        """Take no more work, let what runs finish for `wait` seconds, then stop."""
        self._pool.close()
        try:
            self._pool.join(timeout=wait)
        except FutureTimeoutError:
            self._pool.stop()
            self._pool.join()
