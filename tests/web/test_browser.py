"""The page as a person sees it, in a real browser (Chromium through Playwright)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.needs("fastapi", "pebble", "score", "playwright", "chromium"),
    pytest.mark.slow,
]

PATHS = [
    "/?key=D&seed=7", "/?model=jazz&seed=7", "/check", "/docs", "/chorale",
    "/chorale?melody=G%7CGABc%7Cd4%7C&key=G&seed=3",
    "/set", "/set?rhythm=jig&n=2&seed=4",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--no-sandbox",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-background-networking",
            ],
        )
        yield chromium
        chromium.close()


class Visit:
    """A browser page that remembers what went wrong and what was asked of whom."""

    def __init__(self, tab: Page, home: str) -> None:
        self.tab = tab
        self.home = home
        self.problems: list[str] = []
        self.outside: list[str] = []
        tab.on("console", self._console)
        tab.on("pageerror", lambda error: self.problems.append(str(error)))
        tab.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, path: str) -> None:
        self.tab.goto(self.home + path, wait_until="networkidle")

    def until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true.

        Playwright's own `wait_for_function` evaluates text within the page, which its policy
        forbids, as it should.
        """
        for _ in range(600):
            if self.tab.evaluate(expression):
                return
            self.tab.wait_for_timeout(100)
        raise AssertionError(f"never came true: {expression}")


