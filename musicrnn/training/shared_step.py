"""Training one batch by several workers: the mathematics. Importing this imports TensorFlow.

Every worker holds the whole model and knows the whole plan of batches; of each batch it takes the
rows `rank`, `rank` + R, … . The loss is divided by the weight of the global batch, gradients are
made dense, summed over the workers, *then* clipped and applied by each, so all stay alike and the
result is that of one process with the same batch, but for the order of the sums. Recurrent
states are shared out and gathered again with each step, so a checkpoint does not say how many
workers wrote it, and any number may go on from it. (Dropout draws other masks in each worker: so
with dropout the losses are as good as one process's, not the same.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from musicrnn.errors import ModelError
from musicrnn.training.batching import Batch
from musicrnn.training.step import Outcome
from musicrnn.training.step_tensorflow import TensorFlowStepper

__all__ = ["SharedStepper", "share"]

#: Moves the dropout of one worker far from that of the others.
_DROPOUT_STRIDE = 0x9E3779B1


def share(batch: Batch, rank: int, count: int) -> Batch:
    """The rows of `batch` for one of `count` workers; rows of weight 0 fill up the last round."""
    missing = -len(batch.inputs) % count

    def rows(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.pad(array, [(0, missing), *[(0, 0)] * (array.ndim - 1)])[rank::count]

    return Batch(
        rows(batch.inputs),
        rows(batch.targets),
        rows(batch.weights),
        rows(batch.keep),
        None if batch.features is None else rows(batch.features),
    )


class SharedStepper(TensorFlowStepper):
    """One worker's part of each step, under TensorFlow's multi-worker strategy."""

    def __init__(self, strategy: tf.distribute.MultiWorkerMirroredStrategy, *made: Any) -> None:
        self._strategy = strategy
        self._count: int = strategy.num_replicas_in_sync
        self._rank: int = strategy.cluster_resolver.task_id
        self._gather = tf.function(self._gather_states, autograph=False)
        super().__init__(*made)
        self._own_dropout()

    def train(self, batch: Batch, rate: float) -> Outcome:
        states = self._rows_of(self.states_for(self._states, batch, alone=self.alone))
        self._states = states
        # The base class finds the states of this worker's rows, and leaves those after the step.
        outcome = super().train(share(batch, self._rank, self._count), rate)
        self._states = self._whole(self._states, len(batch.inputs))
        return outcome

    def negative_log_likelihood(self, batch: Batch) -> float:
        self._evaluation_states = self._rows_of(self.states_for(self._evaluation_states, batch))
        nats = super().negative_log_likelihood(share(batch, self._rank, self._count))
        self._evaluation_states = self._whole(self._evaluation_states, len(batch.inputs))
        return nats

    def load_state_dict(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        super().load_state_dict(tensors)
        self._own_dropout()

    def check_alike(self, epoch: int, step: int) -> None:
        """Raise `ModelError` unless all workers stand at the same place of the run."""
        summed = tf.function(self._summed, autograph=False)
        everywhere = [
            float(value) for value in summed([tf.constant(float(epoch)), tf.constant(float(step))])
        ]
        if everywhere != [epoch * self._count, step * self._count]:
            raise ModelError("the workers found different checkpoints; start the training again")

    def _summed(self, values: list[Any]) -> list[Any]:
        def reduce(tensors: list[Any]) -> Any:
            context = tf.distribute.get_replica_context()
            # In here an operation has the device of this worker, which the sum needs to know.
            placed = [tf.identity(tensor) for tensor in tensors]
            return context.all_reduce(tf.distribute.ReduceOp.SUM, placed)

        return list(self._strategy.run(reduce, args=(values,)))

    def _rows_of(self, states: list[Any]) -> list[Any]:
        """This worker's rows of states of a whole batch."""
        arrays = [np.asarray(state) for state in states]
        missing = -len(arrays[0]) % self._count if arrays else 0
        return [
            np.pad(array, [(0, missing), (0, 0)])[self._rank :: self._count] for array in arrays
        ]

    def _whole(self, states: list[Any], rows: int) -> list[Any]:
        """The states of all rows of the batch, in their order."""
        if not states:
            return []
        return [state[:rows] for state in self._gather(list(states))]

    def _gather_states(self, states: list[Any]) -> list[Any]:
        mine = tf.one_hot(self._rank, self._count)[None, :, None]
        spread = [state[:, None, :] * tf.cast(mine, state.dtype) for state in states]
        return [tf.reshape(state, [-1, state.shape[-1]]) for state in self._summed(spread)]

    def _own_dropout(self) -> None:
        """Give this worker masks of its own; the first keeps those of the checkpoint."""
        for variable in self.model.variables:
            if self._rank and "seed_generator_state" in variable.path:
                seed, counter = np.asarray(variable.value).tolist()
                moved = (seed + self._rank * _DROPOUT_STRIDE) % 2**32
                variable.assign(np.array([moved, counter], variable.dtype))
