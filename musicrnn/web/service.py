"""What the routes share: work in the pool, results kept while they are likely to be asked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Annotated, Any

# cachetools: least-recently-used with a size of our own measure; the standard library counts
# entries only, and one MP3 weighs as much as a hundred scores.
from cachetools import LRUCache
from fastapi import Depends, Request

from musicrnn.errors import UsageError
from musicrnn.models.bundle import read_config
from musicrnn.models.config import BundleConfig
from musicrnn.score import Score
from musicrnn.web import work
from musicrnn.web.pool import WorkerPool
from musicrnn.web.queries import (
    OFFERED,
    TAKEN_BY_ALL,
    Kind,
    Sound,
    TuneQuery,
    instrument_played,
    seed_or_new,
)  # fmt: skip
from musicrnn.web.settings import Settings

__all__ = ["HALF", "NARROW", "VISITOR", "WIDE", "Service", "ServiceOf", "TuneView"]

#: pixels that the lines of a score are fitted to: on a desk, on half of it, and on a phone
WIDE, HALF, NARROW = 840, 600, 460


#: who the request that is being answered came from
VISITOR: ContextVar[str] = ContextVar("visitor", default="")

#: characters of ABC, some ten tunes, from which on work takes seconds
_LONG_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class TuneView:
    """A tune as the page shows it.

    `music` is the tune itself, `abc` the same written as ABC. `svg` is the score, one string a
    page, `roll` the piano roll, and `notes` are (start, end, id) of each note in both, in seconds,
    for following the sound, which runs at `tempo` beats a minute. `bars` are (number, start, end)
    of each bar the first time that it is played. `parts` are the letters of the parts that can be
    written again.
    """

    music: str | Score
    abc: str
    format: str
    title: str
    about: str
    seed: int
    address: str
    file: str
    tempo: int
    parts: tuple[str, ...]
    svg: tuple[str, ...]
    roll: str
    notes: tuple[tuple[float, float, str], ...]
    bars: tuple[tuple[int, float, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same for the API, less `music`."""
        names = (field.name for field in fields(self) if field.name != "music")
        return {name: getattr(self, name) for name in names}


def _size(value: object) -> int:
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, TuneView):
        # Python keeps text and dictionaries at several times their length.
        text = len(value.abc) + len(value.roll) + sum(map(len, value.svg))
        return 2 * text + 400 * len(value.notes)
    return 1024


def _length(music: object) -> int:
    """About how many characters of ABC there is to work on."""
    if isinstance(music, Score):
        return 3 * len(music.notes)
    return len(music) if isinstance(music, (str, bytes)) else 0


