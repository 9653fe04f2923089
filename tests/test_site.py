"""The documentation as a site: made from its sources, whole, and quiet."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import musicrnn
from musicrnn.cli.app import manuals

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / "docs" / "site"
#: a phone and a desktop
SCREENS = ((390, 844), (1440, 900))


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("reference")


def test_every_command_and_option_is_in_the_command_reference(reference: ModuleType) -> None:
    text = reference.command_reference()
    for manual in manuals():
        assert f"\n## {manual.name}\n" in text
        for section in manual.sections:
            for name, _ in section.rows:
                assert f"| `{name.replace('|', chr(92) + '|')}` |" in text, (manual.name, name)


def test_every_public_name_is_in_the_python_reference(reference: ModuleType) -> None:
    text = reference.python_reference()
    for name in musicrnn.__all__:
        if not isinstance(getattr(musicrnn, name), ModuleType):
            assert f"### musicrnn.{name}\n" in text
    assert "| `rhythm` |" in text
    assert "0x" not in text


def test_a_link_to_nowhere_and_a_request_outside_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    linkcheck = importlib.import_module("linkcheck")
    (tmp_path / "index.html").write_text(
        '<h1 id="top">x</h1><a href="#top">ok</a><a href="#no">1</a><a href="gone/">2</a>'
        '<script src="https://cdn.example/x.js"></script><a href="https://example.org">ok</a>'
    )
    assert list(linkcheck.faults(tmp_path)) == [
        "index.html: loads https://cdn.example/x.js",
        "index.html: there is no place #no",
        "index.html: there is no gone/",
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site without what has to be drawn or played."""
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, str(TOOLS / "build.py"), "--quick", "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - of the base class
        """Nothing."""


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.slow
@pytest.mark.needs("zensical", "chromium", "playwright")
def test_a_browser_finds_nothing_to_complain_of(site: Path, address: str) -> None:
    from playwright.sync_api import sync_playwright

    pages = ("", "generate/", "reference/commands/", "reference/python/", "lessons/", "gallery/")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for width, height in SCREENS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "request",
                lambda request: (
                    None
                    if request.url.startswith((address, "data:", "blob:"))
                    else complaints.append(request.url)
                ),
            )
            for path in pages:
                page.goto(f"{address}/{path}")
                assert page.locator("h1").first.is_visible()
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width + 1, (path, wide)
        browser.close()
    assert complaints == []
