"""Where a tune stands after each of its characters, for tunes and for any text at all."""

from hypothesis import given
from hypothesis import strategies as st

from musicrnn.tokens import CharTokenizer
from musicrnn.tokens.abc_features import AbcFeatures
from musicrnn.tokens.abc_place import OPEN, UNIT, Place, after
from musicrnn.tokens.features import along
from musicrnn.tokens.vocabulary import END, Vocabulary

HEADER = "T:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n"
ASCII = "\n" + "".join(map(chr, range(32, 127)))


def place(text: str) -> Place:
    at = Place()
    for character in text:
        at = after(at, character)
    return at


def values(text: str) -> dict[str, int]:
    """The features after `text`, by name."""
    vocabulary = Vocabulary(ASCII, specials=(END,))
    features = AbcFeatures(vocabulary)
    rows = along(features, vocabulary.encode(text))
    assert rows.shape == (len(text) + 1, len(features.sizes))
    return dict(zip(features.sizes, rows[-1].tolist(), strict=True))


def filled(body: str, header: str = HEADER) -> float:
    """Unit notes in the bar that `body` ends in, closed elements only."""
    return place(header + body).time / UNIT


def test_a_header_gives_the_length_of_a_bar():
    assert place(HEADER).size == 6 * UNIT
    assert place("M:C|\nL:1/8\nK:D\n").size == 8 * UNIT
    assert place("M:2/4\nK:D\n").size == 8 * UNIT  # the unit is a sixteenth where none is given
    assert place("M:3/4\nK:D\n").size == 6 * UNIT
    assert place("M:none\nK:D\n").size == 0
    assert not place("T:x\nM:6/8").body


def test_notes_fill_the_bar_by_what_is_typed_after_them():
    assert filled("G2 ") == 2
    assert filled("G/ ") == filled("G/2 ") == 0.5
    assert filled("G// ") == 0.25
    assert filled("G3/2 ") == 1.5
    assert filled("^c'2- z2 ") == 4
    assert filled("{ga}G ") == 1
    assert filled("[GBd]2 ") == 2
    assert filled('"Am"G [K:D]A !trill!B ') == 3
    assert filled("(3GAB c ") == 3
    assert filled("(2GA ") == 3
    assert filled("G>A ") == filled("G<A ") == filled("G>>A ") == 2
    assert filled("(GA) ") == 2


def test_what_is_left_counts_the_note_that_is_being_written():
    assert values(HEADER + "G2G GAB")["left"] == 1
    assert values(HEADER + "G2G GA")["left"] == 1 + 4
    assert values(HEADER + "G2G GA/")["left"] == 1 + 6
    assert values(HEADER + "G2G GA3")["left"] == 1  # more than fits is full
    assert values("T:x")["left"] == 0


def test_bars_sections_and_pickups_are_counted():
    assert place(HEADER).pickup == OPEN
    part = "|:D|G2G GAB|A2A ABd|"
    assert values(HEADER + part) == {
        "left": 25, "bar": 2, "section": 3, "pickup": 2, "first_pickup": 9,
    }  # fmt: skip
    assert values(HEADER + part + "G3 G2:|\n") == {
        "left": 25, "bar": 0, "section": 6, "pickup": 9, "first_pickup": 2,
    }  # fmt: skip
    again = values(HEADER + part + "G3 G2:|\n|:g3 g3|")
    assert (again["bar"], again["section"], again["pickup"]) == (1, 6, 0)
    for end in (":|", "||", "|]", "::", "|\n|:", ":||:"):
        assert values(HEADER + part + "G3 G2" + end)["section"] == 6, end


def test_a_second_ending_belongs_to_its_section():
    text = HEADER + "|:G3 A3|B3 c3|1 d3 e3|G6:|"
    after_first = values(text + "2 d3 e3|")
    assert after_first == {"left": 25, "bar": 3, "section": 5, "pickup": 0, "first_pickup": 0}
    assert values(text)["section"] == 6  # as long as no second ending follows
    assert values(text + "2 d3 e3|G6|]")["section"] == 6


@given(st.text("|:[]1234/>< \n(){}!\"KLM:abGz,'^-", max_size=80))
def test_any_text_has_a_place(text):
    features = AbcFeatures(Vocabulary(ASCII, specials=(END,)))
    at = features.start()
    for token in Vocabulary(ASCII, specials=(END,)).encode(HEADER + text):
        before = features.values(at)
        following = features.after(at, token)
        assert features.values(at) == before  # a place does not change
        at = following
        told = features.values(at)
        assert all(0 <= v < size for v, size in zip(told, features.sizes.values(), strict=True))


@given(st.text(ASCII, max_size=60), st.text(ASCII, max_size=60))
def test_training_and_sampling_read_alike(text, other):
    """A sampler steps, with other rows in between; training reads a piece as a whole."""
    vocabulary = Vocabulary(ASCII, specials=(END,))
    tokenizer = CharTokenizer(vocabulary, place=True)
    features = tokenizer.features
    ids, others = vocabulary.encode("M:3/4\nK:D\n" + text), vocabulary.encode(other)
    expected = along(AbcFeatures(vocabulary), ids).tolist()
    at, beside = features.start(), features.start()
    for step, token in enumerate(ids):
        at = features.after(at, token)
        if step < len(others):
            beside = features.after(beside, others[step])
        assert list(features.values(at)) == expected[step + 1]
