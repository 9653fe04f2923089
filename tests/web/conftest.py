"""One running page for all tests of this folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from tests.untrained_models import untrained_jazz, untrained_piano


@dataclass
class Server:
    """A page that runs as a user would run it, in a process of its own."""

    address: str
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    """A page that has loaded its models; ended with the signal that a container sends."""
    command = [sys.executable, "-m", "musicrnn", "serve", "--port", "0", *options]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        # A time limit is tested elsewhere; on a busy machine it would only get in the way here.
        [*command, "--time-limit", "300"], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:  # fmt: skip
        assert process.stderr is not None
        line = process.stderr.readline()
        address = re.search(r"http://[\d.:]+", line)
        assert address, line
        server = Server(address[0], process)
        # Read on, or the log would fill the pipe and the server would wait for us.
        reader = threading.Thread(target=server.log.extend, args=(process.stderr,))
        reader.start()
        try:
            asked = {"seed": 1, "bars": 2}
            httpx.get(f"{address[0]}/api/tune", params=asked, timeout=300).raise_for_status()
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)
            reader.join()


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running page; beside the shipped tunes it offers models of events."""
    folder = tmp_path_factory.mktemp("models")
    models = ["--model", "folk"]
    for name, made in (("jazz", untrained_jazz), ("piano", untrained_piano)):
        models += ["--model", f"{name}={made(folder / name)}"]
    models += ["--model", "chorale"]
    with serving("--workers", "2", "--queue", "24", "--per-visitor", "24", *models) as server:
        yield server.address


@pytest.fixture
def client(page: str) -> Iterator[httpx.Client]:
    """A client of the page."""
    with httpx.Client(base_url=page, timeout=300, follow_redirects=True) as client:
        yield client
