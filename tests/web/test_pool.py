"""A worker that cannot load what jobs need says so to whoever asks, and is not started for ever."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs("fastapi", "pebble")


def warm(flag: str) -> None:
    with Path(flag).open("a") as file:
        file.write("x")
    if Path(flag).stat().st_size < 3:
        raise MemoryError


def test_a_worker_that_cannot_start_answers_and_tries_again_at_the_next_job(tmp_path: Path) -> None:
    from musicrnn.web.pool import WorkerLostError, WorkerPool
    from musicrnn.web.settings import Settings

    flag = tmp_path / "tries"

    async def ask_twice() -> int:
        pool = WorkerPool(Settings(workers=1, models={}), warm, str(flag))
        try:
            with pytest.raises(WorkerLostError, match="could not be started"):
                await pool.run("a", abs, -1)
            return int(await pool.run("a", abs, -2))
        finally:
            await asyncio.to_thread(pool.close, wait=5)

    assert asyncio.run(asyncio.wait_for(ask_twice(), 60)) == 2
    assert flag.read_text() == "xxx"


def engraver_of_this_worker() -> int | None:
    from musicrnn.render.engraver_client import shared_worker

    shared_worker()("rasterise", svg="<svg xmlns='http://www.w3.org/2000/svg'/>", width=8)
    return shared_worker().pid


@pytest.mark.needs("score")
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_engraver_of_a_worker_that_is_stopped_ends_with_it() -> None:
    from musicrnn.web.pool import TooSlowError, WorkerPool
    from musicrnn.web.settings import Settings

    async def scene() -> int:
        pool = WorkerPool(Settings(workers=1, time_limit=3.0, models={}), int)
        try:
            engraver: int = await pool.run("a", engraver_of_this_worker)
            with pytest.raises(TooSlowError):
                await pool.run("a", time.sleep, 60)
            return engraver
        finally:
            await asyncio.to_thread(pool.close, wait=5)

    engraver = asyncio.run(asyncio.wait_for(scene(), 60))
    for _ in range(100):
        try:
            os.kill(engraver, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the engraver goes on")


def niceness() -> int:
    return os.nice(0)


@pytest.mark.skipif(os.name != "posix", reason="niceness")
def test_a_worker_for_long_work_gives_way() -> None:
    from musicrnn.web.pool import WorkerPool
    from musicrnn.web.settings import Settings

    async def scene() -> int:
        pool = WorkerPool(Settings(workers=1, models={}), int, nice=10)
        try:
            return int(await pool.run("a", niceness))
        finally:
            await asyncio.to_thread(pool.close, wait=5)

    assert asyncio.run(asyncio.wait_for(scene(), 60)) >= min(os.nice(0) + 10, 19)