@pytest.fixture
def visit(browser: Browser, page: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    viewport = getattr(request, "param", {"width": 1280, "height": 900})
    context = browser.new_context(viewport=viewport, accept_downloads=True)
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    visit = Visit(tab, page)
    yield visit
    context.close()
    assert visit.problems == []
    assert visit.outside == []


def heads(visit: Visit) -> int:
    return visit.tab.locator("#score svg .note").count()


def test_write_see_and_hear_a_tune(visit: Visit) -> None:
    visit.open("/")
    visit.tab.select_option("[name=rhythm]", "jig")
    visit.tab.select_option("[name=key]", "D")
    visit.tab.click("text=Write a tune")
    visit.tab.wait_for_selector("#score svg")
    assert heads(visit) > 10
    assert "R:jig" in visit.tab.inner_text("#abc")
    visit.tab.eval_on_selector("#audio", "audio => { audio.muted = true; return audio.play(); }")
    visit.until("document.getElementById('audio').currentTime > 1")
    visit.tab.wait_for_selector("#score .sounding", state="attached")
    lit = visit.tab.locator("#score .sounding").first.get_attribute("id")
    visit.until(f"!document.getElementById({lit!r})?.classList.contains('sounding')")


def test_a_loop_is_dragged_over_the_score_and_comes_back(visit: Visit) -> None:
    visit.open("/?key=D&meter=6/8&rhythm=jig&seed=3")
    measures = visit.tab.locator("#score .measure")
    places = [measures.nth(at).locator(".note").first.bounding_box() for at in (2, 3)]
    assert all(places)
    (one, other) = places
    assert one
    assert other
    visit.tab.mouse.move(one["x"] + 2, one["y"] + 2)
    visit.tab.mouse.down()
    visit.tab.mouse.move(other["x"] + 2, other["y"] + 2, steps=4)
    visit.tab.mouse.up()
    first, last = (int(visit.tab.input_value(f"#loop-{end}")) for end in ("from", "to"))
    assert last == first + 1
    assert visit.tab.locator("#score .looped").count() == 2
    visit.tab.eval_on_selector("#audio", "audio => { audio.muted = true; }")
    visit.tab.uncheck("#count-in")
    visit.tab.click("#practise")
    visit.until("!document.getElementById('audio').paused")
    start = visit.tab.evaluate("document.getElementById('audio').currentTime")
    assert start > 1
    # at the end of the loop it goes back to its beginning
    visit.tab.evaluate("document.getElementById('audio').currentTime += 1.9")
    visit.until(f"document.getElementById('audio').currentTime < {start} + 1.5")
    visit.tab.click("#unloop")
    assert visit.tab.locator("#score .looped").count() == 0
    assert visit.tab.input_value("#loop-from") == ""


def test_bars_to_practise_are_typed_and_counted_in(visit: Visit) -> None:
    visit.open("/?key=G&meter=4/4&rhythm=reel&seed=11")
    visit.tab.eval_on_selector("#audio", "audio => { audio.muted = true; }")
    visit.tab.fill("#loop-from", "3")
    visit.tab.fill("#loop-to", "4")
    visit.tab.press("#loop-to", "Tab")
    assert visit.tab.locator("#score .looped").count() == 2
    visit.tab.click("#practise")
    assert visit.tab.evaluate("document.getElementById('audio').paused")  # it counts
    visit.until("!document.getElementById('audio').paused")


def test_a_shared_address_brings_the_tune_back(visit: Visit) -> None:
    visit.open("/?key=G&seed=11")
    text = visit.tab.inner_text("#abc")
    address = visit.tab.get_attribute("#address", "href")
    assert address
    visit.open("/")
    visit.open(address)
    assert visit.tab.inner_text("#abc") == text


def test_a_melody_is_played_on_the_keyboard_and_set_in_four_voices(visit: Visit) -> None:
    visit.open("/chorale")
    visit.tab.select_option("#key", "D")
    for name in ("D5", "C sharp5", "C5", "C sharp5", "D5"):
        visit.tab.click(f"#keyboard [aria-label='{name}']")
    assert visit.tab.input_value("#melody") == "d c =c ^c | d "
    visit.tab.click("#undo")
    visit.tab.check("[name=value][value='4']")
    visit.tab.click("#keyboard [aria-label=D5]")
    visit.tab.click("text=Write the other voices")
    visit.tab.wait_for_selector("#score svg")
    assert heads(visit) >= 5 + 3 * 3  # the other voices may hold a note
    visit.tab.click("text=Another setting")
    visit.until("/^Written/.test(document.getElementById('status').textContent)")
    visit.tab.eval_on_selector("#audio", "audio => { audio.muted = true; return audio.play(); }")
    visit.tab.wait_for_selector("#score .sounding", state="attached")


#: a browser's MIDI with one keyboard, or none, or one that asks in vain
FAKE_MIDI = """
class Access extends EventTarget { inputs = new Map(); }
window.midi = new Access();
window.plug = (name) => {
  const port = { name, type: "input", state: "connected", onmidimessage: null };
  midi.inputs.set(name, port);
  midi.onstatechange?.({ port });
};
window.strike = (name, ...data) => midi.inputs.get(name).onmidimessage?.({ data });
navigator.requestMIDIAccess = async () => {
  if (window.refuse) throw new DOMException("no", window.refuse);
  return midi;
};
"""


@pytest.mark.parametrize("path", ["/", "/chorale"])
def test_a_beginning_is_played_on_a_midi_keyboard(visit: Visit, path: str) -> None:
    visit.tab.add_init_script(FAKE_MIDI)
    visit.open(path)
    field = "#prime" if path == "/" else "#melody"
    visit.tab.select_option("[name=meter]", "4/4")
    visit.tab.select_option("[name=key]", "G")
    if path == "/":
        visit.tab.click("summary >> text=Title, novelty")
    visit.tab.click("#midi")
    status = "document.getElementById('status').textContent"
    visit.until(f"{status}.startsWith('No MIDI keyboard is connected')")
    visit.tab.evaluate("plug('Keystation 49')")
    visit.until(f"{status} === 'Keystation 49 is connected: play on it.'")
    visit.tab.check("[name=value][value='1']")
    for pitch in (43, 54, 65, 67, 79, 86):
        visit.tab.evaluate(f"strike('Keystation 49', 0x91, {pitch}, 80)")
        visit.tab.evaluate(f"strike('Keystation 49', 0x91, {pitch}, 0)")  # let go
        visit.tab.evaluate("strike('Keystation 49', 0xf8)")  # its clock
    length = "2" if path == "/" else ""
    notes = ["G,,", "F,", "=F", "G", "| g", "d'"]
    typed = "".join(note + length + " " for note in notes)
    assert visit.tab.input_value(field) == typed
    visit.tab.click("#undo")
    visit.tab.click("#midi")  # and off again
    visit.tab.evaluate("strike('Keystation 49', 0x90, 60, 80)")
    assert visit.tab.input_value(field) == typed.removesuffix("d'" + length + " ")


def test_a_tune_goes_on_from_what_was_played(visit: Visit) -> None:
    visit.tab.add_init_script(FAKE_MIDI)
    visit.open("/")
    visit.tab.click("summary >> text=Title, novelty")
    visit.tab.evaluate("plug('Keystation 49')")
    visit.tab.click("#midi")
    visit.until("document.getElementById('midi').getAttribute('aria-pressed') === 'true'")
    visit.tab.evaluate("strike('Keystation 49', 0x90, 62, 80)")
    visit.until("/Choose a metre/.test(document.getElementById('status').textContent)")
    visit.tab.click("#clear")
    visit.tab.select_option("[name=meter]", "6/8")
    visit.tab.select_option("[name=key]", "D")
    for pitch in (62, 66, 69, 74, 73, 71, 69):
        visit.tab.evaluate(f"strike('Keystation 49', 0x90, {pitch}, 80)")
    assert visit.tab.input_value("#prime") == "D F A d c B | A "
    visit.tab.click("text=Write a tune")
    visit.tab.wait_for_selector("#score svg")
    bars = visit.tab.inner_text("#abc").split("K:D")[1].replace(" ", "")
    assert bars.strip("\n|:").startswith("DFAdcB|A")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "The browser did not allow this page to use MIDI keyboards."),
        ("SecurityError", "Allow it in the browser's settings for this site"),
        ("NotSupportedError", "This computer did not let the browser reach its MIDI keyboards."),
        ("", "This browser cannot listen to MIDI keyboards; Chrome, Edge and Firefox can."),
    ],
)
def test_a_midi_keyboard_that_cannot_be_used_is_explained(
    visit: Visit, error: str, said: str
) -> None:
    missing = "Object.defineProperty(navigator, 'requestMIDIAccess', {value: undefined});"
    visit.tab.add_init_script(f"{FAKE_MIDI} window.refuse = {error!r};" if error else missing)
    visit.open("/chorale")
    visit.tab.click("#midi")
    visit.until(f"document.getElementById('status').textContent.includes({said!r})")
    visit.tab.click("#keyboard [aria-label=C5]")
    assert visit.tab.input_value("#melody") == "c "


