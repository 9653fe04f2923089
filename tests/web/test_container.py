"""The Containerfile, read as what builds and runs it would: no step of it may be out of date."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
STEPS = [tuple(line.split(None, 1)) for line in TEXT.splitlines() if line and line[0] != "#"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def said(instruction: str) -> list[str]:
    """What follows each instruction of that name."""
    return [rest for name, rest in STEPS if name == instruction]


def test_it_has_all_that_the_package_is_built_from() -> None:
    copied = {name.rstrip("/") for rest in said("COPY") for name in rest.split()[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], *PROJECT["project"]["license-files"]}
    assert {"pyproject.toml", "README.md", *needed} <= copied


def test_it_installs_an_extra_that_there_is() -> None:
    (step,) = (rest for rest in said("RUN") if "pip install" in rest)
    found = re.search(r"'\.\[(\w+)\]'", step)
    assert found
    assert found[1] in PROJECT["project"]["optional-dependencies"]


def test_it_runs_a_python_that_the_package_supports_as_an_ordinary_user() -> None:
    version = re.search(r"python:(3\.\d+)-", said("FROM")[0])
    assert version
    assert f"Programming Language :: Python :: {version[1]}" in PROJECT["project"]["classifiers"]
    (user,) = said("USER")
    assert int(user) > 0
    assert any(f"--uid {user}" in rest for rest in said("RUN"))
    assert [name for name, _ in STEPS].index("USER") > STEPS.index(("RUN", said("RUN")[-1]))


@pytest.mark.needs("fastapi", "pebble", "score")
def test_what_it_starts_is_a_command_with_these_options() -> None:
    from musicrnn.cli.app import app

    command = json.loads(said("CMD")[0])
    assert command[0] in PROJECT["project"]["scripts"]
    answer = CliRunner().invoke(app, [*command[1:], "--help"])
    assert answer.exit_code == 0, answer.output
    assert command[command.index("--port") + 1] in said("EXPOSE")


def test_its_health_check_asks_the_page() -> None:
    command = json.loads(said("HEALTHCHECK")[0].partition(" CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")
    address = re.search(r"http://[^']+", command[2])
    assert address
    assert urlsplit(address[0]).path == "/health"
    assert str(urlsplit(address[0]).port) in said("EXPOSE")
