"""A process that engraves, started when first needed and again whenever it dies."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from typing import Any

from musicrnn.errors import MissingExtraError, RenderError
from musicrnn.resources import child_environment

__all__ = ["Worker", "shared_worker"]

#: A picture takes tens of milliseconds; what takes this long (seconds) has hung.
TIME_LIMIT = 30.0

#: What the worker process imports, all in the extra ``score``.
_MODULES = ("verovio", "resvg_py")


class Worker:
    """One worker process (`musicrnn.render.engraver_process`); may be called from several threads.

    A request that kills the process, or runs past `time_limit` seconds, raises RenderError; the
    next request has a new process. Requests wait for one another.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self.time_limit = time_limit
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def __call__(self, task: str, **request: Any) -> dict[str, Any]:
        """The answer to one request. Raises RenderError, or MissingExtraError."""
        with self._lock:
            process = self._running()
            too_late = threading.Timer(self.time_limit, process.kill)
            too_late.start()
            try:
                answer = _ask(process, {"task": task, **request})
            finally:
                expired = not too_late.is_alive()
                too_late.cancel()
        if answer is None:
            self._forget(process)
            reason = f"took over {self.time_limit:g} s" if expired else "crashed on it"
            raise RenderError(f"no picture of this tune: the engraver {reason}")
        if "error" in answer:
            raise RenderError(answer["error"])
        return answer

    @property
    def pid(self) -> int | None:
        """The process number, None before the first request and after a crash."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._owner == os.getpid():
            self._forget(self._process)

    def _running(self) -> subprocess.Popen[bytes]:
        # A forked child of ours must not talk to the parent's worker.
        if self._process is not None and (
            self._owner != os.getpid() or self._process.poll() is not None
        ):
            self._forget(self._process)
        if self._process is None:
            if not all(find_spec(module) for module in _MODULES):
                raise MissingExtraError("a score picture", "score")
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "musicrnn.render.engraver_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
            )
        return self._process

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        if self._owner == os.getpid():
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process = None


def _ask(process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any] | None:
    """One exchange; None when the process died over it."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        return None
    if not line.endswith(b"\n"):
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer


_shared = Worker()
atexit.register(_shared.close)


def shared_worker() -> Worker:
    """The worker that all pictures of this process are made by."""
    return _shared
