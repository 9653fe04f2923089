"""The root command, and the one place where an error becomes a line and an exit status.

Each subcommand is a module of this folder with a Typer object ``app``. Only the module of
the command that is called is imported, which keeps `musicrnn generate` quick to start.
"""

from __future__ import annotations

import codecs
import importlib
import io
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any

import typer
import typer.core
import typer.main
from rich.console import Console
from rich.segment import Segment
from rich.table import Table

from musicrnn.cli.examples import FIRST
from musicrnn.cli.interrupts import watched
from musicrnn.cli.manual import OPTIONS, Manual, Section, as_help, as_roff, manual_of, placeholder
from musicrnn.errors import MusicRNNError, choices, one_line
from musicrnn.version import __version__

#: command name → (module in musicrnn.cli, one line of help shown by `musicrnn --help`)
COMMANDS: dict[str, tuple[str, str]] = {
    "generate": ("generate", "Write new tunes."),
    "harmonize": ("harmonize", "Write the other three voices of a chorale."),
    "chords": ("chords", "Write chord symbols over a melody."),
    "harmony": ("harmony", "Write a second part to a tune, or a bass."),
    "vary": ("vary", "Rewrite a tune, as near to it as you ask."),
    "set": ("set", "Tunes that follow each other: a book, a PDF, one piece of sound."),
    "complete": ("complete", "Fill the gaps (? or ...) of a tune and keep the rest."),
    "render": ("render", "Turn tunes into sound, MIDI, score pictures."),
    "play": ("play", "Play tunes through the speakers."),
    "jam": ("jam", "Play on a MIDI keyboard with a model that answers."),
    "check": ("check", "Say what is wrong with a file, line by line."),
    "fix": ("fix", "Repair ABC with the smallest edits."),
    "convert": ("convert", "Transpose, reformat, split, merge; between ABC, MIDI and MusicXML."),
    "novelty": ("novelty", "Name the known tunes nearest to a tune."),
    "train": ("train", "Train a model on your own tunes."),
    "compare": ("compare", "Put training runs side by side."),
    "evaluate": ("evaluate", "Is a model good, are its tunes valid, are they new?"),
    "models": ("models", "List, describe and export models."),
    "recipes": ("recipes", "List and show training recipes."),
    "corpus": ("corpus", "List, describe and build corpora."),
    "serve": ("serve", "The same in the browser."),
    "mcp": ("mcp", "The same for language models (Model Context Protocol)."),
}

#: What one can do, in the order in which one does it; a command that is not here comes last.
GROUPS = {
    "New tunes": ("generate", "jam", "complete"),
    "Tunes that you have": ("play", "render", "check", "fix", "convert", "set", "novelty"),
    "More from a tune": ("vary", "chords", "harmony", "harmonize"),
    "Models of your own": ("train", "compare", "evaluate", "models", "recipes", "corpus"),
    "Without the terminal": ("serve", "mcp"),
}

#: How a library says, on being loaded or while it works, that memory is short.
_SHORT_OF_MEMORY = (
    "cannot allocate",
    "failed to map",
    "out of memory",
    "bad_alloc",
    "allocate mem",
    "can't start new thread",
    "without exception set",  # the interpreter itself had no room to say so
)

_TOO_LITTLE = (
    "there is not enough memory for this; close other programs, raise the limit, or ask for less "
    "at once"
)


class SafeConsole(Console):
    """A console on which nothing that is shown can give the terminal orders: texts are shown as
    they are, without tags or emoji in them, and control characters as escapes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
        """The segments of what is shown, control characters in their texts as escapes."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(_plain(segment.text), segment.style)


def _plain(text: str) -> str:
    return "\n".join("\t".join(map(one_line, line.split("\t"))) for line in text.split("\n"))


#: for messages; what was asked for is given to `print_result`
console = SafeConsole(stderr=True)
#: what some commands called --output before all did
_FORMER = re.compile(r"^--out(?=$|=)")
#: Columns of a pipe or file: enough for any table.
_UNWRAPPED = 10_000


def print_result(result: Table | str) -> None:
    """Print what was asked for to standard output; a pipe gets every row in one line."""
    out = SafeConsole(width=None if sys.stdout.isatty() else _UNWRAPPED)
    out.print(result, markup=False, highlight=False, soft_wrap=isinstance(result, str))


