"""Answers on their way out: in pieces, no faster than they are taken, and not too many at once.

A server that is given a whole answer keeps what the client has not read yet. Sixty clients who
ask for a sound and read nothing would have it keep gigabytes.
"""

from __future__ import annotations

from collections import Counter

from fastapi import Response
from starlette.types import Message, Send

__all__ = ["Outgoing"]

#: bytes that are given to the server at once: it waits until most of them are taken
_PIECE = 64 * 1024


class Outgoing:
    """Sends one answer of a visitor. More than they may be sent at once becomes a refusal."""

    def __init__(
        self, send: Send, visitor: str, under_way: Counter[str], most: int, refusal: Response
    ) -> None:
        """`under_way` are the bytes that each visitor is being sent, of which one may have
        `most`."""
        self._send = send
        self._visitor = visitor
        self._under_way = under_way
        self._most = most
        self._refusal = refusal
        #: the head of the answer, held back until it is clear that it may be sent
        self._head: Message | None = None
        self._refused = False

    async def __call__(self, message: Message) -> None:
        """What the application says."""
        if message["type"] == "http.response.start":
            self._head = message
            return
        if self._refused:
            return
        size = len(message.get("body", b""))
        if size <= _PIECE:
            await self._begin()
            await self._send(message)
            return
        if self._head is not None and self._under_way[self._visitor] + size > self._most:
            self._refused = True
            self._head = {
                "type": "http.response.start",
                "status": self._refusal.status_code,
                "headers": self._refusal.raw_headers,
            }
            await self._begin()
            await self._send({"type": "http.response.body", "body": self._refusal.body})
            return
        self._under_way[self._visitor] += size
        try:
            await self._begin()
            await self._in_pieces(message)
        finally:
            self._under_way[self._visitor] -= size
            if not self._under_way[self._visitor]:
                del self._under_way[self._visitor]

    async def _begin(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            await self._send(head)

    async def _in_pieces(self, message: Message) -> None:
        body, more = message["body"], message.get("more_body", False)
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE]
            more_body = more or start + _PIECE < len(body)
            await self._send({"type": message["type"], "body": piece, "more_body": more_body})
