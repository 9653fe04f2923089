"""How loud sound is to the ear, and a limiter: ITU-R BS.1770-4 in NumPy, at 48,000 samples a
second, for which the recommendation gives its filters."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["integrated_loudness", "limited"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

#: the two filters of K-weighting as (numerator, denominator), BS.1770-4 tables 1 and 2
_FILTERS: Final = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285),
     (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)  # fmt: skip
#: samples in a tenth of a second: blocks of four of them overlap by three
_STEP: Final = 4800
_STEPS: Final = 4
#: the response of the filters has died away after so many samples
_RESPONSE: Final = 1 << 15
_CHUNK: Final = 1 << 18
#: LUFS below which a block counts as silence, and how far below the mean one may be
_SILENCE, _GATE = -70.0, -10.0
_OFFSET: Final = -0.691
#: the limiter looks at stretches of so many samples, and acts on so many before and after a peak
_STRETCH, _REACH = 48, 5


def integrated_loudness(samples: Samples) -> float:
    """The gated loudness in LUFS of ``(n, channels)`` samples at 48 kHz; −inf for silence.

    Sound shorter than a block (0.4 s) is taken as if silence followed.
    """
    count = max(-(-len(samples) // _STEP), _STEPS)
    energy = np.zeros(count)
    for channel in samples.T:
        energy += _weighted_energy(channel, count)
    blocks = np.convolve(energy, np.ones(_STEPS), "valid") / (_STEP * _STEPS)
    heard = blocks[blocks > _power(_SILENCE)]
    if not len(heard):
        return -np.inf
    heard = heard[heard > heard.mean() * 10 ** (_GATE / 10)]
    return float(_OFFSET + 10 * np.log10(heard.mean()))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))


def _weighted_energy(channel: Samples, count: int) -> Floats:
    """The energy of each tenth of a second after the filters."""
    spectrum = _spectrum()
    padded = np.concatenate([np.zeros(_RESPONSE, np.float32), channel])
    energy = np.zeros(count * _STEP)
    useful = _CHUNK - _RESPONSE
    for start in range(0, len(channel), useful):  # overlap-save
        piece = padded[start : start + _CHUNK]
        weighted = np.fft.irfft(np.fft.rfft(piece, _CHUNK) * spectrum, _CHUNK)[_RESPONSE:]
        stop = min(start + useful, len(channel))
        energy[start:stop] = weighted[: stop - start] ** 2
    steps: Floats = energy.reshape(count, _STEP).sum(axis=1)
    return steps


@lru_cache(maxsize=1)
def _spectrum() -> NDArray[np.complex128]:
    """The response of both filters, cut off where it has died away, on the frequencies of a
    chunk."""
    delay = np.exp(-2j * np.pi * np.arange(_CHUNK // 2 + 1) / _CHUNK)
    response = np.ones(len(delay), np.complex128)
    for above, below in _FILTERS:
        response *= np.polyval(above[::-1], delay) / np.polyval(below[::-1], delay)
    kernel = np.fft.irfft(response, _CHUNK)[:_RESPONSE]
    return np.fft.rfft(kernel, _CHUNK)


def limited(samples: Samples, ceiling: float) -> Samples:
    """``(n, channels)`` samples of which none passes `ceiling`: where one would, all are turned
    down for some milliseconds before and after, smoothly."""
    count = -(-len(samples) // _STRETCH)
    padded = np.zeros(count * _STRETCH, np.float32)
    padded[: len(samples)] = np.abs(samples).max(axis=1)
    peaks = padded.reshape(count, _STRETCH).max(axis=1)
    if peaks.max(initial=0) <= ceiling:
        return samples
    gains = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # The least gain nearby, then its mean over half as wide a stretch, is never above what is due.
    lowest = np.lib.stride_tricks.sliding_window_view(
        np.pad(gains, 2 * _REACH, mode="edge"), 4 * _REACH + 1
    ).min(axis=1)
    width = 2 * _REACH + 1
    smooth = np.convolve(np.pad(lowest, _REACH, mode="edge"), np.ones(width) / width, "valid")
    centres = np.arange(count) * _STRETCH + _STRETCH / 2
    curve = np.interp(np.arange(len(samples)), centres, smooth)
    return np.minimum(np.maximum(samples * curve[:, None], -ceiling), ceiling).astype(np.float32)
