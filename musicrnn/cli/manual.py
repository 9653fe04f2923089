"""What a command says of itself, as help on the terminal, as Markdown and as a manual page.

All three are written from the command's own parameters, so that none of them can be out of date.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from musicrnn.cli.examples import EXAMPLES, Example

__all__ = [
    "ASK",
    "CHOOSE",
    "OPTIONS",
    "WHERE",
    "Manual",
    "Section",
    "as_help",
    "as_markdown",
    "as_roff",
    "manual_of",
    "placeholder",
]

#: The sections of a command, in their order; the first and last are of parameters that name none.
ARGUMENTS, ASK, CHOOSE, WHERE, OPTIONS = _SECTIONS = (
    "Arguments",
    "What to ask for",
    "How to choose",
    "Where to put it",
    "Options",
)
#: What stands for a value of each type; a text is called as its option is.
_PLACEHOLDERS = {"int": "N", "float": "X", "Path": "PATH", "list[Path]": "PATH"}
_HELP = ("-h, --help", "Show this message.")
#: Columns that help takes at most, and that the names of options take.
_WIDTH, _NAMES_WIDTH = 100, 30


@dataclass(frozen=True)
class Section:
    """Rows under a heading: how a parameter is written, and what it is for."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Manual:
    """One command: its name with those of its groups, how it is called, and what it does."""

    name: str
    usage: str
    text: str
    sections: list[Section]
    examples: tuple[Example, ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of the text."""
        return re.split(r"(?<=[.?])\s", self.text, maxsplit=1)[0]


def manual_of(command: Any, name: str) -> Manual:
    """The manual of a command or of a group (a `typer` object) that is called as `name`."""
    sections: dict[str, Section] = {}
    usage = [name]
    for parameter in command.params:
        if getattr(parameter, "hidden", False):
            continue
        argument = parameter.param_type_name == "argument"
        title = getattr(parameter, "rich_help_panel", None) or (ARGUMENTS if argument else OPTIONS)
        section = sections.setdefault(title, Section(title))
        section.rows.append((_written(parameter), _help_of(parameter)))
        if argument:
            word = placeholder(parameter)
            usage.append(word if parameter.required else f"[{word}]")
    usage.insert(1, "[OPTIONS]")
    commands = getattr(command, "commands", None)
    if commands is not None:
        usage = [name, "COMMAND"]
        rows = [
            (subcommand.name, _summary(subcommand.help or "")) for subcommand in commands.values()
        ]
        sections = {"": Section("Commands", rows)} | sections
    if commands is None or OPTIONS in sections:
        sections.setdefault(OPTIONS, Section(OPTIONS)).rows.append(_HELP)
    text = "\n".join(line.strip() for line in (command.help or "").strip().split("\n"))
    key = name.rpartition("musicrnn ")[2]  # the program may be called python -m musicrnn
    ordered = sorted(sections.values(), key=_place)
    return Manual(name, " ".join(usage), text, ordered, EXAMPLES.get(key, ()))


def _place(section: Section) -> int:
    """Where a section stands; one that is not in the list comes before the last."""
    titles = [*_SECTIONS[:-1], "", *_SECTIONS[-1:]]
    return titles.index(section.title if section.title in titles else "")


def _written(parameter: Any) -> str:
    """``-o, --output OUTPUT``; an argument's name alone."""
    if parameter.param_type_name == "argument":
        return placeholder(parameter)
    names = sorted((*parameter.opts, *parameter.secondary_opts), key=lambda n: n.startswith("--"))
    value = "" if parameter.is_flag else f" {placeholder(parameter)}"
    return f"{', '.join(names)}{value}"


def placeholder(parameter: Any) -> str:
    """The word that stands for a parameter's value."""
    if parameter.metavar:
        return str(parameter.metavar)
    if parameter.param_type_name == "argument":
        many = parameter.nargs != 1
        name = parameter.name.upper()
        return f"{name.removesuffix('S')}..." if many else name
    options = getattr(parameter.type_descriptor, "choices", None)
    if options:
        return "|".join(str(getattr(option, "value", option)) for option in options)
    kind = parameter.bare_type()
    named = max(parameter.opts, key=len).lstrip("-") if kind in ("str", "list[str]") else ""
    first = next((name for name in parameter.opts if name.startswith("--")), named)
    return _PLACEHOLDERS.get(kind, first.lstrip("-").upper())


def _help_of(parameter: Any) -> str:
    """The help with the limits of a number, the default and the environment's variable."""
    text = str(parameter.help or "")
    more = []
    lowest, highest = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if lowest is not None and highest is not None:
        more.append(f"{lowest:g} to {highest:g}")
    default = getattr(parameter, "default", None)
    if default not in (None, "", [], (), False) and parameter.param_type_name == "option":
        more.append(f"default: {_plain(default, parameter)}")
    if getattr(parameter, "multiple", False) and "epeat" not in text:
        more.append("may be repeated")
    if getattr(parameter, "envvar", None):
        more.append(f"or ${parameter.envvar}")
    return f"{text} [{'; '.join(more)}]" if more else text


def _plain(default: Any, parameter: Any) -> str:
    if parameter.is_flag:
        return str(parameter.opts[0])
    return f"{default:g}" if isinstance(default, float) else str(default)


def _summary(text: str) -> str:
    return re.split(r"(?<=[.?])\s", text.strip(), maxsplit=1)[0]


# --- on the terminal ----------------------------------------------------------------------------


def as_help(manual: Manual, width: int = 80) -> str:
    """The help that a terminal of `width` columns shows."""
    width = max(50, min(width, _WIDTH))
    lines = [f"Usage: {manual.usage}", ""]
    for paragraph in manual.text.split("\n\n"):
        lines += [*textwrap.wrap(paragraph, width), ""]
    for section in manual.sections:
        lines += [f"{section.title}:", *_columns(section.rows, width), ""]
    if manual.examples:
        lines.append("Examples:")
        for example in manual.examples:
            lines += [f"  {example.line}"]
            lines += [f"      {example.what}"] if example.what else []
    return "\n".join(lines).rstrip() + "\n"


def _columns(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Names to the left, what they are for to the right, below where a name is long."""
    left = min(max(len(name) for name, _ in rows), _NAMES_WIDTH) + 4
    for name, text in rows:
        wrapped = textwrap.wrap(text, width - left) or [""]
        if len(name) > left - 4:
            yield f"  {name}"
        else:
            yield f"  {name}".ljust(left) + wrapped.pop(0)
        yield from (" " * left + line for line in wrapped)


# --- for the site -------------------------------------------------------------------------------


def as_markdown(manual: Manual, *, level: int = 2) -> str:
    """A chapter of the command reference, its heading at `level`."""
    lines = [f"{'#' * level} {manual.name}", "", f"```text\n{manual.usage}\n```", "", manual.text]
    for section in manual.sections:
        lines += ["", f"**{section.title}**", "", "| | |", "|---|---|"]
        lines += [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in section.rows]
    if manual.examples:
        lines += ["", "**Examples**", "", "```sh"]
        for example in manual.examples:
            lines += [f"# {example.what}"] if example.what else []
            lines.append(example.line)
        lines.append("```")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


# --- as a manual page ---------------------------------------------------------------------------


def as_roff(manuals: list[Manual], version: str) -> str:
    """A manual page in the language of ``man``: the program first, then its commands."""
    program = manuals[0]
    title = program.name.replace(" ", "-")
    lines = [
        f'.TH {title.upper()} 1 "" "musicrnn {version}" "User Commands"',
        ".SH NAME", f"{title} \\- {_roff(program.summary)}",
        ".SH SYNOPSIS", f".B {_roff(program.usage)}",
        ".SH DESCRIPTION", *_paragraphs(program.text),
    ]  # fmt: skip
    for manual in manuals:
        if manual is not program:
            lines += [f".SH {_roff(manual.name.upper())}", f".B {_roff(manual.usage)}", ".PP"]
            lines += _paragraphs(manual.text)
        for section in manual.sections:
            lines.append(f".SS {_roff(section.title)}")
            for name, text in section.rows:
                lines += [".TP", f".B {_roff(name)}", _roff(text)]
        if manual.examples:
            lines += [".SS Examples", ".nf", *(_roff(one.line) for one in manual.examples), ".fi"]
    return "\n".join(lines) + "\n"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield _roff(" ".join(paragraph.split()))
        yield ".PP"


def _roff(text: str) -> str:
    """Text in which nothing means anything to ``roff``."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain
