"""The ABC library starts quickly: reading and checking a tune needs nothing heavy."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "music21", "mido", "symusic", "verovio", "html", "xml.etree.ElementTree")

PROGRAM = """
import sys
from musicrnn import abc
abc.check("X:1\\nT:t\\nM:4/4\\nL:1/4\\nK:C\\nCDEF|]\\n")
print(*[name for name in sys.argv[1:] if name in sys.modules])
"""


def test_nothing_heavy_is_imported_to_check_a_tune() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *HEAVY], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
