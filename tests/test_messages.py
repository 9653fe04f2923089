"""What the library says when something is wrong is right from Python, too: it names no option of
the command line, unless it gives a whole command."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import musicrnn

PACKAGE = Path(musicrnn.__file__).parent
#: rooms that are reached from the command line alone
COMMANDS = {"cli", "web", "mcp", "__main__.py"}
OPTION = re.compile(r"(?<![\w-])--[a-z]")


def raised(tree: ast.AST) -> Iterator[str]:
    """The text of each exception that is raised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            strings = (part.value for part in ast.walk(node.exc) if isinstance(part, ast.Constant))
            yield "".join(value for value in strings if isinstance(value, str))


@pytest.mark.parametrize(
    "module",
    [
        path for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in COMMANDS
    ],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)  # fmt: skip
def test_no_message_of_the_library_names_an_option(module: Path) -> None:
    named = [
        text for text in raised(ast.parse(module.read_text("utf-8")))
        if OPTION.search(text) and "musicrnn " not in text
    ]  # fmt: skip
    assert named == []
