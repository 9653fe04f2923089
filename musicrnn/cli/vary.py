"""``musicrnn vary``: a tune rewritten, as near to it as is asked."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console
from musicrnn.cli.batch import say
from musicrnn.cli.options import takes
from musicrnn.cli.own_tunes import deliver
from musicrnn.errors import UsageError

if TYPE_CHECKING:
    from musicrnn.generation.tune import Tune

app = typer.Typer()

_SAMPLING = ("temperature", "top_k", "top_p", "seed")
_USUAL = 0.8


@app.command()
@takes(sampling=_SAMPLING)
def vary(
    file: str = typer.Argument(help="ABC, MIDI or MusicXML; - is standard input."),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE, whose extension decides (.abc .mid .wav .mp3 .pdf .svg .musicxml ...), or "
        "DIR/ for several. Default: ABC on standard output.",
    ),
    closeness: float | None = typer.Option(
        None, help="The share of its notes that stay (onset and pitch): 0 to 1. Default: 0.8."
    ),
    keep: str = typer.Option("", help="Bars that stay as they are: 1-4,8."),
    ornaments: bool = typer.Option(
        False, "--ornaments", help="Rewrite no note; put in rolls, cuts and triplets."
    ),
    n: int = typer.Option(1, "-n", "--number", "--count", min=1, help="How many variations."),
    model: str = typer.Option("folk", help="A shipped model or a training run."),
    **options: Any,
) -> None:
    """Rewrite a tune: key, form, last bars of sections and the share of notes you name are kept."""
    from musicrnn.arranging.bars import share_kept
    from musicrnn.generation import load

    if ornaments and closeness is not None:
        raise UsageError("--ornaments rewrites no note; leave --closeness out, or run vary twice")
    how = {name: options[name] for name in _SAMPLING}
    writer = None if ornaments else load(model)

    def variations(tune: Tune) -> list[Tune]:
        made: list[Tune] = []
        for number in range(n):
            seed = how["seed"] if how["seed"] is None else how["seed"] + number
            with warnings.catch_warnings(record=True) as remarks:
                warnings.simplefilter("always")
                if writer is None:
                    made.append(tune.vary(ornaments=True, keep=keep, seed=seed))
                else:
                    share = _USUAL if closeness is None else closeness
                    made.append(writer.vary(tune, share, keep=keep, **how | {"seed": seed}))
            for remark in remarks:
                say(str(remark.message))
            kept = share_kept(tune.text, made[-1].text)
            line = f"seed {made[-1].seed}: {kept:.0%} of the notes kept"
            name = "ornaments" if writer is None else writer.name
            console.print(f"{name}: {line}", style="dim", markup=False, highlight=False)
        return made

    deliver(file, output, variations)
