"""``musicrnn serve``: the page."""

from __future__ import annotations

import logging
import math
import socket
import sys
from dataclasses import replace

import typer

from musicrnn.cli.app import console
from musicrnn.cli.interrupts import default_signals
from musicrnn.errors import MissingExtraError, UsageError

app = typer.Typer()


@app.command()
def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 is everyone."),
    port: int = typer.Option(8000, min=0, max=65535, help="Port to listen on; 0 finds a free one."),
    model: list[str] = typer.Option(
        [],
        help="Model to offer: a shipped name or NAME=FOLDER; repeat for several. Default: all that "
        "are shipped.",
    ),
    workers: int | None = typer.Option(None, min=1, max=64, help="Worker processes."),
    queue: int = typer.Option(64, min=1, max=10_000, help="Requests that may wait."),
    per_visitor: int = typer.Option(
        12, "--per-visitor", min=1, help="Of these, requests of one visitor."
    ),
    allowed_host: list[str] = typer.Option(
        [],
        "--allowed-host",
        help="Name by which the page may be called, beside localhost and --host: the one that a "
        "proxy passes on; * is any. Repeat for several.",
    ),
    time_limit: float = typer.Option(20.0, min=1, help="Seconds a request may work."),
    open_browser: bool = typer.Option(False, "--open", help="Open the page in a browser."),
) -> None:
    """Write, see and hear tunes in the browser. Stops with Ctrl-C."""
    try:
        import uvicorn

        from musicrnn.web.app import create_app
        from musicrnn.web.connection import HeaderTimeoutProtocol
    except ModuleNotFoundError as error:
        raise MissingExtraError("the page", "web") from error
    from musicrnn.models.bundle import read_config
    from musicrnn.web.settings import Settings

    settings = Settings(queue=queue, per_visitor=per_visitor, time_limit=time_limit)
    most = max(settings.requests_per_visitor, 4 * per_visitor)  # a page asks for several at once
    settings = replace(settings, requests_per_visitor=most)
    own = [] if host in ("0.0.0.0", "::") else [f"[{host}]" if ":" in host else host]
    names = frozenset(name.lower().rstrip(".") for name in (*own, *allowed_host))
    settings = replace(settings, hosts=settings.hosts | names)
    if model:
        settings = replace(settings, models=dict(_named(value) for value in model))
    for name, folder in settings.models.items():
        # A model that is missing, damaged or unusable here is reported now, not at a request.
        if read_config(folder).format == "text":
            raise UsageError(f"the model {name} writes text, and the page shows tunes")
    if workers:
        settings = replace(settings, workers=workers)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=host,
            port=port,
            access_log=False,  # one structured line a request is written by the page itself
            log_level="warning",
            http=HeaderTimeoutProtocol,
            ws="none",
            timeout_graceful_shutdown=math.ceil(time_limit) + 1,  # what runs may finish
        )
    )
    sockets = [_bound(host, port)]
    sockets[0].listen()  # whoever follows the address at once waits until the page is ready
    address = f"http://{host}:{sockets[0].getsockname()[1]}/"
    console.print(f"musicrnn: {address} (Ctrl-C stops)", markup=False, highlight=False)
    if open_browser:
        import webbrowser

        webbrowser.open(address)
    with default_signals():  # uvicorn has its own way to stop
        server.run(sockets=sockets)


def _bound(host: str, port: int) -> socket.socket:
    """A socket at that address. Raises `UsageError` where it cannot be had."""
    # Only where the protocol is named does asyncio send what it has at once; else a short answer
    # waits up to 40 ms for the other side to say that it has the one before.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        hint = "; another --port may be free, and 0 finds one" if port else ""
        raise UsageError(f"cannot listen on {host}:{port} ({error.strerror}){hint}") from None
    return bound


def _named(model: str) -> tuple[str, str]:
    name, is_named, folder = model.partition("=")
    if is_named and not (name and folder):
        raise UsageError(f"--model {model}: write NAME=FOLDER")
    return name, folder or name
