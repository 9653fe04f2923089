"""Everybody gets the same share of the workers, and who has left gets nothing more."""

from __future__ import annotations

import asyncio
import time

import pytest

from musicrnn.web.fair import FairQueue, visitor

pytestmark = pytest.mark.needs("fastapi", "pebble")


def served(queue: FairQueue[str], seconds: dict[str, float], jobs: int) -> list[str]:
    """Who is served, in order, when each job of a visitor takes so many seconds."""
    order = []
    for _ in range(jobs):
        following = queue.next()
        assert following is not None
        name, _job = following
        order.append(name)
        queue.done(name, seconds[name])
    return order


def test_one_who_asks_for_much_waits_for_himself() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(50):
        queue.add("greedy", f"{number}")
    for number in range(5):
        queue.add("modest", f"{number}")
    order = served(queue, {"greedy": 10.0, "modest": 1.0}, 7)
    assert order == ["greedy", "modest", "modest", "modest", "modest", "modest", "greedy"]


def test_one_visitor_does_not_take_every_worker_while_another_waits() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(3):
        queue.add("dear", f"{number}")
    queue.add("modest", "job")
    started = [following[0] for _ in range(3) if (following := queue.next())]
    assert started == ["dear", "modest", "dear"]  # what runs has not been counted yet


def test_who_comes_late_has_saved_up_nothing() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(4):
        queue.add("first", f"{number}")
    served(queue, {"first": 5.0}, 2)
    for number in range(4):
        queue.add("second", f"{number}")
    assert set(served(queue, {"first": 5.0, "second": 5.0}, 2)) == {"first", "second"}


def test_a_job_is_taken_back() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.add("a", "job")
    assert queue.drop("a", "job")
    assert not queue.drop("a", "job")
    assert queue.next() is None
    assert len(queue) == 0


def test_visitors_are_forgotten() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(1000):
        queue.add(f"visitor {number}", "job")
        served(queue, {f"visitor {number}": 1.0}, 1)
    assert len(queue._visitors) <= 1


def test_a_household_is_one_visitor() -> None:
    assert visitor("2001:db8::1") == visitor("2001:db8::2")
    assert visitor("2001:db8:0:1::1") != visitor("2001:db8::1")
    assert visitor("192.0.2.1") != visitor("192.0.2.2")
    assert visitor("") == ""


def test_the_pool_takes_back_what_nobody_waits_for_any_more() -> None:
    from musicrnn.web.pool import BusyError, WorkerPool
    from musicrnn.web.settings import Settings

    async def scene() -> None:
        pool = WorkerPool(Settings(workers=1, per_visitor=3, models={}), int)
        try:
            long = [asyncio.create_task(pool.run("a", time.sleep, 60)) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(BusyError):
                await pool.run("a", int)
            for task in long:
                task.cancel()
            await asyncio.gather(*long, return_exceptions=True)
            # The one that ran is stopped after a moment, and then it is another visitor's turn.
            assert await asyncio.wait_for(pool.run("b", abs, -3), 120) == 3
            assert pool.waiting == 0
        finally:
            pool.close(wait=5)

    asyncio.run(scene())
