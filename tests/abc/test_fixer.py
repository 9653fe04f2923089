"""Repair: one reading is taken, two are left to a person, and nothing else is touched."""

from __future__ import annotations

import time

import pytest

from musicrnn import abc
from musicrnn.abc.checking import fixer
from musicrnn.abc.checking.repair_view import Budget

HEADER = "X:1\nT:Test\nM:6/8\nL:1/8\nK:C\n"


@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        # bar lines
        ("|:CDE FGA|Bcd efgBcd efg|e3 f3:|", "|:CDE FGA|Bcd efg|Bcd efg|e3 f3:|"),
        ("CDE FGA|Bcd| efg|e3 f3|]", "CDE FGA|Bcd efg|e3 f3|]"),
        ("CDE FGA|Bcd efg|e3 f3|", "CDE FGA|Bcd efg|e3 f3|]"),
        # repeats and endings
        ("|:CDE FGA|Bcd efg|]", "|:CDE FGA|Bcd efg:|"),
        ("|:CDE FGA|1Bcd efg:|Bcd e3|]", "|:CDE FGA|1Bcd efg:|2Bcd e3|]"),
        ("CDE FGA|[Bceg d2|e3 f3|]", "CDE FGA|Bceg d2|e3 f3|]"),
        ("CDE FGA|[Bceg d2e|e3 f3|]", "CDE FGA|[Bc]eg d2e|e3 f3|]"),
        # tuplets, and a length that another bar decides
        ("CDE FGA|(Bcde d2e|e3 f3|]", "CDE FGA|(3Bcde d2e|e3 f3|]"),
        ("B2c d2e|f3 g3|Bc d2e|f3 g3|]", "B2c d2e|f3 g3|B2c d2e|f3 g3|]"),
        # a bar line lost at the end of a line; two characters in the wrong order; a stray number
        ("CDE FGA|Bcd efg\nCDE FGA|e3 f3|]", "CDE FGA|Bcd efg|\nCDE FGA|e3 f3|]"),
        ("B2c d2e|f3 g3|B2c 2de|f3 g3|]", "B2c d2e|f3 g3|B2c d2e|f3 g3|]"),
        ("|:CDE FGA|1Bcd e3:|2Bcd f3|6efg a3|]", "|:CDE FGA|1Bcd e3:|2Bcd f3|efg a3|]"),
        # what stands around the note that is too many comes again elsewhere
        ("GAB cde|ABc d3|GAB cdfe|Bcd e3|]", "GAB cde|ABc d3|GAB cde|Bcd e3|]"),
        # a short bar that nothing decides is filled up
        ("CDE FGA|BcA d2|e3 f3|]", "CDE FGA|BcA d2z|e3 f3|]"),
    ],
)
def test_one_reading(broken: str, repaired: str) -> None:
    repair = abc.fix(f"{HEADER}{broken}\n")
    assert repair.text.replace(" ", "") == f"{HEADER}{repaired}\n".replace(" ", "")
    assert repair.left == ()
    assert repair.edits


def test_a_missing_header_is_put_in() -> None:
    repair = abc.fix("X:1\nT:Test\nM:6/8\nL:1/8\nCDE FGA|B3 c3|]\n")
    assert "K:C" in repair.text
    assert repair.left == ()


def test_a_lost_unit_note_length_is_found() -> None:
    body = "CDEF GABc cBAG|FEDC CDEF GABc|c4 G4 C4|]\n"
    repair = abc.fix(f"X:1\nT:Test\nM:3/4\nK:C\n{body}")
    assert repair.text == f"X:1\nT:Test\nM:3/4\nL:1/16\nK:C\n{body}"
    assert [edit.title for edit in repair.edits] == ["count in another unit"]


def test_two_readings_are_left_alone() -> None:
    # Which of the seven notes is one too many is anybody's guess.
    text = f"{HEADER}CDE FGA|Bcd efga|e3 f3|]\n"
    repair = abc.fix(text)
    assert repair.text == text
    assert [fault.code for fault in repair.left] == ["bar-length"]


def test_a_good_tune_is_not_touched() -> None:
    text = f"{HEADER}|:CDE  FGA |\\\nB2c d2e:|  % a remark\n"
    assert abc.fix(text) == abc.Repair(text, (), ())


def test_only_the_faulty_tune_of_a_book_changes() -> None:
    good = f"{HEADER}CDE FGA|B3 c3|]\n"
    bad = good.replace("X:1", "X:2").replace("|]", "|")
    repair = abc.fix(f"{good}\n{bad}\n{good.replace('X:1', 'X:3')}")
    assert repair.text == f"{good}\n{bad.rstrip()}]\n\n{good.replace('X:1', 'X:3')}"
    (edit,) = repair.edits
    assert (edit.line, edit.after) == (13, "|]")


def test_each_edit_says_what_it_did() -> None:
    (edit,) = abc.fix(f"{HEADER}CDE FGA|B3 c3|\n").edits
    assert str(edit) == "6:14: end with |]: '|' → '|]'"


