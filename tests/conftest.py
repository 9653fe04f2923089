"""What all tests share: which real parts (programs, libraries) a test needs.

``@pytest.mark.needs("abc2midi")`` skips a test where the part is missing; with
``MUSICRNN_REQUIRE_ALL=1``, as in continuous integration, a missing part is a failure instead.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong: no property test may fail by the clock. A verdict on a commit
# must come out alike twice, so continuous integration draws the same examples each time; at the
# desk they differ from run to run, and that is where new ones are found.
settings.register_profile(
    "musicrnn",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("musicrnn")


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


def _module(*names: str) -> Callable[[], bool]:
    return lambda: all(importlib.util.find_spec(name) for name in names)


#: part → whether it is here; any other name is looked up as a Python module
PARTS: dict[str, Callable[[], bool]] = {
    "abc2midi": _program("abc2midi"),
    "chromium": _program("chromium"),
    "node": _program("node"),
    "ruby": _program("ruby"),
    "fluidsynth": _library("fluidsynth"),
    "abcjs": lambda: abcjs_folder() is not None,
    "axe": (Path(os.environ.get("AXE", "node_modules/axe-core")) / "axe.min.js").is_file,
    "score": _module("verovio", "resvg_py", "fontTools"),
}


def abcjs_folder() -> Path | None:
    """The npm package abcjs, where ``ABCJS`` says (the folder that holds its package.json)."""
    folder = Path(os.environ.get("ABCJS", "node_modules/abcjs"))
    return folder if (folder / "package.json").is_file() and shutil.which("node") else None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*parts): programs or libraries that the test uses")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay on one worker, as ``--dist=loadfile`` has it, and so do all of
    ``tests/parallel``: two heads of Ray that start at once may take each other's port.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = "tests/parallel"
            return folder if nodeid.startswith(f"{folder}/") else super()._split_scope(nodeid)

    return ByFile(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for part in marker.args:
            if not PARTS.get(part, _module(part))():
                if os.environ.get("MUSICRNN_REQUIRE_ALL"):
                    pytest.fail(f"{part} is missing, and every part is required here")
                pytest.skip(f"{part} is not installed")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests leave the user's cache alone but share one among themselves, to build things once.

    Each worker of pytest-xdist has its own: a corpus that one builds is locked to the others.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent.parent if worker else base.parent) / f"musicrnn-cache{worker}"
    monkeypatch.setenv("MUSICRNN_CACHE", os.environ.get("MUSICRNN_TEST_CACHE", str(shared)))
