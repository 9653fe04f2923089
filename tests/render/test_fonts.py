"""Scripts that the fonts of verovio have not: drawn with a font that the user names, or said."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from musicrnn.errors import RenderError, UsageError
from musicrnn.render import engrave
from musicrnn.render.engraver_client import Worker
from musicrnn.render.fonts import Font, Fonts, directed
from musicrnn.render.outlines import lacking, outlined

pytestmark = pytest.mark.needs("score")

TUNE = "X:1\nT:{}\nM:4/4\nL:1/4\nK:C\nCDEF|]\nw:{}\n"
HEBREW, CHINESE, ARABIC = "שלום", "茉莉花", "سلام"


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("plain", [("plain", False)]),
        (HEBREW, [(HEBREW, True)]),
        (f"{HEBREW} No. 12", [("No. 12", False), (f"{HEBREW} ", True)]),
        (f"No. 12 {HEBREW}!", [("No. 12 ", False), (HEBREW, True), ("!", False)]),
        (f"{HEBREW} (a)", [(")", True), ("a", False), (f"{HEBREW} (", True)]),
    ],
)
def test_what_is_read_from_right_to_left_stands_so(text, stretches):
    assert list(directed(text)) == stretches


def test_what_no_font_has_is_said_and_latin_greek_and_cyrillic_are_not():
    assert lacking("Tóg é, Δημήτρης, Чайковский – “x” ♭", Fonts()) in ("", "♭")
    picture = engrave(TUNE.format(HEBREW, CHINESE))
    (warning,) = picture.warnings
    assert all(character in warning for character in HEBREW + CHINESE)
    assert not engrave(TUNE.format("Чайковский", "la")).warnings


def installed(character: str) -> bool:
    try:
        words = ["fc-list", f":charset={ord(character):x}"]
        return bool(subprocess.run(words, capture_output=True, check=False).stdout.strip())
    except FileNotFoundError:
        return False


#: The letters lām and alif make one glyph: the font was asked for its joined letters.
@pytest.mark.parametrize(("title", "glyphs"), [(HEBREW, 4), (CHINESE, 3), (ARABIC, 3)])
def test_an_installed_font_draws_what_ours_have_not(title, glyphs):
    pytest.importorskip("uharfbuzz")
    if not all(map(installed, title)):
        pytest.skip("no font of this machine has it")
    picture = engrave(TUNE.format(title, "la"), fonts=("auto",))
    assert not picture.warnings
    ours, theirs = (outlined(picture.pages[0], fonts=fonts) for fonts in (None, Fonts(["auto"])))
    assert ours != theirs
    shapes = [set(re.findall(r' d="([^"]+)"', page)) for page in (ours, theirs)]
    assert len(shapes[1] - shapes[0]) == glyphs
    assert picture.png() != engrave(TUNE.format(title, "la")).png()


def test_a_font_that_is_none(tmp_path):
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(UsageError, match=r"a\.ttf: not a font"):
        engrave(TUNE.format(HEBREW, "la"), fonts=(str(tmp_path / "a.ttf"),))
    with pytest.raises(UsageError, match="no such font file"):
        engrave(TUNE.format("a", "la"), fonts=(str(tmp_path / "b.otf"),))
    with pytest.raises(UsageError, match="no font 'Nonsense Grotesk' is installed"):
        engrave(TUNE.format("a", "la"), fonts=("Nonsense Grotesk",))


def test_a_decoration_without_a_sign_is_said():
    picture = engrave("X:1\nT:t\nM:4/4\nL:1/4\nK:C\n~C!nosuch!D!trill!E[!xyz!FA]|]\n")
    assert picture.warnings == ("not drawn, for want of a sign: !nosuch!, !xyz!",)


def test_a_damaged_font_is_refused_and_opened_in_the_engravers_process_only(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "uharfbuzz", raising=False)
    css = (Path(pytest.importorskip("verovio").__file__).parent / "data/Liberation.css").read_text()
    font = base64.b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)", css)[1])
    (tmp_path / "empty.ttf").write_bytes(b"")
    (tmp_path / "words.ttf").write_text("not a font")
    (tmp_path / "cut.otf").write_bytes(font[:3000])
    os.mkfifo(tmp_path / "pipe.ttf")
    for path in tmp_path.iterdir():
        with pytest.raises((UsageError, RenderError), match=path.name):
            Font(path)
    assert "uharfbuzz" not in sys.modules


def test_a_crash_over_a_font_takes_the_engraver_along_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "bad.ttf").write_bytes(b"x")
    worker = Worker(time_limit=0.001)  # killed before it answers
    monkeypatch.setattr("musicrnn.render.fonts.shared_worker", lambda: worker)
    with pytest.raises(RenderError, match=r"bad.ttf: .*the engraver"):
        Font(tmp_path / "bad.ttf")
