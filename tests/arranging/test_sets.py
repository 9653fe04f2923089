"""Sets: keys that follow each other, tunes that differ, one file of them all."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import mido
import numpy as np
import pytest

from musicrnn import abc
from musicrnn.arranging.sets import Member, best_order, chosen_keys, encode_set, follows, set_book
from musicrnn.errors import UsageError
from musicrnn.generation.tune import read
from musicrnn.render import performed


def reel(key: str, notes: str = "GABc dcBA|") -> str:
    return f"X:9\nT:In {key}\nR:reel\nM:4/4\nL:1/8\nQ:1/4=120\nK:{key}\n{notes * 8}]\n"


def member(text: str) -> Member:
    return Member(text, performed(text))


def test_keys_that_follow_each_other() -> None:
    d, g, a, e_minor, e_flat = map(abc.parse_key, ("D", "G", "A", "Em", "Eb"))
    assert follows(g, d) > follows(g, e_minor) > follows(g, e_flat) > follows(g, g)
    assert follows(g, a) > follows(a, g)  # a tone up is a lift, a tone down is none


def test_chosen_keys() -> None:
    for seed in range(20):
        keys = [abc.parse_key(key) for key in chosen_keys(4, np.random.default_rng(seed))]
        assert all(one != other for one, other in itertools.pairwise(keys))
        steps = [follows(one, other) for one, other in itertools.pairwise(keys)]
        assert min(steps) >= 0


def test_the_best_order_has_no_jolt_and_no_two_alike() -> None:
    own = [
        member(reel("G")), member(reel("Eb", "EGBE FAcA|")), member(reel("D", "dfaf gfed|")),
        member(reel("A", "ABcd edcB|")), member(reel("G", "B2GB A2FA|")),
    ]  # fmt: skip
    order = best_order(own, 3)
    assert 1 not in order  # E flat
    assert {0, 3} - set(order)  # the same tune in G and in A
    with pytest.raises(UsageError, match="a set of 9 tunes wants as many; there are 5"):
        best_order(own, 9)


def test_a_book_is_numbered_from_one() -> None:
    book = set_book([reel("G"), reel("D")])
    assert [tune.number for tune in abc.parse(book).tunes] == ["1", "2"]
    assert abc.check(book) == []


def test_each_tune_is_played_so_many_times() -> None:
    midi = encode_set([member(reel("G")), member(reel("D"))], ".mid", times=3)
    assert mido.MidiFile(file=io.BytesIO(midi)).length == pytest.approx(2 * 3 * 8 * 2, abs=0.1)


def test_sound(tmp_path: Path) -> None:
    import soundfile

    tunes = read((reel("G") + "\n" + reel("D")).encode())
    tunes.save(tmp_path / "set.mp3", times=1)
    sound = soundfile.info(str(tmp_path / "set.mp3"))
    assert 31 < sound.duration < 38  # and the last notes ring out


@pytest.mark.needs("score")
def test_three_tunes_are_on_one_page() -> None:
    tunes = [member(reel(key)) for key in ("G", "D", "A")]
    pdf = encode_set(tunes, ".pdf")
    assert pdf.startswith(b"%PDF-")
    assert b"/Count 1 " in pdf
    assert b"/Count 1 " not in encode_set(tunes * 3, ".pdf")


def test_what_makes_no_sense() -> None:
    with pytest.raises(UsageError, match="a tune at least"):
        encode_set([], ".abc")
    with pytest.raises(UsageError, match=r"set\.txt"):
        encode_set([member(reel("G"))], ".txt")
    with pytest.raises(UsageError, match="0 times"):
        encode_set([member(reel("G"))], ".mid", times=0)