#: kind of file → how it begins
KINDS = {
    "abc": b"X:1",
    "mid": b"MThd",
    "wav": b"RIFF",
    "flac": b"fLaC",
    "mp3": (b"ID3", b"\xff"),  # a title stands before the sound
    "musicxml": b"<?xml",
    "pdf": b"%PDF",
}


@pytest.mark.parametrize("model", ["folk", "jazz"])
def test_downloads(visit: Visit, model: str, tmp_path: Path) -> None:
    visit.open(f"/?model={model}&key=D&bars=4&seed=7")
    for kind, beginning in KINDS.items():
        with visit.tab.expect_download() as started:
            visit.tab.click(f".downloads [data-kind={kind}]")
        saved = tmp_path / started.value.suggested_filename
        started.value.save_as(saved)
        assert saved.suffix == f".{kind}"
        assert saved.read_bytes().startswith(beginning)


def test_a_melody_of_midi(visit: Visit) -> None:
    visit.open("/")
    visit.tab.select_option("#model", "jazz")
    assert not visit.tab.is_visible("[name=rhythm]")
    visit.tab.fill("[name=chords]", "Dm7 G7 | Cmaj7")
    visit.tab.fill("[name=bars]", "4")
    visit.tab.click("text=Write a tune")
    visit.tab.wait_for_selector("#score svg")
    assert "over Dm7 G7 | Cmaj7" in visit.tab.inner_text("#about")
    visit.tab.eval_on_selector("#audio", "audio => { audio.muted = true; return audio.play(); }")
    visit.tab.wait_for_selector("#score .sounding", state="attached")
    visit.tab.wait_for_selector(".roll .sounding", state="attached")


