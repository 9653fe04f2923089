"""Keras, imported when asked for, on the backend that was chosen."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from musicrnn.errors import MissingExtraError, UsageError

__all__ = ["BACKENDS", "choose", "keras_module"]

#: backend → the extra that installs it
BACKENDS = {"tensorflow": "train", "jax": "jax"}


def choose(backend: str | None) -> None:
    """Take `backend` (None: ``KERAS_BACKEND``, else TensorFlow) for this process.

    Keras reads its backend once, when it is first imported. Raises `UsageError` for a name that
    is not in `BACKENDS` or when Keras already runs on another one.
    """
    name = backend or os.environ.get("KERAS_BACKEND") or "tensorflow"
    if name not in BACKENDS:
        raise UsageError(f"no backend {name!r}; choose {' or '.join(BACKENDS)}")
    if "keras" in sys.modules and sys.modules["keras"].backend.backend() != name:
        raise UsageError("the backend is chosen before Keras is first used; start a new process")
    os.environ["KERAS_BACKEND"] = name


def keras_module() -> Any:
    """The module `keras`. Raises `MissingExtraError` where it or its backend is not installed."""
    if "keras" in sys.modules:
        return sys.modules["keras"]
    choose(None)
    backend = os.environ["KERAS_BACKEND"]
    for module in ("keras", backend):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError("training", BACKENDS[backend])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow asks oneDNN for products on new processors alone; on the others too it is up to
    # 1.8 times as fast at large ones (benchmarks/history/training.md).
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _quiet():
        import keras
    # It also warns of every new shape of a batch, which is what a bucket is.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return keras


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is written to standard error: TensorFlow's libraries greet there when they load,
    before any setting is read. An exception still comes through.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a file
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
