"""The report in a real browser: it is quiet, asks nobody for anything, and fits a phone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from musicrnn.evaluation.report.page import page
from musicrnn.evaluation.study import Study
from tests.evaluation.conftest import renamed

pytestmark = [pytest.mark.needs("chromium", "playwright"), pytest.mark.slow]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_report(found: Study, tmp_path: Path, scheme: Any, width: int) -> None:
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(page([found, renamed(found, "another")]), "utf-8")
    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(file.as_uri(), wait_until="load")
        overflow = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        plots = tab.locator("svg.plot").count()
        browser.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", file.as_uri()))] == []
    assert overflow <= 0
    assert plots >= 20
    assert (colour == "rgb(23, 23, 22)") == (scheme == "dark")
