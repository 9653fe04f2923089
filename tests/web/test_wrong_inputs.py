"""The page's rows of the table of wrong inputs: a status and one line."""

from __future__ import annotations

import httpx
import pytest

from tests.test_wrong_inputs import PAGE

pytestmark = [pytest.mark.needs("fastapi", "pebble", "score"), pytest.mark.slow]


@pytest.mark.parametrize(("address", "status", "message"), PAGE)
def test_page(client: httpx.Client, address: str, status: int, message: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert message in answer.json()["error"]
    assert "\n" not in answer.json()["error"]
