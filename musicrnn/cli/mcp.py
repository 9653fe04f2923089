"""``musicrnn mcp``: the tools of musicrnn for language models."""

from __future__ import annotations

from pathlib import Path

import typer

from musicrnn.cli.interrupts import default_signals
from musicrnn.errors import MissingExtraError, UsageError

app = typer.Typer()


@app.command()
def mcp(
    folder: str = typer.Option(
        "", "--folder", help="A folder whose music may be read and written; without it, no file."
    ),
    workers: int = typer.Option(1, min=1, max=64, help="Worker processes."),
    time_limit: float = typer.Option(20.0, min=1, help="Seconds a call may work."),
) -> None:
    """Serve language models (MCP over standard input and output): check, fix, write, show ABC.

    It is started by a program that speaks the Model Context Protocol, not by hand.
    """
    try:
        from musicrnn.mcp.server import create_server, serve
    except ModuleNotFoundError as error:
        raise MissingExtraError("the server for language models", "mcp") from error
    from musicrnn.web.settings import Settings

    if folder and not Path(folder).is_dir():
        raise UsageError(f"--folder {folder}: there is no such folder")
    server = create_server(Settings(workers=workers, time_limit=time_limit), folder)
    with default_signals():
        serve(server)
