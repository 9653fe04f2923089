"""What the routes share: work in the pool, results kept while they are likely to be asked again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

# cachetools: least-recently-used with a size of our own measure; the standard library counts
# entries only, and one MP3 weighs as much as a hundred scores.
from cachetools import LRUCache
from fastapi import Depends, Request

from musicrnn.errors import UsageError
from musicrnn.web import work
from musicrnn.web.pool import Pool
from musicrnn.web.queries import Kind, Sound, TuneQuery
from musicrnn.web.settings import Settings

__all__ = ["NARROW", "WIDE", "Service", "ServiceOf", "TuneView"]

#: pixels that the lines of a score are fitted to: on a desk, and on a phone
WIDE, NARROW = 840, 460


@dataclass(frozen=True, slots=True)
class TuneView:
    """A tune as the page shows it.

    `svg` is one string a page, `notes` are (start, end, id) of each note head in seconds, for
    following the sound; `parts` are the letters of the parts that can be written again.
    """

    abc: str
    title: str
    about: str
    seed: int
    address: str
    file: str
    parts: tuple[str, ...]
    svg: tuple[str, ...]
    notes: tuple[tuple[float, float, str], ...]

    def as_json(self) -> dict[str, Any]:
        """The same for the API."""
        return asdict(self)


def _size(value: object) -> int:
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, TuneView):
        # Python keeps text and dictionaries at several times their length.
        return 2 * (len(value.abc) + sum(map(len, value.svg))) + 200 * len(value.notes)
    return 1024


class Service:
    """Tunes, files and checks, from the pool or from memory."""

    def __init__(self, settings: Settings, pool: Pool) -> None:
        self._settings = settings
        self._pool = pool
        self._kept: LRUCache[Any, Any] = LRUCache(settings.cache_bytes, getsizeof=_size)

    @property
    def waiting(self) -> int:
        """Jobs that wait or run."""
        return self._pool.waiting

    def choices(self) -> dict[str, Any]:
        """What the form offers."""
        return work.CHOICES | {"models": list(self._settings.models)}

    async def tune(self, query: TuneQuery, width: int = WIDE) -> TuneView:
        """The tune that a query with a seed names, its score fitted to `width` pixels."""
        if query.model not in self._settings.models:
            known = ", ".join(self._settings.models)
            raise UsageError(f"there is no model {query.model!r} here; there is {known}")
        address = query.address()
        view = self._kept.get((address, width))
        if view is None:
            made = await self._pool.run(work.tune, query.model_dump(), width)
            view = TuneView(address=address, **made)
            self._keep((address, width), view)
        return view

    async def file(self, query: TuneQuery, kind: Kind, sound: Sound) -> bytes:
        """The tune as a file of `kind`."""
        key = (query.address(), kind, sound.tempo, sound.program)
        data = self._kept.get(key)
        if data is None:
            view = await self.tune(query)
            data = await self.rendered(view.abc, kind, sound)
            self._keep(key, data)
        return data

    async def rendered(self, abc: str, kind: Kind, sound: Sound) -> bytes:
        """Any ABC text as a file of `kind`."""
        self._limit(abc)
        if kind == "abc":
            return abc.encode()
        limit = self._settings.sound_seconds
        data: bytes = await self._pool.run(work.file, abc, kind, sound.tempo, sound.program, limit)
        return data

    async def checked(self, abc: str, *, repair: bool, width: int = WIDE) -> dict[str, Any]:
        """Diagnostics, the repaired text and its edits if asked for, and the score."""
        self._limit(abc)
        found: dict[str, Any] = await self._pool.run(work.check, abc, repair, width)
        return found

    async def read(self, data: bytes, name: str) -> str:
        """ABC text of an uploaded ABC or MIDI file; `name` is only shown, never opened."""
        text: str = await self._pool.run(work.read, data, name)
        return text

    def _limit(self, abc: str) -> None:
        if len(abc) > self._settings.abc_characters:
            limit = self._settings.abc_characters
            raise UsageError(f"that is longer than {limit:,} characters; send one tune at a time")

    def _keep(self, key: object, value: object) -> None:
        if _size(value) <= self._kept.maxsize:
            self._kept[key] = value


def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


#: the parameter type by which a route gets the application's service
ServiceOf = Annotated[Service, Depends(_service_of)]
