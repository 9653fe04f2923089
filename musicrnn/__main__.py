"""The command ``musicrnn``, also as ``python -m musicrnn``."""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["run"]


def run() -> Any:
    """Run the command line. Ctrl-C while it is being loaded ends the process without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from musicrnn.cli import main

    return main()


if __name__ == "__main__":
    run()
