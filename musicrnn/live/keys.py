"""Keys of the keyboard as they are pressed, without Return."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Keys", "keys"]

#: what terminals send for the arrow keys (ECMA-48 cursor control), and their names
_ARROWS = {"\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left",
           "\x1bOA": "up", "\x1bOB": "down", "\x1bOC": "right", "\x1bOD": "left"}  # fmt: skip
_WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left"}


class Keys(Protocol):
    """Where keys come from."""

    def get(self, seconds: float) -> str:
        """The next key: a character, or ``up``, ``down``, ``left``, ``right``; ``""`` when none
        is pressed for so long."""
        ...


class _NoKeys:
    """Nobody sits at a terminal."""

    def get(self, seconds: float) -> str:
        """Nothing, after a while."""
        time.sleep(seconds)
        return ""


class _TerminalKeys:
    """Keys of a terminal that has been told to pass each on at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def get(self, seconds: float) -> str:
        """See `Keys`."""
        import select

        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return ""
        text = os.read(self._descriptor, 16).decode("utf-8", "replace")
        return _ARROWS.get(text[:3], text[:1])


class _ConsoleKeys:
    """Keys of a Windows console."""

    def get(self, seconds: float) -> str:
        """See `Keys`."""
        import msvcrt  # of Windows alone

        until = time.monotonic() + seconds
        while not msvcrt.kbhit():  # type: ignore[attr-defined]
            if time.monotonic() >= until:
                return ""
            time.sleep(0.01)
        key = msvcrt.getwch()  # type: ignore[attr-defined]
        if key in ("\x00", "\xe0"):
            return _WINDOWS_ARROWS.get(msvcrt.getwch(), "")  # type: ignore[attr-defined]
        return str(key)


@contextmanager
def keys() -> Iterator[Keys]:
    """The keys of the terminal within the block, also where standard input is a file or a pipe;
    none where there is no terminal."""
    if sys.platform == "win32":
        yield _ConsoleKeys() if sys.stdin.isatty() else _NoKeys()
        return
    import termios
    import tty

    try:
        descriptor = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        yield _NoKeys()
        return
    try:
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)  # Ctrl-C stays what it is
        try:
            yield _TerminalKeys(descriptor)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    except termios.error:
        yield _NoKeys()
    finally:
        os.close(descriptor)
