"""Bounded work: a pool of processes, a limited queue, a time limit for every job.

The pool is Pebble's: it can stop a job that runs too long and replaces the process, which the
standard library's executors cannot, and it survives a worker that dies.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from pebble import ProcessExpired, ProcessPool

from musicrnn.errors import MusicRNNError
from musicrnn.render.engraver_client import shared_worker
from musicrnn.web.fair import FairQueue
from musicrnn.web.settings import Settings

__all__ = ["BusyError", "TooSlowError", "WorkerLostError", "WorkerPool"]

log = logging.getLogger("musicrnn.web")

#: Seconds that a job goes on after whoever asked for it has left.
_LET_FINISH = 2.0
#: Seconds that a new worker may take to load what jobs need; only then does a job's time begin.
_STARTING = 30.0


class BusyError(MusicRNNError):
    """The queue is full; `retry_after` seconds is when it is worth coming back."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many requests at once; try again in {retry_after} s")


class TooSlowError(MusicRNNError):
    """A job ran past the time limit."""


class WorkerLostError(MusicRNNError):
    """A worker died under a job."""


# --- in a worker --------------------------------------------------------------------------------

#: what this worker still has to load: one that failed to is asked again by the next job
_to_warm: list[Callable[[], object]] = []


def _begin(nice: int, warm: Callable[..., object], *arguments: object) -> None:
    """Load what every job needs. A worker that ended where it cannot would be started for ever."""
    signal.signal(signal.SIGTERM, _end)
    _to_warm.append(partial(warm, *arguments))
    with suppress(WorkerLostError):
        _require_warm()
    if nice and hasattr(os, "nice"):
        os.nice(nice)


def _end(*_: object) -> None:
    """This worker is stopped: so is its engraver, which would go on drawing."""
    engraver = shared_worker().pid
    if engraver is not None:
        with suppress(OSError):
            os.kill(engraver, signal.SIGTERM)
    os._exit(1)


def _require_warm() -> None:
    while _to_warm:
        try:
            _to_warm[-1]()
        except Exception as error:  # noqa: BLE001 - whatever it is, the page cannot do without
            problem = {"error": type(error).__name__, "at": "the start of a worker"}
            log.error(json.dumps(problem))  # noqa: TRY400 - one line
            raise WorkerLostError("the page could not be started here; its log says why") from None
        _to_warm.pop()


def _run(function: Callable[..., Any], *arguments: object) -> Any:
    _require_warm()
    return function(*arguments)


# --- in the server ------------------------------------------------------------------------------


@dataclass(eq=False)
class _Job:
    """What is to be run, and the future that whoever asked awaits."""

    function: Callable[..., Any]
    arguments: tuple[object, ...]
    result: asyncio.Future[Any]


class WorkerPool:
    """Runs functions in worker processes: `settings.queue` at once, `settings.per_visitor` of one
    visitor, in turns that give every visitor the same share of time (`fair`)."""

    def __init__(
        self,
        settings: Settings,
        warm: Callable[..., object],
        *arguments: object,
        nice: int = 0,
    ) -> None:
        """`warm(*arguments)` runs once in each new worker, to load what every job needs. With
        `nice`, workers give way to other processes so much, and are started when one is wanted.
        """
        self._settings = settings
        self._queue: FairQueue[_Job] = FairQueue()
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._pool = ProcessPool(
            max_workers=settings.workers,
            max_tasks=settings.jobs_per_worker,
            initializer=_begin,
            initargs=(nice, warm, *arguments),
            # A forked copy of a process that runs threads (the server does) may deadlock.
            context=multiprocessing.get_context("spawn"),
        )
        if not nice:
            # The first job starts the workers: better now than when a visitor comes.
            self._pool.schedule(int)

    @property
    def waiting(self) -> int:
        """Jobs that wait or run."""
        return len(self._queue)

    async def run(self, visitor: str, function: Callable[..., Any], *arguments: object) -> Any:
        """`function(*arguments)` in a worker, for `visitor`.

        When the caller is cancelled, the job is taken back, or, where it runs, stopped. Raises
        `BusyError`, `TooSlowError`, `WorkerLostError`, or whatever the function raises.
        """
        settings = self._settings
        if self.waiting >= settings.queue or (self._queue.jobs_of(visitor) >= settings.per_visitor):
            raise BusyError(retry_after=max(1, self.waiting // (4 * settings.workers)))
        job = _Job(function, arguments, asyncio.get_running_loop().create_future())
        self._queue.add(visitor, job)
        self._start()
        try:
            return await job.result
        except asyncio.CancelledError:
            self._queue.drop(visitor, job)
            raise

    def _start(self) -> None:
        """Start jobs as long as there is a worker for one."""
        while self._running < self._settings.workers and (following := self._queue.next()):
            self._running += 1
            task = asyncio.create_task(self._work(*following))
            self._tasks.add(task)  # the loop alone would let it be collected
            task.add_done_callback(self._tasks.discard)

    async def _work(self, visitor: str, job: _Job) -> None:
        began = time.monotonic()
        try:
            outcome = await self._outcome(job)
            if job.result.done():
                pass  # nobody waits for it any more
            elif isinstance(outcome, _Failure):
                job.result.set_exception(outcome.error)
            else:
                job.result.set_result(outcome)
        finally:
            self._running -= 1
            self._queue.done(visitor, time.monotonic() - began)
            self._start()

    async def _outcome(self, job: _Job) -> Any:
        """The result of a job, or why there is none."""
        limit = self._settings.time_limit
        work = asyncio.wrap_future(
            self._pool.schedule(_run, args=[job.function, *job.arguments], timeout=limit)
        )
        try:
            # Stopping a worker costs seconds until another one is ready: what is nearly done
            # is cheaper to let go on than to stop.
            await asyncio.wait({work}, timeout=_LET_FINISH)
            if not work.done():
                await asyncio.wait(
                    {work, job.result}, timeout=limit + _STARTING,
                    return_when=asyncio.FIRST_COMPLETED,
                )  # fmt: skip
            if not work.done():
                work.cancel()
                if not job.result.done():
                    return _Failure(WorkerLostError("no worker could be started; try again later"))
                return None  # whoever asked has left
            return work.result()
        except FutureTimeoutError:
            return _Failure(
                TooSlowError(f"that took more than {limit:g} s and was stopped; ask for less")
            )
        except ProcessExpired:
            return _Failure(WorkerLostError("the work could not be finished; please try again"))
        except Exception as error:  # noqa: BLE001 - the job's own, for whoever asked
            return _Failure(error)

    def close(self, *, wait: float) -> None:
        """Take no more work, let what runs finish for `wait` seconds, then stop."""
        self._pool.close()
        try:
            self._pool.join(timeout=wait)
        except FutureTimeoutError:
            self._pool.stop()
            self._pool.join()


@dataclass
class _Failure:
    error: Exception
