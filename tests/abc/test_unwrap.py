"""The tunes in what language models write: taken out, completed, written plainly."""

from __future__ import annotations

import pytest

from musicrnn import abc

TUNE = "X:1\nT:Air\nM:3/4\nL:1/4\nK:D\nD F A|d2 A|F A d|d3|]\n"
HEAD = "X:1\nT:Air\nM:3/4\nL:1/4\n"


@pytest.mark.parametrize(
    "text",
    [
        f"Sure!\n\n```abc\n{TUNE}```\nEnjoy | it!",
        f"```\n{TUNE}\n```",
        f"Here is your tune.\n\n{TUNE}\nThe second part goes higher.\n\n",
        TUNE.replace("\n", "\\n"),
        TUNE.replace("\n", " ").replace("d3|]", "d2 C:|"),
        "<pre>\n" + TUNE + "</pre>",
        "\n".join(f"- {line}" if line[1] == ":" else line for line in TUNE.splitlines()),
        "\n".join(f"**{line[:2]}**{line[2:]}" if line[1] == ":" else line
                  for line in TUNE.splitlines()),
        TUNE.replace("D F A|", "1. D F A|"),
        TUNE.replace("d3|]", "d3|]  // the end"),
        TUNE.replace("D F A", "D\u00a0F\u200b A"),
    ],
)  # fmt: skip
def test_what_stands_around_a_tune_is_left_out(text: str) -> None:
    plain = abc.unwrap(text)
    assert plain.text.replace("d2 C:|", "d3|]") == TUNE
    assert plain.remarks


def test_a_tune_that_is_well_formed_stays_as_it_is() -> None:
    text = "% mine\n\n" + TUNE + "\n\n" + TUNE.replace("X:1", "X:2")
    assert abc.unwrap(text) == abc.Unwrapped(text, ())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("F♯ G A", "^F G A"),
        ("B♭2 c", "_B2 c"),
        ("♮F G A", "=F G A"),
        ("f#' G A", "^f' G A"),
        ('"F♯m"F G A', '"F#m"F G A'),
        ("[Am]F G A", '"Am"F G A'),
        ("Em F G A", '"Em" F G A'),
        ("“D”F G A", '"D"F G A'),
    ],
)
def test_accidentals_and_chord_names(written: str, plain: str) -> None:
    assert abc.unwrap(f"{HEAD}K:D\n{written}|\n").text.endswith(f"\n{plain}|\n")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("K:F♯m", "K:F#m"),
        ("K:B flat major", "K:Bb major"),
        ("M:3/4 time", "M:3/4"),
        ("M:common time", "M:C"),
        ("L:eighth note", "L:1/8"),
        ("Q:120 bpm", "Q:1/4=120"),
        ("Q:Slowly", 'Q:"Slowly"'),
    ],
)
def test_values_in_words(given: str, field: str) -> None:
    header = [line for line in (HEAD + "K:D\n").splitlines() if line[0] != given[0]]
    order = sorted([*header, given], key=lambda line: "XTMLQK".index(line[0]))
    assert field in abc.unwrap("\n".join(order) + "\nD F A|\n").text.splitlines()


def test_headers_in_words() -> None:
    text = "Title: The Fox\nTime signature: 6/8\nKey: G major\n\nGAB d2 B|AGE GED|G6|]\n"
    plain = abc.unwrap(text)
    assert plain.text.startswith("X:1\nT:The Fox\nM:6/8\nK:G major\nGAB")
    assert "Key: is written as K:" in plain.remarks


@pytest.mark.parametrize(
    ("music", "meter", "key"),
    [
        ("GAB dBG|ABc def|gfe dcB|A3 G3|", "6/8", "Gmix"),
        ("D2 F2 A2|d4 A2|F2 A2 d2|D6|", "3/4", "Ddor"),
        ("CDEF GABc|c4 G4|c8|", "4/4", "C"),
    ],
)
def test_a_metre_from_the_bars_and_a_key_without_accidentals(
    music: str, meter: str, key: str
) -> None:
    plain = abc.unwrap(music + "\n")
    assert f"M:{meter}\nL:1/8\nK:{key}\n" in plain.text
    assert any(remark.startswith("there was no key") for remark in plain.remarks)


@pytest.mark.parametrize(
    "text", ["", "I cannot write music.", "| a | table |\n|---|---|\n", "```\n"]
)
def test_what_holds_no_music_stays_as_it_is(text: str) -> None:
    assert abc.unwrap(text) == abc.Unwrapped(text, ())
