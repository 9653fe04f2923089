"""The precision of a run: what the operands of its products are rounded to."""

from __future__ import annotations

from pathlib import Path

from musicrnn.models.config import ModelConfig
from musicrnn.training.backend import keras_module

__all__ = ["CHOICES", "resolved"]

#: What a recipe may ask for. ``auto`` is settled when a run begins and stands in its recipe as
#: one of the others, so that it goes on alike wherever it is resumed.
CHOICES = ("auto", "float32", "bfloat16")

#: What /proc/cpuinfo calls the instructions that multiply matrices of bfloat16: tiles (Intel's
#: AMX), or vectors (AMD from Zen 4 on, Intel's Cooper Lake).
INSTRUCTIONS = frozenset({"amx_bf16", "avx512_bf16"})

#: With fewer units than this, products are too small to gain from operands half as wide.
WIDE = 256

PROCESSOR = Path("/proc/cpuinfo")


def resolved(precision: str, model: ModelConfig) -> str:
    """`precision`, or for ``auto`` the faster one that learns as well.

    bfloat16 for an LSTM or GRU whose layers are all wide, on TensorFlow and a processor with
    instructions for its products: 1.4 to 2.5 times as fast with AMX, 1.3 times with AVX-512, and
    the same loss to a hundredth. float32 elsewhere; for a plain cell too, whose layer is Keras's
    and would round its states.
    """
    if precision != "auto":
        return precision
    gains = model.cell in ("lstm", "gru") and min(model.units) >= WIDE
    return "bfloat16" if gains and _multiplies_bfloat16() else "float32"


def _multiplies_bfloat16() -> bool:
    """Whether training will run on a processor that multiplies matrices of bfloat16 itself."""
    if keras_module().backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return False
    try:
        return not INSTRUCTIONS.isdisjoint(PROCESSOR.read_text("utf-8").split())
    except OSError:  # no such file but on Linux, and only there does TensorFlow use the unit
        return False
