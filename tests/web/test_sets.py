"""The page that writes sets, and the backing of tunes, as programs see them."""

from __future__ import annotations

import io

import httpx
import pytest
import soundfile

from musicrnn import abc, midi

pytestmark = [pytest.mark.needs("fastapi", "pebble", "score"), pytest.mark.slow]


def test_a_set_is_tunes_of_a_kind_in_the_keys_asked_for(client: httpx.Client) -> None:
    asked: dict[str, str | int] = {"rhythm": "jig", "n": 2, "keys": "G,D", "seed": 4}
    found = client.get("/api/set", params=asked).json()
    assert [tune["about"] for tune in found["tunes"]] == ["jig, 6/8, G", "jig, 6/8, D"]
    book = abc.parse(found["abc"]).tunes
    assert [tune.number for tune in book] == ["1", "2"]
    assert all('class="note' in tune["svg"][0] for tune in found["tunes"])
    assert client.get(f"/api/set?{found['address']}").json() == found


def test_the_address_brings_the_set_back_as_page_and_files(client: httpx.Client) -> None:
    address = "rhythm=jig&n=2&times=1&seed=4"
    page = client.get(f"/set?{address}")
    assert page.text.count('class="score"') == 2
    book = abc.parse(client.get(f"/set.abc?{address}").text).tunes
    assert all(tune.title in page.text for tune in book)
    assert client.get(f"/set.pdf?{address}").content[:5] == b"%PDF-"
    once = midi.read(client.get(f"/set.mid?{address}").content)
    twice = midi.read(client.get(f"/set.mid?{address.replace('times=1', 'times=2')}").content)
    assert twice.length > 1.9 * once.length
    played = midi.read(client.get(f"/set.mid?{address}&backing=piano").content)
    assert len(played.parts) > len(once.parts)
    sound, rate = soundfile.read(io.BytesIO(client.get(f"/set.flac?{address}").content))
    assert len(sound) / rate == pytest.approx(once.seconds(once.length), abs=4)


def test_without_a_seed_the_page_goes_to_a_set_that_has_one(client: httpx.Client) -> None:
    page = client.get("/set", params={"rhythm": "jig", "n": 1})
    assert "seed=" in str(page.url)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"n": "7"}, "at most 6"),
        ({"n": "2", "keys": "G"}, "a set of 2 tunes wants 2 keys, not 1"),
        ({"rhythm": "gavotte-rock"}, "gavotte-rock"),
        ({"backing": "kazoo"}, "backing"),
    ],
)
def test_what_cannot_be_is_said(client: httpx.Client, asked: dict[str, str], said: str) -> None:
    answer = client.get("/api/set", params={"seed": "1"} | asked)
    assert answer.status_code in (400, 422)
    assert said in answer.json()["error"]


def test_a_download_without_a_seed_is_refused(client: httpx.Client) -> None:
    answer = client.get("/set.pdf", params={"rhythm": "jig"})
    assert answer.status_code == 400


def test_a_backing_is_heard_under_a_tune(client: httpx.Client) -> None:
    asked: dict[str, str | int] = {"seed": 7, "bars": 4, "program": 73}
    alone = midi.read(client.get("/tune.mid", params=asked).content)
    backed = midi.read(client.get("/tune.mid", params=asked | {"backing": "guitar"}).content)
    melody = [note for note in backed.notes if backed.parts[note.part].program == 73]
    assert [note.pitch for note in melody] == [note.pitch for note in alone.notes]
    assert len(backed.notes) > len(alone.notes)
    assert 25 in {part.program for part in backed.parts}
    text = "X:1\nT:Air\nM:4/4\nL:1/4\nK:G\nGBdB|AFDF|G4|]\n"
    made = client.post("/api/render/mid", json={"abc": text, "backing": "bouzouki"})
    assert len(midi.read(made.content).notes) > 9
