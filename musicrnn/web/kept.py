"""Answers that are the same for everyone: made once, packed once, then given without routing.

These are the pages before anything is asked of them, the files that they load and the description
of the API; they change with the program alone. A browser that has one asks whether it still holds
and is told 304.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Kept"]

_Headers = list[tuple[bytes, bytes]]

#: headers of requests for part of an answer, or for one on a condition that is not ours
_OTHERWISE = {b"range", b"if-range", b"if-match", b"if-unmodified-since"}
#: headers of an answer that a 304 repeats (RFC 9110)
_REPEATED = {b"cache-control", b"etag", b"vary"}
#: media types that a picture or a sound compressed already is not among
_TEXT = (b"text/", b"application/json", b"image/svg+xml")


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: _Headers
    body: bytes

    @property
    def etag(self) -> bytes:
        return dict(self.headers)[b"etag"]


class Kept:
    """Gives what it has, and otherwise lets the application answer and keeps that."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        """`paths` are the only ones whose answers are kept: the same to everyone, small, and asked
        for without a query."""
        self.app = app
        self._paths = frozenset(paths)
        #: path → its answer as it is and packed, and the route that made it
        self._kept: dict[str, tuple[_Answer, _Answer, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where that can be."""
        if not self._may_answer(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:
            await self._keep(scope, receive, send)
            return
        plain, packed, scope["route"] = self._kept[path]
        headers = dict(scope["headers"])
        answer = packed if _takes_gzip(headers.get(b"accept-encoding", b"")) else plain
        if _holds(headers.get(b"if-none-match", b""), answer.etag):
            repeated = [(name, value) for name, value in answer.headers if name in _REPEATED]
            await _give(send, 304, repeated, b"")
        else:
            await _give(send, 200, answer.headers, answer.body)

    def _may_answer(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        if scope["query_string"] or scope["path"] not in self._paths:
            return False
        names = {name for name, _ in scope["headers"]}
        by_time = b"if-modified-since" in names and b"if-none-match" not in names
        return not by_time and not names & _OTHERWISE

    async def _keep(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and keep what it says if it is a whole answer."""
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        # Nothing that one visitor says may be in what all of them get.
        asked: Scope = {**scope, "method": "GET", "headers": []}
        await self.app(asked, receive, collect)
        if start["status"] != 200:
            await self.app(scope, receive, send)
            return
        answers = _both(start["headers"], b"".join(parts))
        self._kept[scope["path"]] = (*answers, asked.get("route"))
        await self(scope, receive, send)


def _both(headers: _Headers, body: bytes) -> tuple[_Answer, _Answer]:
    """An answer as it is and packed, each with an entity tag of its own."""
    said = dict(headers)
    said.setdefault(b"cache-control", b"no-cache")  # keep it, and ask whether it still holds
    vary = said.get(b"vary")
    said[b"vary"] = b"Accept-Encoding" if vary is None else vary + b", Accept-Encoding"
    said[b"etag"] = b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode()
    plain = _Answer(list(said.items()), body)
    if not said.get(b"content-type", b"").startswith(_TEXT):
        return plain, plain
    packed = gzip.compress(body, mtime=0)
    said[b"etag"] = b'%s-gzip"' % said[b"etag"][:-1]
    said.pop(b"accept-ranges", None)  # a part is given of the plain one alone
    said |= {b"content-encoding": b"gzip", b"content-length": str(len(packed)).encode()}
    return plain, _Answer(list(said.items()), packed)


def _takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding header names gzip and does not rule it out."""
    for part in accepted.lower().split(b","):
        coding, _, weight = part.replace(b" ", b"").partition(b";q=")
        if coding == b"gzip":
            return not weight or weight.strip(b"0.") != b""
    return False


def _holds(known: bytes, etag: bytes) -> bool:
    """Whether one of the entity tags that a browser knows is that of the answer."""
    tags = (tag.strip().removeprefix(b"W/") for tag in known.split(b","))
    return any(tag in (etag, b"*") for tag in tags)


async def _give(send: Send, status: int, headers: _Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
