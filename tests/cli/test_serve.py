"""``musicrnn serve``: what is wrong is said before it listens."""

from __future__ import annotations

import pytest

from musicrnn.cli import main

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
