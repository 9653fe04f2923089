"""The page that writes a set: tunes of one kind that go well one after the other.

Addresses
    /set            the page; with a query, the set it names
    /set.KIND       that set as a book of ABC, a PDF, MIDI or sound
    /api/set        the same as JSON

A set is wholly named by its query: `SetQuery.address()` brings it back.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from musicrnn.errors import UsageError
from musicrnn.web import work
from musicrnn.web.answers import html, ranged, width_of
from musicrnn.web.api import ERRORS
from musicrnn.web.queries import KINDS, OFFERED, Backing
from musicrnn.web.service import WIDE, Service, ServiceOf
from musicrnn.web.wording import validated

__all__ = ["SetQuery", "router"]

router = APIRouter()

#: What a set can be downloaded as.
SetKind = Literal["abc", "pdf", "mid", "mp3", "flac"]
_MOST = 6


class SetQuery(BaseModel):
    """What a set is to be."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    rhythm: str = Field("", max_length=30, description="The dance: reel, jig, …")
    n: int = Field(3, ge=1, le=_MOST, description="How many tunes.")
    keys: str = Field("", max_length=60, description="Their keys: G,D,A. Else ones that follow.")
    times: int = Field(2, ge=1, le=4, description="How often each is played.")
    backing: Backing | None = Field(None, description="Who accompanies them.")
    seed: int | None = Field(None, ge=0, le=2**32 - 1, description="The same set again.")

    def address(self) -> str:
        """The query string, without what is left at its default, in one fixed order."""
        return urlencode(self.model_dump(exclude_defaults=True))

    def another(self) -> str:
        """The same for another set of the kind."""
        return self.model_copy(update={"seed": None}).address()

    def named(self) -> SetQuery:
        """The query with a seed."""
        seed = secrets.randbelow(2**32) if self.seed is None else self.seed
        return self.model_copy(update={"seed": seed})


def _query(request: Request) -> SetQuery:
    """The choices of a form: a field left empty counts as not given."""
    given = {name: value for name, value in request.query_params.items() if value != ""}
    return validated(SetQuery, given)


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
        context |= {"query": named, "found": await _shown(service, named, width_of(request))}
    return html(request, "set.html", "", context)


@router.get("/set.{kind}", include_in_schema=False)
async def download(request: Request, service: ServiceOf, kind: SetKind) -> Response:
    """A set as a file."""
    query = _query(request)
    if query.seed is None:
        raise UsageError("a download needs the seed of its set: take the address of the page")

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
