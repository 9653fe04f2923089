"""What a request may say: typed, bounded, and the same thing as an address.

A tune is wholly named by its query: `TuneQuery.address()` brings the same tune back.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, create_model

from musicrnn.constraints.controls import CONTROLS, Control
from musicrnn.generation.options import TEMPERATURE
from musicrnn.theory.instruments import instrument_named

__all__ = [
    "INSTRUMENTS", "KINDS", "OFFERED", "TAKEN_BY_ALL", "AbcText", "Addressed", "Backing", "Kind",
    "RenderQuery", "Sound", "TuneQuery", "instrument_played", "seed_or_new",
]  # fmt: skip

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

#: Who may accompany a tune (`theory.backing`)
Backing = Literal["guitar", "piano", "bouzouki"]

#: Instruments one may listen with, as the page calls them → as `theory.instruments` does
_PLAYERS = {
    "Piano": "piano",
    "Accordion": "accordion-BC",
    "Concertina": "concertina",
    "Guitar": "guitar",
    "Fiddle": "fiddle",
    "Clarinet": "clarinet",
    "Whistle": "whistle-D",
    "Flute": "flute",
    "Banjo": "banjo-tenor",
    "Bagpipe": "bagpipe",
}
#: the same with their General MIDI programs, by which an address names them
INSTRUMENTS = {label: instrument_named(name).program for label, name in _PLAYERS.items()}


def instrument_played(program: int | None, written_for: str) -> str | None:
    """The instrument whose octave and range are heard: the one that a tune is `written_for`
    (``""`` for none) unless `program` is another, else the usual one with that program."""
    if written_for and program in (None, instrument_named(written_for).program):
        return written_for
    players = {instrument_named(name).program: name for name in _PLAYERS.values()}
    return None if program is None else players.get(program)


#: Controls that the page does not offer: files, and what its player or its text field does.
_ELSEWHERE = ("tempo", "length", "bars_like", "prime")
#: the controls that the page offers, by name
OFFERED: dict[str, Control] = {
    name: control for name, control in CONTROLS.items() if name not in _ELSEWHERE
}
#: fields of a `TuneQuery` that every model takes
TAKEN_BY_ALL = ("model", "format", "seed", "temperature", "best_of", "new", "prime")

#: the most characters of a control's value
_LENGTHS = {"title": 80, "chords": 400}


class Addressed(BaseModel):
    """A query that names what it asks for wholly, so that its address brings that back; `seed`,
    which each has, is what two addresses may differ in alone."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    def address(self) -> str:
        """The query string, without what is left at its default, in one fixed order."""
        return urlencode(self.model_dump(exclude_defaults=True))

    def another(self) -> str:
        """The same for another of the kind."""
        return self.model_copy(update={"seed": None}).address()


def seed_or_new(seed: int | None) -> int:
    """The seed, or a new one where there is none."""
    return secrets.randbelow(2**32) if seed is None else seed


class Choices(Addressed):
    """The choices on the page that are no controls. Empty means that the model decides."""

    format: Literal["", "abc", "midi"] = Field(
        "", description="What the model is to write; picks one where none is named."
    )
    model: str = Field("", max_length=40, description="A model's name; the first if not given.")
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

    def another(self) -> str:
        """The same for another tune like this one."""
        return self.model_copy(update={"seed": None, "redo": ""}).address()


def _field(control: Control) -> Any:
    """The type and the bounds of a control in a query."""
    if control.name == "bars":
        return int | None, Field(None, ge=1, le=64, description=control.help)
    if control.kind == "flag":
        return bool, Field(False, description=control.help)
    if control.kind == "share":
        return float | None, Field(None, ge=0, le=1, description=control.help)
    return str, Field("", max_length=_LENGTHS.get(control.name, 30), description=control.help)


if TYPE_CHECKING:
    TuneQuery = Choices
else:
    # One field a control of the table.
    TuneQuery = create_model(
        "TuneQuery",
        __base__=Choices,
        **{name: _field(control) for name, control in OFFERED.items()},
    )


class Sound(BaseModel):
    """How a tune is played."""

    model_config = ConfigDict(extra="forbid")

    tempo: int | None = Field(None, ge=20, le=400, description="Beats a minute.")
    program: int | None = Field(None, ge=0, le=127, description="General MIDI program.")
    backing: Backing | None = Field(
        None, description="Who accompanies it, over its chord symbols or ones that are found."
    )

    def address(self, *, tempo: bool = True) -> str:
        """What an address adds to that of the tune: ``&program=73``; without the `tempo` for what
        the player plays faster or slower itself."""
        left_out = set() if tempo else {"tempo"}
        said = self.model_dump(exclude_none=True, exclude=left_out)
        return f"&{urlencode(said)}" if said else ""


Abc = Annotated[str, Field(min_length=1, max_length=50_000, description="ABC text.")]


class AbcText(BaseModel):
    """ABC text in the body of a request."""

    model_config = ConfigDict(extra="forbid")

    abc: Abc


class RenderQuery(AbcText, Sound):
    """ABC text and how it is to be played or drawn."""
