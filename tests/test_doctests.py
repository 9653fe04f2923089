"""The examples in docstrings run and give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import musicrnn

PACKAGE = Path(musicrnn.__file__).parent
#: every module that has an example
MODULES = [
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for file in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in file.read_text("utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ImportError as error:  # of an extra
        pytest.skip(str(error))
    results = doctest.testmod(module)
    assert results.failed == 0


def test_there_are_examples() -> None:
    assert len(MODULES) > 30
