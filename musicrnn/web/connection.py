"""Connections that do not wait for ever: uvicorn has no time limit for the head of a request."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from musicrnn.web.fair import visitor

__all__ = ["HEAD_SECONDS", "MOST_CONNECTIONS", "HeaderTimeoutProtocol"]

#: a connection that has not sent the whole head of a request by then is closed
HEAD_SECONDS = 20.0
#: connections that one address may have open at once; one more is closed
MOST_CONNECTIONS = 256


class HeaderTimeoutProtocol(H11Protocol):
    """HTTP/1.1 that closes connections of clients who send next to nothing."""

    _too_late: asyncio.TimerHandle | None = None
    _open: ClassVar[Counter[str]] = Counter()
    _address = ""

    def connection_made(self, transport: Any) -> None:
        """A client has come: its first request is awaited from now on."""
        super().connection_made(transport)
        self._address = visitor((transport.get_extra_info("peername") or ("",))[0])
        self._open[self._address] += 1
        if self._open[self._address] > MOST_CONNECTIONS:
            transport.close()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come: perhaps a whole head, perhaps not."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        super().connection_lost(exc)
        self._open[self._address] -= 1
        if not self._open[self._address]:
            del self._open[self._address]
        self._rest()

    def _watch(self) -> None:
        # Idle: no head is complete. A timer that runs goes on, however many bytes trickle in.
        if self.conn.their_state is not h11.IDLE:
            self._rest()
        elif self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _rest(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None
