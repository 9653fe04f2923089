"""Options that several commands share, made from the tables that say what they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer

from musicrnn.cli.manual import ASK, CHOOSE, WHERE
from musicrnn.constraints.controls import CONTROLS, Control
from musicrnn.errors import UsageError
from musicrnn.formats import FORMATS
from musicrnn.generation.options import SamplingOptions
from musicrnn.score import Meter

__all__ = ["WHERE", "content_of", "control_values", "require_kind", "takes"]

#: the value of ``--prime`` that stands for a MIDI keyboard, and the tempo it is played at
LIVE = "live"
_LIVE_TEMPO = 100
_TYPES: dict[str, Any] = {"number": int | None, "share": float | None, "flag": bool}


def takes(*names: str, sampling: Iterable[str] = ()) -> Callable[[Callable[..., None]], Any]:
    """Give a command an option for each control in `names` and each field of `SamplingOptions` in
    `sampling`; the command receives their values as further keyword arguments.
    """

    def extended(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        added = [_control(CONTROLS[name]) for name in names]
        options = {field.name: field for field in fields(SamplingOptions)}
        types = inspect.get_annotations(SamplingOptions, eval_str=True)
        added += [_sampling(options[name], types[name]) for name in sampling]
        command.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in (*own, *added)}
        return command

    return extended


def _control(control: Control) -> inspect.Parameter:
    flag = control.kind == "flag"
    option = typer.Option(
        False if flag else None,
        *_spellings(control.name, control.spellings),
        help=control.help,
        min=0 if control.kind == "share" else 1 if control.kind == "number" else None,
        max=1 if control.kind == "share" else None,
        rich_help_panel=ASK,
        autocompletion=_completion(control),
    )
    return _parameter(control.name, option, _TYPES.get(control.kind, str | None))


def _completion(control: Control) -> Callable[[str], list[str]] | None:
    """What the shell offers for a control: the values that menus offer."""
    values = [str(value) for value in control.choices]
    if not values or control.kind not in ("text", "number"):
        return None

    def offered(incomplete: str) -> list[str]:
        return [value for value in values if value.lower().startswith(incomplete.lower())]

    return offered


def _sampling(field: Any, annotation: Any) -> inspect.Parameter:
    about = field.metadata
    option = typer.Option(
        field.default,
        *_spellings(about.get("name", field.name), about.get("spellings", ())),
        help=about["help"],
        min=about.get("min"),
        rich_help_panel=CHOOSE,
    )
    return _parameter(field.name, option, annotation)


def _spellings(name: str, more: Iterable[str]) -> list[str]:
    return [f"--{spelling.replace('_', '-')}" for spelling in (name, *more)]


def _parameter(name: str, option: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=annotation
    )


def control_values(options: dict[str, Any]) -> dict[str, Any]:
    """The controls among a command's options that were set; a file's content in place of its name,
    and of ``live`` for a prime what is played on a MIDI keyboard.

    Raises `UsageError` for a file that cannot be read.
    """
    values = {}
    for name, value in options.items():
        control = CONTROLS.get(name)
        if control is None or value is None or value is False:
            continue
        if name == "prime" and value == LIVE and not Path(value).exists():
            values[name] = _from_the_keyboard(options)
        else:
            values[name] = content_of(value) if control.kind == "file" else value
    return values


def require_kind(file: str) -> None:
    """Raise `UsageError` where no file can be written under this name, for its ending or its
    folder: now, not when there is something to write."""
    from musicrnn.render import EXTENSIONS

    path = Path(file)
    if path.suffix.lower() not in (*EXTENSIONS, *FORMATS["text"].suffixes):
        raise UsageError(
            f"{file}: its ending ({path.suffix or 'it has none'}) says no kind of file that is "
            f"written here; choose {' '.join(EXTENSIONS)} .txt"
        )
    if path.parent.is_file():
        raise UsageError(f"{file}: {path.parent} is a file, not a folder")


def _from_the_keyboard(options: dict[str, Any]) -> str:
    """A phrase played on the first MIDI keyboard, in the key, metre and tempo that are asked for:
    ABC that a tune begins with."""
    from musicrnn.cli.batch import say
    from musicrnn.constraints.controls import parse_controls
    from musicrnn.live.devices import open_input
    from musicrnn.live.session import hear_phrase

    controls = {name: options.get(name) for name in ("key", "meter", "tempo")}
    values = parse_controls(controls, "abc")
    qpm = values["tempo"].qpm if "tempo" in values else _LIVE_TEMPO
    with open_input() as keyboard:
        say(f"play a phrase on {keyboard.name}, at {qpm} quarters a minute; silence ends it")
        phrase = hear_phrase(
            keyboard, 60 / float(qpm), values.get("meter") or Meter(4, 4), values.get("key")
        )
    text, _ = phrase.abc()
    say(f"heard: {text.splitlines()[-1]}")
    return text


def content_of(value: str) -> Any:
    """The music in a file of that name, ``-`` being standard input; else the text itself, in
    which ``\\n`` is a line break."""
    from musicrnn.cli.batch import STDIN

    named = value == STDIN or ("\n" not in value and len(value) < 1000 and Path(value).is_file())
    if not named:
        return value.replace("\\n", "\n")
    from musicrnn.cli.batch import read

    return read(value).pieces()[0].content
