"""Every lesson runs from a fresh kernel, offline, and is kept with its outputs."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs("nbclient", "ipywidgets", "keras", "score")

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
#: the parameters with which a lesson runs in seconds
SMALL = json.loads((FOLDER / "small.json").read_text("utf-8"))
#: A lesson in quick settings takes some 10 seconds; this is for a machine with other work.
TIME_LIMIT = 500
#: Outside of a lesson nobody wants to load more than this.
MOST_BYTES = 2_500_000

#: Put before the first cell: whatever wants to leave this machine fails.
OFFLINE = """
import socket

def _no_network(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
        raise OSError(f"a lesson must work offline, and this one calls {address[0]}")
    return _connect(self, address)

_connect, socket.socket.connect = socket.socket.connect, _no_network
"""


def test_there_are_nine_lessons():
    assert [lesson.name[:2] for lesson in LESSONS] == [f"{number:02}" for number in range(1, 10)]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_is_kept_with_its_outputs_and_without_errors(lesson):
    import nbformat

    notebook = nbformat.read(lesson, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert notebook.cells[0].source.startswith("# ")
    assert all(cell.execution_count for cell in code)
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    assert lesson.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_opens_in_colab_and_installs_what_it_needs(lesson, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    from colab import equipped

    notebook = json.loads(lesson.read_text("utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert "colab.research.google.com/github/" in sources[1]
    assert f"/blob/main/notebooks/{lesson.name})" in sources[1]
    assert "%pip install" in sources[2]
    after = equipped(notebook, lesson.name)  # python notebooks/colab.py would change nothing
    assert ["".join(cell["source"]) for cell in after["cells"]] == sources


@pytest.mark.slow
@pytest.mark.timeout(TIME_LIMIT)
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_runs(lesson, tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.syspath_prepend(str(FOLDER))
    from execute import with_parameters

    notebook = nbformat.read(lesson, as_version=4)
    with_parameters(notebook, SMALL.get(lesson.stem, {}))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(OFFLINE))
    client = NotebookClient(
        notebook,
        timeout=TIME_LIMIT,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    assert not list(tmp_path.iterdir())  # a lesson keeps to its own temporary folder