class Service:
    """Tunes, files and checks, from the pool or from memory."""

    def __init__(self, settings: Settings, pool: WorkerPool, long: WorkerPool) -> None:
        """`pool` does the work, `long` what would keep others waiting for seconds."""
        self._settings = settings
        self._pool, self._long = pool, long
        self._kept: LRUCache[Any, Any] = LRUCache(settings.cache_bytes, getsizeof=_size)
        configs = {name: read_config(folder) for name, folder in settings.models.items()}
        self._formats = {name: config.format for name, config in configs.items()}
        self._takes = {name: _taken(config) for name, config in configs.items()}

    @property
    def sound_seconds(self) -> int:
        """How long what is played may last."""
        return self._settings.sound_seconds

    @property
    def waiting(self) -> int:
        """Jobs that wait or run."""
        return self._pool.waiting + self._long.waiting

    def choices(self) -> dict[str, Any]:
        """What the form offers; `models` says what each writes and which fields it takes."""
        models = {
            name: {"format": written, "takes": self._takes[name]}
            for name, written in self._formats.items()
        }
        return work.CHOICES | {"models": models}

    def named(self, query: TuneQuery) -> TuneQuery:
        """The query that names one tune: with a model, and with a seed, a new one if need be.

        Raises `UsageError` for a model that is not here, or cannot do what is asked.
        """
        name = query.model
        if not name:
            writing = [n for n, f in self._formats.items() if f == (query.format or f)]
            if not writing:
                raise UsageError(f"no model here writes {query.format}")
            name = writing[0]
        if name not in self._formats:
            known = ", ".join(self._formats)
            raise UsageError(f"there is no model {name!r} here; there is {known}")
        if query.format not in ("", self._formats[name]):
            raise UsageError(f"the model {name} writes {self._formats[name]}, not {query.format}")
        for field in query.model_dump(exclude_defaults=True):
            if field not in self._takes[name]:
                raise UsageError(f"the model {name} does not take {field}; leave it out")
        seed = seed_or_new(query.seed)
        return query.model_copy(update={"model": name, "format": "", "seed": seed})

    async def tune(self, query: TuneQuery, width: int = WIDE) -> TuneView:
        """The tune of a query, its score fitted to `width` pixels."""
        query = self.named(query)
        address = query.address()
        view = self._kept.get((address, width))
        if view is None:
            made = await self.run(work.tune, query.model_dump(), width)
            view = TuneView(address=address, **made)
            self._keep((address, width), view)
        return view

    async def file(self, query: TuneQuery, kind: Kind, sound: Sound) -> bytes:
        """The tune as a file of `kind`."""
        query = self.named(query)
        address = query.address()
        key = (address, kind, sound.address())
        data = self._kept.get(key)
        if data is None:
            # The picture is of no matter here: a phone's serves as well.
            view = self._kept.get((address, NARROW)) or await self.tune(query)
            instrument = instrument_played(sound.program, query.model_dump()["instrument"])
            data = await self.file_of(view.music, kind, sound, instrument)
            self._keep(key, data)
        return data

    async def rendered(self, abc: str, kind: Kind, sound: Sound) -> bytes:
        """Any ABC text as a file of `kind`."""
        self._limit(abc)
        return await self.file_of(abc, kind, sound)

    async def file_of(
        self, music: str | Score, kind: Kind, sound: Sound, instrument: str | None = None
    ) -> bytes:
        """Music as a file of `kind`, ABC in the octave and range of `instrument`."""
        if kind == "abc" and isinstance(music, str):
            return music.encode()
        limit = self._settings.sound_seconds
        run = self.run
        how = {name: getattr(sound, name) for name in Sound.model_fields}
        how["instrument"] = instrument
        data: bytes = await run(work.file, music, kind, how, limit)
        return data

    async def checked(self, abc: str, *, repair: bool, width: int = WIDE) -> dict[str, Any]:
        """Diagnostics, the repaired text and its edits if asked for, and the score."""
        self._limit(abc)
        checked: dict[str, Any] = await self.run(work.check, abc, repair, width)
        return checked

    async def arranged(self, function: Callable[..., str], abc: str, *arguments: object) -> str:
        """What `function` of `work` makes of any ABC text."""
        self._limit(abc)
        text: str = await self.run(function, abc, *arguments)
        return text

    async def read(self, data: bytes, name: str) -> str:
        """ABC text of an uploaded ABC or MIDI file; `name` is only shown, never opened."""
        text: str = await self.run(work.read, data, name)
        return text

    async def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """What a function of `work` makes, in the pool, on behalf of who asked."""
        pool = self._long if sum(map(_length, arguments)) > _LONG_TEXT else self._pool
        return await pool.run(VISITOR.get(), function, *arguments)

    def _limit(self, abc: str) -> None:
        if len(abc) > self._settings.abc_characters:
            limit = self._settings.abc_characters
            raise UsageError(f"that is longer than {limit:,} characters; send one tune at a time")

    async def remembered(self, key: object, make: Callable[[], Awaitable[Any]]) -> Any:
        """What `make` gives, or gave for the same `key` not long ago."""
        value = self._kept.get(key)
        if value is None:
            value = await make()
            self._keep(key, value)
        return value

    def known(self, key: object) -> Any:
        """What is remembered for a key, None where it is not."""
        return self._kept.get(key)

    def _keep(self, key: object, value: object) -> None:
        if _size(value) <= self._kept.maxsize:
            self._kept[key] = value


def _taken(config: BundleConfig) -> list[str]:
    """The fields of a `TuneQuery` that a model takes."""
    tokenizer = config.tokenizer["name"]
    controls = [
        name for name, control in OFFERED.items() if control.taken_by(config.format, tokenizer)
    ]
    return [*TAKEN_BY_ALL, *controls, *(["redo"] if config.format == "abc" else [])]


async def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


#: the parameter type by which a route gets the application's service
ServiceOf = Annotated[Service, Depends(_service_of)]
