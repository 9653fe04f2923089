"""A tune as HTML: complete in itself, notes and times that belong together."""

import html
import json
import re
from fractions import Fraction

import pytest

from musicrnn import abc
from musicrnn.errors import MissingExtraError
from musicrnn.render import gallery_html, mimebundle, player_html
from musicrnn.render import player as player_module
from musicrnn.score import Note, Score

TUNE = "X:1\nT:Two & two\nM:2/4\nL:1/4\nK:C\n|:CD|EF:|\n"
PLAYED = abc.to_score(abc.parse_tune(TUNE))
DUET = Score.of([Note(Fraction(0), 60, Fraction(1)), Note(Fraction(1), 62, Fraction(2))])


def notes_of(page):
    """(start, end, id) as the script reads them."""
    return json.loads(html.unescape(re.search(r'data-notes="([^"]*)"', page)[1]))


@pytest.mark.needs("score")
def test_each_note_is_lit_when_it_sounds():
    page = player_html(TUNE, PLAYED)
    notes = notes_of(page)
    assert [(start, end) for start, end, _ in notes] == [(i / 2, i / 2 + 0.5) for i in range(8)]
    ids = [name for *_, name in notes]
    assert ids[:4] == ids[4:]  # the repeat lights the same heads
    assert all(f'id="{name}" class="note"' in page for name in ids)


def test_a_score_is_shown_as_a_piano_roll():
    page = player_html(DUET, DUET)
    assert [(start, end) for start, end, _ in notes_of(page)] == [(0, 0.5), (0.5, 1.5)]
    assert all(f'id="{name}"' in page for *_, name in notes_of(page))


def test_nothing_is_fetched_from_outside():
    page = gallery_html([(TUNE, PLAYED), (DUET, DUET)])
    assert page.count("<figure") == page.count('src="data:audio/mpeg;base64,') == 2
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert not re.findall(r"@import|url\((?!data:)", page)


def test_without_engraving_there_is_still_a_picture_and_without_sound_a_word(monkeypatch):
    def missing(*_, **__):
        raise MissingExtraError("a score picture", "score")

    monkeypatch.setattr(player_module, "engrave", missing)
    assert "Piano roll" in player_html(TUNE, PLAYED)
    assert "nothing to play" in player_html(TUNE, Score())


def test_text_is_the_fallback():
    bundle = mimebundle(TUNE, PLAYED)
    assert bundle["text/plain"] == TUNE
    assert bundle["text/html"].startswith("<style>")


@pytest.mark.needs("score", "chromium", "playwright")
def test_in_a_browser_the_time_advances_and_the_lit_notes_follow(tmp_path):
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "page.html"
    page_file.write_text(f"<!doctype html><meta charset=utf-8>{player_html(TUNE, PLAYED)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(page_file.as_uri())
        page.locator("audio").evaluate("audio => { audio.currentTime = 1.2; }")
        page.wait_for_selector(".note.sounding")
        lit = page.eval_on_selector_all(".sounding", "notes => notes.map(note => note.id)")
        page.locator("audio").evaluate(
            "audio => audio.addEventListener('play', () => { window.from = audio.currentTime; })"
        )
        page.locator(".note").nth(1).dispatch_event("click")
        page.wait_for_function("document.querySelector('audio').currentTime > window.from")
        began = page.evaluate("window.from")
        browser.close()
    assert began == pytest.approx(0.5, abs=0.05)  # where the note that was clicked sounds
    assert lit == [notes_of(page_file.read_text())[2][2]]  # the third note sounds from 1.0 to 1.5
    assert not said
