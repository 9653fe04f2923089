"""The commands of README.md: read by the tests and by continuous integration.

``python3 tests/readme.py test`` prints the command block that stands under ``<!-- run: test -->``.
Only the standard library is used, since this runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
_BLOCK = re.compile(r"^<!-- run: (\w+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name: str) -> list[str]:
    """The shell blocks marked ``<!-- run: name -->``, in order."""
    return [text for found, text in _BLOCK.findall(README.read_text("utf-8")) if found == name]


if __name__ == "__main__":
    sys.stdout.write("".join(blocks(sys.argv[1])))
