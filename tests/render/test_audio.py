"""Score → sound: how loud, how long, the same bytes; and what cannot be played."""

import io
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from musicrnn.errors import RenderError, UsageError
from musicrnn.render import AUDIO_FORMATS, find_soundfont, to_audio
from musicrnn.render.audio import LOUDNESS, PEAK
from musicrnn.render.loudness import integrated_loudness
from musicrnn.score import Note, Part, Score, TempoChange

TUNE = Score.of(Note(Fraction(i, 2), 60 + i * 5 % 17, Fraction(1, 2)) for i in range(16))

SYNTHESIZERS = [
    "midirenderer",
    pytest.param("fluidsynth", marks=pytest.mark.needs("fluidsynth")),
]


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_loudness_length_and_tail(synthesizer):
    sound = to_audio(TUNE, synthesizer=synthesizer)
    samples, rate = sound.samples, sound.rate
    assert samples.dtype == np.float32
    assert samples.shape[1] == 2
    assert integrated_loudness(samples) == pytest.approx(LOUDNESS, abs=0.5)
    assert np.abs(samples).max() <= PEAK
    assert 4 < sound.seconds < 4 + 5  # 16 eighths at 120 last 4 s, and the last one rings on
    assert np.abs(samples[4 * rate : 4 * rate + rate // 10]).max() > 0.01
    assert np.abs(samples[-100:]).max() < 1e-3
    # Every note is heard: no quarter of a second is silent.
    loudness = np.abs(samples[: 4 * rate]).reshape(16, -1).max(axis=1)
    assert loudness.min() > 0.05


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_a_wall_of_sound_does_not_clip(synthesizer):
    wall = Score.of(Note(Fraction(0), pitch, Fraction(2), 127) for pitch in range(24, 108))
    samples = to_audio(wall, synthesizer=synthesizer).samples
    # A clipped wave stays at its peak; this one touches it.
    assert (np.abs(samples) > PEAK - 1e-4).mean() < 1e-4


@pytest.mark.parametrize("extension", AUDIO_FORMATS)
def test_files_are_read_back_whole_and_are_the_same_each_time(extension, tmp_path):
    sound = to_audio(TUNE)
    file = tmp_path / f"tune{extension}"
    sound.save(file)
    assert file.read_bytes() == to_audio(TUNE).encode(extension)
    samples, rate = soundfile.read(file)
    assert rate == sound.rate
    assert abs(len(samples) - len(sound.samples)) < rate / 10
    assert 0.2 < np.abs(samples).max() < 10 ** (-1 / 20)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_two_minutes_of_ogg():
    slow = [TempoChange(Fraction(0), Fraction(4))]
    sound = to_audio(Score.of([Note(Fraction(0), 60, Fraction(8))], tempos=slow))
    samples, _ = soundfile.read(io.BytesIO(sound.encode(".ogg")))
    assert len(samples) == len(sound.samples)


def test_tempo_changes_are_followed():
    notes = [Note(Fraction(i), 72, Fraction(1)) for i in range(4)]
    faster = [TempoChange(Fraction(0), Fraction(60)), TempoChange(Fraction(2), Fraction(240))]
    assert 2.5 < to_audio(Score.of(notes, tempos=faster)).seconds < 2.5 + 5


def test_what_cannot_be_played(tmp_path):
    with pytest.raises(RenderError, match="nothing to play"):
        to_audio(Score())
    with pytest.raises(RenderError, match="lasts 500 minutes"):
        to_audio(Score.of([Note(Fraction(0), 60, Fraction(60_000))]))
    with pytest.raises(UsageError, match="midirenderer, fluidsynth"):
        to_audio(TUNE, synthesizer="organ")
    with pytest.raises(UsageError, match=r"\.mp3"):
        to_audio(TUNE).save(tmp_path / "tune.aiff")
    assert not list(tmp_path.iterdir())


def test_soundfonts_by_path_name_and_default(tmp_path):
    default = find_soundfont()
    assert default.name == "TimGM6mb.sf2"
    assert find_soundfont(default) == default
    assert find_soundfont("TimGM6mb").name == default.name
    with pytest.raises(RenderError, match="no such SoundFont"):
        find_soundfont("Nothing")


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_a_soundfont_that_is_not_one(tmp_path, synthesizer):
    text = tmp_path / "text.sf2"
    text.write_text("not a SoundFont")
    with pytest.raises(RenderError, match="not a SoundFont"):
        to_audio(TUNE, soundfont=text, synthesizer=synthesizer)
    cut = tmp_path / "cut.sf2"
    cut.write_bytes(find_soundfont().read_bytes()[:100_000])
    with pytest.raises(RenderError, match=r"cut\.sf2"):
        to_audio(TUNE, soundfont=cut, synthesizer=synthesizer)


def test_drums_sound():
    kit = Score.of([Note(Fraction(i), 38, Fraction(1)) for i in range(4)], parts=[Part(drums=True)])
    assert np.abs(to_audio(kit).samples).max() > 0.3


@pytest.mark.parametrize("extension", AUDIO_FORMATS)
def test_the_title_is_in_the_file(extension):
    sound = to_audio(Score.of(TUNE.notes[:2], title="Lá  breá"))
    with soundfile.SoundFile(io.BytesIO(sound.encode(extension))) as file:
        assert file.title == "Lá breá"


def test_what_is_too_short_to_have_a_loudness_is_heard():
    click = Score.of([Note(Fraction(0), 76, Fraction(1, 100))], parts=[Part(program=115)])
    assert np.abs(to_audio(click).samples).max() > 0.3


def test_the_sides_are_soft_unless_the_file_asks_for_a_hall():
    """Of a fiddle in the middle; FluidSynth gives −32 dB, midirenderer left alone −13."""
    samples = to_audio(replace(TUNE, parts=(Part(program=40),))).samples
    middle, sides = samples.sum(axis=1), samples[:, 0] - samples[:, 1]
    assert -36 < 10 * np.log10((sides**2).sum() / (middle**2).sum()) < -18


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_another_soundfont_sounds_the_same_in_a_process_of_its_own(tmp_path, synthesizer):
    copy = tmp_path / "mine.sf2"
    copy.write_bytes(find_soundfont().read_bytes())
    here = to_audio(TUNE, synthesizer=synthesizer).samples
    there = to_audio(TUNE, soundfont=copy, synthesizer=synthesizer).samples
    if synthesizer == "fluidsynth":
        # Its dither goes on from where the library stopped, so a process that has played before
        # differs by two last bits before the gain and the limiter, at most sixty decibels below the
        # loudest sample, and in where the fading end is silent.
        frames = min(len(here), len(there))
        assert abs(len(here) - len(there)) < 0.02 * 44_100
        here, there = here[:frames], there[:frames]
        np.testing.assert_allclose(there, here, atol=1e-3 * np.abs(here).max())
    else:
        np.testing.assert_array_equal(there, here)


def test_a_synthesizer_that_crashes_takes_nothing_along(tmp_path, monkeypatch):
    """What native code does on a damaged SoundFont: here an interpreter that ends by a signal."""
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crashing))
    copy = tmp_path / "mine.sf2"
    copy.write_bytes(find_soundfont().read_bytes()[:2000])
    with pytest.raises(RenderError, match="damaged, midirenderer crashed"):
        to_audio(TUNE, soundfont=copy, synthesizer="midirenderer")
