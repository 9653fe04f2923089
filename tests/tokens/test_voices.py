"""Chorales as tokens and back."""

import importlib.util
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from musicrnn.errors import ModelError, UsageError
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.piece import Piece
from musicrnn.score import Meter, MeterChange, Score
from musicrnn.tokens import from_config
from musicrnn.tokens.features import along
from musicrnn.tokens.voices import VoicesTokenizer


def chorale(number: str) -> Score:
    """A chorale of Bach's from music21's corpus."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        pytest.skip("music21 is not installed")
    folder = Path(spec.origin).parent / "corpus" / "bach"
    return read_musicxml((folder / f"bwv{number}.mxl").read_bytes())


TOKENIZER = VoicesTokenizer()


@pytest.mark.parametrize("number", ["66.6", "269", "4.8", "1.6"])
@pytest.mark.parametrize("lead", [0, 1, 2, 3])
def test_notes_holds_and_bars_come_back(number: str, lead: int) -> None:
    voices = TOKENIZER.voices_of(Piece("midi", chorale(number)))
    ids = TOKENIZER.encode_voices(voices, lead)
    again = TOKENIZER.decode_voices(ids)
    assert np.array_equal(again.pitches, voices.pitches)
    assert np.array_equal(again.begins, voices.begins)
    assert (again.meter, again.pickup) == (voices.meter, voices.pickup)
    assert TOKENIZER.encode_voices(again, lead) == ids


def test_the_lead_is_a_bar_ahead() -> None:
    voices = TOKENIZER.voices_of(Piece("midi", chorale("66.6")))
    names = [TOKENIZER.vocabulary.tokens[i] for i in TOKENIZER.encode_voices(voices, 0)]
    assert names[:4] == ["meter:4/4", "pickup:4", "minor", "lead:soprano"]
    assert names[-4] == "over"
    assert names.count("over") == 16


def test_a_held_note_is_not_a_repeated_one() -> None:
    voices = TOKENIZER.voices_of(Piece("midi", chorale("66.6")))
    names = {TOKENIZER.vocabulary.tokens[i] for i in TOKENIZER.encode_voices(voices, 0)}
    assert {"hold", "+0"} <= names


def test_transposed_pieces_have_the_same_tokens() -> None:
    score = chorale("269")
    ids = TOKENIZER.encode(Piece("midi", score))
    assert TOKENIZER.encode(Piece("midi", score.transposed(3))) == ids


def test_fermatas_are_told_of_the_lead() -> None:
    voices = TOKENIZER.voices_of(Piece("midi", chorale("269")))
    again = TOKENIZER.decode_voices(TOKENIZER.encode_voices(voices, 0))
    assert voices.fermatas.any()
    assert np.array_equal(again.fermatas, voices.fermatas)


def test_features_stay_in_their_sizes_whatever_is_read() -> None:
    ids = np.random.default_rng(0).integers(0, len(TOKENIZER.vocabulary), 400).tolist()
    values = along(TOKENIZER.features, ids)
    sizes = list(TOKENIZER.features.sizes.values())
    assert values.shape == (401, len(sizes))
    assert (values >= 0).all()
    assert (values < sizes).all()


def test_a_changing_metre_is_refused_in_a_line() -> None:
    score = chorale("269")
    changing = replace(score, meters=(*score.meters, MeterChange(Fraction(9), Meter(5, 4))))
    with pytest.raises(UsageError, match="the metre changes"):
        TOKENIZER.voices_of(Piece("midi", changing))


def test_the_tokenizer_is_made_again_from_its_configuration() -> None:
    again = from_config(VoicesTokenizer(lead=2).to_config(), TOKENIZER.vocabulary)
    assert isinstance(again, VoicesTokenizer)
    assert again.lead == 2


@pytest.mark.parametrize("lead", ["x", 4, -1, 10**12])
def test_a_voice_that_is_none_cannot_lead(lead):
    section = {"name": "voices", "lead": lead}
    with pytest.raises(ModelError, match="can lead"):
        from_config(section, VoicesTokenizer().vocabulary)
