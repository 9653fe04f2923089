"""What a stranger may send: rubbish, too much, too slowly. And how the page stops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.conftest import serving

if TYPE_CHECKING:
    from musicrnn.web.settings import Settings

pytestmark = [pytest.mark.needs("fastapi", "pebble", "score"), pytest.mark.slow]

TUNE = "X:1\nT:Wild\nM:4/4\nL:1/8\nK:C\nCDEF GABc|]\n"
#: text that breaks careless programs, to be put into titles
WILD = {
    "nul": "a\0b",
    "lone surrogate": "\ud800",
    "right to left": "\u202e\u05d0\u05d1",
    "joined emoji": "\U0001f469\u200d\U0001f3a4",
    "stacked marks": "Z\u0351\u036b\u0343\u036a\u0302",
    "markup": "</pre><script>alert(1)</script>",
    "newlines": "a\u2028b\u0085c\rd",
}


@pytest.mark.parametrize("wild", WILD.values(), ids=WILD)
@pytest.mark.parametrize("path", ["check", "fix", "render/mid", "render/svg", "render/musicxml"])
def test_wild_text_in_a_tune(client: httpx.Client, path: str, wild: str) -> None:
    body = json.dumps({"abc": TUNE.replace("Wild", wild)})
    answer = client.post(f"/api/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400, 422), answer.text


@pytest.mark.parametrize(
    "query",
    [
        "key=%00",
        "title=%ED%A0%80&bars=2",
        "prime=%FF%FE",
        "seed=1e400",
        "bars=%D9%A8",
        "a[]=1",
        "%",
    ],
)
def test_wild_text_in_an_address(client: httpx.Client, query: str) -> None:
    for path in ("/api/tune", "/", "/tune.mid"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code in (200, 400, 422), answer.text


def test_what_is_said_of_markup_is_no_markup(client: httpx.Client) -> None:
    text = TUNE.replace("Wild", "<script>alert(1)</script>").replace("CDEF", "<b>CDEF")
    page = client.post("/check", data={"abc": text, "do": "fix"}).text
    assert "<script>alert" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    "data",
    [
        b"MThd",
        b"MThd\x00\x00\x00\x06\x00\x01\xff\xff\x00\x00",
        b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x60MTrk\xff\xff\xff\xff\x00",
        b"RIFF\xff\xff\xff\xffRMID",
        b"\x00" * 1000,
        b"PK\x03\x04 this is no music",
        b"",
    ],
)
def test_broken_files(client: httpx.Client, data: bytes) -> None:
    answer = client.post("/api/read", params={"name": "../../x\0.mid"}, content=data)
    if answer.status_code != 200:  # something may be left to read
        assert answer.status_code == 400
        assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e/%2e%2e/tune.py",
        "/static//etc/passwd",
        "/tune.mid/../../etc/passwd",
        "/static/page.css%00.js",
    ],
)
def test_no_path_leaves_the_page(page: str, path: str) -> None:
    assert b" 404 " in raw(
        page, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )


def test_a_method_that_is_not_allowed_is_told_which_are(client: httpx.Client) -> None:
    answer = client.request("DELETE", "/api/tune")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_body_that_does_not_say_its_length_is_limited_too(client: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    answer = client.post("/api/read", content=pieces())
    assert answer.status_code == 413
    assert "512 kB" in answer.json()["error"]


@pytest.mark.parametrize("request_", ["\0\0\0\0\r\n\r\n", "GET /" + "a" * 100_000])
def test_what_is_no_http(page: str, request_: str) -> None:
    assert b" 400 " in raw(page, request_)


def test_a_client_that_sends_next_to_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    from musicrnn.web import connection

    async def never(scope: object, receive: object, send: object) -> None:
        raise AssertionError("no request was made")

    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    config = uvicorn.Config(
        never, port=0, http=connection.HeaderTimeoutProtocol, lifespan="off", log_level="error"
    )
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    thread = threading.Thread(target=asyncio.run, args=(server.serve([listening]),))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        with socket.create_connection(listening.getsockname(), timeout=60) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHo")
            assert client.recv(100) == b""  # the server has closed it
    finally:
        server.should_exit = True
        thread.join()


def test_it_stops_gracefully_and_logs_lines_of_json() -> None:
    with serving("--workers", "1", "--model", "folk") as server:
        answers: list[httpx.Response] = []

        def ask() -> None:
            asked = {"seed": 5, "bars": 16, "form": "AABB"}
            answers.append(httpx.get(f"{server.address}/api/tune", params=asked, timeout=300))

        asking = threading.Thread(target=ask)
        asking.start()
        while httpx.get(f"{server.address}/health").json()["waiting"] == 0 and not answers:
            pass
        server.process.send_signal(signal.SIGTERM)
        asking.join()
        server.process.wait(timeout=60)
    assert [answer.status_code for answer in answers] == [200]
    assert not [line for line in server.log if "Traceback" in line]
    lines = [json.loads(line) for line in server.log if line.startswith("{")]
    assert {"time", "method", "path", "status", "ms"} == set(lines[-1])


def raw(page: str, request: str) -> bytes:
    """What the server answers to bytes that no client library would send."""
    place = urlsplit(page)
    assert place.hostname is not None
    with socket.create_connection((place.hostname, place.port or 80), timeout=60) as connection:
        connection.sendall(request.encode("latin-1"))
        return connection.recv(4096)


# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("places", ["\xb2-", "9" * 5000 + "-", "0-" + "9" * 5000, "-", "a-b"])
def test_a_range_that_is_none_is_ignored(page: str, places: str) -> None:
    head = f"GET /tune.abc?seed=1&bars=2 HTTP/1.1\r\nHost: localhost\r\nRange: bytes={places}\r\n"
    assert b" 200 " in raw(page, f"{head}Connection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("LOCALHOST:8000", 200), ("[::1]:1", 200), ("127.0.0.1", 200),
     ("evil.example", 400), ("localhost.evil.example", 400), ("", 400), ("localhost:x", 400)],
)  # fmt: skip
def test_the_page_answers_to_its_own_names_alone(page: str, host: str, status: int) -> None:
    answer = raw(page, f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert f" {status} ".encode() in answer
    assert b"content-security-policy" in answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_a_form_of_another_site_is_refused(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/check", data={"abc": TUNE}, headers=headers)
    assert answer.status_code == status


def test_a_form_of_the_page_s_own_is_taken(client: httpx.Client) -> None:
    origin = str(client.base_url).rstrip("/")
    assert client.post("/check", data={"abc": TUNE}, headers={"Origin": origin}).is_success


def test_a_body_far_too_large_is_answered_and_not_reset(page: str) -> None:
    answer = httpx.post(f"{page}/api/read", content=b"x" * (8 << 20), timeout=60)
    assert answer.status_code == 413
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_line_break_in_a_name_ends_no_line(client: httpx.Client) -> None:
    answer = client.post("/api/read", params={"name": "a\nb\x1b[31m"}, content=b"\x00\x01")
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]
    assert "\x1b" not in answer.json()["error"]


def test_a_fault_of_ours_has_the_same_headers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from fastapi import FastAPI

    from musicrnn.web import guard
    from musicrnn.web.settings import Settings

    app = FastAPI()
    guard.install(app, Settings())

    @app.get("/")
    def broken() -> None:
        raise ValueError("the visitor's own words")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "the visitor's own words" not in answer.text + caplog.text


async def answers(requests: int, settings: Settings, path: str = "/") -> list[int]:
    """The statuses of so many requests of one visitor at once, of an application that waits."""
    from fastapi import FastAPI

    from musicrnn.web import guard

    app = FastAPI()
    guard.install(app, settings)
    go_on = asyncio.Event()

    @app.get("/")
    async def waits() -> str:
        await go_on.wait()
        return "done"

    transport = httpx.ASGITransport(app, client=("127.0.3.4", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        asked = [asyncio.create_task(client.get(path)) for _ in range(requests)]
        await asyncio.sleep(0.2)
        other = httpx.ASGITransport(app, client=("127.0.3.5", 1))
        async with httpx.AsyncClient(transport=other, base_url="http://localhost") as neighbour:
            asked.append(asyncio.create_task(neighbour.get("/")))
            await asyncio.sleep(0.1)
            go_on.set()
            return [answer.status_code for answer in await asyncio.gather(*asked)]


def test_one_visitor_cannot_take_all_the_requests_that_the_page_answers_at_once() -> None:
    from musicrnn.web.settings import Settings

    found = asyncio.run(answers(20, Settings(requests=12, requests_per_visitor=8)))
    assert found == [200] * 8 + [503] * 12 + [200]


def test_the_log_has_no_text_of_a_visitor_s(caplog: pytest.LogCaptureFixture) -> None:
    from musicrnn.web.settings import Settings

    with caplog.at_level("INFO", "musicrnn.web"):
        asyncio.run(answers(1, Settings(), "/my-secret-name?and=more"))
    assert "secret" not in caplog.text
    assert [json.loads(line)["path"] for line in caplog.messages] == ["-", "/"]


def test_one_address_cannot_take_all_connections(page: str) -> None:
    from musicrnn.web.connection import MOST_CONNECTIONS

    place = urlsplit(page)
    held: list[socket.socket] = []
    try:
        held += [
            socket.create_connection((place.hostname or "", place.port or 80))
            for _ in range(MOST_CONNECTIONS + 40)
        ]
        time.sleep(0.5)
        closed = 0
        for one in held:
            one.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                closed += one.recv(1) == b""
        assert closed >= 40
        neighbour = socket.create_connection(
            (place.hostname or "", place.port or 80), source_address=("127.0.7.7", 0)
        )
        neighbour.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" in neighbour.recv(100)
        neighbour.close()
    finally:
        for one in held:
            one.close()
