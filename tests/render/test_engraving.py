"""ABC → score picture: every note drawn, the same bytes each time, a crash is one lost picture."""

import contextlib
import io
import os
import re
import signal
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from musicrnn import abc
from musicrnn.errors import RenderError, UsageError
from musicrnn.render import Worker, engrave, performed, piano_roll, to_music_xml
from musicrnn.render.outlines import outlined

pytestmark = pytest.mark.needs("score")

JIG = """X:1
T:Tóg é go bog <é> & "é"
C:Trad.
R:jig
M:6/8
L:1/8
Q:3/8=120
K:D
|:A|"D"dfe dBA|"G"B2A "A7"AFA|(3def g2 {a}g>f|1 "A"e3 e2:|2 "D"d3 [d2f2A2]|]
|:g|f2f faf|e2e ege|d2d dfd|A3- A2:|
"""


def test_every_note_is_drawn():
    picture = engrave(JIG)
    assert picture.notes == 43
    assert len(picture.pages) == 1


@pytest.mark.parametrize("wild", ["\0", "\x1f", "\ud800", "\ufffe"])
def test_a_title_with_what_no_xml_can_hold(wild):
    text = JIG.replace("Trad.", wild).replace("go bog", f"go{wild} bog")
    picture = engrave(text)
    assert picture.notes == 43
    assert picture.pdf()
    for document in (picture.pages[0], to_music_xml(text), piano_roll(performed(text))):
        ElementTree.fromstring(document)


def test_the_same_tune_gives_the_same_bytes_and_another_has_other_ids():
    assert engrave(JIG, worker=Worker()) == engrave(JIG)
    ids = [
        set(re.findall(r'id="([^"]+)"', engrave(tune).pages[0])) for tune in (JIG, JIG + "A|]\n")
    ]
    assert not ids[0] & ids[1]


def test_it_says_title_composer_rhythm_chords_and_nothing_executable():
    page = engrave(JIG).pages[0]
    words = "".join(ElementTree.fromstring(page).itertext())
    for word in ('Tóg é go bog <é> & "é"', "Trad.", "jig", "A7"):
        assert word in words
    wicked = JIG.replace("Trad.", "<script>alert(1)</script>").replace('"A7"', '"^<script>"')
    assert "<script" not in engrave(wicked).pages[0]


def test_width_and_paper():
    long = JIG + "".join("|:f2f faf|e2e ege|d2d dfd|A3- A2z:|\n" for _ in range(30))
    narrow, wide = (engrave(long, width=width).pages[0] for width in (360, 1200))
    assert re.search(r'viewBox="0 0 360 ', narrow)
    assert narrow.count('class="system"') > wide.count('class="system"')
    assert len(engrave(long, paper="A4").pages) == 3  # 33 lines of the source, each one of its own
    with pytest.raises(UsageError, match="A4 or letter"):
        engrave(long, paper="A3")
    with pytest.raises(UsageError, match="200 to 4000"):
        engrave(long, width=0)


def test_notes_to_follow_agree_with_what_is_played():
    picture = engrave(JIG)
    score = abc.to_score(abc.parse(JIG).tunes[0])
    assert picture.timemap[-1].end == score.length
    drawn = set(re.findall(r'id="([^"]+)" class="note"', picture.pages[0]))
    assert {sounding.id for sounding in picture.timemap} <= drawn
    played_twice = [s for s in picture.timemap if s.id == picture.timemap[0].id]
    assert [s.onset for s in played_twice] == [0, 12]
    start, end, _ = picture.follow(score)[1]
    assert (start, end) == (score.seconds(Fraction(1, 2)), score.seconds(Fraction(1)))


@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize(
    "header",
    ["R:hornpipe\nM:4/4", "R:hornpipe\nM:C|", "R:schottische\nM:2/4", "R:reel\nM:4/4",
     "R:hornpipe\nM:6/8"],
)  # fmt: skip
def test_what_is_heard_is_what_is_lit(header, straight):
    text = (
        f"X:1\n{header}\nL:1/8\nK:D\n"
        "de|:fgfe d2ef|g>a(3bag f<de2|f/e/d/c/ d2 fedc|1 d4- d2de:|2 d4- d2||\nz2fa gfed|]\n"
    )
    score = performed(text, straight=straight)
    # A tie is two heads and one note: its second head is lit when the note goes on.
    heads = {}
    for start, _, name in engrave(text).follow(score):
        heads.setdefault(name, []).append(round(start, 6))
    lit = {start for starts in heads.values() for start in starts}
    heard = {round(score.seconds(note.onset), 6) for note in score.notes}
    assert heard <= lit
    assert len(lit - heard) == 2  # of the two ties


