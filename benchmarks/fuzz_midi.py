"""Fuzz the MIDI reader, guided by coverage, until it is stopped or `-runs` are done.

    uv run --with atheris python benchmarks/fuzz_midi.py -runs=1000000 [CORPUS_FOLDER]

Anything but a score or a MidiError ends the run and leaves the bytes in a crash- file. Without a
folder of files to start from, it starts from one file of its own: from nothing it takes long to
find the header. The options are libFuzzer's. atheris has no wheel for some Pythons; 3.11 is one
that it has.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is missing: pip install atheris")

with atheris.instrument_imports(include=["musicrnn.midi"]):
    from musicrnn import midi
    from musicrnn.errors import MidiError


#: Delta times, running status, a chord, sysex, tempo, metre, key, text, program and controllers.
SEED = bytes.fromhex(
    "4D546864 00000006 0001 0001 0060"
    "4D54726B 0000004A"
    "00 FF 03 04 73656564  00 FF 51 03 07A120  00 FF 58 04 06031808  00 FF 59 02 02 00"
    "00 C0 49  00 FF 01 02 4437  00 90 3E 50  00 42 50  8100 3E 00  00 42 00"
    "00 F0 03 4301F7  00 B0 7B 00  00 99 24 50  30 89 24 40  00 FF 2F 00"
)


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
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "seed.mid").write_bytes(SEED)
        own = [] if any(not word.startswith("-") for word in sys.argv[1:]) else [folder]
        atheris.Setup([*sys.argv, *own], once)
        atheris.Fuzz()
