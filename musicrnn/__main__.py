"""The command ``musicrnn``, also as ``python -m musicrnn``.

Only the command imports this module, so that it may see to Ctrl-C before it does anything else:
what comes while the rest is being loaded ends the process without a word. Earlier than that only
the interpreter itself is at work, which may answer with a traceback of its own.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

import os  # noqa: E402
import sys  # noqa: E402
from contextlib import suppress  # noqa: E402
from typing import Any  # noqa: E402

__all__ = ["run"]


def run() -> Any:
    """Run the command line."""
    from musicrnn.cli import main
    from musicrnn.cli.interrupts import INTERRUPTED, TERMINATED

    try:
        return main()
    except SystemExit as stop:
        if stop.code in (INTERRUPTED, TERMINATED):
            # The large libraries take many seconds to be taken down, with nothing left to do.
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(stop.code)
        raise


if __name__ == "__main__":
    run()
