"""The HTTP API: the page's abilities as JSON and files, under the same limits."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from musicrnn.web.queries import KINDS, AbcText, Kind, RenderQuery, TuneQuery
from musicrnn.web.service import ServiceOf

__all__ = ["ERRORS", "router"]

router = APIRouter(prefix="/api", tags=["tunes"])

KindOf = Annotated[Kind, Path(description=f"What to make: {', '.join(KINDS)}.")]

_ERROR = {"content": {"application/json": {"example": {"error": "…"}}}}
#: what any of the routes may answer in place of what was asked for
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "What was asked for makes no sense; `error` says why."} | _ERROR,
    413: {"description": "The request is too large."} | _ERROR,
    422: {"description": "A parameter is out of its range."} | _ERROR,
    503: {"description": "Too many requests at once; come back after Retry-After."} | _ERROR,
}


@router.get("/choices", summary="Models, keys, metres, rhythms, forms and instruments")
async def choices(service: ServiceOf) -> dict[str, Any]:
    """What may be asked for; free text is allowed too where the page has a list."""
    return service.choices()


@router.get("/tune", summary="Write a tune", responses=ERRORS)
async def tune(query: Annotated[TuneQuery, Query()], service: ServiceOf) -> dict[str, Any]:
    """One new tune with its score; with a seed, the same one every time.

    `address` is the query that brings this tune back, here, at `/`, and at `/tune.KIND`.
    """
    return (await service.tune(query)).as_json()


@router.post("/check", summary="Say what is wrong with ABC", responses=ERRORS)
async def check(body: AbcText, service: ServiceOf) -> dict[str, Any]:
    """Diagnostics with line, column and length, and the score as SVG."""
    return await service.checked(body.abc, repair=False)


@router.post("/fix", summary="Repair ABC with the smallest edits", responses=ERRORS)
async def fix(body: AbcText, service: ServiceOf) -> dict[str, Any]:
    """The repaired text, each edit, and what is still wrong."""
    return await service.checked(body.abc, repair=True)


@router.post(
    "/render/{kind}",
    summary="ABC as MIDI, sound, picture or MusicXML",
    response_class=Response,
    responses=ERRORS | {200: {"content": {media: {} for media in KINDS.values()}}},
)
async def render(kind: KindOf, body: RenderQuery, service: ServiceOf) -> Response:
    """The file itself."""
    return Response(await service.rendered(body.abc, kind, body), media_type=KINDS[kind])


@router.post(
    "/read",
    summary="Read an ABC or MIDI file",
    responses=ERRORS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def read(
    request: Request,
    service: ServiceOf,
    name: Annotated[str, Query(max_length=80, description="Its name, for messages.")] = "upload",
) -> dict[str, str]:
    """The tune as ABC text."""
    return {"abc": await service.read(await request.body(), name)}