#: what a terminal takes for orders: control characters, but for tabs and ends of lines, and those
#: that turn the direction of writing
_ORDERS = re.compile(r"(?!\r?\n)[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def print_text(text: str, *, nl: bool = True) -> None:
    """Print a tune, a card or JSON to standard output as it is; on a terminal, with escapes in
    place of what may be a stranger's orders to it."""
    if sys.stdout is not None and sys.stdout.isatty():
        text = _ORDERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    typer.echo(text, nl=nl)


class LazyGroup(typer.core.TyperGroup):
    """A command group that imports a subcommand's module when it is asked for.

    typer gives the classes of its own copy of click no public name, hence `Any`.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return command_named(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, also as ``help COMMAND``; for one that does not exist, the
        nearest that does."""
        if args and args[0] == "help":
            if len(args) == 1:
                typer.echo(ctx.get_help())
                raise typer.Exit
            args = [args[1], "--help"]
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            fail(f"there is no command {args[0]!r}; {choices(args[0], COMMANDS)}")
            raise typer.Exit(2)
        name, command, words = super().resolve_command(ctx, args)
        words = [_FORMER.sub("--output", word) for word in words]
        _refuse_words([*takewhile(lambda word: not word.startswith("-"), words)], name, command)
        return name, command, words

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """What one can do, in groups, without importing any of the commands."""
        formatter.write(as_help(overview(self, ctx.command_path), _columns()))


def _refuse_words(words: list[str], name: str | None, command: Any) -> None:
    """Say what was meant by more words after a command than it takes."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    if hasattr(command, "commands") or any(one.nargs < 0 for one in arguments):
        return
    if len(words) <= len(arguments):
        return
    from musicrnn.theory.dances import DANCES, spell_rhythm

    options = [option for parameter in command.params for option in parameter.opts]
    if arguments:
        wanted = f"{name} takes one {arguments[0].metavar}, not {len(words)}"
        hint = "name a folder, or put a glob in quotes: 'tunes/*.abc'" if name == "train" else ""
    else:
        wanted = f"{name} takes options only, not {words[0]!r}"
        is_dance = "--rhythm" in options and spell_rhythm(words[0]) in DANCES
        hint = f"did you mean --rhythm {words[0]}?" if is_dance else ""
    fail(f"{wanted}; {hint or f'try musicrnn help {name}'}")
    raise typer.Exit(2)


def command_named(name: str) -> Any:
    """The command of a row of `COMMANDS`, imported now; its help is that of `manual`."""
    module = importlib.import_module(f"musicrnn.cli.{COMMANDS[name][0]}")
    module.app._add_completion = False  # which the root has, for all
    command: Any = typer.main.get_command(module.app)
    command.name = name
    for described in (command, *getattr(command, "commands", {}).values()):
        described.format_help = partial(_write_help, described)
        for parameter in described.params:
            if parameter.param_type_name == "argument":
                parameter.metavar = placeholder(parameter)  # which messages show, too
    return command


def _write_help(command: Any, ctx: Any, formatter: Any) -> None:
    formatter.write(as_help(manual_of(command, ctx.command_path), _columns()))


def _columns() -> int:
    return shutil.get_terminal_size().columns


def overview(group: Any, name: str = "musicrnn") -> Manual:
    """The manual of the program: its commands in groups, and its own options."""
    own = manual_of(group, name)
    grouped = {heading: list(names) for heading, names in GROUPS.items()}
    known = {command for names in grouped.values() for command in names}
    rest = [command for command in COMMANDS if command not in known]
    sections = [
        Section(
            heading, [(command, COMMANDS[command][1]) for command in names if command in COMMANDS]
        )
        for heading, names in (grouped | {"More": rest}).items()
        if names
    ]
    options = [section for section in own.sections if section.title == OPTIONS]
    usage = f"{name} COMMAND [OPTIONS]"
    return replace(own, usage=usage, sections=[*sections, *options], examples=FIRST)


def manuals() -> list[Manual]:
    """The program and all its commands, subcommands in the place of their groups."""
    pages = [overview(typer.main.get_command(app))]
    for name in COMMANDS:
        command = command_named(name)
        inner = getattr(command, "commands", None)
        if inner is None:
            pages.append(manual_of(command, f"musicrnn {name}"))
        else:
            pages += [manual_of(one, f"musicrnn {name} {key}") for key, one in inner.items()]
    return pages


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"musicrnn {__version__}")
        raise typer.Exit


def _manual_page(show: bool) -> None:
    if show:
        typer.echo(as_roff(manuals(), __version__), nl=False)
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", callback=_version, is_eager=True
    ),
    man: bool = typer.Option(
        False,
        "--man",
        help="Print the manual page: musicrnn --man | man -l -",
        callback=_manual_page,
        is_eager=True,
    ),
) -> None:
    """Train recurrent networks on tunes, write new ones, see and hear them."""


def fail(message: str) -> None:
    """Print one error line to standard error, as ``musicrnn: message``."""
    console.print(
        f"musicrnn: {one_line(message)}", style="red", markup=False, highlight=False, soft_wrap=True
    )


def main(arguments: list[str] | None = None) -> Any:
    """The entry point: run a command, turn our errors into one line and exit status 1."""
    threading.excepthook = _unless_out_of_memory
    codecs.register_error("musicrnn", _as_it_can_be)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file name need not be UTF-8, nor the terminal
            stream.reconfigure(errors="musicrnn" if stream is sys.stdout else None)
    try:
        with watched():
            app(arguments, standalone_mode=True)
    except MusicRNNError as error:
        fail(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # `musicrnn generate | head` closes our standard output: no error of ours.
        sys.stdout = None
        sys.exit(0)
    except OSError as error:
        fail(os_error(error))
        sys.exit(1)
    except (MemoryError, ImportError, RuntimeError, SystemError, ExceptionGroup) as error:
        if not is_out_of_memory(error):
            raise
        try:
            fail(_TOO_LITTLE)
        except MemoryError:  # to draw it in red takes some, too
            os.write(2, f"musicrnn: {_TOO_LITTLE}\n".encode())
        sys.exit(1)


def _as_it_can_be(error: UnicodeError) -> tuple[str | bytes, int]:
    """Characters for an output that has not all of them: bytes of a file's name as they were, and
    escapes for the others."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def _unless_out_of_memory(arguments: Any) -> None:
    """A thread that memory was too short for says nothing of its own: the command does."""
    if not is_out_of_memory(arguments.exc_value):
        threading.__excepthook__(arguments)


def os_error(error: OSError) -> str:
    """What the system refused, and on which file."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return f"{name}: {error.strerror or error}".lstrip(": ")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, says that memory is short."""
    while error is not None:
        text = str(error).lower()
        if isinstance(error, MemoryError) or any(sign in text for sign in _SHORT_OF_MEMORY):
            return True
        if isinstance(error, BaseExceptionGroup) and any(map(is_out_of_memory, error.exceptions)):
            return True
        error = error.__cause__ or error.__context__
    return False
