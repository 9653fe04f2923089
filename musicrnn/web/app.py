"""The page and its API: one FastAPI application.

Addresses
    /               the page; with a query, the tune it names
    /tune.KIND      the same tune as a file
    /check          diagnostics and repair
    /chorale        a melody in four voices (`chorale`)
    /set            tunes that go well one after the other (`sets`)
    /api/…          the same as JSON, described in /api/openapi.json and shown at /docs
    /health         for a supervisor

Work happens in a bounded pool of processes (`pool`); here is only routing. Nothing a request
says is ever used as a path.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from musicrnn.theory.instruments import PROGRAMS, program_named
from musicrnn.version import __version__
from musicrnn.web import api, arrange, chorale, guard, sets, work
from musicrnn.web.answers import form_values, html, ranged, seed_of, width_of
from musicrnn.web.kept import Kept
from musicrnn.web.pool import WorkerPool
from musicrnn.web.queries import INSTRUMENTS, KINDS, Backing, Kind, Sound, TuneQuery
from musicrnn.web.service import HALF, Service, ServiceOf
from musicrnn.web.settings import Settings
from musicrnn.web.wording import validated

__all__ = ["create_app"]

_STATIC = Path(__file__).with_name("static")
_PLAYER = Path(__file__).parents[1] / "render" / "player.js"
#: what is the same for everyone as long as nothing is asked of it
_SAME_FOR_ALL = ("/", "/check", "/chorale", "/set", "/docs", "/api/openapi.json")
#: seconds that running jobs may take to finish when the server stops
_GRACE = 10.0
#: the worker that does long work: how far it gives way to the others, and how many times longer
#: than theirs its jobs may therefore take
_NICE, _LONG_TIME = 10, 3


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; each process that serves it has a pool of its own."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        models = dict(settings.models)
        pool = WorkerPool(settings, work.warm, models)
        patient = replace(settings, workers=1, time_limit=_LONG_TIME * settings.time_limit)
        long = WorkerPool(patient, work.warm, models, nice=_NICE)
        app.state.service = Service(settings, pool, long)
        try:
            yield
        finally:
            for workers in (pool, long):
                workers.close(wait=_GRACE)

    app = FastAPI(
        title="musicrnn",
        version=__version__,
        summary="Write, check, repair, draw and play tunes.",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own page loads scripts from elsewhere; ours is /docs below
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.settings = settings
    files = [f"/static/{path.name}" for path in (*_STATIC.iterdir(), _PLAYER)]
    app.add_middleware(Kept, paths=(*_SAME_FOR_ALL, *files))
    guard.install(app, settings)

    @app.get("/static/player.js", include_in_schema=False)
    async def player() -> Response:
        # The notebook's player lights notes in the same way; it has one home.
        return FileResponse(_PLAYER, media_type="text/javascript")

    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.include_router(api.router)
    app.include_router(arrange.router)
    app.include_router(chorale.router)
    app.include_router(sets.router)
    _add_pages(app)
    return app


def tune_query(request: Request) -> TuneQuery:
    """The choices of a form, without how the tune is played (`sound_query`)."""
    return validated(TuneQuery, form_values(request, but=Sound.model_fields))


def sound_query(request: Request) -> Sound:
    """How the tune of an address is played."""
    values = form_values(request)
    return validated(Sound, {name: values[name] for name in Sound.model_fields if name in values})


def _instruments(program: int | None, instrument: str) -> dict[str, int]:
    """What the player offers: the usual ones, and the one that is asked for."""
    known = dict(INSTRUMENTS)
    if program is not None and program not in known.values():
        known[(instrument or PROGRAMS[program]).capitalize()] = program
    return known


def _add_pages(app: FastAPI) -> None:
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page(request: Request, service: ServiceOf) -> Response:
        context: dict[str, Any] = {
            "here": "tune",
            "query": TuneQuery(),
            "sound": Sound(),
            "choices": service.choices() | {"instruments": INSTRUMENTS, "kinds": KINDS},
        }
        if request.query_params:
            query, sound = tune_query(request), sound_query(request)
            named = service.named(query)
            if query.seed is None:
                address = f"/?{named.address()}{sound.address()}"
                return RedirectResponse(address, status_code=303)
            instrument = named.model_dump()["instrument"]
            if sound.program is None and instrument:
                # A tune for the whistle is heard on one.
                sound = sound.model_copy(update={"program": program_named(instrument)})
            tune = await service.tune(named, width_of(request))
            context |= {"query": named, "sound": sound, "tune": tune}
            context["choices"]["instruments"] = _instruments(sound.program, instrument)
        return html(request, "tune.html", "result.html" if "tune" in context else "", context)

    @app.get("/tune.{kind}", include_in_schema=False)
    async def download(
        request: Request,
        service: ServiceOf,
        kind: Kind,
        tempo: Annotated[int | None, Query(ge=20, le=400)] = None,
        program: Annotated[int | None, Query(ge=0, le=127)] = None,
        backing: Annotated[Backing | None, Query()] = None,
    ) -> Response:
        query = tune_query(request)
        seed_of(query.seed, "tune")
        sound = Sound(tempo=tempo, program=program, backing=backing)
        data = await service.file(query, kind, sound)
        return ranged(request, data, KINDS[kind])

    @app.get("/check", response_class=HTMLResponse, include_in_schema=False)
    async def check_page(request: Request) -> Response:
        return html(request, "check.html", "", {"here": "check", "abc": ""})

    @app.post("/check", response_class=HTMLResponse, include_in_schema=False)
    async def check(request: Request, service: ServiceOf) -> Response:
        form = await request.form()
        text = str(form.get("abc", "")).replace("\r\n", "\n")
        width = min(width_of(request), HALF)  # the text stands beside it
        checked = await service.checked(text, repair=form.get("do") == "fix", width=width)
        context = {"here": "check", "abc": text, "checked": checked}
        return html(request, "check.html", "checked.html", context)

    @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    async def docs(request: Request) -> Response:
        context = {"here": "docs", "api": app.openapi()}
        return html(request, "docs.html", "", context)

    @app.get("/health", include_in_schema=False)
    async def health(service: ServiceOf) -> dict[str, Any]:
        return {"status": "ok", "version": __version__, "waiting": service.waiting}
