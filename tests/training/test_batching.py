"""Each way of cutting pieces teaches what it should: every id once, from the right state."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.errors import CorpusError, UsageError
from musicrnn.training.batching import BATCHINGS, evaluation_epoch, plan_epoch

pieces_of = st.lists(
    st.lists(st.integers(1, 9), max_size=40).map(lambda ids: np.array(ids, np.uint16)),
    min_size=1,
    max_size=12,
)


def followed(epoch):
    """The pieces as the model meets them: inputs of each row, joined while the state is kept."""
    met, rows = [], {}
    for i in range(epoch.steps):
        batch = epoch.batch(i)
        for row in range(len(batch.inputs)):
            n = int(batch.weights[row].sum())
            assert batch.weights[row, :n].all()
            if not n:
                continue
            if not batch.keep[row, 0]:
                met.append(([], []))
                rows[row] = met[-1]
            rows[row][0].extend(batch.inputs[row, :n].tolist())
            rows[row][1].extend(batch.targets[row, :n].tolist())
    return met


@given(pieces=pieces_of, batch=st.integers(1, 5), length=st.integers(1, 50))
def test_tunes_are_met_once_each_from_a_state_of_zero(pieces, batch, length):
    epoch = plan_epoch(
        pieces, np.random.default_rng(1), batching="tunes", batch=batch, length=length
    )
    met = followed(epoch)
    wanted = [([0, *piece.tolist()], [*piece.tolist(), 0]) for piece in pieces]
    assert sorted(met) == sorted(wanted)


@given(pieces=pieces_of, batch=st.integers(1, 5), length=st.integers(1, 50))
def test_pieces_are_met_up_to_the_longest_row(pieces, batch, length):
    epoch = plan_epoch(
        pieces, np.random.default_rng(1), batching="pieces", batch=batch, length=length
    )
    assert not any(epoch.batch(i).keep.any() for i in range(epoch.steps))
    wanted = [([0, *piece.tolist()][:length], [*piece.tolist(), 0][:length]) for piece in pieces]
    assert sorted(followed(epoch)) == sorted(wanted)


class Counting:
    """Features that tell how many tokens were read and what the last one was."""

    sizes = {"read": 99, "last": 10}  # noqa: RUF012 - never changed

    def start(self):
        return 0, 0

    def after(self, place, token):
        return place[0] + 1, token

    def values(self, place):
        return place


@pytest.mark.parametrize("batching", ["tunes", "pieces", "evaluation"])
@given(pieces=pieces_of, batch=st.integers(1, 5), length=st.integers(1, 50))
def test_features_are_those_of_the_tokens_so_far(batching, pieces, batch, length):
    if batching == "evaluation":
        epoch = evaluation_epoch(pieces, batch=batch, length=length, features=Counting())
    else:
        epoch = plan_epoch(
            pieces, np.random.default_rng(1), batching=batching, batch=batch, length=length,
            features=Counting(),
        )  # fmt: skip
    read = {}
    for i in range(epoch.steps):
        made = epoch.batch(i)
        assert made.features.shape == (*made.inputs.shape, 2)
        for row in range(len(made.inputs)):
            n = int(made.weights[row].sum())
            first = read.get(row, 0) if made.keep[row, 0] else 0
            assert made.features[row, :n, 0].tolist() == list(range(first, first + n))
            assert made.features[row, :n, 1].tolist() == made.inputs[row, :n].tolist()
            read[row] = first + n


@pytest.mark.parametrize("batching", ["windows", "streams"])
def test_features_need_rows_that_begin_with_a_piece(batching):
    with pytest.raises(UsageError, match="choose pieces or tunes"):
        plan_epoch(
            [np.ones(3)], np.random.default_rng(), batching=batching, batch=1, length=1,
            features=Counting(),
        )  # fmt: skip


@given(pieces=pieces_of, batch=st.integers(1, 5), length=st.integers(1, 50))
def test_evaluation_meets_every_piece_once(pieces, batch, length):
    met = followed(evaluation_epoch(pieces, batch=batch, length=length))
    wanted = [([0, *piece.tolist()], [*piece.tolist(), 0]) for piece in pieces]
    assert sorted(met) == sorted(wanted)


@given(pieces=pieces_of, batch=st.integers(1, 5), length=st.integers(1, 20))
def test_streams_go_on_where_they_stopped(pieces, batch, length):
    epoch = plan_epoch(
        pieces, np.random.default_rng(1), batching="streams", batch=batch, length=length
    )
    met = followed(epoch)
    assert len(met) == batch
    for inputs, targets in met:
        assert inputs[1:] == targets[:-1]
        assert len(inputs) == epoch.steps * length


@given(pieces=pieces_of, batch=st.integers(1, 5), length=st.integers(1, 20))
def test_windows_are_stretches_of_the_text(pieces, batch, length):
    epoch = plan_epoch(
        pieces, np.random.default_rng(1), batching="windows", batch=batch, length=length
    )
    for i in range(epoch.steps):
        made = epoch.batch(i)
        assert made.inputs.shape == made.targets.shape == (batch, length)
        np.testing.assert_array_equal(made.inputs[:, 1:], made.targets[:, :-1])
        assert not made.keep.any()


@pytest.mark.parametrize("batching", BATCHINGS)
def test_the_same_generator_gives_the_same_batches(batching):
    pieces = [np.arange(1, n) for n in range(2, 30)]
    first, second = (
        plan_epoch(pieces, np.random.default_rng(3), batching=batching, batch=4, length=8)
        for _ in range(2)
    )
    assert first.steps == second.steps
    for i in reversed(range(first.steps)):
        np.testing.assert_array_equal(first.batch(i).inputs, second.batch(i).inputs)


def test_a_long_piece_is_evaluated_in_parts():
    epoch = evaluation_epoch([np.ones(100, np.uint8)], longest=30)
    assert sum(epoch.batch(i).tokens for i in range(epoch.steps)) == 100 + 4


def test_what_makes_no_sense_is_said():
    with pytest.raises(UsageError, match="windows"):
        plan_epoch([np.ones(3)], np.random.default_rng(), batching="x", batch=1, length=1)
    with pytest.raises(CorpusError, match="empty"):
        plan_epoch([], np.random.default_rng(), batching="tunes", batch=1, length=1)
    with pytest.raises(CorpusError, match="empty"):
        evaluation_epoch([])