@pytest.mark.parametrize(
    "body",
    ["CDEF GAB|" * 30, "C" + "/" * 1000, "CDEF GABcd|" * 180, "C[(|2>z:]/" * 190],
    ids=["short bars", "slashes", "long bars", "noise"],
)
def test_the_work_grows_with_the_text_and_no_faster(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[Budget] = []

    class Watched(Budget):
        def __init__(self, size: int) -> None:
            super().__init__(size)
            self.whole = self.left
            budgets.append(self)

    monkeypatch.setattr(fixer, "Budget", Watched)
    text = f"X:1\nT:Test\nM:4/4\nL:1/8\nK:C\n{body}\n"
    abc.fix(text)
    for budget in budgets:
        assert budget.left > -budget.whole // 2 - 8 * len(text)


def test_prose_is_left_alone_and_reported() -> None:
    music = "X:1\nT:Test\nM:4/4\nL:1/4\nK:C\nCDEF|]\n"
    prose = "![see the list](images/list.png)\n"
    repair = abc.fix(music.replace("|]", "|") + prose)
    assert repair.text == music + prose
    assert [edit.title for edit in repair.edits] == ["end with |]"]
    assert {fault.line for fault in repair.left} == {7}


def test_a_section_with_a_pickup_is_completed_to_the_bar_less_the_pickup() -> None:
    header = "X:1\nT:Test\nM:4/4\nL:1/4\nK:C\n"
    repair = abc.fix(f"{header}G|CDEF|GAB:|\nC|CDEF|GA:|\n")
    assert repair.text == f"{header}G|CDEF|GAB:|\nC|CDEF|GAz:|\n"
    (edit,) = repair.edits
    assert edit.guessed
    assert str(edit).endswith("(a guess)")


def test_no_bar_line_is_put_between_quotes() -> None:
    text = 'X:1\nT:t\nM:4/4\nL:1/8\nK:C\n[CEG]2 A2 c4|(3CDE F2 {gA G4|"Am A4 c4|]\n'
    repaired = abc.fix(text).text
    assert [note.pitch for note in abc.to_score(abc.parse_tune(repaired))][5:8] == [60, 62, 64]


@pytest.mark.parametrize(
    ("meter", "unit", "body", "repaired"),
    [
        ("6/8", "1/8", "D|GAB cBA|GED G2:|\n|:d|dBd gfe|dBA G:|", "dBA G2:|"),
        ("3/4", "1/4", "D|GAB|c2A|G2:|\n|:d|dBd|gfe|d:|", "d2:|"),
        ("2/4", "1/8", "d|dBGB|c:|\nd|c2BA|G3:|", "dBGB|c3:|"),
    ],
)
def test_a_length_is_added_up_to_the_bar_less_the_pickup(
    meter: str, unit: str, body: str, repaired: str
) -> None:
    repair = abc.fix(f"X:1\nT:t\nM:{meter}\nL:{unit}\nK:G\n{body}\n")
    assert repaired in repair.text
    assert not repair.left
    assert all(edit.guessed for edit in repair.edits)


def test_bar_lines_between_bars_that_are_too_long_stay() -> None:
    text = "X:1\nT:Test\nM:4/4\nL:1/4\nK:C\nCDEFG|CDEFG|CDEF|]\n"
    assert abc.fix(text).text.count("|") >= 3


def test_the_only_reading_is_no_guess() -> None:
    (edit,) = abc.fix(f"{HEADER}CDE FGA|B3 c3|\n").edits
    assert not edit.guessed


PROSE = [
    "This tune was written by my grandfather in 1902, see www.x.org/tunes?id=3",
    "<p><a href='index.html'>Back</a></p>",
    "```\nEnjoy it!",
    "| Key | Tempo |\n|-----|-------|\n| G | 120 |",
    "-- \nJohn <john@example.org>",
    "* first\n* second one",
    "The end.",
    "\u8fd9\u9996\u66f2\u5b50\u5f88\u597d\u542c",
    "http://example.org/a/b/c",
]


@pytest.mark.parametrize("prose", PROSE)
def test_no_prose_after_a_tune_is_touched(prose: str) -> None:
    text = f"X:1\nT:Test\nM:4/4\nL:1/8\nK:C\nCDEF GABc|c8|]\n{prose}\n"
    repair = abc.fix(text)
    assert (repair.text, repair.edits) == (text, ())
    assert repair.left


@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        ("G2g 2e|dcB ABc|G3 G3|]", None),  # a short first bar may be a pickup
        ("f2e g2a|G2g 2e|dcB ABc|G3 G3|]", "f2e g2a|G2g z2e|dcB ABc|G3 G3|]"),
        ("f2e g2a|G22e2|dcB ABc|G3 G3|]", "f2e g2a|G2z2e2|dcB ABc|G3 G3|]"),
        ("f2e g2a|ee= e3|dcB ABc|G3 G3|]", "f2e g2a|ee2 e3|dcB ABc|G3 G3|]"),
        ("f2e g2a|e 2e ecA|dcB ABc|G3 G3|]", "f2e g2a|e e2 ecA|dcB ABc|G3 G3|]"),
        ("B/A/|>GFD C>D^F|G3 B3|]", "B/A/|G>FD C>D^F|G3 B3|]"),
    ],
)
def test_what_is_made_up_is_called_a_guess(broken: str, repaired: str | None) -> None:
    repair = abc.fix(f"{HEADER}{broken}\n")
    assert repair.text == f"{HEADER}{repaired or broken}\n"
    assert all(edit.guessed for edit in repair.edits)


