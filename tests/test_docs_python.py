"""docs/python.md does what it says: its blocks run, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def test_the_blocks_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```py\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        compile(block, str(PAGE), "exec")  # `tests/test_workflow.py` runs the same calls in small
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out
    assert "K:G" in printed
    assert "bars: 'x'" in printed
