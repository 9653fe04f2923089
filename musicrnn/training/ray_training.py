"""Training one model by several workers, through Ray Train.

The run's folder, which all nodes see, is the whole state: Ray starts the workers, each goes on
from the last checkpoint there, the first one writes. When a worker or its node dies, Ray starts
the group again, with fewer workers if it must, and the same happens: nothing of ours restarts
anything. Killed at any moment, the run ends with the losses of one process (see `sharing`).
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicrnn.errors import ModelError, UsageError
from musicrnn.training.run import Run

if TYPE_CHECKING:
    import numpy.typing as npt

    from musicrnn.models.bundle import Bundle
    from musicrnn.training.run import TrainingState

__all__ = ["train_on_cluster"]

#: How often the group may be started again before the run is given up; it stays resumable.
MOST_FAILURES = 8
#: Seconds between looks at the log, to tell how training goes.
_LOOK = 2.0


def train_on_cluster(
    folder: Path, workers: int, *, tell: Callable[[dict[str, Any]], None] | None = None
) -> None:
    """Train the run in `folder`, which has a checkpoint, to its end with up to `workers` workers.

    This process is connected to a cluster (`musicrnn.cluster.connected`) whose nodes see
    `folder`. `tell` is given each line of the log as it comes. Raises `ModelError` when the run
    cannot be finished; it can be resumed.
    """
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.tensorflow import TensorflowTrainer

    gpus = int(ray.cluster_resources().get("GPU", 0))
    trainer = TensorflowTrainer(
        _worker,
        train_loop_config={"folder": str(folder.absolute())},
        scaling_config=ScalingConfig(
            num_workers=(1, workers) if workers > 1 else 1, use_gpu=gpus >= workers
        ),
        run_config=RunConfig(
            name="ray",
            storage_path=str(folder.absolute()),
            failure_config=FailureConfig(max_failures=MOST_FAILURES),
        ),
    )
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(Run(folder).log_path, tell, done), daemon=True)
    watcher.start()
    try:
        with Run(folder).alone():
            trainer.fit()
    except UsageError:
        raise
    except Exception as error:  # Ray wraps whatever a worker raised
        reason = str(getattr(error, "__cause__", None) or error).strip().rsplit("\n", 1)[-1]
        raise ModelError(
            f"training stopped: {reason}; go on with: musicrnn train --resume {folder}"
        ) from error
    finally:
        done.set()
        watcher.join()


def _watch(log: Path, tell: Callable[[dict[str, Any]], None] | None, done: threading.Event) -> None:
    """Give `tell` each new line of the log until `done`."""
    reported = len(log.read_text("utf-8").splitlines()) if log.exists() else 0
    while tell:
        last = done.wait(_LOOK)
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        for line in lines[reported:]:
            tell(json.loads(line))
        reported = max(reported, len(lines))
        if last:
            return


class _Onlooker(Run):
    """The run as the other workers see it: they read what the first one writes."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        super().__init__(folder)
        self.best = scratch / "best"
        self.shared = True

    def save_checkpoint(
        self, bundle: Bundle, tensors: Mapping[str, npt.NDArray[Any]], position: TrainingState
    ) -> None:
        pass

    def write_log(self, lines: list[dict[str, Any]], *, picture: bool = True) -> None:
        pass


def _worker(config: dict[str, Any]) -> None:
    """One worker's whole part: join the group, go on from the checkpoint, train to the end."""
    from musicrnn.training.backend import choose

    choose("tensorflow")
    import tensorflow as tf

    # Before anything else of TensorFlow: it sets up how the workers speak with each other.
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    from musicrnn.training.shared_step import SharedStepper
    from musicrnn.training.trainer import Silent, Trainer

    folder = Path(config["folder"])

    made: list[SharedStepper] = []

    def make(*given: Any, dropout_seed: int) -> SharedStepper:
        made.append(SharedStepper(strategy, *given, dropout_seed))
        return made[0]

    trainer = Trainer.resume(folder, make=make, shared=True)
    (stepper,) = made
    stepper.check_alike(trainer.position.epoch, trainer.position.step)
    with tempfile.TemporaryDirectory() as scratch:
        if strategy.cluster_resolver.task_id:
            trainer.run = _Onlooker(folder, Path(scratch))
        trainer.train(Silent())
        # Nobody leaves before the last checkpoint is written: the group would be taken for dead.
        stepper.check_alike(trainer.position.epoch, trainer.position.step)
