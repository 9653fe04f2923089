"""MIDI devices by name, by mido and python-rtmidi (extra ``live``); ``HOST:PORT`` is a socket."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from musicrnn.errors import MissingExtraError, UsageError
from musicrnn.live.speakers import quiet

__all__ = ["DeviceLostError", "Output", "input_names", "listen", "open_input", "open_output",
           "output_names", "sending"]  # fmt: skip

_ADDRESS = re.compile(r"[\w.-]+:\d{1,5}")
#: ports that no instrument is behind
_THROUGH = re.compile(r"midi through", re.IGNORECASE)
#: seconds between two looks whether a device is still there: the system tells nobody
_LOOK = 1.0


class DeviceLostError(UsageError):
    """A MIDI device was unplugged, or the other end of a socket is gone."""


class Output(Protocol):
    """What plays MIDI messages."""

    def send(self, message: Any) -> None:
        """Play one message now."""
        ...

    def close(self) -> None:
        """End."""
        ...


def input_names() -> list[str]:
    """The MIDI keyboards that are connected."""
    return _names("get_input_names")


def output_names() -> list[str]:
    """The MIDI instruments that are connected."""
    return _names("get_output_names")


def _names(which: str) -> list[str]:
    import mido

    try:
        with quiet():
            names = getattr(mido, which)()
    except ImportError:
        raise MissingExtraError("playing with a MIDI keyboard", "live") from None
    except (OSError, SystemError, RuntimeError):
        return []  # the system has no MIDI at all
    return [name for name in names if not _THROUGH.search(name)]


def open_input(name: str = "") -> Any:
    """A port that notes come from: of the device called so, or a part of its name; the first
    without one. Raises UsageError where there is none."""
    return _open(name, input_names, "open_input", "MIDI keyboard")


def open_output(name: str) -> Any:
    """A port that notes go to; see `open_input`."""
    return _open(name, output_names, "open_output", "MIDI instrument")


def _open(name: str, names: Callable[[], list[str]], function: str, kind: str) -> Any:
    import mido

    if _ADDRESS.fullmatch(name):
        from mido.sockets import connect

        host, port = name.rsplit(":", 1)
        try:
            return connect(host, int(port))
        except (OSError, OverflowError) as error:
            raise UsageError(f"{name}: nobody answers there ({error})") from None
    chosen = chosen_name(name, names(), kind)
    try:
        with quiet():
            return getattr(mido, function)(chosen)
    except (OSError, SystemError, RuntimeError) as error:
        raise UsageError(
            f"{chosen}: cannot be opened ({error}); is another program using it?"
        ) from None


def chosen_name(name: str, names: Iterable[str], kind: str) -> str:
    """The one device that is meant. Raises UsageError where there is none, or several."""
    known = list(names)
    if not known:
        raise UsageError(f"no {kind} is connected; plug one in, or name a socket as HOST:PORT")
    listed = "; ".join(known)
    matches = [device for device in known if name.lower() in device.lower()]
    if name in known or not name:
        return name or known[0]
    if not matches:
        raise UsageError(f"no {kind} is called {name!r}; there are: {listed}")
    if len(matches) > 1:
        raise UsageError(f"{name!r} fits several; name one of: {'; '.join(matches)}")
    return matches[0]


def listen(port: Any, pause: float) -> Iterator[Any]:
    """The messages of an input port as they come, and None every `pause` seconds without one.

    Raises DeviceLostError when the device goes.
    """
    looked = time.monotonic()
    device = getattr(port, "name", "") or "the keyboard"
    watched = not _ADDRESS.fullmatch(device) and not hasattr(port, "_socket")
    while True:
        try:
            message = port.poll()
        except (OSError, ValueError):
            message = None
            with suppress(OSError):
                port.close()
        if message is not None:
            yield message
            continue
        if port.closed:
            raise DeviceLostError(f"{device} was unplugged")
        if watched and time.monotonic() - looked > _LOOK:
            looked = time.monotonic()
            if device not in input_names():
                raise DeviceLostError(f"{device} was unplugged")
        yield None
        time.sleep(pause)


def sending(output: Output) -> Callable[[Any], None]:
    """What sends messages to `output`, and raises DeviceLostError once it is gone."""

    def send(message: Any) -> None:
        try:
            output.send(message)
        except (OSError, ValueError) as error:
            name = getattr(output, "name", "") or "the instrument"
            raise DeviceLostError(f"{name} was unplugged ({error})") from None

    return send
