"""Connections that do not wait for ever: uvicorn has no time limit for the head of a request, for
an answer that nobody reads, or for what comes after an answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from musicrnn.web.fair import visitor

__all__ = ["HEAD_SECONDS", "MOST_CONNECTIONS", "HeaderTimeoutProtocol"]

#: bytes of a head
_MOST_HEAD = 16 * 1024
#: a connection that has not sent the whole head of a request by then is closed
HEAD_SECONDS = 20.0
#: one whose client has taken next to nothing of an answer for so long is cut
UNREAD_SECONDS = 60.0
#: bytes of a request's body that may come after its answer; with more the connection is closed
LATE_BYTES = 1024 * 1024
#: events of one connection (a head, a chunk of a body) that are handled before it is another's turn
TURNS = 32
#: connections that one address may have open at once; one more is closed
MOST_CONNECTIONS = 256


class _Turns(h11.Connection):
    """A connection that has no more to say when its turns are over.

    Thousands of chunks of a byte come at once; handled in one go they would keep all others
    waiting for a quarter of a second.
    """

    turns = TURNS

    def next_event(self) -> Any:
        if self.turns <= 0:
            return h11.NEED_DATA
        self.turns -= 1
        return super().next_event()


class HeaderTimeoutProtocol(H11Protocol):
    """HTTP/1.1 that closes connections of clients who send, or take, next to nothing."""

    _too_late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _open: ClassVar[Counter[str]] = Counter()
    _address = ""
    #: bytes that came after the answer to their request
    _late = 0
    #: whether what has come is still to be handled, and nothing is read meanwhile
    _goes_on = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        most = self.config.h11_max_incomplete_event_size
        self.conn: _Turns = _Turns(h11.SERVER, _MOST_HEAD if most is None else most)

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
        self._late = self._late + len(data) if self._is_answered() else 0
        if self._late > LATE_BYTES:
            self.transport.abort()
            return
        super().data_received(data)
        self._watch()

    def handle_events(self) -> None:
        """What has come is handled, but for what would take the others' time."""
        self.conn.turns = TURNS
        super().handle_events()
        if not self.conn.turns and not self._goes_on:
            self._goes_on = True
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._goes_on = False
        if not self.transport.is_closing():
            self.handle_events()
            self._watch()
            if not self._goes_on and not self.flow.read_paused:
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        """The client does not take what it is sent."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """It has taken most of it."""
        super().resume_writing()
        self._unread = _stop(self._unread)

    def timeout_keep_alive_handler(self) -> None:
        """No other request has come: the connection is closed once its last answer is taken."""
        super().timeout_keep_alive_handler()
        self._await_reader()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP. Where an answer has begun there is no other to give."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        super().connection_lost(exc)
        self._open[self._address] -= 1
        if not self._open[self._address]:
            del self._open[self._address]
        self._too_late, self._unread = _stop(self._too_late), _stop(self._unread)

    def _is_answered(self) -> bool:
        """Whether the body of a request comes that has its whole answer."""
        state = self.conn.our_state
        return self.conn.their_state is h11.SEND_BODY and state in (h11.DONE, h11.MUST_CLOSE)

    def _watch(self) -> None:
        # Idle: no head is complete. A timer that runs goes on, however many bytes trickle in.
        if self.conn.their_state is not h11.IDLE and not self._is_answered():
            self._too_late = _stop(self._too_late)
        elif self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _await_reader(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)


def _stop(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """What is left of a timer that is wanted no more: none."""
    if timer is not None:
        timer.cancel()
    return None