def test_tempo_and_instrument_change_what_sounds_and_what_is_downloaded(visit: Visit) -> None:
    visit.open("/?key=D&bars=4&seed=7")
    visit.tab.fill("#tempo", "120")
    visit.tab.select_option("#program", "73")
    visit.until("document.getElementById('audio').playbackRate !== 1")
    href = visit.tab.get_attribute("[data-kind=mid]", "href")
    assert href is not None
    assert href.endswith("&program=73&tempo=120")


def test_instrument_and_tempo_are_kept_in_the_address(visit: Visit) -> None:
    visit.open("/?key=D&bars=4&seed=7")
    visit.tab.fill("#tempo", "120")
    visit.tab.select_option("#program", "73")
    visit.until("location.search.includes('tempo=120')")
    address = visit.tab.evaluate("location.pathname + location.search")
    visit.open("/")
    visit.open(address)
    assert visit.tab.input_value("#program") == "73"
    assert visit.tab.input_value("#tempo") == "120"
    visit.until("document.getElementById('audio').playbackRate !== 1")
    assert "program=73" in (visit.tab.get_attribute("#audio", "src") or "")
    assert "tempo" not in (visit.tab.get_attribute("#audio", "src") or "")


def test_a_backing_is_chosen_heard_and_kept_in_the_address(visit: Visit) -> None:
    visit.open("/?key=D&bars=4&seed=7")
    visit.tab.select_option("#backing", "guitar")
    visit.until("location.search.includes('backing=guitar')")
    assert "backing=guitar" in (visit.tab.get_attribute("#audio", "src") or "")
    assert "backing=guitar" in (visit.tab.get_attribute("[data-kind=mp3]", "href") or "")
    visit.until("document.getElementById('audio').readyState >= 1")
    visit.open(visit.tab.evaluate("location.pathname + location.search"))
    assert visit.tab.input_value("#backing") == "guitar"


def test_a_set_is_written_and_heard(visit: Visit) -> None:
    visit.open("/set")
    visit.tab.select_option("#rhythm", "jig")
    visit.tab.fill("#n", "2")
    visit.tab.click("text=Write the set")
    visit.tab.wait_for_selector(".sheet .score svg")
    assert visit.tab.locator(".sheet > .score").count() == 2
    visit.tab.eval_on_selector("#audio", "audio => { audio.muted = true; return audio.play(); }")
    visit.until("document.getElementById('audio').currentTime > 0")


def test_another_tune_like_it(visit: Visit) -> None:
    visit.open("/?key=Ador&bars=4&seed=7")
    before = visit.tab.inner_text("#abc")
    visit.tab.click("#another")
    visit.until(f"document.getElementById('abc').innerText !== {before!r}")
    assert "K:Ador" in visit.tab.inner_text("#abc")


def test_keep_and_compare(visit: Visit) -> None:
    visit.open("/?key=D&seed=7")
    visit.tab.click("#keep")
    visit.until("document.getElementById('status').textContent === 'Kept in this browser.'")
    visit.open("/?key=D&seed=8")
    visit.until("document.querySelectorAll('#takes li').length === 1")
    visit.tab.click("#takes button >> text=Compare")
    visit.tab.wait_for_selector("#compare svg >> nth=1")
    assert visit.tab.locator("#compare audio").count() == 2
    ids = visit.tab.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))


def test_write_one_part_again(visit: Visit) -> None:
    visit.open("/?form=AABB&bars=4&seed=3")
    before = visit.tab.inner_text("#abc")
    visit.tab.click("text=Write part B again")
    visit.until(f"document.getElementById('abc').innerText !== {before!r}")
    assert visit.tab.inner_text("#abc").split(":|")[0] == before.split(":|")[0]


