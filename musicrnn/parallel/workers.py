"""One way to spread independent tasks: here in this process, or over processes of this machine.

`musicrnn.parallel.ray` offers the same over a Ray cluster. Results come as they are ready; sort by
task for a fixed order. A task that takes its worker down with it (a crash in a C library, the OOM
killer) is not an exception that could be caught: it comes back as `Lost`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["Lost", "Pool", "Serial", "Workers"]

T = TypeVar("T")
R = TypeVar("R")

#: Tasks handed to each worker beforehand; bounds what waits in memory.
_AHEAD = 3
#: Seconds between two looks whether anybody is still at work.
_LOOK = 1.0


#: How fresh interpreters are started: by a server that forks quickly, where there is one (Windows
#: has none).
FRESH = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@dataclass(frozen=True, slots=True)
class Lost:
    """Stands for the result of a task whose worker died."""

    why: str


class Workers(Protocol):
    """Something that applies a function to tasks."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Lost]]:
        """(task, result) pairs in any order; `tasks` is read no faster than it is worked off.

        An exception in `function` is raised here.
        """
        ...

    def map_isolated(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Lost]]:
        """As `map`, but one task at a time, so that only it can be to blame for a crash."""
        ...


class Serial:
    """All tasks in this process, one after the other."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Lost]]:
        for task in tasks:
            yield task, function(task)

    def map_isolated(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Lost]]:
        return self.map(function, tasks)


class Pool:
    """`jobs` processes of this machine.

    They start as fresh interpreters: a fork of a process with threads (progress bar, BLAS) may
    hang. `start` is one of `multiprocessing`'s ways.
    """

    def __init__(self, jobs: int, *, start: str = FRESH) -> None:
        self.jobs = jobs
        self._context = multiprocessing.get_context(start)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Lost]]:
        waiting = iter(tasks)
        running: dict[Future[R], T] = {}
        suspects: list[T] = []
        more = True
        while more:
            with self._pool(self.jobs) as pool:
                try:
                    while True:
                        while more and len(running) < _AHEAD * self.jobs:
                            task = next(waiting, None)
                            if task is None:
                                more = False
                                break
                            suspects.append(task)  # until it runs: submitting may find a dead pool
                            running[pool.submit(function, task)] = task
                            suspects.pop()
                        if not running:
                            break
                        for future in _done(pool, running):
                            result = future.result()
                            yield running.pop(future), result
                except BrokenProcessPool:
                    # The pool cannot say whose fault it was: each of those running is a suspect.
                    suspects += running.values()
                    running.clear()
                except BaseException:
                    _end(pool)
                    raise
            yield from self.map_isolated(function, suspects)
            suspects.clear()

    def map_isolated(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Lost]]:
        waiting = list(tasks)[::-1]
        while waiting:
            with self._pool(1) as pool:
                try:
                    while waiting:
                        future = pool.submit(function, waiting[-1])
                        _done(pool, [future])
                        result = future.result()
                        yield waiting.pop(), result
                except BrokenProcessPool:
                    yield waiting.pop(), Lost("it took its worker process down, alone too")
                except BaseException:
                    _end(pool)
                    raise

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(jobs, mp_context=self._context, initializer=_begin)


def _done(pool: ProcessPoolExecutor, futures: Collection[Future[R]]) -> set[Future[R]]:
    """Those that are done, one at least.

    Raises `MemoryError` where the thread that serves the pool has ended, as it does when it cannot
    start the next one: then no future would ever be done.
    """
    manager = getattr(pool, "_executor_manager_thread", None)
    while True:
        alive = manager is None or manager.is_alive()  # before the look, so that none is missed
        done, _ = wait(futures, timeout=_LOOK, return_when=FIRST_COMPLETED)
        if done:
            return done
        if not alive:
            raise MemoryError("the workers could not be started")


def _begin() -> None:
    """A worker's first act: Ctrl-C is for the process that gave it work, and so is its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end(pool: ProcessPoolExecutor) -> None:
    """Stop the workers in the middle of what they do: all they write appears whole or not at all.

    Python 3.14 has a method for it.
    """
    workers = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()
