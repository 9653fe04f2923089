"""The form of a tune in its model text, and what a network is told of it."""

from __future__ import annotations

import pytest

from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.tokens import CharTokenizer
from musicrnn.tokens.abc_features import AbcFeatures
from musicrnn.tokens.abc_form import with_form, without_form
from musicrnn.tokens.abc_place import form_of, read_form
from musicrnn.tokens.features import along
from musicrnn.tokens.vocabulary import END, Vocabulary

HEADER = "T:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n"
FOUR = "G2G GAB|A2A ABd|edd gdd|edB dBA"
ASCII = "\n" + "".join(map(chr, range(32, 127)))


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (f"|:{FOUR}:|\n|:{FOUR}:|\n", "4r 4r"),
        (f"{FOUR}||\n{FOUR}|\n{FOUR}|]\n", "4 8"),
        (f"D|{FOUR[:-1]}::D|{FOUR[:-1]}:|\n", "4r 4r"),
        (f"|:{FOUR}|1edB G3:|2edB A3||\n{FOUR}|]\n", "5r 4"),
        (f"D|:{FOUR[:-1]}:|\nd||\n{FOUR}|]\n", "4r 4"),  # a pickup is a section of no tune
        (f"|:{FOUR}|[G2d2]G GAB:|\n", "5r"),  # and the 2 of a chord no second ending
    ],
)
def test_the_form_stands_before_the_key(body: str, form: str) -> None:
    text = with_form(HEADER + body)
    assert text == HEADER.replace("K:", f"P:{form}\nK:") + body
    assert read_form(form) == form_of(text)
    assert without_form(text) == HEADER + body


def test_what_is_no_form_is_left_out() -> None:
    assert with_form(HEADER + "G2G") == HEADER + "G2G"
    assert read_form("AABB") == ()


def test_a_tokenizer_writes_the_form_and_takes_it_away() -> None:
    piece = Piece("abc", f"X:1\n{HEADER}|:{FOUR}:|\n")
    tokenizer = CharTokenizer.learn([piece], form=True)
    assert tokenizer.fields == ("T", "R", "M", "L", "P", "K")
    ids = tokenizer.encode(piece)
    assert "P:4r\n" in tokenizer.decode_text(ids)
    assert tokenizer.decode(ids).content == piece.content
    again = CharTokenizer.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert again.form
    with pytest.raises(UsageError, match="for abc"):
        CharTokenizer(tokenizer.vocabulary, format="text", form=True)


def values(text: str) -> dict[str, int]:
    """The features after `text`, by name."""
    vocabulary = Vocabulary(ASCII, specials=(END,))
    features = AbcFeatures(vocabulary, form=True)
    return dict(zip(features.sizes, along(features, vocabulary.encode(text))[-1], strict=True))


def test_a_network_is_told_how_far_the_end_of_the_section_is() -> None:
    header = HEADER.replace("K:", "P:4r 8\nK:")
    first, second = f"|:D|{FOUR[:-1]}:|\n", f"{FOUR}|\n"
    to_come = [values(header + first[:n])["to_come"] - 1 for n in (2, 4, 12, 20)]
    assert to_come == [4, 4, 3, 2]
    assert values(header + first + second)["to_come"] == 1 + 4
    assert values(HEADER + first)["to_come"] == 0  # nothing was said


def test_a_network_is_told_how_the_section_ends() -> None:
    header = HEADER.replace("K:", "P:4r 4\nK:")
    first, second = f"{FOUR}:|\n", f"{FOUR}|]\n"
    ends = [values(header + text)["end"] for text in ("", first, first + second)]
    assert ends == [1, 4, 5]
    assert values(header + "|:" + FOUR)["end"] == 1 + 6  # a repeat is open
    assert values(header + "|:" + first)["end"] == 4


def test_the_last_bar_of_a_repeated_section_leaves_out_the_pickup() -> None:
    header = HEADER.replace("K:", "P:2r\nK:")
    assert values(header + "|:D|G2G GAB|A2A")["left"] == 1 + 2 * 4
    assert values(header.replace("2r", "2") + "D|G2G GAB|A2A")["left"] == 1 + 3 * 4
