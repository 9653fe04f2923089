"""What the commands share that do something to tunes of one's own: tunes in, tunes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from musicrnn.cli.app import print_text
from musicrnn.cli.batch import display_name, naming, read, refuse_overwriting, say_written
from musicrnn.errors import AbcError, UsageError

if TYPE_CHECKING:
    from musicrnn.generation.tune import Tune

__all__ = ["deliver", "tunes_of"]


def tunes_of(file: str) -> list[Tune]:
    """The tunes of a file of any kind. Raises `UsageError` for plain text, and for a book of ABC
    without tunes."""
    from musicrnn.generation.tune import Tune

    music = read(file)
    if music.kind == "text":
        raise UsageError(f"{display_name(file)}: plain text has no notes")
    tunes = [Tune(piece) for piece in music.pieces()]
    if not tunes:
        raise AbcError("there is no tune in it; a tune starts with an X: line", file=music.name)
    return tunes


def deliver(file: str, output: str, change: Callable[[Tune], Iterable[Tune]]) -> list[Tune]:
    """Change each tune of `file` and write what comes of it: to standard output, to one file whose
    extension decides, as a book of ABC, or to a folder, one file a tune. Returns what was written.

    Raises what `change` raises, with the number of the tune where there are several.
    """
    refuse_overwriting(output, [file])
    tunes = tunes_of(file)
    made: list[Tune] = []
    for number, tune in enumerate(tunes, 1):
        with naming(file, number if len(tunes) > 1 else ""):
            made += change(tune)
    if output in ("", "-"):
        print_text("\n".join(tune.text for tune in made).rstrip("\n"))
        return made
    path = Path(output)
    if output.endswith(("/", "\\")) or path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        stem = Path(display_name(file)).stem.strip("<>") or "tune"
        for number, tune in enumerate(made, 1):
            name = f"{stem}-{number:0{len(str(len(made)))}d}" if len(made) > 1 else stem
            tune.save(path / f"{name}.abc")
            say_written(path / f"{name}.abc")
        return made
    if len(made) == 1:
        made[0].save(path)
    elif path.suffix.lower() == ".abc":
        from musicrnn.files import write_whole

        write_whole(path, "\n".join(tune.text for tune in made))
    else:
        raise UsageError(f"{len(made)} tunes do not fit into {output}; give a folder: -o DIR/")
    say_written(path)
    return made
