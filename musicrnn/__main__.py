"""The command ``musicrnn``, also as ``python -m musicrnn``."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any

__all__ = ["run"]


def run() -> Any:
    """Run the command line. Ctrl-C while it is being loaded ends the process without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
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
