"""The same work, spread over machines by Ray (extra ``cluster``).

Nothing here schedules, queues or retries: tasks are handed to Ray, which moves them to where
there is room and does them again when a worker or a node dies. What makes the outcome exact is
elsewhere: a task is a function of its arguments, writes its result under a name that says what
it is, and writes it whole; so done twice is done once.

A cluster is named as Ray names it: ``local`` starts one on this machine and ends it afterwards,
``auto`` joins the one that runs here, and anything else is the address of one (``host:6379``,
``ray://host:10001``). All nodes need this package and see the same folders.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from musicrnn.errors import MissingExtraError, UsageError
from musicrnn.parallel.workers import Lost

__all__ = ["RayWorkers", "connected"]

T = TypeVar("T")
R = TypeVar("R")

#: Tasks handed to Ray for each processor beforehand; bounds what waits in memory.
_AHEAD = 4
#: How often Ray starts a task again whose worker or node died, before it is given back as lost.
_RETRIES = 3

#: Notice a node that is cut off (not killed) within half a minute. They hold for nodes that are
#: started with them: those of ``local``; for other clusters docs/cluster.md says where to set them.
NODE_SETTINGS = {
    "RAY_grpc_client_keepalive_time_ms": "5000",
    "RAY_grpc_client_keepalive_timeout_ms": "5000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_USAGE_STATS_ENABLED": "0",
}


@contextmanager
def connected(address: str, *, processors: int | None = None) -> Iterator[RayWorkers]:
    """Workers of the cluster at `address`, for the time of the block.

    `processors` bounds those of a ``local`` cluster. Raises `MissingExtraError` without Ray and
    `UsageError` for a cluster that cannot be reached.
    """
    try:
        for name, value in _settings(address).items():
            os.environ.setdefault(name, value)
        import ray
    except ImportError as error:
        raise MissingExtraError("working on a cluster", "cluster") from error
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address == "local":
        options |= {"num_cpus": processors, "include_dashboard": False}
    ours = not ray.is_initialized()
    try:
        if ours:
            ray.init(address=address, namespace="musicrnn", **options)
    except Exception as error:  # Ray raises a bare Exception when a node does not start in time
        reason = str(error).strip().split("\n", 1)[0].rstrip(".")
        raise UsageError(f"no Ray cluster at {address!r}: {reason}") from error
    try:
        yield RayWorkers()
    finally:
        if ours:
            ray.shutdown()


def _settings(address: str) -> dict[str, str]:
    """What Ray is told by the environment, where that does not say otherwise.

    Who joins a cluster must not ping it more often than its nodes allow: they hang up on him.
    """
    if address == "local":
        return NODE_SETTINGS
    token = {"RAY_AUTH_MODE": "token"} if _has_token() else {}
    return {"RAY_USAGE_STATS_ENABLED": "0", **token}


def _has_token() -> bool:
    """Whether this user has a token for Ray clusters.

    As soon as there is one, ``ray start`` asks everybody for it; who joins has to say that he
    brings it, or is turned away.
    """
    named = any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    return named or (Path.home() / ".ray" / "auth_token").is_file()


class RayWorkers:
    """`musicrnn.parallel.workers.Workers` on the cluster that this process is connected to."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Lost]]:
        """(task, result) pairs in any order; at most a few tasks a processor are under way."""
        import ray

        remote = ray.remote(function).options(
            num_cpus=1, max_retries=_RETRIES, scheduling_strategy="SPREAD"
        )
        waiting = iter(tasks)
        running: dict[Any, T] = {}
        more = True
        while True:
            room = _AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)
            while more and len(running) < room:
                task = next(waiting, None)
                if task is None:
                    more = False
                else:
                    running[remote.remote(task)] = task
            if not running:
                return
            done, _ = ray.wait(list(running), num_returns=1)
            for reference in done:
                yield running.pop(reference), _result(reference)

    def map_isolated(
        self, function: Callable[[T], R], tasks: Iterable[T]
    ) -> Iterator[tuple[T, R | Lost]]:
        """One task at a time, each tried once: a crash is that task's own."""
        import ray

        remote = ray.remote(function).options(num_cpus=1, max_retries=0)
        for task in tasks:
            yield task, _result(remote.remote(task))


def _result(reference: Any) -> Any:
    """The value of a task; `Lost` when its workers kept dying; its own exception is raised."""
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause or error from None
    except (
        ray.exceptions.WorkerCrashedError,
        ray.exceptions.OutOfMemoryError,
        ray.exceptions.NodeDiedError,
        ray.exceptions.ObjectLostError,
    ) as error:
        return Lost(f"its worker died {_RETRIES + 1} times: {type(error).__name__}")
