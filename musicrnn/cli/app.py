"""The root command, and the one place where an error becomes a line and an exit status.

Each subcommand is a module of this folder with a Typer object ``app``. Only the module of
the command that is called is imported, which keeps `musicrnn generate` quick to start.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import typer
import typer.core
import typer.main
from rich.console import Console
from rich.text import Text

from musicrnn.cli.interrupts import watched
from musicrnn.errors import MusicRNNError, one_line
from musicrnn.version import __version__

#: command name → (module in musicrnn.cli, one line of help shown by `musicrnn --help`)
COMMANDS: dict[str, tuple[str, str]] = {
    "generate": ("generate", "Write new tunes."),
    "harmonize": ("harmonize", "Write the other voices of a chorale to a melody."),
    "harmony": ("harmony", "Write a second part to a tune, or a bass."),
    "vary": ("vary", "Rewrite a tune, as near to it as you ask."),
    "set": ("set", "Tunes that follow each other: a book, a PDF, one piece of sound."),
    "complete": ("complete", "Fill the gaps (? or ...) of a tune and keep the rest."),
    "render": ("render", "Turn ABC or MIDI into sound, MIDI, score pictures."),
    "check": ("check", "Say what is wrong with ABC or MIDI files, line by line."),
    "fix": ("fix", "Repair ABC with the smallest edits."),
    "convert": ("convert", "Transpose, reformat, split, merge; between ABC, MIDI and MusicXML."),
    "novelty": ("novelty", "Name the known tunes nearest to a tune."),
    "train": ("train", "Train a model on your own tunes."),
    "compare": ("compare", "Put training runs side by side."),
    "evaluate": ("evaluate", "Is a model good, are its tunes valid, are they new?"),
    "models": ("models", "List and describe models."),
    "recipes": ("recipes", "List and show training recipes."),
    "corpus": ("corpus", "List, describe and build corpora."),
    "serve": ("serve", "The same in the browser."),
}

#: How a library says, on being loaded or while it works, that memory is short.
_SHORT_OF_MEMORY = (
    "cannot allocate",
    "failed to map",
    "out of memory",
    "bad_alloc",
    "allocate mem",
)


class SafeConsole(Console):
    """A console on which nothing that is shown can give the terminal orders."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text as Rich renders it, control characters shown as escapes."""
        return super().render_str(
            "\n".join("\t".join(map(one_line, line.split("\t"))) for line in text.split("\n")),
            **options,
        )


console = SafeConsole(stderr=True)


class LazyGroup(typer.core.TyperGroup):
    """A command group that imports a subcommand's module when it is asked for.

    typer gives the classes of its own copy of click no public name, hence `Any`.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"musicrnn.cli.{COMMANDS[cmd_name][0]}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


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


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", callback=_version, is_eager=True
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file name need not be UTF-8
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdout else None)
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
    except (MemoryError, ImportError, RuntimeError, SystemError) as error:
        if not is_out_of_memory(error):
            raise
        fail("there is not enough memory for this; close other programs, raise the limit, or ask "
             "for less at once")  # fmt: skip
        sys.exit(1)


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
        error = error.__cause__ or error.__context__
    return False
