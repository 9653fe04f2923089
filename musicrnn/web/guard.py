"""What stands between a stranger and the application: sizes, headers, errors, the log.

Every error of ours becomes one JSON object ``{"error": "…"}``, or, for a person's browser, the
same words on a page.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from musicrnn.errors import MusicRNNError, UsageError
from musicrnn.web.pool import BusyError, TooSlowError, WorkerLostError
from musicrnn.web.settings import Settings

__all__ = ["TEMPLATES", "install", "validated"]

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

ModelT = TypeVar("ModelT", bound=BaseModel)


def validated(model: type[ModelT], given: Mapping[str, Any]) -> ModelT:
    """`given` as `model`. Raises `UsageError` with the first thing that is wrong, in a line."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise UsageError(_first(list(error.errors()))) from None


def install(app: FastAPI, settings: Settings) -> None:
    """Put the guards before `app`."""
    app.add_middleware(_Guard, settings=settings)
    app.add_exception_handler(MusicRNNError, _ours)
    app.add_exception_handler(Exception, _unforeseen)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


class _Guard:
    """Pure ASGI, so that sounds stream: limits, security headers, one log line a request."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        self.requests += 1
        try:
            refusal = self._refusal(scope)
            if refusal:
                await refusal(scope, receive, guarded)
            else:
                await self.app(scope, _Body(receive, self.settings), guarded)
        finally:
            self.requests -= 1
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "ms": round(1000 * (time.perf_counter() - began), 1),
            }
            log.info(json.dumps(line))

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that is not let in."""
        if self.requests > self.settings.requests:
            return _answer(503, "too many requests at once; try again", {"Retry-After": "5"})
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.settings.body_bytes:
            return _answer(413, _too_large(self.settings))
        return None


class _Body:
    """Receives a request's body, within its size and its time."""

    def __init__(self, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._settings = settings
        self._received = 0
        self._whole = False
        self._deadline = asyncio.get_running_loop().time() + settings.body_seconds

    async def __call__(self) -> Message:
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


def _first(problems: list[Any]) -> str:
    problem = problems[0]
    place = ".".join(str(part) for part in problem["loc"] if part not in ("query", "body", "path"))
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status_code=status, headers=headers)


def _reply(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """JSON for programs and our script; a small page for a browser that navigates."""
    navigates = "text/html" in request.headers.get("accept", "")
    if not navigates or request.headers.get("x-fragment") or request.url.path.startswith("/api"):
        return _answer(status, message, headers)
    context = {"here": "", "error": message}
    return TEMPLATES.TemplateResponse(request, "error.html", context, status, headers)


async def _ours(request: Request, error: Exception) -> Response:
    if isinstance(error, BusyError):
        return _reply(request, 503, str(error), {"Retry-After": str(error.retry_after)})
    if isinstance(error, TooSlowError | WorkerLostError):
        log.warning(json.dumps({"path": request.url.path, "error": str(error)}))
        return _reply(request, 503, str(error), {"Retry-After": "5"})
    return _reply(request, 400, str(error))


async def _invalid(request: Request, error: Exception) -> Response:
    problems = list(error.errors()) if isinstance(error, RequestValidationError) else []
    return _reply(request, 422, _first(problems) if problems else "not understood")


async def _unforeseen(request: Request, _: Exception) -> Response:
    # The server logs where it happened; a stranger need not know.
    return _reply(request, 500, "something went wrong here; it has been noted")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for these alone
    known = HTTPStatus(error.status_code).phrase
    said = known.lower() if error.detail in ("", known) else str(error.detail)
    headers = dict(error.headers) if error.headers else None  # 405 says in Allow what is allowed
    return _reply(request, error.status_code, said, headers)