def test_check_and_repair(visit: Visit) -> None:
    visit.open("/check")
    visit.tab.fill("#text", "X:1\nT:Test\nM:4/4\nL:1/8\nK:D\n|:CDEF GABc|(ABcde fgab|d8:|\n")
    visit.tab.click("text=Check and repair")
    visit.tab.wait_for_selector(".diagnostics li")
    assert visit.tab.text_content("#marks mark >> nth=0")  # underlined where it stands
    visit.tab.click(".diagnostics a >> nth=0")
    selected = visit.tab.evaluate("window.getSelection().toString()")
    assert selected
    visit.tab.wait_for_selector("#fixed")
    assert "(3ABc" in visit.tab.inner_text("#fixed")
    visit.tab.click("text=Hear it")
    visit.until("document.getElementById('audio').currentTime > 0.3")
    visit.tab.click("text=Put it in place of mine")
    visit.until("document.getElementById('text').value.includes('(3ABc')")
    visit.until("!document.getElementById('fixed')")  # and checked anew


def test_copy(visit: Visit) -> None:
    visit.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open("/?key=D&bars=4&seed=7")
    for name in ("abc", "address"):
        visit.tab.click(f".copy[data-copy={name}]")
        visit.until("document.getElementById('status').textContent === 'Copied.'")
        copied = visit.tab.evaluate("navigator.clipboard.readText()")
        shown = "element => element.href || element.textContent"
        assert copied == visit.tab.eval_on_selector(f"#{name}", shown)
        visit.tab.evaluate("document.getElementById('status').textContent = ''")


def test_the_piano_roll_is_broken_into_lines(visit: Visit) -> None:
    visit.open("/?key=D&seed=7")
    visit.tab.click("summary >> text=Piano roll")
    fits = "document.querySelector('.roll svg').scrollWidth <= innerWidth"
    visit.until(fits)
    assert visit.tab.locator(".roll svg text").count() > 20  # notes are named


def test_what_cannot_be_is_said(visit: Visit) -> None:
    visit.open("/")
    visit.tab.click("summary >> text=Title, novelty")
    visit.tab.fill("#prime", "this is [not| music")
    visit.tab.click("text=Write a tune")
    visit.tab.wait_for_selector("#message .message")
    assert visit.tab.inner_text("#message .message")
    # The browser itself reports the refused request; that is what was asked for.
    visit.problems = [each for each in visit.problems if "400" not in each]


def test_a_dropped_file_becomes_the_beginning(visit: Visit, tmp_path: Path) -> None:
    tune = tmp_path / "mine.abc"
    tune.write_text("X:1\nT:Mine\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|")
    visit.open("/")
    visit.tab.set_input_files("#file", tune)
    visit.until("document.getElementById('prime').value.includes('DEFG')")


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
@pytest.mark.parametrize("path", PATHS)
def test_a_phone_needs_no_sideways_scrolling(visit: Visit, path: str) -> None:
    visit.open(path)
    assert visit.tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_javascript(browser: Browser, page: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{page}/", wait_until="load")
    tab.select_option("[name=rhythm]", "reel")
    tab.click("text=Write a tune")
    tab.wait_for_selector("#score svg")
    assert "R:reel" in tab.inner_text("#abc")
    assert "seed=" in tab.url
    context.close()


def test_by_keyboard(visit: Visit) -> None:
    visit.open("/")
    visit.tab.focus("[name=rhythm]")
    for _ in range(14):
        if visit.tab.evaluate("document.activeElement.type") == "submit":
            break
        visit.tab.keyboard.press("Tab")
    visit.tab.keyboard.press("Enter")
    visit.tab.wait_for_selector("#score svg")


@pytest.mark.needs("axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_accessibility(browser: Browser, page: str, path: str, scheme: Any) -> None:
    # Scripts of ours alone may run on the page; the checker is let in past the policy.
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    tab = context.new_page()
    tab.goto(page + path, wait_until="networkidle")
    tab.add_script_tag(path=Path(os.environ["AXE"]) / "axe.min.js")
    found = tab.evaluate("axe.run()")
    serious = [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    context.close()
    assert serious == []
