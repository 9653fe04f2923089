"""The page that writes a set: tunes of one kind that go well one after the other.

Addresses
    /set            the page; with a query, the set it names
    /set.KIND       that set as a book of ABC, a PDF, MIDI or sound
    /api/set        the same as JSON

A set is wholly named by its query: `SetQuery.address()` brings it back.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from musicrnn.web import work
from musicrnn.web.answers import form_values, html, ranged, seed_of, width_of
from musicrnn.web.api import ERRORS
from musicrnn.web.queries import KINDS, OFFERED, Addressed, Backing, seed_or_new
from musicrnn.web.service import WIDE, Service, ServiceOf
from musicrnn.web.wording import validated

__all__ = ["SetQuery", "router"]

router = APIRouter()

#: What a set can be downloaded as.
SetKind = Literal["abc", "pdf", "mid", "mp3", "flac"]
_MOST = 6


class SetQuery(Addressed):
    """What a set is to be."""

    rhythm: str = Field("", max_length=30, description="The dance: reel, jig, …")
    n: int = Field(3, ge=1, le=_MOST, description="How many tunes.")
    keys: str = Field("", max_length=60, description="Their keys: G,D,A. Else ones that follow.")
    times: int = Field(2, ge=1, le=4, description="How often each is played.")
    backing: Backing | None = Field(None, description="Who accompanies them.")
    seed: int | None = Field(None, ge=0, le=2**32 - 1, description="The same set again.")

    def named(self) -> SetQuery:
        """The query with a seed."""
        return self.model_copy(update={"seed": seed_or_new(self.seed)})


def _query(request: Request) -> SetQuery:
    return validated(SetQuery, form_values(request))


async def _texts(service: Service, query: SetQuery) -> tuple[str, ...]:
    """The tunes of a query with a seed, as ABC."""

    async def make() -> tuple[str, ...]:
        texts: tuple[str, ...] = await service.run(work.new_set_of, query.model_dump())
        return texts

    key = ("set", query.rhythm, query.n, query.keys, query.seed)
    texts: tuple[str, ...] = await service.remembered(key, make)
    return texts


async def _shown(service: Service, query: SetQuery, width: int = WIDE) -> dict[str, Any]:
    """The set as the page and the API show it."""
    texts = await _texts(service, query)
    shown: dict[str, Any] = await service.run(work.set_shown, texts, width)
    return shown | {"address": query.address(), "seed": query.seed}


@router.get("/set", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request, service: ServiceOf) -> Response:
    """The page; with a query, the set that it names."""
    context: dict[str, Any] = {
        "here": "set",
        "query": SetQuery(),
        "rhythms": OFFERED["rhythm"].choices,
        "kinds": {"abc": "ABC", "pdf": "PDF", "mid": "MIDI", "mp3": "MP3", "flac": "FLAC"},
    }
    if request.query_params:
        query = _query(request)
        named = query.named()
        if query.seed is None:
            return RedirectResponse(f"/set?{named.address()}", status_code=303)
        context |= {"query": named, "new_set": await _shown(service, named, width_of(request))}
    return html(request, "set.html", "", context)


@router.get("/set.{kind}", include_in_schema=False)
async def download(request: Request, service: ServiceOf, kind: SetKind) -> Response:
    """A set as a file."""
    query = _query(request)
    seed_of(query.seed, "set")

    async def make() -> bytes:
        texts = await _texts(service, query)
        data: bytes = await service.run(
            work.set_file, texts, kind, query.times, query.backing, service.sound_seconds
        )
        return data

    data: bytes = await service.remembered(("set", query.address(), kind), make)
    return ranged(request, data, KINDS[kind])


@router.get("/api/set", tags=["tunes"], summary="Write a set of tunes", responses=ERRORS)
async def new_set(query: Annotated[SetQuery, Query()], service: ServiceOf) -> dict[str, Any]:
    """Tunes that go well one after the other, as ABC and scores.

    `address` is the query that brings this set back, at `/set` and at `/set.KIND`.
    """
    return await _shown(service, query.named())
