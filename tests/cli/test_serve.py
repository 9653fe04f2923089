"""``musicrnn serve``: what is wrong is said before it listens; workers share the cores."""

from __future__ import annotations

import os

import pytest

from musicrnn.cli import main
from musicrnn.cli.serve import _share_cores

pytestmark = pytest.mark.needs("fastapi", "pebble", "score")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "nobody"], "nobody"),
        (["--model", "mine="], "write NAME=FOLDER"),
        (["--model", "mine=/does/not/exist"], "/does/not/exist"),
    ],
)
def test_a_model_that_cannot_be_served_is_said_at_once(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--port", "0", *options])
    assert stopped.value.code == 1
    assert said in capsys.readouterr().err.replace("\n", " ")


def test_workers_share_the_cores_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": "7"})
    _share_cores(4)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2"
    assert os.environ["OMP_NUM_THREADS"] == "7"
