"""Public names: what is listed is there, and is documented."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import musicrnn

ROOT = Path(__file__).parent.parent
DOCS = "\n".join(
    path.read_text("utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
)
PACKAGES = (
    "musicrnn", "musicrnn.abc", "musicrnn.corpus", "musicrnn.generation", "musicrnn.midi",
    "musicrnn.novelty", "musicrnn.render", "musicrnn.sampling", "musicrnn.tokens",
)  # fmt: skip


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_listed_is_there_and_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        found = getattr(module, public)
        if callable(found) and getattr(found, "__module__", "").startswith("musicrnn"):
            assert found.__doc__, f"{name}.{public}"


def test_names_of_the_top_are_in_the_docs() -> None:
    for public in musicrnn.__all__:
        assert f"musicrnn.{public}" in DOCS, public


def test_the_lazy_names_are_the_listed_ones() -> None:
    assert set(musicrnn._HOMES) == set(musicrnn.__all__)
