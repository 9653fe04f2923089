"""The page as programs see it: answers, files, errors, limits, headers."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from musicrnn import abc, midi
from musicrnn.cli import main

pytestmark = [pytest.mark.needs("fastapi", "pebble", "score"), pytest.mark.slow]

BROKEN = "X:1\nT:Broken\nM:6/8\nL:1/8\nK:D\nABc def|AB cde|]\n"


def test_a_tune_keeps_what_was_asked(client: httpx.Client) -> None:
    asked = {"key": "D", "meter": "6/8", "rhythm": "jig", "seed": 7}
    tune = client.get("/api/tune", params=asked).json()
    assert abc.check(tune["abc"], strict=True) == []
    parsed = abc.parse(tune["abc"]).tunes[0]
    assert (parsed.key, parsed.meter, parsed.rhythm) == ("D", "6/8", "jig")
    assert tune["svg"][0].count('class="note') >= len(tune["notes"]) / 2 > 4


@pytest.mark.parametrize("model", ["jazz", "piano"])
def test_a_melody_of_events_has_all_that_a_tune_of_abc_has(
    client: httpx.Client, model: str
) -> None:
    asked = {"model": model, "key": "F", "bars": 4, "instrument": "flute", "seed": 5}
    tune = client.get("/api/tune", params=asked).json()
    assert (tune["format"], tune["title"]) == ("midi", f"{model.capitalize()} 5")
    written = abc.to_score(abc.parse_tune(tune["abc"]))
    assert written.length == 16
    assert all(60 <= note.pitch <= 93 for note in written.notes)
    drawn = "".join(tune["svg"]) + tune["roll"]
    assert all(f'id="{name}"' in drawn for *_, name in tune["notes"])
    assert client.get(f"/api/tune?{tune['address']}").json() == tune


def test_jazz_is_written_and_played_over_the_chords_asked_for(client: httpx.Client) -> None:
    asked: dict[str, str | int] = {"model": "jazz", "chords": "Am7 D7", "seed": 5}
    text = client.get("/api/tune", params=asked).json()["abc"]
    assert text.count('"Am7"') == text.count('"D7"') == 8
    melody = abc.to_score(abc.parse_tune(text))
    played = midi.read(client.get("/tune.mid", params=asked | {"program": 73}).content)
    assert len(played.notes) > len(melody.notes)
    assert {part.program for part in played.parts} == {73, 0}  # the chords stay on the piano


def test_a_format_picks_a_model(client: httpx.Client) -> None:
    asked = {"format": "midi", "bars": 1, "seed": 1}
    assert client.get("/api/tune", params=asked).json()["address"] == "model=jazz&seed=1&bars=1"


@pytest.mark.parametrize("model", ["folk", "piano"])
def test_a_tune_goes_on_from_abc(client: httpx.Client, model: str) -> None:
    prime = "X:1\nT:Mine\nM:4/4\nL:1/8\nK:C\nCEGc GECE|"
    asked = {"model": model, "prime": prime, "seed": 5}
    text = client.get("/api/tune", params=asked).json()["abc"]
    tune = abc.to_score(abc.parse_tune(text))
    assert tune.length > 4
    opening = [note.pitch for note in tune.notes][:8]
    assert opening == [60, 64, 67, 72, 67, 64, 60, 64]


def test_an_address_brings_the_same_tune_back(client: httpx.Client) -> None:
    first = client.get("/api/tune", params={"key": "G"}).json()
    again = client.get(f"/api/tune?{first['address']}").json()
    assert again == first


def test_writing_one_part_again_keeps_the_other(client: httpx.Client) -> None:
    asked = {"form": "AABB", "bars": 8, "seed": 3}
    before = client.get("/api/tune", params=asked).json()
    after = client.get("/api/tune", params=asked | {"redo": "B.5"}).json()
    a_before, a_after = (tune["abc"].split(":|")[0] for tune in (before, after))
    assert a_before == a_after
    assert before["abc"] != after["abc"]
    assert abc.check(after["abc"], strict=True) == []


@pytest.mark.parametrize(
    "kind", ["abc", "mid", "wav", "flac", "mp3", "musicxml", "pdf", "svg", "png"]
)
def test_downloads(client: httpx.Client, kind: str) -> None:
    answer = client.get(f"/tune.{kind}", params={"seed": 7, "key": "D"})
    assert answer.status_code == 200, answer.text
    data = answer.content
    if kind == "mid":
        assert midi.read(data).notes
    elif kind in ("wav", "flac", "mp3"):
        samples, _ = soundfile.read(io.BytesIO(data))
        assert np.abs(samples).max() > 0.3
    else:
        start = {"abc": b"X:", "pdf": b"%PDF", "png": b"\x89PNG"}.get(kind, b"<")
        assert data.lstrip().startswith(start)


def test_a_player_can_seek(client: httpx.Client) -> None:
    part = client.get("/tune.flac", params={"seed": 7}, headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.content)) == (206, 100)


def test_check_and_fix(client: httpx.Client) -> None:
    checked = client.post("/api/check", json={"abc": BROKEN}).json()
    assert [(d["code"], d["line"]) for d in checked["diagnostics"]] == [
        ("bar-length", 6)
    ] or checked["diagnostics"]
    fixed = client.post("/api/fix", json={"abc": BROKEN}).json()
    assert fixed["edits"]
    assert fixed["abc"] != BROKEN


def test_a_midi_file_is_read_as_abc(client: httpx.Client) -> None:
    data = client.get("/tune.mid", params={"seed": 7, "key": "D"}).content
    text = client.post("/api/read", params={"name": "x.mid"}, content=data).json()["abc"]
    assert abc.to_score(abc.parse(text).tunes[0]).notes


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/tune?key=H", 400, "key"),
        ("/api/tune?meter=4/0", 400, "metre"),
        ("/api/tune?temperature=99", 422, "temperature"),
        ("/api/tune?model=../../etc/passwd", 400, "model"),
        ("/api/tune?nonsense=1", 422, "nonsense"),
        ("/api/tune?model=jazz&rhythm=jig", 400, "does not take rhythm"),
        ("/api/tune?model=piano&chords=Dm7", 400, "does not take chords"),
        ("/api/tune?model=folk&format=midi", 400, "writes abc"),
        ("/api/tune?model=jazz&chords=Hmaj7", 400, "chord"),
        ("/api/tune?prime=zzz|||[[", 400, "key and a metre"),
        ("/api/tune?prime=zzz|||[[&key=D&meter=4/4", 400, ""),
        ("/tune.exe?seed=1", 422, "kind"),
        ("/tune.mid", 400, "seed"),
        ("/nowhere", 404, "not found"),
    ],
)
def test_errors_are_one_line(client: httpx.Client, path: str, status: int, word: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    message = answer.json()["error"]
    assert word in message
    assert "\n" not in message
    assert "Traceback" not in answer.text


def test_a_browser_gets_errors_as_a_page(client: httpx.Client) -> None:
    answer = client.get("/?key=H", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_too_large(client: httpx.Client) -> None:
    assert client.post("/api/read", content=b"x" * 600_000).status_code == 413
    assert client.post("/api/check", json={"abc": "C" * 60_000}).status_code == 422


def test_includes_are_not_followed(client: httpx.Client) -> None:
    text = "X:1\nT:Test\n%%abc-include /etc/passwd\nI:abc-include /etc/passwd\nL:1/8\nK:C\nCDEF|]\n"
    for kind in ("mid", "musicxml", "svg"):
        answer = client.post(f"/api/render/{kind}", json={"abc": text})
        assert b"root:" not in answer.content


def test_headers(client: httpx.Client) -> None:
    for path in ("/", "/check", "/docs", "/api/choices", "/static/page.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"


def test_a_part_of_the_page_is_not_taken_for_the_page(client: httpx.Client) -> None:
    asked = {"key": "D", "bars": 2, "seed": 7}
    part = client.get("/", params=asked, headers={"X-Fragment": "result"})
    page = client.get("/", params=asked)
    assert "<html" not in part.text
    assert "<html" in page.text
    assert "X-Fragment" in part.headers["vary"] == page.headers["vary"]


def test_a_flood_is_told_to_come_back(page: str) -> None:
    def ask(seed: int) -> httpx.Response:
        asked = {"seed": seed, "form": "AB", "bars": 4}
        return httpx.get(f"{page}/api/tune", params=asked, timeout=300)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(5000, 5064)))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in refused} <= {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert len(answers) - len(refused) >= 24


def test_docs_describe_every_route(client: httpx.Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    shown = client.get("/docs").text
    assert len(paths) >= 6
    assert all(path in shown for path in paths)


def test_an_address_says_how_the_tune_is_played(client: httpx.Client) -> None:
    page = client.get("/", params={"seed": 7, "tempo": 100, "program": 40}).text
    assert '<option value="40" selected>Fiddle' in page
    assert 'value="100"' in page
    assert "program=40" in page
    assert client.get("/", params={"seed": 7, "tempo": 5}).status_code == 400
    again = client.get("/", params={"key": "D", "program": 40}, follow_redirects=False)
    assert again.headers["location"].endswith("&program=40")


def test_a_tune_for_an_instrument_is_heard_on_it(client: httpx.Client) -> None:
    whistle = client.get("/", params={"seed": 7, "instrument": "whistle-D"}).text
    assert '<option value="78" selected>Whistle' in whistle
    harp = client.get("/", params={"seed": 7, "instrument": "harp"}).text
    assert '<option value="46" selected>Harp' in harp


def test_an_instrument_sounds_in_its_octave_as_at_the_terminal(
    client: httpx.Client, tmp_path: Path
) -> None:
    def pitches(path: str, **asked: object) -> list[int]:
        data = client.get(path, params={"key": "D", "bars": 4, "seed": 7, **asked}).content
        return [note.pitch for note in midi.read(data).notes if not note.part]

    def rendered(*options: str, **asked: object) -> list[int]:
        text = client.get("/tune.abc", params={"key": "D", "bars": 4, "seed": 7, **asked}).text
        (tmp_path / "tune.abc").write_text(text)
        with pytest.raises(SystemExit) as stopped:
            main(["render", str(tmp_path / "tune.abc"), *options, "-o", str(tmp_path / "t.mid")])
        assert not stopped.value.code
        return [note.pitch for note in midi.read(tmp_path / "t.mid").notes]

    plain = pitches("/tune.mid")
    whistle = pitches("/tune.mid", program=78)
    assert whistle == [pitch + 12 for pitch in plain] == rendered("--instrument", "whistle-D")
    guitar = pitches("/tune.mid", program=24)
    assert guitar == [pitch - 12 for pitch in plain] == rendered("--instrument", "guitar")
    assert pitches("/tune.mid", program=73) == plain  # a flute sounds as written
    assert pitches("/tune.mid", program=46) == plain  # which the page has no instrument for
    asked = {"instrument": "whistle-G"}
    high = rendered("--instrument", "whistle-G", **asked)
    assert pitches("/tune.mid", **asked) == pitches("/tune.mid", program=78, **asked) == high


def test_chords_over_a_melody(client: httpx.Client) -> None:
    jig = "X:1\nT:Jig\nR:jig\nM:6/8\nL:1/8\nK:D\n|:dfe edB|AFA def|gfe dBc|d3 d3:|\n"
    chords = client.post("/api/chords", json={"abc": jig, "per": "bar"}).json()["abc"]
    assert re.sub(r'"[^"]*"', "", chords) == jig
    assert re.findall(r'"([^"]*)"', chords)[-1] == "D"


def test_a_second_voice_and_variations(client: httpx.Client) -> None:
    jig = "X:1\nT:Jig\nR:jig\nM:6/8\nL:1/8\nK:D\n|:dfe edB|AFA def|gfe dBc|d3 d3:|\n"
    duet = client.post("/api/second-voice", json={"abc": jig, "place": "below"}).json()["abc"]
    assert "V:2" in duet
    assert abc.check(duet, strict=True) == []
    asked = {"abc": jig, "closeness": 0.6, "keep": "1", "seed": 3}
    varied = client.post("/api/vary", json=asked).json()["abc"]
    assert varied.split("|")[1] == ":dfe edB"
    assert varied != jig
    assert client.post("/api/vary", json=asked).json()["abc"] == varied
    played = client.post("/api/vary", json={"abc": jig, "ornaments": True, "seed": 1}).json()["abc"]
    assert abc.check(played, strict=True) == []


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("chords", {"abc": "X:1\nM:4/4\nK:C\nz8|]\n"}, "no melody"),
        ("second-voice", {"abc": "X:1\nK:C\nz|]\n"}, "there is no melody"),
        ("vary", {"abc": "X:1\nM:4/4\nK:C\nC8|]\n", "keep": "40"}, "there is no bar 40"),
        ("vary", {"abc": "no tune"}, "there is no tune"),
    ],
)
def test_what_cannot_be_done_to_a_tune(
    client: httpx.Client, path: str, body: dict[str, str], said: str
) -> None:
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
