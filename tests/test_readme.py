"""The README does what it says: its commands run, its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from musicrnn.cli.app import COMMANDS
from tests.readme import README, blocks

TEXT = README.read_text("utf-8")
LINES = [
    line for block in ("pipe", "examples") for text in blocks(block) for line in text.splitlines()
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commands run one after the other in one folder, as a reader would run them."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize("line", LINES)
def test_commands_run(line: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", line],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_the_first_command_renders() -> None:
    """The steps after the installation; the installation itself is tried in fresh environments."""
    (first,) = blocks("first")
    assert "generate --key D --meter 6/8 --rhythm jig > jig.abc" in first
    assert "render jig.abc" in first


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (README.parent / target).exists(), target


def test_every_command_is_named() -> None:
    for command in COMMANDS:
        assert f"musicrnn {command}" in TEXT, command


def test_python_example() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert "musicrnn.load" in code
    compile(code, "README.md", "exec")
