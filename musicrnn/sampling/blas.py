"""Products of matrices that come out alike whatever the number of cores.

OpenBLAS cuts a product among its threads, and the last bits of the sums depend on the cut. One
bit may choose another note; so tunes are drawn with one thread, and the same seed gives the same
tune on two cores, on sixteen, and in a worker that has one to itself. It makes one process a tenth
to a quarter slower; many tunes are shared among processes, which are the faster for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import numpy.typing as npt

# By the people of scikit-learn, alive, no dependencies. The environment variables that do the
# same are read once, when NumPy is imported, which may be long before.
from threadpoolctl import ThreadpoolController

__all__ = ["one_thread", "product"]

FloatArray = npt.NDArray[np.float32]


@cache
def _libraries() -> ThreadpoolController:
    """NumPy's BLAS, looked for once: that takes a hundred times longer than to set it."""
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """While it is entered, NumPy multiplies with one thread. Around a loop, not in it: 25 µs."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


def product(x: FloatArray, matrix: FloatArray) -> FloatArray:
    """x @ matrix; a single row as a vector, which BLAS does at twice the speed."""
    if len(x) == 1:
        return np.asarray((x[0] @ matrix)[None])
    return np.asarray(x @ matrix)
