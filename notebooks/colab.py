"""Give every lesson its link to Colab and the cell that installs musicrnn there.

    python notebooks/colab.py

The address of the repository is that of pyproject.toml; after it has changed, run this again.
The link is text and no badge, since a picture would be fetched whenever a lesson is opened.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat

FOLDER = Path(__file__).parent
PROJECT = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY: str = PROJECT["urls"]["Repository"]
#: how a lesson that trains begins: with what TensorFlow has to be told
TRAINS = "TF_CPP_MIN_LOG_LEVEL"


def link(name: str) -> str:
    """The Markdown below a lesson's title."""
    path = urlsplit(REPOSITORY).path
    address = f"https://colab.research.google.com/github{path}/blob/main/notebooks/{name}"
    return f"[Open in Colab]({address}) · runs as well in Jupyter and VS Code, offline"


def installation(extras: str) -> str:
    """The first code cell."""
    return (
        "# Does nothing where musicrnn is installed; on Colab it takes a minute.\n"
        "from importlib.util import find_spec\n\n"
        'if find_spec("musicrnn") is None:\n'
        f'    %pip install --quiet "musicrnn[{extras}] @ git+{REPOSITORY}"'
    )


def equipped(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """The lesson with its two cells, in place of older ones."""
    cells = [cell for cell in notebook["cells"] if not {"colab", "install"} & _tags(cell)]
    code = "".join("".join(cell["source"]) for cell in cells)
    extras = "train,notebook" if TRAINS in code else "corpora,notebook"
    cells[1:1] = [
        {"cell_type": "markdown", "id": "colab", "metadata": {"tags": ["colab"]},
         "source": link(name)},
        {"cell_type": "code", "id": "install", "metadata": {"tags": ["install"]},
         "execution_count": None, "outputs": [], "source": installation(extras)},
    ]  # fmt: skip
    for number, cell in enumerate((c for c in cells if c["cell_type"] == "code"), 1):
        cell["execution_count"] = number
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = number
    return notebook | {"cells": cells}


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", ()))


def main() -> None:
    """Write the cells into every lesson."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = equipped(json.loads(path.read_text("utf-8")), path.name)
        path.write_text(nbformat.writes(nbformat.from_dict(notebook)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
