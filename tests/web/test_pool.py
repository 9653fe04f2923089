"""A worker that cannot load what jobs need says so to whoever asks, and is not started for ever."""

from __future__ import annotations

import asyncio
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
