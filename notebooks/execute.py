"""Run lessons from fresh kernels and keep them with their outputs.

    python notebooks/execute.py            all of them, some minutes each
    python notebooks/execute.py 02 06      only these
    python notebooks/execute.py --quick    in small, with the parameters of small.json

Each is written when it has run to its end without an error.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from musicrnn.files import write_whole

FOLDER = Path(__file__).parent


def with_parameters(notebook: Any, values: dict[str, Any]) -> None:
    """Put other values behind the cell tagged ``parameters``, as papermill does."""
    tags = [cell.metadata.get("tags", ()) for cell in notebook.cells]
    place = next((i for i, names in enumerate(tags) if "parameters" in names), None)
    if place is not None:
        lines = [f"{name} = {value!r}" for name, value in values.items()]
        cell = nbformat.v4.new_code_cell("\n".join(lines))
        cell.metadata["tags"] = ["injected-parameters"]
        notebook.cells.insert(place + 1, cell)


def execute(lesson: Path, values: dict[str, Any]) -> None:
    """Run one lesson in an empty folder and write it back. Raises CellExecutionError."""
    notebook = nbformat.read(lesson, as_version=4)
    if values:
        with_parameters(notebook, values)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, kernel_name="python3", resources=resources).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran, which differs each time
    write_whole(lesson, nbformat.writes(notebook) + "\n")


def main() -> int:
    """Run what was asked for; 1 if a lesson failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="how the names of the lessons begin: 01 06")
    parser.add_argument("--quick", action="store_true", help="in small, as the test suite does")
    options = parser.parse_args()
    small = json.loads((FOLDER / "small.json").read_text("utf-8")) if options.quick else {}
    failed = 0
    for lesson in sorted(FOLDER.glob("*.ipynb")):
        if options.lessons and not lesson.name.startswith(tuple(options.lessons)):
            continue
        began = time.perf_counter()
        try:
            execute(lesson, small.get(lesson.stem, {}))
        except CellExecutionError as error:
            failed += 1
            print(f"{lesson.name}: {error}", file=sys.stderr)
        else:
            print(f"{lesson.name}: {time.perf_counter() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
