"""Fuzz the MIDI reader, guided by coverage, until it is stopped or `-runs` are done.

    uv run --with atheris python benchmarks/fuzz_midi.py -runs=1000000 [CORPUS_FOLDER]

Anything but a score or a MidiError ends the run and leaves the bytes in a crash- file. The
options are libFuzzer's. atheris has no wheel for some Pythons; 3.11 is one that it has.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is missing: pip install atheris")

with atheris.instrument_imports(include=["musicrnn.midi"]):
    from musicrnn import midi
    from musicrnn.errors import MidiError


def once(data: bytes) -> None:
    """One file."""
    try:
        midi.read(data)
    except MidiError:
        return
    with contextlib.suppress(MidiError):
        midi.read(data, strict=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()
