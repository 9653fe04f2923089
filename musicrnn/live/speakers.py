"""Sound through the speakers, by miniaudio (extra ``play``): one wheel, no system package.

A source gives samples when the device asks for them, in the device's own thread.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import MissingExtraError, RenderError
from musicrnn.render.synthesizers import RATE

__all__ = ["Source", "quiet", "speakers"]

#: milliseconds of sound that the device holds: a key is heard that much later
_BUFFER = 60


class Source(Protocol):
    """What sounds."""

    def read(self, frames: int) -> NDArray[np.float32]:
        """The next `frames` samples, float32 ``(frames, 2)`` in −1…1, at once."""
        ...


@contextmanager
def speakers(source: Source, *, silent: bool = False, buffer: int = _BUFFER) -> Iterator[str]:
    """Play `source` within the block; what is yielded is the name of the sound system.

    `silent` asks for the samples at the same pace and drops them. Raises RenderError where there
    is no sound device, MissingExtraError without miniaudio.
    """
    try:
        import miniaudio
    except ImportError:
        raise MissingExtraError("playing through the speakers", "play") from None
    backends = [miniaudio.Backend.NULL] if silent else _backends(miniaudio)
    try:
        with quiet():
            device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=2,
                sample_rate=RATE,
                buffersize_msec=buffer,
                backends=backends,
                app_name="musicrnn",
            )
    except miniaudio.MiniaudioError:
        raise RenderError(
            "there is no sound device on this machine; write a file instead: "
            "musicrnn render FILE -o tune.wav"
        ) from None
    try:
        feed = _feed(source)
        next(feed)
        device.start(feed)
        yield str(device.backend)
    finally:
        with suppress(miniaudio.MiniaudioError):
            device.close()


def _backends(miniaudio: Any) -> list[Any]:
    """All sound systems but the one that drops the sound."""
    return [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]


def _feed(source: Source) -> Generator[NDArray[np.float32], int, None]:
    """What miniaudio asks for samples."""
    frames = yield np.zeros((0, 2), np.float32)
    while True:
        frames = yield source.read(frames)


@contextmanager
def quiet() -> Iterator[None]:
    """Standard error is closed in the block: ALSA says there what it did not find."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
