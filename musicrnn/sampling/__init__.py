"""Writing new pieces: the network's step in NumPy, ways to choose, and what may be chosen.

`sample` joins them: an `Engine` gives the logits, a `Sampler` picks a token, a `Constraint` takes
or refuses it. Nothing here imports TensorFlow.
"""

from __future__ import annotations

from musicrnn.sampling.blas import one_thread
from musicrnn.sampling.drawing import Sample, sample
from musicrnn.sampling.engine import Engine
from musicrnn.sampling.samplers import Sampler
from musicrnn.tokens.constraint import Constraint

__all__ = ["Constraint", "Engine", "Sample", "Sampler", "one_thread", "sample"]
