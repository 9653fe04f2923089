"""The vocabulary: total, sorted, saved with its digest."""

import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.errors import ModelError, VocabularyError
from musicrnn.tokens.vocabulary import END, UNKNOWN, Vocabulary


@given(st.text(min_size=1))
def test_round_trip(text: str) -> None:
    vocabulary = Vocabulary.learn([text])
    assert "".join(vocabulary.decode(vocabulary.encode(text))) == text


@given(st.lists(st.text(min_size=1), min_size=1))
def test_saving_keeps_everything(words: list[str]) -> None:
    vocabulary = Vocabulary(words, specials=(END,))
    restored = Vocabulary.from_json(vocabulary.to_json())
    assert restored == vocabulary
    assert restored.digest == vocabulary.digest
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary


def test_ids_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "from musicrnn.tokens.vocabulary import Vocabulary as V; print(V.learn(['a fox']).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(digests) == 1


def test_unknown_token() -> None:
    with pytest.raises(VocabularyError, match="does not know 'z'"):
        Vocabulary("abc").encode("z")
    assert Vocabulary("abc", specials=(UNKNOWN,)).encode("z") == [0]


def test_id_out_of_range() -> None:
    with pytest.raises(VocabularyError, match="outside the vocabulary of 3"):
        Vocabulary("abc").decode([3])


@pytest.mark.parametrize(
    "text", ["", "{}", '{"tokens": 3}', "[]", '{"digest": "x", "tokens": ["a"], "specials": []}']
)
def test_damaged(text: str) -> None:
    with pytest.raises(ModelError, match=r"vocabulary\.json"):
        Vocabulary.from_json(text)
