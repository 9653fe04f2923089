"""What the page allows a stranger to ask for. Every limit of the server stands here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from musicrnn.generation.model import DEFAULT_MODEL
from musicrnn.models.bundle import names

__all__ = ["Settings"]


#: Shipped models in the order in which they are offered: the first of a format is the usual one.
_ORDER = (DEFAULT_MODEL, "jazz", "piano")


def _shipped() -> dict[str, str]:
    """The models that come with the package."""
    known = names()
    return {name: name for name in dict.fromkeys([*_ORDER, *known]) if name in known}


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and sizes; the defaults suit one small machine."""

    #: worker processes; each holds the models it was asked for (about 150 MB)
    workers: int = field(default_factory=lambda: max(1, min(4, os.cpu_count() or 1)))
    #: jobs that may wait or run at once; the next one gets 503 with Retry-After
    queue: int = 64
    #: of these, jobs of one visitor (an IP address, or 64 bits of an IPv6 one)
    per_visitor: int = 12
    #: names by which the page may be called (the Host header): others are a stranger's page that
    #: has its name point here; ``*`` is any
    hosts: frozenset[str] = frozenset({"localhost", "127.0.0.1", "[::1]"})
    #: seconds after which a job is stopped and its worker replaced
    time_limit: float = 20.0
    #: jobs after which a worker is replaced, so that no leak of a library lasts
    jobs_per_worker: int = 2_000
    #: requests of any kind that may be in the server at once; the next one gets 503 as well
    requests: int = 512
    #: of these, requests of one visitor
    requests_per_visitor: int = 64
    #: bytes of a request's body, and seconds in which it must have come
    body_bytes: int = 512 * 1024
    body_seconds: float = 30.0
    #: bytes of an oversized body that are still received, and thrown away, so that the client
    #: gets to read the answer
    refused_bytes: int = 64 * 1024 * 1024
    #: of these, bytes a second from one visitor
    refused_rate: float = 4 * 1024 * 1024
    #: bytes of answers that one visitor may be sent at once, and has not read yet
    sending_bytes: int = 128 * 1024 * 1024
    #: characters of ABC that may be checked, repaired, engraved or played
    abc_characters: int = 50_000
    #: seconds of sound that one request may ask for
    sound_seconds: int = 600
    #: results kept in memory so that one tune's score, sound and files are made once
    cache_bytes: int = 64 * 1024 * 1024
    #: models that may be asked for: name → shipped name or folder
    models: Mapping[str, str] = field(default_factory=_shipped)
