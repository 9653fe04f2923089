"""Connections of those who mean ill: bodies after the answer, answers that nobody reads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.web.conftest import serving
from tests.web.test_strangers import raw

pytestmark = [pytest.mark.needs("fastapi", "pebble"), pytest.mark.slow]

HEAD = "{method} {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
BODY = bytes(8 << 20)


async def _answers(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with megabytes and reads no body."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = BODY if scope["path"] == "/much" else b"short"
    for start in range(0, len(body), 65536):
        piece = {"body": body[start : start + 65536], "more_body": start + 65536 < len(body)}
        await send({"type": "http.response.body"} | piece)


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, int]]:
    """The address at which that application listens, with the page's own connections."""
    import uvicorn

    from musicrnn.web.connection import HeaderTimeoutProtocol

    config = uvicorn.Config(
        _answers, port=0, http=HeaderTimeoutProtocol, lifespan="off", log_level="error",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    bound = config.bind_socket()
    thread = threading.Thread(target=asyncio.run, args=(server.serve([bound]),))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield bound.getsockname()
    finally:
        server.should_exit = True
        thread.join()


def is_cut(client: socket.socket, send: Callable[[], bytes], seconds: float = 30) -> bool:
    """Whether the server ends a connection over which this and that is still sent."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            client.sendall(send())
    except OSError:
        return True
    return False


def test_no_more_than_a_megabyte_is_read_after_the_answer() -> None:
    with listening() as address, socket.create_connection(address, timeout=60) as client:
        client.sendall((HEAD.format(method="GET", path="/") + "\r\n").encode())
        assert b" 200 " in client.recv(4096)
        assert is_cut(client, lambda: b"10000\r\n" + bytes(0x10000) + b"\r\n")


def test_a_body_that_trickles_in_after_the_answer_is_not_awaited_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from musicrnn.web import connection

    def trickle() -> bytes:
        time.sleep(0.05)
        return b"1\r\nx\r\n"

    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    with listening() as address, socket.create_connection(address, timeout=60) as client:
        client.sendall((HEAD.format(method="GET", path="/") + "\r\n").encode())
        assert b" 200 " in client.recv(4096)
        assert is_cut(client, trickle)


def test_an_answer_that_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from musicrnn.web import connection

    monkeypatch.setattr(connection, "UNREAD_SECONDS", 0.3)
    with listening() as address, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(60)
        client.connect(address)
        client.sendall(b"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(1.5)
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while got := len(client.recv(65536)):
                received += got
        assert received < len(BODY)


def test_one_that_is_read_slowly_is_given_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from musicrnn.web import connection

    monkeypatch.setattr(connection, "UNREAD_SECONDS", 1.0)
    with listening() as address, socket.create_connection(address, timeout=60) as client:
        client.sendall(b"GET /much HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = 0
        while got := len(client.recv(1 << 20)):
            received += got
            time.sleep(0.05)
        assert received > len(BODY)


def test_rubbish_after_an_answer_is_no_fault_of_ours() -> None:
    with serving("--workers", "1", "--model", "folk") as server:
        address = httpx.URL(server.address)
        with socket.create_connection((address.host, address.port or 80), timeout=60) as client:
            client.sendall((HEAD.format(method="GET", path="/health") + "\r\n").encode())
            assert b" 200 " in client.recv(4096)
            client.sendall(b"words of a visitor's\r\n")
            client.settimeout(30)
            while client.recv(4096):
                pass
        words = raw(server.address, "SECRET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 405 " in words
    said = "".join(server.log)
    assert "Traceback" not in said
    assert "visitor" not in said
    assert "SECRET" not in said
    methods = {json.loads(line)["method"] for line in server.log if line.startswith("{")}
    assert methods == {"GET", "-"}


@pytest.mark.parametrize("length", ["99999999", "10"], ids=["refused", "awaited"])
def test_an_answer_that_the_server_gives_up_as_it_stops_is_ended_and_no_fault(length: str) -> None:
    from fastapi import FastAPI, Request, Response

    from musicrnn.web import guard
    from musicrnn.web.settings import Settings

    app = FastAPI()
    guard.install(app, Settings())

    async def read(request: Request) -> Response:
        return Response(await request.body())

    app.add_route("/", read, methods=["POST"])
    said: list[Any] = []

    async def stop() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/", "query_string": b"", "root_path": "",
            "headers": [(b"host", b"localhost"), (b"content-length", length.encode())],
        }  # fmt: skip
        asked = asyncio.create_task(app(scope, receive, send))
        await asyncio.sleep(0.1)
        asked.cancel()
        await asked

    asyncio.run(stop())
    assert said[0]["status"] == (413 if length == "99999999" else 503)
    assert not said[-1].get("more_body", False)


@pytest.mark.parametrize(
    "lengths",
    ["Content-Length: 4\r\nTransfer-Encoding: chunked", "Content-Length: 4\r\nContent-Length: 5",
     "Transfer-Encoding: chunked, identity", "Content-Length: +4", "Content-Length: 4, 5"],
)  # fmt: skip
def test_a_request_that_two_readers_may_take_for_two_is_refused(page: str, lengths: str) -> None:
    head = f"POST /api/fix HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n0\r\n\r\n"
    answer = raw(page, head + "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b" 400 " in answer or b" 501 " in answer
    assert b" 200 " not in answer


def test_one_visitor_is_not_sent_more_than_may_be_held() -> None:
    from fastapi import FastAPI, Response

    from musicrnn.web import guard
    from musicrnn.web.settings import Settings

    app = FastAPI()
    guard.install(app, Settings(sending_bytes=3 << 20))
    body = bytes(1 << 20)
    taken = asyncio.Event()

    @app.get("/")
    async def much() -> Response:
        return Response(body, media_type="audio/wav")

    async def ask(number: int, statuses: list[int], received: list[int]) -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            else:
                await taken.wait()  # the client reads nothing until now
                received.append(len(message["body"]))

        scope = {
            "type": "http", "method": "GET", "path": "/", "query_string": b"", "root_path": "",
            "headers": [(b"host", b"localhost")], "client": (f"127.0.5.{number}", 1),
        }  # fmt: skip
        await app(scope, receive, send)

    async def crowd() -> tuple[list[int], list[int], int]:
        statuses: list[int] = []
        received: list[int] = []
        asked = [asyncio.create_task(ask(1, statuses, received)) for _ in range(5)]
        asked.append(asyncio.create_task(ask(2, statuses, received)))
        await asyncio.sleep(0.3)
        seen = list(statuses)
        taken.set()
        await asyncio.gather(*asked)
        await ask(1, statuses, received)  # what was taken counts no more
        return seen, received, statuses[-1]

    seen, received, last = asyncio.run(crowd())
    assert sorted(seen) == [200, 200, 200, 200, 503, 503]
    assert max(received) <= 64 * 1024
    assert sum(received) > 5 * len(body)
    assert last == 200


class Transport(asyncio.Transport):
    """A connection on which nothing is ever read."""

    reads = True

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def write(self, data: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False


def test_ten_thousand_chunks_at_once_do_not_keep_the_others_waiting() -> None:
    import uvicorn
    from uvicorn.server import ServerState

    from musicrnn.web.connection import TURNS, HeaderTimeoutProtocol

    count = 10_000
    received = bytearray()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            received.extend(message["body"])
            more = message["more_body"]

    async def others_turns() -> tuple[int, bool, bool]:
        config = uvicorn.Config(app, http=HeaderTimeoutProtocol, lifespan="off", log_config=None)
        config.load()
        transport = Transport()
        protocol = HeaderTimeoutProtocol(config, ServerState(), {})
        protocol.connection_made(transport)
        head = HEAD.format(method="POST", path="/") + "\r\n"
        protocol.data_received(head.encode() + b"1\r\nx\r\n" * count + b"0\r\n\r\n")
        paused = not transport.reads
        turns = 0
        while len(received) < count:
            await asyncio.sleep(0)
            turns += 1
        await asyncio.sleep(0.01)
        protocol.connection_lost(None)
        return turns, paused, transport.reads

    turns, paused, reads = asyncio.run(others_turns())
    assert turns >= count // TURNS
    assert paused
    assert reads
