"""MIDI bytes → raw samples, by midirenderer or by FluidSynth.

midirenderer (RustySynth, inside a wheel) is the default: it needs no system package and gives
the same bytes on every machine. FluidSynth is used when asked for, and for what midirenderer
cannot read: SoundFonts with compressed samples (.sf3).
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import RenderError, UsageError

__all__ = ["RATE", "SYNTHESIZERS", "play_here", "require_synthesizer"]

#: Samples a second. midirenderer knows only this rate; FluidSynth is asked for the same.
RATE = 48_000

#: FluidSynth's own 0.2 leaves a single tune 30 dB below full scale, where 16 bits begin to hiss.
_FLUID_GAIN = 1.0

Samples = NDArray[np.int16]


def require_synthesizer(name: str) -> None:
    """Raise `UsageError` for a name that no synthesizer has."""
    names = ["auto", *SYNTHESIZERS]
    if name not in names:
        raise UsageError(f"no synthesizer is called {name!r}: choose {', '.join(names)}")


def play_here(midi: bytes, soundfont: Path, synthesizer: str) -> Samples:
    """`synthesize` in this process, which a damaged SoundFont may end."""
    try:
        samples = SYNTHESIZERS[synthesizer](midi, soundfont)
    except MemoryError:
        raise RenderError(f"{soundfont}: needs more memory than there is") from None
    return samples


def _midirenderer(midi: bytes, soundfont: Path) -> Samples:
    import midirenderer

    try:
        sound = midirenderer.render_wave_from(soundfont.read_bytes(), midi)
    except RuntimeError as error:
        raise RenderError(f"{soundfont}: midirenderer cannot play with it ({error})") from None
    except BaseException as error:
        # A damaged SoundFont can make the Rust code panic; PyO3 raises that past Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise RenderError(f"{soundfont}: damaged; give another SoundFont") from None
    with wave.open(io.BytesIO(sound)) as file:
        frames = file.readframes(file.getnframes())
        return np.frombuffer(frames, np.dtype("<i2")).reshape(-1, file.getnchannels())


def _import_fluidsynth() -> Any:
    try:
        import fluidsynth
    except (ImportError, OSError, AttributeError):  # pyfluidsynth loads the library on import
        raise RenderError(
            "FluidSynth is not installed: apt install libfluidsynth3 (Debian), "
            "brew install fluid-synth (macOS), or name no synthesizer"
        ) from None
    return fluidsynth


def _fluidsynth(midi: bytes, soundfont: Path) -> Samples:
    import mido

    # A used synthesizer dithers from where it stopped and gives other bytes, hence a new one.
    synth = _import_fluidsynth().Synth(samplerate=RATE, gain=_FLUID_GAIN)
    try:
        if synth.sfload(str(soundfont)) < 0:
            raise RenderError(f"{soundfont}: FluidSynth cannot read it; give another SoundFont")
        for channel in range(16):
            synth.program_select(channel, 1, 128 if channel == 9 else 0, 0)
        blocks: list[Samples] = []
        seconds, written = 0.0, 0
        for message in mido.MidiFile(file=io.BytesIO(midi)):
            seconds += message.time
            due = round(seconds * RATE) - written
            if due > 0:
                blocks.append(synth.get_samples(due).astype(np.int16).reshape(-1, 2))
                written += due
            act = _FLUID.get(message.type)
            if act is not None:
                act(synth, message)
    finally:
        synth.delete()
    return np.concatenate([*blocks, np.zeros((0, 2), np.int16)])


#: MIDI channel message → the call that plays it; other messages say nothing to a synthesizer.
_FLUID: dict[str, Callable[[Any, Any], Any]] = {
    "note_on": lambda s, m: s.noteon(m.channel, m.note, m.velocity),
    "note_off": lambda s, m: s.noteoff(m.channel, m.note),
    "program_change": lambda s, m: s.program_change(m.channel, m.program),
    "control_change": lambda s, m: s.cc(m.channel, m.control, m.value),
    "pitchwheel": lambda s, m: s.pitch_bend(m.channel, m.pitch),
}

SYNTHESIZERS: dict[str, Callable[[bytes, Path], Samples]] = {
    "midirenderer": _midirenderer,
    "fluidsynth": _fluidsynth,
}
