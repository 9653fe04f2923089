"""Notebooks as pages: text, code and what came of it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def lessons(folder: Path, fragments: dict[str, str], *, outputs: bool) -> Iterator[tuple[str, str]]:
    """Name and Markdown of each lesson, and of their table of contents."""
    rows = []
    for path in sorted(folder.glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        page = f"{path.stem}.md"
        text = "".join(_cells(path.stem, notebook, fragments, outputs))
        rows.append(f"- [{_title(text)}]({page})")
        yield page, text
    head = "# Lessons\n\nEach is a notebook that runs offline; here with what came of it.\n\n"
    yield "index.md", head + "\n".join(rows) + "\n"


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ")


def _cells(
    stem: str, notebook: dict[str, Any], fragments: dict[str, str], outputs: bool
) -> Iterator[str]:
    number = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield f"{source}\n\n"
            continue
        if {"remove-cell", "install"} & set(cell["metadata"].get("tags", ())):
            continue
        yield f"```python\n{source}\n```\n\n"
        for output in cell["outputs"] if outputs else ():
            shown = _shown(output)
            if shown:
                number += 1
                name = f"FRAGMENT-{stem}-{number}"
                fragments[name] = f'<div class="output">{shown}</div>'
                yield f"{name}\n\n"


def _shown(output: dict[str, Any]) -> str:
    """One output as HTML, the richest of its forms."""
    if output["output_type"] == "stream":
        return _text("".join(output["text"])) if output["name"] == "stdout" else ""
    data = output.get("data", {})
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            return "".join(data[kind])
    if "image/png" in data:
        return f'<img alt="" src="data:image/png;base64,{"".join(data["image/png"]).strip()}">'
    return _text("".join(data["text/plain"])) if "text/plain" in data else ""


def _text(text: str) -> str:
    return f"<pre>{html.escape(text, quote=False)}</pre>"
