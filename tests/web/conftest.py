"""One running page for all tests of this folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="session")
def page() -> Iterator[str]:
    """The address of a page that runs as a user would run it, in a process of its own."""
    command = [sys.executable, "-m", "musicrnn", "serve", "--port", "0", "--workers", "2"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        # A time limit is tested elsewhere; on a busy machine it would only get in the way here.
        [*command, "--queue", "24", "--time-limit", "300"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as server:
        assert server.stderr is not None
        line = server.stderr.readline()
        address = re.search(r"http://[\d.:]+", line)
        assert address, line
        # Read on, or the log would fill the pipe and the server would wait for us.
        log = subprocess.Popen(["cat"], stdin=server.stderr, stdout=subprocess.DEVNULL)
        with httpx.Client(base_url=address[0], timeout=300) as client:
            client.get("/api/tune", params={"seed": 1}).raise_for_status()  # models are loaded
        yield address[0]
        server.terminate()
        server.wait(timeout=30)
        log.wait(timeout=10)


@pytest.fixture
def client(page: str) -> Iterator[httpx.Client]:
    """A client of the page."""
    with httpx.Client(base_url=page, timeout=300, follow_redirects=True) as client:
        yield client
