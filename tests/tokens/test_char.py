"""Characters ↔ ids, and the order of the header that a model learns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import tokens
from musicrnn.errors import ModelError, UsageError, VocabularyError
from musicrnn.piece import Piece
from musicrnn.tokens.model_text import from_model_text, header_of, split_header, to_model_text
from musicrnn.tokens.vocabulary import END, UNKNOWN, Vocabulary

JIG = "X:7\nT:The Kesh\nM:6/8\nL:1/8\nR:jig\nK:G\n|:G2G GAB|A2A ABd|\nedd gdd|edB dBA:|\n"


def test_the_header_of_model_text_stands_in_one_order_without_the_number():
    assert to_model_text(JIG).startswith("T:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n|:G2G")


def test_writing_out_puts_the_number_first():
    text = from_model_text(to_model_text(JIG))
    assert text.startswith("X:1\nT:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n|:G2G")


def test_the_header_ends_at_the_key_so_a_body_field_stays_in_the_body():
    fields, body = split_header("T:x\nK:C\nM:3/4\nc3|]\n")
    assert fields == [("T", "x"), ("K", "C")]
    assert body == "M:3/4\nc3|]\n"


def test_a_second_title_is_not_the_title():
    assert header_of("T:one\nT:two\nK:C\n") == {"T": "one", "K": "C"}


def test_end_is_id_0_and_unknown_id_1():
    tokenizer = tokens.CharTokenizer.learn([Piece("text", "abba")], format="text", unknown=True)
    assert tokenizer.vocabulary.tokens == (END, UNKNOWN, "a", "b")
    assert tokenizer.end == 0
    assert tokenizer.encode(Piece("text", "axb")) == [2, 1, 3]


def test_without_unknown_a_new_character_is_an_error():
    tokenizer = tokens.CharTokenizer.learn([Piece("text", "abba")], format="text")
    with pytest.raises(VocabularyError, match="'x'"):
        tokenizer.encode(Piece("text", "x"))


def test_decoding_a_tune_gives_abc_with_its_metadata():
    tokenizer = tokens.CharTokenizer.learn([Piece("abc", JIG)])
    piece = tokenizer.decode([0, *tokenizer.encode(Piece("abc", JIG)), 0])
    assert piece.content == from_model_text(to_model_text(JIG))
    assert (piece.title, piece.key, piece.meter, piece.rhythm) == ("The Kesh", "G", "6/8", "jig")


@given(st.text(min_size=1, max_size=60))
def test_text_round_trips(text):
    tokenizer = tokens.CharTokenizer.learn([Piece("text", text)], format="text")
    assert tokenizer.decode(tokenizer.encode(Piece("text", text))).content == text


def test_configuration_round_trips_through_the_registry():
    tokenizer = tokens.learn("char", [Piece("abc", JIG)], format="abc")
    again = tokens.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert again.encode(Piece("abc", JIG)) == tokenizer.encode(Piece("abc", JIG))
    assert isinstance(again, tokens.Tokenizer)


def test_wrong_names_and_formats_say_what_there_is():
    with pytest.raises(UsageError, match="char, piano, jazz"):
        tokens.learn("bytes", [])
    with pytest.raises(UsageError, match="abc or text"):
        tokens.CharTokenizer(Vocabulary("a", specials=(END,)), format="midi")
    with pytest.raises(ModelError, match="train the model again"):
        tokens.from_config({}, tokens.CharTokenizer.learn([Piece("abc", JIG)]).vocabulary)
    with pytest.raises(UsageError, match="cannot read a piece of text"):
        tokens.CharTokenizer.learn([Piece("abc", JIG)]).encode(Piece("text", "a"))
