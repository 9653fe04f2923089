"""What a request may say: typed, bounded, and the same thing as an address.

A tune is wholly named by its query: `TuneQuery.address()` brings the same tune back.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from musicrnn.formats import TEMPERATURE

__all__ = ["AbcText", "RenderQuery", "Sound", "TuneQuery"]

#: What a tune can be downloaded as, and each kind's media type
KINDS = {
    "abc": "text/vnd.abc",
    "mid": "audio/midi",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
}

Kind = Literal["abc", "mid", "wav", "flac", "mp3", "musicxml", "pdf", "svg", "png"]

#: Instruments one may listen with: General MIDI program numbers, from 0
INSTRUMENTS = {
    "Piano": 0,
    "Accordion": 21,
    "Concertina": 22,
    "Guitar": 24,
    "Fiddle": 40,
    "Clarinet": 71,
    "Whistle": 78,
    "Flute": 73,
    "Banjo": 105,
    "Bagpipe": 109,
}


#: Fields of a `TuneQuery` that every model takes, and by tokenizer those that only some do
TAKEN_BY_ALL = ("key", "title", "bars", "range", "temperature", "new", "prime")
TAKES = {"char": ("meter", "rhythm", "form", "redo"), "jazz": ("chords",)}


class TuneQuery(BaseModel):
    """The choices on the page. Empty means that the model decides."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    format: Literal["", "abc", "midi"] = Field(
        "", description="What the model is to write; picks one where none is named."
    )
    model: str = Field("", max_length=40, description="A model's name; the first if not given.")
    key: str = Field("", max_length=20, description="A key such as D, Em, or A dorian.")
    meter: str = Field("", max_length=12, description="A metre such as 6/8 or 4/4.")
    rhythm: str = Field("", max_length=30, description="A rhythm such as jig, reel or waltz.")
    title: str = Field("", max_length=80, description="The title.")
    form: str = Field("", max_length=12, pattern=r"^[A-Za-z]*$", description="A form such as AABB.")
    bars: int | None = Field(
        None, ge=1, le=64, description="Bars in each part; of a MIDI melody, in all."
    )
    chords: str = Field(
        "", max_length=400, description="Chords to play over: Dm7 G7 | Cmaj7, a bar each."
    )
    range: str = Field("", max_length=20, description="An instrument whose range is kept.")
    temperature: float = Field(
        TEMPERATURE, ge=0.1, le=2.0, description="Boldness; 1 is as learned."
    )
    new: int | None = Field(
        None, ge=0, le=32, description="Share no more than this many bars with a known tune."
    )
    seed: int | None = Field(
        None, ge=0, le=2**32 - 1, description="The same seed gives the same tune."
    )
    prime: str = Field(
        "", max_length=4_000, description="ABC to go on from: bars, or the beginning of a tune."
    )
    redo: str = Field(
        "",
        max_length=60,
        pattern=r"^([A-H]\.\d{1,10}(,[A-H]\.\d{1,10})*)?$",
        description="Parts written again, each with a seed: B.12,A.3.",
    )

    def address(self) -> str:
        """The query string, without what is left at its default, in one fixed order."""
        return urlencode(self.model_dump(exclude_defaults=True))

    def another(self) -> str:
        """The same for another tune like this one."""
        return self.model_copy(update={"seed": None, "redo": ""}).address()


class Sound(BaseModel):
    """How a tune is played."""

    model_config = ConfigDict(extra="forbid")

    tempo: int | None = Field(None, ge=20, le=400, description="Beats a minute.")
    program: int | None = Field(None, ge=0, le=127, description="General MIDI program.")


Abc = Annotated[str, Field(min_length=1, max_length=50_000, description="ABC text.")]


class AbcText(BaseModel):
    """ABC text in the body of a request."""

    model_config = ConfigDict(extra="forbid")

    abc: Abc


class RenderQuery(AbcText, Sound):
    """ABC text and how it is to be played or drawn."""
