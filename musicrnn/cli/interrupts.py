"""Ctrl-C and termination: a command stops within two seconds, whatever it is in the middle of.

Python runs a signal's handler only between two steps of its own, and an exception that arises
inside a library's callback is swallowed: while TensorFlow compiles, neither may happen for a
minute. So a thread of its own hears of every signal (`signal.set_wakeup_fd`). It ends the process
when the command has not stopped by itself in `GRACE` seconds, or at once at the second Ctrl-C.
Nothing is lost by that: every file is written whole, under a temporary name at first.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["INTERRUPTED", "TERMINATED", "at_once", "default_signals", "stopping", "watched"]

#: The exit statuses of a process that Ctrl-C or SIGTERM stopped, as shells have them.
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM

#: Seconds that a command has to stop by itself.
GRACE = 1.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Watch:
    """What the thread knows: how many signals came, and whether the process may be ended."""

    def __init__(self) -> None:
        self.count = 0
        self.may_end: Callable[[], bool] = lambda: True
        self.last_words: Callable[[], object] = lambda: None


_watch = _Watch()


@contextmanager
def watched() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, SIGTERM SystemExit; the thread sees to it that they end.

    Outside the main thread, where there are no handlers, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    hearing, telling = socket.socketpair()
    telling.setblocking(False)
    _watch.count = 0
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
              signal.SIGTERM: signal.signal(signal.SIGTERM, _terminate)}  # fmt: skip
    wakeup = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_hear, args=(hearing,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        telling.close()  # which ends the thread


def _terminate(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _hear(hearing: socket.socket) -> None:
    """End the process at the second signal, or some time after the first."""
    with hearing:
        while number := hearing.recv(1):
            if number[0] not in _SIGNALS:
                continue
            _watch.count += 1
            if _watch.count > 1:
                os._exit(128 + number[0])
            threading.Thread(target=_end_later, args=(number[0],), daemon=True).start()


def _end_later(number: int) -> None:
    time.sleep(GRACE)
    while not _watch.may_end():
        time.sleep(0.05)
    _watch.last_words()
    os._exit(128 + number)


@contextmanager
def at_once() -> Iterator[None]:
    """Within the block a signal ends the process there and then: for imports of large libraries,
    during which not even a thread runs, and when there is nothing yet to save.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_DFL) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def default_signals() -> Iterator[None]:
    """Within the block signals are somebody else's business, such as a server's."""
    wakeup = signal.set_wakeup_fd(-1)
    try:
        with at_once():
            signal.signal(signal.SIGINT, signal.default_int_handler)
            yield
    finally:
        signal.set_wakeup_fd(wakeup)


@contextmanager
def stopping(
    say: Callable[[], object], saved: Callable[[], bool], last_words: Callable[[], object]
) -> Iterator[list[int]]:
    """A list that is no longer empty once a signal came, for work that stops by itself.

    `say` is called at the first one. `saved` tells whether all that was done is on disk: until
    it is, only a second signal ends the process. `last_words` is called before the thread ends it.
    """
    came: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        say()

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    _watch.may_end, _watch.last_words = saved, last_words
    try:
        yield came
    finally:
        _watch.may_end, _watch.last_words = lambda: True, lambda: None
        for number, handler in before.items():
            signal.signal(number, handler)
