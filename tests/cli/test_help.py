"""Every command and every option says what it is for, and starting one stays light."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest
import typer.main

from musicrnn.cli import main
from musicrnn.cli.app import COMMANDS


def leaves(name: str) -> list[Any]:
    """The command, or the subcommands of a group."""
    module = importlib.import_module(f"musicrnn.cli.{COMMANDS[name][0]}")
    command: Any = typer.main.get_command(module.app)
    return list(getattr(command, "commands", {"": command}).values())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    for command in leaves(name):
        assert command.help, f"{name} {command.name}"
        for parameter in command.params:
            assert parameter.help, f"{name} {command.name} {parameter.name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_asking_for_help_imports_nothing_heavy(name: str) -> None:
    code = (
        "import sys; from musicrnn.cli import main\n"
        f"try: main([{name!r}, '--help'])\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'tensorflow', 'keras', 'music21', 'verovio', 'matplotlib', 'ray'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_unknown_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "musicrnn", "sing"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("musicrnn: there is no command 'sing'; there are generate,")


def test_help_is_a_command_too(capsys: pytest.CaptureFixture[str]) -> None:
    for words, shown in ((["help"], "Tunes that you have:"), (["help", "play"], "Play tunes")):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert not stopped.value.code
        assert shown in capsys.readouterr().out
