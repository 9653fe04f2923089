"""On a real Ray cluster: two nodes on this machine, one of them killed while it works."""

import os
import random

import pytest

from musicrnn.corpus import build, manifest, sources
from musicrnn.errors import UsageError
from musicrnn.generation import bulk
from musicrnn.parallel import ray as cluster
from musicrnn.parallel.workers import Lost

from .helpers import random_model

pytestmark = [pytest.mark.slow, pytest.mark.needs("ray")]

LETTERS = "CDEFGABc"


@pytest.fixture
def tunes(tmp_path):
    """400 tunes in 100 files, one file of garbage."""
    folder = tmp_path / "tunes"
    folder.mkdir()
    rng = random.Random(1)
    for i in range(100):
        book = []
        for number in range(4):
            bars = "|".join("".join(rng.choices(LETTERS, k=8)) for _ in range(16))
            book.append(f"X:{number}\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:C\n{bars}|]\n")
        (folder / f"{i:03}.abc").write_text("\n".join(book))
    (folder / "garbage.abc").write_bytes(b"\0\1\2")
    return folder


class KillsNodes:
    """A progress report that kills a node when some of the work is done."""

    def __init__(self, nodes, moments):
        self.nodes = nodes
        self.moments = list(moments)
        self.killed = 0

    def __call__(self, done, total, counts):
        if self.moments and done >= self.moments[0]:
            self.moments.pop(0)
            self.nodes.kill_one()
            self.killed += 1


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_build_is_the_same_with_a_node_killed_while_it_works(
    nodes, connection, tunes, tmp_path, monkeypatch
):
    monkeypatch.setattr(sources, "BLOCK_FILES", 4)
    loaded = manifest.load(str(tunes))
    build.build(loaded, tmp_path / "plain")
    killer = KillsNodes(nodes, [3])
    build.build(loaded, tmp_path / "cluster", workers=connection, progress=killer)
    assert killer.killed == 1
    assert contents(tmp_path / "cluster") == contents(tmp_path / "plain")


def test_tunes_are_the_same_with_a_node_killed_while_it_writes(nodes, connection, tmp_path):
    asked = {"key": "G", "meter": "6/8", "unit": "1/8", "bars": 8}
    model = random_model(tmp_path)
    bulk.generate(model, 320, tmp_path / "plain", seed=1, **asked)
    killer = KillsNodes(nodes, [64])
    bulk.generate(
        model, 320, tmp_path / "cluster", seed=1, workers=connection, progress=killer, **asked
    )
    assert killer.killed == 1
    assert contents(tmp_path / "cluster") == contents(tmp_path / "plain")


def die_at_3(number):
    if number == 3:
        os._exit(1)
    return number * number


def fail(number):
    raise ValueError(f"no {number}")


def test_a_task_that_kills_its_workers_is_lost_and_no_other(connection):
    results = dict(connection.map(die_at_3, range(6)))
    assert isinstance(results.pop(3), Lost)
    assert results == {n: n * n for n in range(6) if n != 3}
    ((task, result),) = connection.map_isolated(die_at_3, [3])
    assert (task, type(result)) == (3, Lost)


def test_an_exception_reaches_the_caller(connection):
    with pytest.raises(ValueError, match="no 7"):
        list(connection.map(fail, [7]))


def test_a_cluster_that_is_not_there_is_one_line(monkeypatch):
    import ray

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", _refuse)
    refused = pytest.raises(UsageError, match=r"no Ray cluster at '192\.0\.2\.9:6379': no answer")
    with refused, cluster.connected("192.0.2.9:6379"):
        pass


def _refuse(**_):
    raise ConnectionError("no answer\nwith a long tail")