def test_of_too_many_notes_the_one_that_leaps_goes() -> None:
    repair = abc.fix(f"{HEADER}CDE FGA|Bcd eCfg|e3 f3|]\n")
    assert repair.text == f"{HEADER}CDE FGA|Bcd efg|e3 f3|]\n"
    assert [edit.guessed for edit in repair.edits] == [True]


def test_a_first_bar_that_is_too_long_is_not_excused_by_a_pickup() -> None:
    text = "X:1\nT:Test\nM:4/4\nL:1/8\nK:C\nCDEF GABc d|CDEF GABc e|c8|]\n"
    repair = abc.fix(text)
    assert repair.text.count("|") == text.count("|")
    assert all(edit.guessed for edit in repair.edits)


def test_no_repair_makes_a_field_of_music() -> None:
    text = f"{HEADER}:FE|DFA DFA|d3 d3:|\n"
    assert "\nF:" not in abc.fix(text).text


def test_no_repair_moves_music_into_the_line_of_a_field() -> None:
    text = "X:1\nT:Test\nM:6/8\nL:1/8\nK:Am\n|:2B|c3 BGE|A3 A2:|\n|:B|cde dcB|1cde dc:|2A3 A2|]\n"
    assert "\nK:Am\n" in abc.fix(text).text


@pytest.mark.parametrize("cut", ["\n", "\n\n", "\n \n"])
def test_music_that_an_empty_line_parts_from_its_tune_comes_back(cut: str) -> None:
    good = f"{HEADER}|:CDE FGA|Bcd efg:|\n|:B2c d2e|f3 g3:|\n"
    for place in (f"{HEADER}", ":|\n"):
        text = good.replace(place, place + cut, 1)
        assert any(fault.code == "music-outside" for fault in abc.check(text))
        assert abc.fix(text).text == good


@pytest.mark.parametrize(
    "text", ["| G | 120 |", "see |CDEF| above", "A | B | C", "www.example.org|a|b|c|d", "CDEF GABc"]
)
def test_text_between_tunes_is_no_music(text: str) -> None:
    good = f"{HEADER}CDE FGA|B3 c3|]\n"
    assert abc.check(f"{good}\n{text}\n") == []


@pytest.mark.parametrize(
    "tune",
    [
        "|:CDE FGA|\n\nBcd efg|\n\nCDE FGA|\n\n\nf6:|\n",
        "V:1\nCDE FGA|f6|]\n\nV:2\nCDE FGA|f6|]\n",
        "P:A\nCDE FGA|f6|]\n\nP:B\nCDE FGA|f6|]\n",
    ],
    ids=["lines", "voices", "parts"],
)
def test_empty_lines_within_a_tune_are_taken_out(tune: str) -> None:
    repair = abc.fix(HEADER + tune)
    assert repair.text == HEADER + tune.replace("\n\n\n", "\n").replace("\n\n", "\n")
    assert repair.left == ()
    assert {edit.title for edit in repair.edits} == {"take out the empty line above"}


def test_a_tune_without_a_number_behind_another_is_a_tune() -> None:
    text = f"{HEADER}CDE FGA|f6|]\n\nT:Next\nM:6/8\nK:G\nGAB c3|]\n"
    assert len(abc.parse(text).tunes) == 2


@pytest.mark.parametrize("unit", ["{a", "(C", ")", "(3", "CDEFGAB|"])
def test_a_line_of_ten_thousands_of_faults_is_soon_left_alone(unit: str) -> None:
    text = f"X:1\nT:t\nM:4/4\nL:1/8\nK:C\n{unit * (30_000 // len(unit))}\n"
    began = time.process_time()
    repair = abc.fix(text)
    assert time.process_time() - began < 10  # it was 10 for the first, and grew as a square
    assert repair.gave_up == (1,)
    assert repair.remark.startswith("tune 1: so much is wrong that not every edit was tried")


def test_a_book_is_repaired_beside_a_tune_with_too_many_faults() -> None:
    good = "X:2\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|]\n"
    noise = f"X:1\nT:t\nM:4/4\nL:1/8\nK:C\n{'(C' * 2000}\n\n"
    repair = abc.fix(noise + good.replace("GABc", "GAB[c"))
    assert repair.text.endswith(good)
    assert repair.gave_up == (1,)
    assert abc.fix(good.replace("GABc", "GAB[c")).remark == ""


def test_a_note_that_slipped_over_the_bar_line_before_its_length_goes_back() -> None:
    text = f"{HEADER}a>bg f>ge|dcd ecA|ABc deg|Bgf edcd|3 d3|]\n"
    assert abc.fix(text).text == text.replace("edcd|3", "edc|d3")
