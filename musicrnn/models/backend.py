"""Keras, imported when asked for, on the backend that was chosen."""

from __future__ import annotations

import importlib.util
import os
import sys
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
    # TensorFlow prints a page of its own on import; errors still come through.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    return keras
