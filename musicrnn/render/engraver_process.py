"""The process that runs verovio, resvg and HarfBuzz (``-m musicrnn.render.engraver_process``).

Native code can crash or hang on what a stranger typed; here it takes only this process along. One
request is a line of JSON on standard input, its answer a line of JSON on standard output.
`musicrnn.render.engraver_client` is the other end.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import sys
from typing import Any, BinaryIO

from musicrnn.errors import MusicRNNError, RenderError
from musicrnn.render import font_shaping

__all__ = ["limit_memory", "main"]

#: Address space of the worker; a score that wants more is not a score.
_MEMORY_LIMIT = 4 << 30

#: What stays the same in every picture. verovio's header and footer are left to us, because its
#: own are taken from the file name; the metronome's music font is drawn as paths (outlines.py).
_VEROVIO_OPTIONS: dict[str, Any] = {
    "header": "none",
    "footer": "none",
    "scale": 40,
    "svgViewBox": True,
    "svgRemoveXlink": True,
    "smuflTextFont": "none",
    "outputIndent": 0,
    "mnumInterval": 0,
    "minLastJustification": 0.65,
    "breaksSmartSb": 0.0,  # a line of the source stays one, however short, unless it is too long
    "svgAdditionalAttribute": ["turn@startid"],  # where a roll is drawn in place of a turn
    "expandNever": True,  # times as written; `timemap` plays repeats out as the player does
}


def engrave(request: dict[str, Any]) -> dict[str, Any]:
    """``{"xml": …, "options": {…}}`` → SVG pages, verovio's timemap."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({**_VEROVIO_OPTIONS, **request["options"]})
    if not toolkit.loadData(request["xml"]):
        raise RenderError("verovio cannot engrave this tune")
    pages = [toolkit.renderToSVG(page + 1) for page in range(toolkit.getPageCount())]
    return {"pages": pages, "times": toolkit.renderToTimemap()}


def rasterise(request: dict[str, Any]) -> dict[str, Any]:
    """``{"svg": …, "width": pixels}`` → a PNG on white, in base64. The SVG must hold no text."""
    import resvg_py

    png = resvg_py.svg_to_bytes(
        svg_string=request["svg"],
        width=request["width"],
        background="white",
        skip_system_fonts=True,
    )
    return {"png": base64.b64encode(bytes(png)).decode()}


_TASKS = {
    "engrave": engrave,
    "rasterise": rasterise,
    "font": font_shaping.describe,
    "shape": font_shaping.shape,
}


def _answer(line: bytes) -> dict[str, Any]:
    request = json.loads(line)
    try:
        return _TASKS[request["task"]](request)
    except MusicRNNError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever the libraries raise is one failed picture
        return {"error": f"{request['task']} failed: {type(error).__name__}: {error}"}


def limit_memory(size: int) -> None:
    """Let this process have no more than `size` bytes of address space, where there is a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def main() -> None:
    """Answer requests until standard input ends."""
    # The libraries print where they like; the answers have the real standard output to themselves.
    answers: BinaryIO = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    limit_memory(_MEMORY_LIMIT)
    # Ctrl-C is for whoever asked: it ends this process by ending its input, after the answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        answers.write(json.dumps(_answer(line)).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
