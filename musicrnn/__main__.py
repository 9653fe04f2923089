"""The command ``musicrnn``, also as ``python -m musicrnn``.

Only the command imports this module, so that it may see to Ctrl-C before it does anything else:
what comes while the rest is being loaded ends the process without a word. Earlier than that only
the interpreter itself is at work, which may answer with a traceback of its own.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

import gc  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from contextlib import suppress  # noqa: E402
from typing import Any  # noqa: E402

__all__ = ["run"]

#: Objects made between two looks for cycles of them. Modules make many objects and few cycles, so
#: that looking after every 700, as Python does, takes a tenth of a short command's time.
OBJECTS = 50_000


#: Bytes of address space below which NumPy's threads, of which each wants much, are done without.
_LITTLE = 1 << 30


def run() -> Any:
    """Run the command line."""
    gc.set_threshold(OBJECTS)
    # Workers, too, import nothing from the folder where the user is, which may be a stranger's.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    _spare_threads()
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


def _spare_threads() -> None:
    """Let NumPy multiply with one thread, unless a command learns by that and memory allows it.

    Tunes are drawn with one in any case (`musicrnn.sampling.blas`), and to start more takes a
    tenth of a short command's time. Where memory is bounded, OpenBLAS ends the process, as Ctrl-C
    would, if it cannot have what its threads want.
    """
    if sys.argv[1:2] != ["train"] or _memory_is_bounded():
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _memory_is_bounded() -> bool:
    try:
        import resource
    except ImportError:  # Windows knows no such bounds
        return False
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return most != resource.RLIM_INFINITY and most < _LITTLE


if __name__ == "__main__":
    run()
