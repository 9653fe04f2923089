"""Kneser-Ney as in the paper, next to a version that follows the paper word by word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicrnn.errors import UsageError
from musicrnn.evaluation.ngrams import KneserNey

VOCABULARY = 4
pieces = st.lists(
    st.lists(st.integers(1, VOCABULARY - 1), max_size=12), min_size=1, max_size=8
)  # fmt: skip


class Textbook:
    """Chen and Goodman's equations with dictionaries."""

    def __init__(self, pieces: Sequence[Sequence[int]], order: int) -> None:
        self.order = order
        self.counts = {n: Counter[tuple[int, ...]]() for n in range(1, order + 1)}
        preceding = {n: defaultdict[tuple[int, ...], set[int]](set) for n in range(1, order + 1)}
        for piece in pieces:
            tokens = [0] * order + [*piece, 0]
            for i in range(order, len(tokens)):
                for n in range(1, order + 1):
                    gram = tuple(tokens[i - n + 1 : i + 1])
                    self.counts[n][gram] += 1
                    preceding[n][gram].add(tokens[i - n])
        self.different = {
            n: Counter({gram: len(found) for gram, found in grams.items()})
            for n, grams in preceding.items()
        }

    def probability(self, token: int, context: tuple[int, ...], *, top: bool = True) -> float:
        n = len(context) + 1
        lower = (
            1 / VOCABULARY if n == 1 else self.probability(token, context[1:], top=False)
        )  # fmt: skip
        counts = (self.counts if top else self.different)[n]
        followers = {gram: c for gram, c in counts.items() if gram[:-1] == context}
        if not followers:
            return lower
        discounts = self.discounts(counts)
        own = counts[(*context, token)]
        left = sum(discounts[min(c, 3)] for c in followers.values())
        return (own - discounts[min(own, 3)] + left * lower) / sum(followers.values())

    @staticmethod
    def discounts(counts: Counter[tuple[int, ...]]) -> list[float]:
        n = Counter(counts.values())
        if not (n[1] and n[2]):
            return [0, 0.5, 0.5, 0.5]
        y = n[1] / (n[1] + 2 * n[2])
        found = [c - (c + 1) * y * n[c + 1] / n[c] if n[c] else c * y for c in (1, 2, 3)]
        return [0, *(min(max(d, 0.05), c) for c, d in zip((1, 2, 3), found, strict=True))]


@given(pieces, pieces, st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_bits_are_those_of_the_paper(
    train: list[list[int]], held_out: list[list[int]], order: int
) -> None:
    bits = KneserNey.fit(train, vocabulary=VOCABULARY, order=order).bits(held_out)
    textbook = Textbook(train, order)
    expected = []
    for piece in held_out:
        tokens = [0] * (order - 1) + [*piece, 0]
        for i in range(order - 1, len(tokens)):
            context = tuple(tokens[i - order + 1 : i])
            expected.append(-np.log2(textbook.probability(tokens[i], context)))
    assert bits[-1] == pytest.approx(np.array(expected))


@given(pieces, st.lists(st.integers(0, VOCABULARY - 1), max_size=6), st.integers(1, 8))
@settings(deadline=None, max_examples=60)
def test_probabilities_add_up(train: list[list[int]], context: list[int], order: int) -> None:
    model = KneserNey.fit(train, vocabulary=VOCABULARY, order=order)
    following = [[*context, token] for token in range(VOCABULARY)]
    bits = model.bits(following)[-1].reshape(VOCABULARY, -1)[:, len(context)]
    assert (2.0**-bits).sum() == pytest.approx(1)


def test_each_order_is_scored_as_if_it_were_the_highest() -> None:
    rng = np.random.default_rng(3)
    train = [rng.integers(1, VOCABULARY, 50).tolist() for _ in range(5)]
    together = KneserNey.fit(train, vocabulary=VOCABULARY, order=4).bits(train)
    for order in (1, 2, 3, 4):
        alone = KneserNey.fit(train, vocabulary=VOCABULARY, order=order).bits(train)
        assert together[order - 1] == pytest.approx(alone[-1])


def test_a_repeated_phrase_is_learnt_by_higher_orders() -> None:
    phrase = [1, 2, 3, 1, 1, 3, 2, 2]
    bits = KneserNey.fit([phrase * 20] * 3, vocabulary=VOCABULARY, order=6).bits([phrase * 4])
    means = bits.mean(axis=1)
    assert means[0] > 1.5
    assert means[5] < 0.3


@pytest.mark.parametrize("order", [0, 9])
def test_order_out_of_range(order: int) -> None:
    with pytest.raises(UsageError, match="choose 1 to 8"):
        KneserNey.fit([[1]], vocabulary=2, order=order)
