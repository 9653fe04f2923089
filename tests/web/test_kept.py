"""Answers that are the same for everyone: given from memory, packed, and not twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.needs("fastapi")

Get = Callable[..., Coroutine[Any, Any, httpx.Response]]


def with_client(use: Callable[[Get], Coroutine[Any, Any, None]]) -> int:
    """Let `use` ask an application that keeps ``/`` and ``/broken``; how often it had to answer."""
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    from musicrnn.web.kept import Kept

    answered = 0

    async def page(request: Any) -> Response:
        nonlocal answered
        answered += 1
        words = f"page {request.url.query} for {request.headers.get('user-agent')}"
        return Response(words, media_type="text/html")

    async def broken(request: Any) -> Response:
        nonlocal answered
        answered += 1
        return Response("not now", status_code=503)

    app = Starlette(routes=[Route("/", page), Route("/broken", broken)])
    app.add_middleware(Kept, paths=("/", "/broken"))

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def get(
                path: str = "/", *, method: str = "GET", **headers: str
            ) -> httpx.Response:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, headers=named)

            await use(get)

    asyncio.run(ask())
    return answered


def test_an_answer_is_made_once_and_holds_nothing_of_who_asked_first() -> None:
    async def use(get: Get) -> None:
        first = await get(User_Agent="<script>")
        assert first.text == "page  for None"
        assert (await get()).text == first.text
        assert first.headers["cache-control"] == "no-cache"

    assert with_client(use) == 1


def test_what_asks_for_something_is_answered_anew() -> None:
    async def use(get: Get) -> None:
        for query in ("a=1", "a=2"):
            assert query in (await get(f"/?{query}")).text

    assert with_client(use) == 2


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.000", False),
     ("br", False), ("identity", False), ("", False)],
)  # fmt: skip
def test_it_is_packed_for_those_who_take_that(accepted: str, packed: bool) -> None:
    async def use(get: Get) -> None:
        await get(Accept_Encoding="identity")
        answer = await get(Accept_Encoding=accepted)
        assert ("content-encoding" in answer.headers) == packed
        assert answer.text == "page  for None"
        assert "Accept-Encoding" in answer.headers["vary"]

    with_client(use)


def test_who_holds_it_is_told_so() -> None:
    async def use(get: Get) -> None:
        plain = (await get(Accept_Encoding="identity")).headers["etag"]
        packed = (await get(Accept_Encoding="gzip")).headers["etag"]
        assert plain != packed
        for known in (plain, f"W/{plain}", f'"other", {plain}', "*"):
            again = await get(Accept_Encoding="identity", If_None_Match=known)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == plain
            assert "content-length" not in again.headers
        assert (await get(Accept_Encoding="identity", If_None_Match='"other"')).status_code == 200

    assert with_client(use) == 1


def test_a_fault_is_not_kept() -> None:
    async def use(get: Get) -> None:
        for _ in range(2):
            assert (await get("/broken")).status_code == 503

    assert with_client(use) == 4  # each is asked again with the headers of whoever asked


def test_a_part_or_another_method_is_the_application_s() -> None:
    async def use(get: Get) -> None:
        await get()
        await get(Range="bytes=0-3")
        await get(If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT")
        assert (await get(method="POST")).status_code == 405
        assert (await get(method="HEAD")).status_code == 200

    assert with_client(use) == 3


@pytest.mark.slow
@pytest.mark.needs("pebble", "score")
@pytest.mark.parametrize("path", ["/", "/check", "/chorale", "/set", "/docs", "/static/tune.js"])
def test_the_pages_have_the_same_headers_of_security_as_others(
    client: httpx.Client, path: str
) -> None:
    guards = ("content-security-policy", "x-content-type-options", "referrer-policy")
    other = client.get("/health").headers

    def guard_of(headers: Mapping[str, str]) -> list[str]:
        return [headers[name] for name in guards]

    first, again = client.get(path), client.get(path)
    assert guard_of(first.headers) == guard_of(again.headers) == guard_of(other)
    assert first.content == again.content
    held = client.get(path, headers={"If-None-Match": again.headers["etag"]})
    assert held.status_code == 304
    assert guard_of(held.headers) == guard_of(other)
