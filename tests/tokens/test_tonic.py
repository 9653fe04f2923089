"""Tunes on one tonic, and back in the key in which they sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import abc
from musicrnn.abc.syntax.keys import parse_key
from musicrnn.piece import Piece
from musicrnn.score import Key
from musicrnn.tokens import CharTokenizer
from musicrnn.tokens.tonic import canonical, shift_of, sounded

KEYS = ["C", "D", "G", "A", "Bb", "Eb", "F#m", "Am", "Edor", "Ador", "Dmix", "Amix", "Dphr", "Glyd"]


def tune(body: str, key: str) -> str:
    return f"X:1\nT:Air\nM:6/8\nL:1/8\nK:{key}\n{body}\n"


@pytest.mark.parametrize(
    ("key", "body", "on_c"),
    [
        ("D", "DFA dfa|d'3 A,3|]", "CEG ceg|c'3 G,3|]"),
        ("G", "GBd gdB|^cde =fga|]", "CEG cGE|^FGA _Bcd|]"),  # C sharp is the raised fourth
        ("Am", "A,2C E^G=F|]", "C,2E, G,=B,_A,|]"),
        ("Bb", "B,DF Bdf|]", "C,E,G, CEG|]"),
        ("F#m", "F^EF cAF|]", "C=B,C GEC|]"),
    ],
)
def test_the_tonic_is_c_and_what_lies_above_it_lies_above_c(key, body, on_c):
    text, semitones = canonical(tune(body, key))
    assert text.split(f"K:{key}\n")[1] == f"{on_c}\n"
    assert semitones == -shift_of(key)
    assert sounded(text) == tune(body, key)


@pytest.mark.parametrize("key", KEYS)
def test_it_is_the_transposition_that_abc_knows(key):
    body = '|:{gf}e2d (3cBA|^G,_b=f "Am"!trill!C2z|[1 a\'>g f-f3:|[2 ^c_d c6|]'
    moved, semitones = canonical(tune(body, key))
    home = parse_key(key)
    shorter_way = (6 - home.pitch_class) % 12 - 6
    expected = abc.transpose(
        abc.parse(tune(body, key)).tunes[0],
        to=Key("C", home.mode),
        semitones=semitones - shorter_way,
    )
    notes = abc.to_score(expected).notes
    as_c = moved.replace(f"K:{key}\n", f"K:{expected.key}\n")
    assert abc.to_score(abc.parse(as_c).tunes[0]).notes == notes


@pytest.mark.parametrize("key", ["none", "HP", "Hp", "", "nonsense"])
def test_without_a_tonic_nothing_moves(key):
    assert canonical(tune("DFA dfa|]", key)) == (tune("DFA dfa|]", key), 0)


note = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "^", "_", "="]), st.sampled_from("CDEFGABcdefgab"),
        st.sampled_from(["", "2", "/", "3/2"]),
    ),
)  # fmt: skip


@given(st.lists(note, max_size=20), st.sampled_from(KEYS))
def test_there_and_back_is_the_same_tune(notes, key):
    text = tune(" ".join(notes) + "|]", key)
    back = sounded(canonical(text)[0])
    assert [n.pitch for n in abc.to_score(abc.parse_tune(back)).notes] == [
        n.pitch for n in abc.to_score(abc.parse_tune(text)).notes
    ]


@given(st.text("ABCabc^_=,'|:[]\"!{}()KM \n123/", max_size=60), st.sampled_from(KEYS))
def test_any_text_is_moved(body, key):
    assert isinstance(sounded(canonical(tune(body, key))[0]), str)


def test_a_tokenizer_writes_on_c_and_reads_back_what_sounds():
    content = "X:1\nT:Air\nR:jig\nO:irish\nM:6/8\nL:1/8\nK:G\nGBd gdB|G3-G2z|]\n"
    piece = Piece("abc", content)
    tokenizer = CharTokenizer.learn([piece], one_tonic=True, style=True)
    assert tokenizer.text(piece) == ("T:Air\nR:jig\nO:irish\nM:6/8\nL:1/8\nK:G\nCEG cGE|C3-C2z|]\n")
    assert tokenizer.decode(tokenizer.encode(piece)).content == content
    again = CharTokenizer.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert again.encode(piece) == tokenizer.encode(piece)
    plain = CharTokenizer.learn([piece])
    assert "O:" not in plain.text(piece)
