"""The page that sets a melody in four voices, as programs see it."""

from __future__ import annotations

import httpx
import pytest

from musicrnn import abc, midi

pytestmark = [pytest.mark.needs("fastapi", "pebble", "score"), pytest.mark.slow]

BARS = "G|GABc|d2B d|cBAG|G3|]"


def _line(text: str, part: int) -> list[tuple[object, ...]]:
    notes = abc.to_score(abc.parse_tune(text)).notes
    return [(note.onset, note.pitch, note.duration) for note in notes if note.part == part]


def test_bars_become_four_voices_with_the_melody_untouched(client: httpx.Client) -> None:
    asked = {"melody": BARS, "key": "G", "seed": 4}
    setting = client.post("/api/harmonize", json=asked).json()
    given = f"X:1\nM:4/4\nL:1/4\nK:G\n{BARS}\n"
    assert _line(setting["abc"], 0) == _line(given, 0)
    assert len(abc.to_score(abc.parse_tune(setting["abc"])).parts) == 4
    assert setting["svg"][0].count('class="note') >= 40
    assert client.post("/api/harmonize", json=asked).json() == setting


def test_the_address_brings_the_setting_back_as_page_and_files(client: httpx.Client) -> None:
    asked = {"melody": BARS, "key": "G", "sound": "organ", "seed": 4}
    address = client.post("/api/harmonize", json=asked).json()["address"]
    page = client.get(f"/chorale?{address}")
    assert 'id="score"' in page.text
    played = midi.read(client.get(f"/chorale.mid?{address}").content)
    assert [part.program for part in played.parts] == [19] * 4
    assert client.get(f"/chorale.flac?{address}").content[:4] == b"fLaC"


def test_without_a_seed_the_page_goes_to_a_setting_that_has_one(client: httpx.Client) -> None:
    page = client.get("/chorale", params={"melody": BARS, "key": "G"})
    assert "seed=" in str(page.url)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"melody": ""}, "write or play a melody first"),
        ({"melody": "zzzz|]"}, "there are no notes to harmonize"),
        ({"melody": "C,,,c'''|]"}, "no voice can sing"),
        ({"melody": "X:1\nL:1/4\nK:C\nV:1\ncdef|]\nV:2\nCDEF|]\n"}, "there are several parts"),
    ],
)
def test_what_cannot_be_set_is_said(client: httpx.Client, asked: dict[str, str], said: str) -> None:
    answer = client.post("/api/harmonize", json=asked)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_the_empty_page_offers_a_form(client: httpx.Client) -> None:
    page = client.get("/chorale").text
    assert 'name="melody"' in page
    assert "<option selected>soprano</option>" in page
