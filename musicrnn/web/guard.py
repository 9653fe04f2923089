"""What stands between a stranger and the application: sizes, headers, errors, the log.

Every error of ours becomes one JSON object ``{"error": "…"}``, or, for a person's browser, the
same words on a page.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from http import HTTPMethod, HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from musicrnn.errors import MusicRNNError, one_line
from musicrnn.web.fair import visitor
from musicrnn.web.outgoing import Outgoing
from musicrnn.web.pool import BusyError, TooSlowError, WorkerLostError
from musicrnn.web.service import VISITOR
from musicrnn.web.settings import Settings
from musicrnn.web.wording import first_problem

__all__ = ["TEMPLATES", "install"]

log = logging.getLogger("musicrnn.web")

TEMPLATES = Jinja2Templates(Path(__file__).with_name("templates"))

#: Scripts, styles, sounds and pictures come from this server alone; nothing may frame the page.
#: SVG carries presentation in style attributes, which run nothing.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
#: what the log may call the method of a request; others are a visitor's own words
_METHODS = frozenset(HTTPMethod)


def install(app: FastAPI, settings: Settings) -> None:
    """Install the guards: every request passes them before it reaches `app`."""
    app.add_middleware(_Guard, settings=settings)
    app.add_exception_handler(MusicRNNError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


class _Guard:
    """Pure ASGI, so that sounds stream: limits, security headers, one log line a request."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.requests = 0
        self.visitors: Counter[str] = Counter()
        #: bytes that each visitor is being sent
        self.under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        who = visitor((scope.get("client") or ("",))[0])
        most = self.settings.sending_bytes
        out = Outgoing(guarded, who, self.under_way, most, _too_many())
        self.requests += 1
        self.visitors[who] += 1
        VISITOR.set(who)
        try:
            refusal = self._refusal(scope, who)
            if refusal is not None and refusal.status_code == 413:
                await _refuse_body(refusal, self._body(receive, who), guarded)
            elif refusal is not None:
                await refusal(scope, receive, guarded)
            else:
                await self._answer(scope, self._body(receive, who), out)
        except asyncio.CancelledError:  # the server stops, and waits no longer for its answers
            if not status:
                await _answer(503, "the page is being stopped")(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - ours or a library's; the visitor gets a 500
            log.error(json.dumps(_place_of(error, scope)))  # noqa: TRY400 - no text of theirs
            if not status:
                problem = _answer(500, "something went wrong here; it has been noted")
                await problem(scope, receive, guarded)
        finally:
            self.requests -= 1
            self.visitors[who] -= 1
            if not self.visitors[who]:
                del self.visitors[who]
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": scope["method"] if scope["method"] in _METHODS else "-",
                "path": _route(scope),
                "status": status,
                "ms": round(1000 * (time.perf_counter() - began), 1),
            }
            log.info(json.dumps(line))

    def _body(self, receive: Receive, who: str) -> _Body:
        return _Body(receive, self.settings, lambda: self.visitors[who])

    async def _answer(self, scope: Scope, body: _Body, send: Send) -> None:
        """Let the application answer, until it has or the client has left."""
        answering = asyncio.create_task(self._application(scope, body, send))
        leaving = asyncio.create_task(body.client_left())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering
        finally:
            leaving.cancel()
            answering.cancel()

    async def _application(self, scope: Scope, body: _Body, send: Send) -> None:
        await self.app(scope, body, send)

    def _refusal(self, scope: Scope, who: str) -> Response | None:
        """The answer to a request that is not let in."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not _is_known(host, self.settings.hosts):
            return _answer(
                400, "this page is not known by that name; start it with --allowed-host NAME"
            )
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and _is_foreign(headers, host):
            return _answer(403, "a form of another site may not be sent here")
        if (
            self.requests > self.settings.requests
            or self.visitors[who] > self.settings.requests_per_visitor
        ):
            return _too_many()
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # A proxy that believes the other one would take the rest for a request.
            return _answer(400, "the request says twice how long it is", {"Connection": "close"})
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 15 or int(length) > self.settings.body_bytes:
            return _answer(413, _too_large(self.settings))
        return None


def _is_known(host: str, hosts: frozenset[str]) -> bool:
    name = host.lower()
    if not name.endswith("]"):  # an IPv6 address without a port
        name, _, port = name.rpartition(":") if ":" in name else (name, "", "")
        if port and not port.isdigit():
            return False
    return "*" in hosts or name.rstrip(".") in hosts


def _is_foreign(headers: dict[bytes, bytes], host: str) -> bool:
    """Whether a browser sends this on behalf of another site. Programs send neither header."""
    if headers.get(b"sec-fetch-site") in (b"cross-site", b"same-site"):
        return True
    origin = headers.get(b"origin")
    return (
        origin is not None and origin.decode("latin-1").partition("://")[2].lower() != host.lower()
    )


async def _refuse_body(response: Response, body: _Body, send: Send) -> None:
    """Answer, and go on receiving for a while: a connection closed with bytes unread is reset, and
    the client would never see the answer."""
    await send(
        {"type": "http.response.start", "status": 413,
         "headers": [*response.raw_headers, (b"connection", b"close")]}
    )  # fmt: skip
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    try:
        await body.throw_away()
    finally:  # the server may stop meanwhile
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _place_of(error: Exception, scope: Scope) -> dict[str, Any]:
    """Where something unforeseen happened, without its message, which may quote the visitor."""
    frames = [
        f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)
    ]
    return {"path": _route(scope), "error": type(error).__name__, "at": frames[-8:]}


def _route(scope: Scope) -> str:
    """The route that answers, as it is written here: what a visitor wrote may be anything."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", "-"))


