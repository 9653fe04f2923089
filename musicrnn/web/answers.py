"""How the routes answer: a page or the part of it that changes, a file or the part asked for."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from fastapi import Request, Response

from musicrnn.errors import UsageError
from musicrnn.web import guard
from musicrnn.web.service import NARROW, WIDE

__all__ = ["form_values", "html", "ranged", "seed_of", "width_of"]

#: digits of a place in a Range header; more are ignored, as RFC 9110 allows
_PLACE_DIGITS = 18


def form_values(request: Request, *, but: Container[str] = ()) -> dict[str, str]:
    """What a form says, but for some fields: one left empty counts as not given, and lines end as
    they do in ABC."""
    return {
        name: value.replace("\r\n", "\n")
        for name, value in request.query_params.items()
        if value != "" and name not in but
    }


def seed_of(seed: int | None, what: str) -> int:
    """The seed of what a file is asked of. Raises UsageError where the address has none: every
    visit would be another tune."""
    if seed is None:
        raise UsageError(f"a download needs the seed of its {what}: take the address of the page")
    return seed


def html(request: Request, whole: str, fragment: str, context: dict[str, Any]) -> Response:
    """The whole page, or, for our own script, only the part that changes, where there is one."""
    name = fragment if request.headers.get("x-fragment") == "result" else ""
    # Without this a browser that goes back may show the part in place of the page.
    headers = {"Vary": "X-Fragment, X-Screen"}
    return guard.TEMPLATES.TemplateResponse(request, name or whole, context, headers=headers)


def width_of(request: Request) -> int:
    """What the score is fitted to: our script says when it runs on a narrow screen."""
    return NARROW if request.headers.get("x-screen") == "narrow" else WIDE


def ranged(request: Request, data: bytes, media_type: str) -> Response:
    """`data`, or the part of it that a Range header asks for: without it players cannot seek."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, max-age=3600"}
    wanted = request.headers.get("range", "")
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    if wanted.startswith("bytes=") and _is_place(first) and (last == "" or _is_place(last)):
        start, stop = int(first), min(int(last or len(data)) + 1, len(data))
        if start >= stop:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{len(data)}"})
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        return Response(data[start:stop], 206, headers, media_type)
    return Response(data, 200, headers, media_type)


def _is_place(text: str) -> bool:
    """Whether a Range header counts bytes so: ``isdigit`` alone takes ² for a digit."""
    return text.isascii() and text.isdigit() and len(text) <= _PLACE_DIGITS
