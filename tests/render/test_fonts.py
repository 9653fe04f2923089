"""Scripts that the fonts of verovio have not: drawn with a font that the user names, or said."""

from __future__ import annotations

import re
import subprocess

import pytest

from musicrnn.errors import UsageError
from musicrnn.render import engrave
from musicrnn.render.fonts import Fonts, directed
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