class _Body:
    """Receives a request's body, within its size and its time, and notices when the client leaves.

    One task reads ahead (no more than a body may have), so that leaving is noticed while the
    application works.
    """

    def __init__(
        self, receive: Receive, settings: Settings, at_once: Callable[[], int] = lambda: 1
    ) -> None:
        """`at_once` says how many requests their visitor has here now."""
        self._receive = receive
        self._at_once = at_once
        self._settings = settings
        self._received = 0
        self._whole = False
        self._messages: asyncio.Queue[Message | HTTPException] = asyncio.Queue()
        self._deadline = asyncio.get_running_loop().time() + settings.body_seconds

    async def client_left(self) -> None:
        """Read ahead; returns when the client has left."""
        while True:
            try:
                message = await self._next()
            except HTTPException as error:
                await self.throw_away()
                self._messages.put_nowait(error)
                await asyncio.Event().wait()  # the application says so to the client
                return
            self._messages.put_nowait(message)
            if message["type"] == "http.disconnect":
                return

    async def throw_away(self) -> None:
        """Receive the rest of a body that is too large, no faster than one visitor may send such:
        reading is work too, and whoever sends without end would keep the page from the others."""
        settings = self._settings
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._deadline):
                while not self._whole and self._received < settings.refused_bytes:
                    message = await self._receive()
                    size = len(message.get("body", b""))
                    self._received += size
                    self._whole = not message.get("more_body", False)
                    await asyncio.sleep(size * self._at_once() / settings.refused_rate)

    async def __call__(self) -> Message:
        message = await self._messages.get()
        if isinstance(message, HTTPException):
            raise message
        return message

    async def _next(self) -> Message:
        try:
            # What comes after the body is that the client has gone, and may take its time.
            async with asyncio.timeout_at(None if self._whole else self._deadline):
                message = await self._receive()
        except TimeoutError:
            limit = self._settings.body_seconds
            raise HTTPException(408, f"the request took more than {limit:g} s to come") from None
        self._received += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._received > self._settings.body_bytes:
            raise HTTPException(413, _too_large(self._settings))
        return message


def _too_large(settings: Settings) -> str:
    return f"a request may hold {settings.body_bytes // 1024} kB"


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": one_line(message)}, status_code=status, headers=headers)


@cache
def _too_many() -> Response:
    return _answer(503, "too many requests at once; try again", {"Retry-After": "5"})


def _reply(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """JSON for programs and our script; a small page for a browser that navigates."""
    navigates = "text/html" in request.headers.get("accept", "")
    if not navigates or request.headers.get("x-fragment") or request.url.path.startswith("/api"):
        return _answer(status, message, headers)
    context = {"here": "", "error": one_line(message)}
    return TEMPLATES.TemplateResponse(request, "error.html", context, status, headers)


async def _ours(request: Request, error: Exception) -> Response:
    if isinstance(error, BusyError):
        return _reply(request, 503, str(error), {"Retry-After": str(error.retry_after)})
    if isinstance(error, TooSlowError | WorkerLostError):
        log.warning(json.dumps({"path": _route(request.scope), "error": str(error)}))
        return _reply(request, 503, str(error), {"Retry-After": "5"})
    return _reply(request, 400, str(error))


async def _invalid(request: Request, error: Exception) -> Response:
    problems = list(error.errors()) if isinstance(error, RequestValidationError) else []
    return _reply(request, 422, first_problem(problems) if problems else "not understood")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for these alone
    known = HTTPStatus(error.status_code).phrase
    said = known.lower() if error.detail in ("", known) else str(error.detail)
    headers = dict(error.headers) if error.headers else None  # 405 says in Allow what is allowed
    return _reply(request, error.status_code, said, headers)
