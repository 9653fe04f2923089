"""Serial or in processes: the same results, and a crash costs one task."""

import os

import pytest

from musicrnn.parallel.workers import Lost, Pool, Serial


def square(number):
    return number * number


def square_but_die_at_7(number):
    if number == 7:
        os._exit(1)
    return number * number


def fail(number):
    raise ValueError(f"no {number}")


@pytest.mark.parametrize("workers", [Serial(), Pool(2)])
def test_every_task_comes_back_with_its_result(workers):
    assert sorted(workers.map(square, range(20))) == [(n, n * n) for n in range(20)]


def test_a_task_that_kills_its_worker_is_lost_and_no_other():
    results = dict(Pool(2).map(square_but_die_at_7, range(12)))
    assert isinstance(results.pop(7), Lost)
    assert results == {n: n * n for n in range(12) if n != 7}


@pytest.mark.parametrize("workers", [Serial(), Pool(2)])
def test_an_exception_reaches_the_caller(workers):
    with pytest.raises(ValueError, match="no 3"):
        list(workers.map(fail, [3]))


def test_tasks_are_read_no_faster_than_they_are_worked_off():
    drawn = []

    def tasks():
        for number in range(100):
            drawn.append(number)
            yield number

    for count, _ in enumerate(Pool(1).map(square, tasks()), 1):
        assert len(drawn) <= count + 8


def test_workers_that_cannot_be_started_are_not_waited_for(monkeypatch):
    """As where memory is too short for one more thread: the pool's own then ends with no word."""

    def cannot(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.excepthook", lambda _: None)
    monkeypatch.setattr("multiprocessing.queues.Queue._start_thread", cannot)
    with pytest.raises(MemoryError):
        list(Pool(1).map(square, range(3)))
