"""The page that sets a melody in four voices, and the same as JSON.

Addresses
    /chorale            the page; with a query, the setting it names
    /chorale.KIND       that setting as a file
    /api/harmonize      the same as JSON

A setting is wholly named by its query: `ChoraleQuery.address()` brings it back.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from musicrnn.errors import UsageError
from musicrnn.web import chorale_work
from musicrnn.web.answers import form_values, html, ranged, seed_of, width_of
from musicrnn.web.api import ERRORS
from musicrnn.web.queries import KINDS, Addressed, Kind, Sound, seed_or_new
from musicrnn.web.service import NARROW, WIDE, Service, ServiceOf, TuneView
from musicrnn.web.wording import validated

__all__ = ["ChoraleQuery", "router"]

router = APIRouter()

#: What the page offers to play the setting with.
SOUNDS = ("choir", "organ", "strings", "piano")
VOICES = ("soprano", "alto", "tenor", "bass")
METERS = ("4/4", "3/4", "2/2", "2/4", "3/2", "6/4", "6/8")
KEYS = (
    "C", "G", "D", "A", "E", "F", "Bb", "Eb", "Ab", "Am", "Em", "Bm", "F#m", "Dm", "Gm", "Cm", "Fm",
)  # fmt: skip


class ChoraleQuery(Addressed):
    """A melody, and how it is to be set."""

    melody: str = Field(
        "", max_length=4_000, description="ABC: a whole tune, or bars in quarter notes."
    )
    voice: Literal["soprano", "alto", "tenor", "bass"] = Field(
        "soprano", description="Which voice the melody is."
    )
    key: str = Field("C", max_length=12, description="The key of bars that come without K:.")
    meter: str = Field("4/4", max_length=8, description="The metre of bars that come without M:.")
    sound: Literal["choir", "organ", "strings", "piano"] = Field(
        "choir", description="What sings or plays it."
    )
    seed: int | None = Field(
        None, ge=0, le=2**32 - 1, description="The same seed gives the same setting."
    )

    def named(self) -> ChoraleQuery:
        """The query with a seed. Raises `UsageError` where there is no melody."""
        if not self.melody:
            raise UsageError("write or play a melody first")
        return self.model_copy(update={"seed": seed_or_new(self.seed)})


async def _view(service: Service, query: ChoraleQuery, width: int = WIDE) -> TuneView:
    """The setting that a query with a seed names."""
    address = query.address()

    async def make() -> TuneView:
        made = await service.run(chorale_work.setting, query.model_dump(), width)
        return TuneView(address=address, **made)

    view: TuneView = await service.remembered(("chorale", address, width), make)
    return view


@router.get("/chorale", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request, service: ServiceOf) -> Response:
    """The page; with a query, the setting that it names."""
    context: dict[str, Any] = {
        "here": "chorale",
        "query": ChoraleQuery(),
        "choices": {"voices": VOICES, "sounds": SOUNDS, "meters": METERS, "keys": KEYS,
                    "kinds": KINDS},
    }  # fmt: skip
    if request.query_params:
        query = validated(ChoraleQuery, form_values(request))
        named = query.named()
        if query.seed is None:
            return RedirectResponse(f"/chorale?{named.address()}", status_code=303)
        context |= {"query": named, "tune": await _view(service, named, width_of(request))}
    fragment = "chorale_result.html" if "tune" in context else ""
    return html(request, "chorale.html", fragment, context)


@router.get("/chorale.{kind}", include_in_schema=False)
async def download(
    request: Request,
    service: ServiceOf,
    kind: Kind,
    tempo: Annotated[int | None, Query(ge=20, le=400)] = None,
) -> Response:
    """A setting as a file."""
    query = validated(ChoraleQuery, form_values(request, but=("tempo",)))
    seed_of(query.seed, "setting")
    named, sound = query.named(), Sound(tempo=tempo)

    async def make() -> bytes:
        key = ("chorale", named.address(), NARROW)  # the picture is of no matter here
        view = service.known(key) or await _view(service, named)
        return await service.file_of(view.music, kind, sound)

    data: bytes = await service.remembered(("chorale", named.address(), kind, tempo), make)
    return ranged(request, data, KINDS[kind])


@router.post("/api/harmonize", tags=["tunes"], summary="Set a melody in four voices",
             responses=ERRORS)  # fmt: skip
async def harmonize(body: ChoraleQuery, service: ServiceOf) -> dict[str, Any]:
    """The melody with the voices that it lacks, as ABC and as a score.

    `address` is the query that brings this setting back, at `/chorale` and at `/chorale.KIND`.
    """
    return (await _view(service, body.named())).as_json()
