"""The command reference from the commands' help, the Python reference from docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

from musicrnn.cli.app import manuals
from musicrnn.cli.manual import as_markdown
from musicrnn.constraints.controls import CONTROLS
from musicrnn.generation.options import SamplingOptions

#: the modules whose public names are described, in the order of the page
MODULES = (
    "musicrnn", "musicrnn.workflow", "musicrnn.generation", "musicrnn.corpus", "musicrnn.abc",
    "musicrnn.midi", "musicrnn.render", "musicrnn.novelty", "musicrnn.sampling",
    "musicrnn.tokens", "musicrnn.score", "musicrnn.errors",
)  # fmt: skip


def command_reference() -> str:
    """A chapter for every command, as its ``--help`` has it."""
    chapters = [as_markdown(manual) for manual in manuals()]
    return "# Commands\n\nMade from `musicrnn COMMAND --help`.\n\n" + "\n".join(chapters)


def python_reference() -> str:
    """Every public name with its signature and docstring; each is described once."""
    parts = ["# Python reference", "", "Made from the docstrings. "
             "[From Python](../python.md) shows how the parts go together.", ""]  # fmt: skip
    seen: set[int] = set()
    for name in MODULES:
        module = importlib.import_module(name)
        described = [*_module(module, seen)]
        if described:
            parts += [f"## {name}", "", _prose(module.__doc__), "", *described]
    parts += ["## Options of generate", "", *_options()]
    return "\n".join(parts) + "\n"


def _module(module: Any, seen: set[int]) -> list[str]:
    parts: list[str] = []
    for name in module.__all__:
        public = getattr(module, name)
        home = getattr(public, "__module__", "") or ""
        if inspect.ismodule(public) or id(public) in seen or not home.startswith("musicrnn"):
            continue
        if not callable(public):
            continue
        seen.add(id(public))
        parts += [f"### {module.__name__}.{name}", "", _signature(name, public), ""]
        parts += [_prose(inspect.getdoc(public)), ""]
        if inspect.isclass(public) and not issubclass(public, BaseException):
            parts += _members(name, public)
    return parts


def _members(owner: str, public: type) -> list[str]:
    parts: list[str] = []
    for name, member in inspect.getmembers_static(public):
        if name.startswith("_"):
            continue
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(function, property) or type(function).__name__ == "cached_property":
            parts += [f"**{owner}.{name}**", "", _prose(inspect.getdoc(function)), ""]
        elif inspect.isfunction(function) and function.__module__.startswith("musicrnn"):
            parts += [
                _signature(f"{owner}.{name}", function),
                "",
                _prose(inspect.getdoc(function)),
                "",
            ]
    return parts


def _signature(name: str, public: Any) -> str:
    try:
        signature = str(inspect.signature(public))
    except (TypeError, ValueError):
        signature = "(...)"
    signature = re.sub(r"(?:typing|collections\.abc|musicrnn\.[\w.]+)\.", "", signature)
    signature = signature.replace("'", "").replace("(self, ", "(").replace("(self)", "()")
    signature = re.sub(r" at 0x[0-9a-f]+|<function [^>]*>|<factory>", "...", signature)
    return f"```python\n{name}{signature}\n```"


def _prose(text: str | None) -> str:
    """A docstring as Markdown: what is indented or begins with ``>>>`` is code."""
    out: list[str] = []
    code = False
    for line in inspect.cleandoc(text or "").split("\n"):
        is_code = line.startswith((">>>", "...")) or (code and bool(line.strip()))
        if line.startswith("    ") and not code and (not out or not out[-1].strip()):
            is_code = True
        if is_code and not code:
            out.append("```python" if line.startswith(">>>") else "```text")
        if code and not is_code:
            out.append("```")
        code = is_code
        out.append(line)
    if code:
        out.append("```")
    return "\n".join(out)


def _options() -> list[str]:
    rows = [f"| `{control.name}` | {_cell(control.help)} | {', '.join(control.formats)} |"
            for control in CONTROLS.values()]  # fmt: skip
    how = [f"| `{field.name}` | {_cell(field.metadata['help'])} | |"
           for field in SamplingOptions.__dataclass_fields__.values()]  # fmt: skip
    return ["| option | what it does | models of |", "|---|---|---|", *rows, *how]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
