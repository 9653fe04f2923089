"""MIDI bytes → raw samples; with a SoundFont that a stranger made, in a process of its own.

Synthesizers are native code, and a damaged SoundFont makes them crash, hang or ask for all memory.
Here that takes only this process along. The MIDI comes on standard input, the samples go to
standard output; one process plays one file. (``-m musicrnn.render.synthesizer_process``)
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from musicrnn.errors import MusicRNNError, RenderError
from musicrnn.render.soundfonts import is_known
from musicrnn.render.synthesizers import Samples, play_here, require_synthesizer
from musicrnn.resources import child_environment

__all__ = ["synthesize"]

#: Seconds that a file may take: half an hour of music takes one or two minutes.
TIME_LIMIT = 300.0
#: Address space of the process; SoundFonts of 1 GB exist, and are held once or twice.
MEMORY_LIMIT = 6 << 30


def synthesize(midi: bytes, soundfont: Path, synthesizer: str = "auto") -> Samples:
    """Samples ``(n, 2)`` int16 of the whole MIDI file, up to its end of track.

    `synthesizer` is ``"midirenderer"``, ``"fluidsynth"`` or ``"auto"``: midirenderer, but
    FluidSynth for an .sf3. What was not installed with this package is played in a process of
    its own. Raises RenderError when it cannot play, UsageError on another name.
    """
    require_synthesizer(synthesizer)
    if synthesizer == "auto":
        synthesizer = "fluidsynth" if soundfont.suffix.lower() == ".sf3" else "midirenderer"
    if is_known(soundfont):
        return play_here(midi, soundfont, synthesizer)
    return played_apart(midi, soundfont, synthesizer)


def played_apart(midi: bytes, soundfont: Path, synthesizer: str) -> Samples:
    """Samples (n, 2) as `synthesizers.play_here` gives them, made by a process of its own.

    Raises RenderError, also where that process crashes or takes too long.
    """
    command = [sys.executable, "-m", __name__, str(soundfont.absolute()), synthesizer]
    try:
        done = subprocess.run(
            command, input=midi, capture_output=True, env=child_environment(),
            timeout=TIME_LIMIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"{soundfont}: {synthesizer} took over {TIME_LIMIT:g} s with it; give another SoundFont"
        ) from None
    if done.returncode == _REFUSED:
        raise RenderError(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    if done.returncode or len(done.stdout) % 4:
        raise RenderError(f"{soundfont}: damaged, {synthesizer} crashed on it; give another one")
    return np.frombuffer(done.stdout, np.dtype("<i2")).reshape(-1, 2)


#: The exit status with which the process says why it cannot, on standard error.
_REFUSED = 3


def main() -> None:
    """Play standard input with the SoundFont and synthesizer that the arguments name."""
    from musicrnn.render.engraver_process import limit_memory

    soundfont, synthesizer = sys.argv[1:]
    # The libraries print where they like; the samples have the real standard output to themselves.
    samples = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    limit_memory(MEMORY_LIMIT)
    try:
        played = play_here(sys.stdin.buffer.read(), Path(soundfont), synthesizer)
    except MusicRNNError as error:
        sys.stderr.write(f"\n{error}\n")
        sys.exit(_REFUSED)
    with samples:
        samples.write(played.astype("<i2").tobytes())


if __name__ == "__main__":
    main()
