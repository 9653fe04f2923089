"""What rendering costs before it does anything, and that its names are described."""

import subprocess
import sys
from pathlib import Path

from musicrnn import render

HEAVY = ("tensorflow", "keras", "music21", "pretty_midi", "verovio", "matplotlib", "soundfile")

PROGRAM = """
import sys
from musicrnn import render
render.save("X:1\\nK:C\\nCDEF|]\\n", sys.argv[1])
print(*[name for name in sys.argv[2:] if name in sys.modules])
"""


def test_nothing_heavy_is_imported_for_a_midi_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "tune.mid", *HEAVY],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_every_public_name_is_there_and_every_extension_is_documented():
    assert all(hasattr(render, name) for name in render.__all__)
    page = (Path(__file__).parents[2] / "docs" / "render.md").read_text()
    assert all(
        f"`{extension}`" in page for extension in render.EXTENSIONS if extension not in ALIASES
    )


#: Other endings of formats that the page names once.
ALIASES = {".midi", ".xml"}
