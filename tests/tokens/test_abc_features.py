"""What a network is told beside each character: what is open, how earlier bars went on, pickups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.tokens import CharTokenizer
from musicrnn.tokens.abc_features import AbcFeatures
from musicrnn.tokens.features import along
from musicrnn.tokens.vocabulary import END, Vocabulary

HEADER = "T:The Kesh\nR:jig\nM:6/8\nL:1/8\nP:4r/2 4r/2\nK:G\n"
ASCII = "\n" + "".join(map(chr, range(32, 127)))
KNOWN = Vocabulary(ASCII, specials=(END,))


def values(body: str, header: str = HEADER) -> dict[str, int]:
    """The features after a body, by name."""
    features = AbcFeatures(KNOWN, form=True, brackets=True, echoes=True)
    rows = along(features, KNOWN.encode(header + body))
    return dict(zip(features.sizes, rows[-1].tolist(), strict=True))


def echo(body: str, name: str) -> str:
    """The character that an echo tells; ``+`` after it where the bars differ so far; ``-`` for one
    that began nothing at this time, and nothing for no bar at all."""
    value = values(body)[name]
    if value < 2:
        return ("", "-")[value]
    known = [t if len(t) == 1 else "" for t in KNOWN.tokens]
    place = value - 2
    return known[place] if place < len(known) else known[place - len(known)] + "+"


# --- brackets -------------------------------------------------------------------------------------


def test_what_is_open_is_told_with_the_notes_in_it() -> None:
    assert values("|:G")["inside"] == 0
    grace = [values("|:" + text)["inside"] for text in ("{", "{g", "{gab", "{gabgab", "{g}")]
    assert grace == [1, 2, 4, 5, 0]
    chord = [values("|:" + text)["inside"] for text in ("[G", "[GBd", "[G]2")]
    assert chord == [7, 9, 0]
    others = [values("|:" + text)["inside"] for text in ("[", '"Am', "!f", "[K:")]
    assert len({0, 1, 6, *others}) == 7


def test_the_notes_of_a_tuplet_count_down() -> None:
    told = [values("|:" + text)["tuplet"] for text in ("(3", "(3G", "(3GA", "(3GAB", "(3GABc")]
    assert told == [3, 3, 2, 1, 0]


# --- echoes ---------------------------------------------------------------------------------------


def test_a_bar_hears_how_earlier_bars_went_on() -> None:
    body = "|:G2G GAB|ABA ABd|"
    assert echo(body + "A", "back_1") == "B"
    assert echo(body + "AB", "back_1") == "A"
    assert echo(body + "G2", "back_2") == "G"
    assert echo(body, "back_4") == ""
    assert echo(body + "ABA ABd", "back_1") == "|"


def test_a_bar_that_differs_hears_what_began_at_its_time() -> None:
    body = "|:G2G GAB|"
    assert echo(body + "A", "back_1") == "-"  # a note longer began before
    assert echo(body + "AB", "back_1") == "G+"
    assert echo(body + "ABc", "back_1") == " +"
    assert echo(body + "ABc ", "back_1") == "G+"
    assert echo(body + "ABc dfg", "back_1") == "|+"


def test_a_section_hears_the_first_one_from_its_end() -> None:
    first = "|:d|G2G GAB|ABA ABd|edd gdd|e2d d2:|\n"
    second = "|:d|g2g gag|f2f fed|edd gdd|"
    assert echo(first + second, "first_end") == "e"
    assert echo(first + second + "e2", "first_end") == "d"
    assert echo(first + second + "e2", "last_end") == "d"
    assert echo(first, "back_1") == ""  # a section hears its own bars alone


def test_a_text_hears_the_same_at_once_or_by_steps() -> None:
    features = AbcFeatures(KNOWN, form=True, brackets=True, echoes=True)
    ids = KNOWN.encode(HEADER + "|:d|G2G GAB|{g}ABA A2d|[GB]3 (3GAB c2:|\n")
    place = features.start()
    rows = [features.values(place)]
    for token in ids:
        place = features.after(place, token)
        rows.append(features.values(place))
    assert features.along(ids).tolist() == [list(row) for row in rows]
    assert features.along(ids).tolist() == [list(row) for row in rows]  # from memory


@given(st.text(ASCII, max_size=80))
def test_any_text_at_all_has_values_within_their_sizes(body: str) -> None:
    features = AbcFeatures(KNOWN, form=True, brackets=True, echoes=True)
    rows = along(features, KNOWN.encode("M:6/8\nL:1/8\nP:8r/2 8\nK:G\n" + body))
    assert (rows >= 0).all()
    assert (rows < list(features.sizes.values())).all()


# --- pickups --------------------------------------------------------------------------------------


def test_a_pickup_that_is_told_is_known_from_the_start() -> None:
    assert values("|:")["pickup"] == 2
    assert values("|:")["left"] == 1 + 4  # quarters of a unit: the pickup's, not the bar's
    assert values("|:", HEADER.replace("4r/2 4r/2", "4r 4r"))["pickup"] == 9
    plain = HEADER.replace("4r/2 4r/2", "4r 4r/2")
    assert values("|:", plain)["pickup"] == 0
    assert values("|:", plain)["left"] == 1 + 6 * 4


@pytest.mark.parametrize(
    ("form", "body", "left"),
    [
        ("1r/2", "|:d|G2G GA", 0),  # repeated: its own pickup completes it
        ("1/2 1/4", "d|G2G G", 0),  # else that of the section that follows
        ("1/2 1", "d|G2G GAB", 0),
        ("1/2", "d|G2G GA", 0),  # and at the end that of the first
    ],
)
def test_the_last_bar_leaves_room_for_the_pickup(form: str, body: str, left: int) -> None:
    assert values(body, HEADER.replace("4r/2 4r/2", form))["left"] == 1 + left


# --- the tokenizer --------------------------------------------------------------------------------


def test_a_tokenizer_with_all_of_it_gives_the_tune_back() -> None:
    body = "|:d|G2G GAB|ABA ABd|edd gdd|e2d d2:|\n"
    piece = Piece("abc", f"X:1\nT:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n{body}")
    options = {"place": True, "form": True, "pickups": True, "brackets": True, "echoes": True}
    tokenizer = CharTokenizer.learn([piece], **options)
    assert "\nP:4r/2\n" in tokenizer.text(piece)
    assert tokenizer.decode(tokenizer.encode(piece)).content == piece.content
    again = CharTokenizer.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert again.features is not None
    assert again.features.sizes == tokenizer.features.sizes  # type: ignore[union-attr]


@pytest.mark.parametrize("option", ["pickups", "brackets", "echoes"])
def test_what_is_told_beside_something_needs_it(option: str) -> None:
    with pytest.raises(UsageError, match="ask for"):
        CharTokenizer(KNOWN, **{option: True})