def test_a_score_that_was_danced_is_drawn_and_followed_as_it_sounds():
    text = "X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:D\ndefg abag|f4 d4|]\n"
    score = performed(text)
    lit = {round(start, 4) for start, *_ in engrave(score).follow(score)}
    assert {round(score.seconds(note.onset), 4) for note in score.notes} <= lit


def test_png_and_pdf_open_and_hold_ink():
    from PIL import Image
    from pypdf import PdfReader

    picture = engrave(JIG, paper="A4")
    image = Image.open(io.BytesIO(picture.png(width=800))).convert("L")
    assert image.width == 800
    assert 0.003 < sum(image.histogram()[:128]) / (image.width * image.height) < 0.2
    document = picture.pdf()
    assert document == engrave(JIG, paper="A4").pdf()
    reader = PdfReader(io.BytesIO(document), strict=True)
    assert reader.metadata.title == 'Tóg é go bog <é> & "é"'
    assert float(reader.pages[0].mediabox.width) == pytest.approx(595.3, abs=0.1)
    assert float(reader.pages[0].mediabox.height) == pytest.approx(841.9, abs=0.5)
    assert len(reader.pages[0].get_contents().get_data()) > 10_000


def test_outlining_leaves_no_text():
    assert "<text" in engrave(JIG).pages[0]
    assert "<text" not in outlined(engrave(JIG).pages[0])


def test_music_xml_is_dated_by_nothing_and_has_a_clef():
    xml = to_music_xml(JIG)
    assert "encoding-date" not in xml
    root = ElementTree.fromstring(xml)
    assert root.findtext(".//clef/sign") == "G"
    assert len(root.findall(".//note/pitch")) == 43


def test_other_files_are_not_opened(tmp_path):
    secret = tmp_path / "secret.abc"
    secret.write_text("c d e f|]\n")
    for include in (
        f"%%abc-include {secret}",
        f"I:abc-include {secret}",
        f"[I:abc-include {secret}]",
    ):
        assert engrave(JIG + include + "\n").notes == 43


def test_a_killed_worker_loses_one_picture_and_nothing_else():
    worker = Worker()
    engrave(JIG, worker=worker)
    os.kill(worker.pid, signal.SIGSTOP)  # so that it dies with the request in hand
    worker.time_limit = 0.5
    with pytest.raises(RenderError, match=r"took over 0\.5 s"):
        engrave(JIG, worker=worker)
    worker.time_limit = 30
    assert engrave(JIG, worker=worker).notes == 43
    os.kill(worker.pid, signal.SIGKILL)
    with contextlib.suppress(RenderError):  # lost, if it was faster than the signal
        engrave(JIG, worker=worker)
    assert engrave(JIG, worker=worker).notes == 43
    worker.close()


@pytest.mark.parametrize("text", ["", "no music"])
def test_what_cannot_be_engraved(text):
    with pytest.raises(RenderError):
        engrave(text)


def test_what_is_left_of_a_long_line_is_no_bar_alone():
    bar = "ABcd efga|"
    text = f"X:1\nM:4/4\nL:1/8\nK:D\n{bar * 5}\n{bar * 5}\n{bar * 4}\n"
    lines = engrave(text, width=760).pages[0].split('class="system"')[1:]
    assert 1 not in [line.count('class="measure"') for line in lines[:-1]]
    one_by_one = engrave(text.replace("|", "|\n", 3), width=760).pages[0].split('class="system"')
    assert len(one_by_one) > 4
    short = engrave(f"X:1\nM:4/4\nL:1/8\nK:D\n{bar}\n{bar}\n{bar}\n").pages[0]
    assert short.count('class="system"') == 3


def test_a_line_that_ends_with_a_repeat_ends_there_too():
    bars = "FAA ABc|dAF GED|FAA ABc|"
    text = (
        "X:1\nT:Measure\nR:jig\nM:6/8\nL:1/8\nK:D\n"
        f"|:d|{bars}dAB d2 d|\n{bars}dAF D2:|\n|:a|{bars}bgb a2 z|\n{bars}dAF D2:|\n"
    )
    lines = engrave(text).pages[0].split('class="system"')[1:]
    assert [line.count('class="measure"') for line in lines] == [5, 4, 5, 4]
