"""Loudness as ITU-R BS.1770-4 measures it, beside pyloudnorm; and the limiter."""

import numpy as np
import pyloudnorm
import pytest

from musicrnn.render.loudness import integrated_loudness, limited

RATE = 48_000


def tone(seconds: float, hertz: float = 997, level: float = 1.0) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def test_the_tone_that_the_recommendation_names() -> None:
    """A full-scale sine of 997 Hz in one channel is −3.01 LUFS."""
    one_channel = tone(5) * np.float32([1, 0])
    assert integrated_loudness(one_channel) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("hertz", [30, 110, 440, 3000, 12_000])
def test_as_pyloudnorm_measures(hertz: float) -> None:
    rng = np.random.default_rng(1)
    sound = np.concatenate(
        [tone(6, hertz, 0.4), tone(3, hertz, 0.001), tone(7, hertz, 0.1)]
    ) + rng.normal(0, 1e-4, (16 * RATE, 2)).astype(np.float32)
    expected = pyloudnorm.Meter(RATE).integrated_loudness(sound)
    assert integrated_loudness(sound) == pytest.approx(expected, abs=0.1)


def test_silence_has_none_and_a_click_has_some() -> None:
    assert integrated_loudness(np.zeros((RATE, 2), np.float32)) == -np.inf
    assert integrated_loudness(tone(0.1)) > -20


def test_the_limiter_touches_only_what_is_near_a_peak() -> None:
    sound = tone(1, level=0.3)
    sound[RATE // 2 : RATE // 2 + 100] = 2.0
    result = limited(sound, 0.5)
    assert np.abs(result).max() <= 0.5
    np.testing.assert_allclose(result[: RATE // 3], sound[: RATE // 3], rtol=1e-6)
    assert limited(sound, 2.0) is sound
