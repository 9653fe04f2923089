"""``musicrnn serve``: what is wrong is said before it listens."""

from __future__ import annotations

import socket

import pytest

from musicrnn.cli import main
from musicrnn.cli.serve import _bound

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


def test_what_the_server_says_is_sent_at_once() -> None:
    """asyncio turns Nagle's algorithm off only where the protocol of the socket is named."""
    with _bound("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP
