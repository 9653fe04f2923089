"""Help, manual page and reference: one source, short, and true."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from musicrnn.cli.app import COMMANDS, command_named, manuals
from musicrnn.cli.examples import EXAMPLES
from musicrnn.cli.manual import as_help, as_markdown, as_roff, manual_of
from musicrnn.version import __version__

MANUALS = {manual.name: manual for manual in manuals()}
LINES = [example.line for examples in EXAMPLES.values() for example in examples]


def called(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words call, and what it is given."""
    command, rest = command_named(words[0]), words[1:]
    inner = getattr(command, "commands", None)
    return (command, rest) if inner is None else (inner[rest[0]], rest[1:])


@pytest.mark.parametrize("line", LINES)
def test_an_example_is_understood_by_its_command(line: str) -> None:
    for part in line.split(" | musicrnn"):
        words = ["musicrnn", *shlex.split(part.partition(" > ")[0].removeprefix("musicrnn"))]
        command, given = called(words[1:])
        command.make_context(words[1], given)


@pytest.mark.parametrize("name", MANUALS)
def test_help_fits_a_terminal_and_names_no_types(name: str) -> None:
    text = as_help(MANUALS[name], 80)
    assert all(len(line) <= 80 or "musicrnn " in line for line in text.split("\n"))
    assert not any(
        word in text for word in ("<bool>", "<str>", "range>", "install-completion")
    ) or (name == "musicrnn")
    assert "  -h, --help" in text


def options() -> list[tuple[str, str, list[str]]]:
    """Every option of every command, with a value that it takes where it takes one."""
    values = {"int": "1", "float": "0.5", "Path": "x", "list[Path]": "x"}
    found = []
    for name in COMMANDS:
        command = command_named(name)
        for inner, one in getattr(command, "commands", {"": command}).items():
            for parameter in one.params:
                if parameter.param_type_name != "option":
                    continue
                choices = getattr(parameter.type_descriptor, "choices", None)
                value = values.get(parameter.bare_type(), "x")
                if choices:
                    value = str(getattr(choices[0], "value", choices[0]))
                if getattr(parameter, "min", None) is not None and parameter.bare_type() != "str":
                    value = str(parameter.min)
                for spelling in (*parameter.opts, *parameter.secondary_opts):
                    given = [spelling] if parameter.is_flag else [spelling, value]
                    found.append((f"{name} {inner}".strip(), parameter.name, given))
    return found


@pytest.mark.parametrize(("name", "parameter", "given"), options())
def test_every_spelling_of_every_option_is_taken(
    name: str, parameter: str, given: list[str]
) -> None:
    command, _ = called(name.split())
    needed = ["x" for p in command.params if p.param_type_name == "argument" and p.required]
    more = [w for p in command.params if p.param_type_name == "option" and p.required
            and p.name != parameter for w in (p.opts[0], "x")]  # fmt: skip
    context = command.make_context(name, [*needed, *more, *given])
    assert parameter in context.params


def test_the_manual_page_has_every_command_and_nothing_that_roff_would_take() -> None:
    text = as_roff(list(MANUALS.values()), __version__)
    assert text.startswith('.TH MUSICRNN 1 ""')
    for name in MANUALS:
        assert name.upper() in text
    for line in text.split("\n"):
        assert not line.startswith("'")
        assert not line.startswith(".") or line[1:3] in (
            "TH",
            "SH",
            "SS",
            "TP",
            "B ",
            "PP",
            "nf",
            "fi",
        )


def test_a_manual_says_limits_and_defaults_once() -> None:
    text = as_help(manual_of(command_named("generate"), "musicrnn generate"), 100)
    assert "-n, --number, --count N" in text
    assert "[default: 0.95]" in text
    assert "What to ask for:" in text
    assert (
        text.index("What to ask for:") < text.index("How to choose:") < text.index("Where to put")
    )
    assert "`--in-scale X`" in as_markdown(MANUALS["musicrnn generate"])
