"""The code blocks of the documentation that are meant to be run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
#: pages whose Python blocks run as they stand, one after the other, without files
RUNNABLE = ("abc-library.md", "chords.md", "own-tunes.md")
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", RUNNABLE)
def test_the_code_of_a_page_runs(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1))
        code = compile("\n" * line + block[1], str(DOCS / page), "exec")
        exec(code, names)


def test_public_names_of_the_library_are_all_there() -> None:
    from musicrnn import abc

    assert [name for name in abc.__all__ if not hasattr(abc, name)] == []


ROOT = DOCS.parent
_CODE = re.compile(r"`((?:[\w.-]+/)+(?:[\w-]+\.(?:py|md|toml|ipynb|json))?)`")
#: pages that speak of the user's own folders, or of what is written there
_NOT_OURS = re.compile(
    r"^(?:my-|runs?/|best/|samples/|checkpoints/|tokens/|site/|RUN/|out/|five/|set/)"
)


@pytest.mark.parametrize(
    "page", [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = set(_CODE.findall(page.read_text("utf-8")))
    missing = {
        name
        for name in named
        if not _NOT_OURS.match(name)
        and not any((folder / name).exists() for folder in (ROOT, ROOT / "musicrnn"))
    }
    assert not missing
