"""What the page does to a tune of one's own: chords, a second voice, variations, ornaments."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from musicrnn.web import work
from musicrnn.web.api import ERRORS
from musicrnn.web.queries import AbcText
from musicrnn.web.service import ServiceOf

router = APIRouter(prefix="/api", tags=["your own tunes"])

_MOST_SEED = 2**32 - 1


class ChordsQuery(AbcText):
    """ABC text and how often chords may change over it."""

    per: Literal["beat", "bar"] = Field("beat", description="Where a chord may change.")
    sevenths: bool = Field(False, description="Sevenths where they lead on: D7 G.")
    keep: bool = Field(False, description="Leave the chords that are there, and go by them.")


class SecondVoiceQuery(AbcText):
    """ABC text and where its second voice is to be."""

    place: Literal["auto", "below", "above", "bass"] = Field(
        "auto", description="Below or above the melody, whichever goes better, or a bass."
    )
    instrument: str = Field("", max_length=30, description="Stay in the range of this instrument.")
    seed: int | None = Field(None, ge=0, le=_MOST_SEED, description="Another part of such worth.")


class VaryQuery(AbcText):
    """ABC text and how near to it a variation is to be."""

    closeness: float = Field(0.8, ge=0, le=1, description="The share of its notes that stay.")
    keep: str = Field("", max_length=200, description="Bars that stay as they are: 1-4,8.")
    ornaments: bool = Field(False, description="Rewrite no note; put in rolls, cuts, triplets.")
    seed: int | None = Field(None, ge=0, le=_MOST_SEED, description="The same variation again.")


@router.post("/chords", summary="Write chord symbols over a melody", responses=ERRORS)
async def chords(body: ChordsQuery, service: ServiceOf) -> dict[str, str]:
    """The text with chord symbols, every other character as it was, as ABC."""
    text = await service.arranged(work.chords, body.abc, body.per, body.sevenths, body.keep)
    return {"abc": text}


@router.post("/second-voice", summary="Write a second voice to a tune", responses=ERRORS)
async def second_voice(body: SecondVoiceQuery, service: ServiceOf) -> dict[str, str]:
    """The tune with its second voice, as ABC."""
    text = await service.arranged(
        work.second_voice, body.abc, body.place, body.instrument, body.seed
    )
    return {"abc": text}


@router.post("/vary", summary="Rewrite a tune", responses=ERRORS)
async def vary(body: VaryQuery, service: ServiceOf) -> dict[str, str]:
    """A variation of the tune, as ABC."""
    text = await service.arranged(
        work.vary, body.abc, body.closeness, body.keep, body.ornaments, body.seed
    )
    return {"abc": text}
