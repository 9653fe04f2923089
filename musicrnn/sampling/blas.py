"""Products of matrices that come out alike whatever the number of cores.

OpenBLAS cuts a product among its threads, and the last bits of the sums depend on the cut. One
bit may choose another note; so tunes are drawn with one thread, and the same seed gives the same
tune on two cores, on sixteen, and in a worker that has one to itself. It makes one process a tenth
to a quarter slower; many tunes are shared among processes, which are the faster for it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import numpy.typing as npt

# By the people of scikit-learn, alive, no dependencies. The environment variables that do the
# same are read once, when NumPy is imported, which may be long before.
from threadpoolctl import ThreadpoolController

__all__ = ["Matrix", "one_thread"]

FloatArray = npt.NDArray[np.float32]

#: OpenBLAS's names for the processors for which it has such kernels (``sgemm_small_kernel_*`` in
#: its folder kernel/x86_64), the multiplications up to which it surely takes them, and the least
#: columns of a strip.
_UNPACKED_ARCHITECTURES = frozenset({"SkylakeX", "Cooperlake", "SapphireRapids"})
_SMALL = 900_000
_STRIP = 32
#: rows that are transposed at once
_BLOCK = 32
#: Bytes that OpenBLAS takes for its first product, and a product that is large enough for that.
_BUFFER, _LARGE = 48 << 20, 128


@cache
def _libraries() -> ThreadpoolController:
    """NumPy's BLAS, looked for once: that takes a hundred times longer than to set it."""
    libraries = ThreadpoolController()
    with libraries.limit(limits=1, user_api="blas"):
        _have_buffer()
    return libraries


def _have_buffer() -> None:
    """Have OpenBLAS take the memory that it works in. Raises `MemoryError` where there is not so
    much, whereupon OpenBLAS itself would end the process."""
    try:
        mmap.mmap(-1, _BUFFER).close()
    except OSError as error:
        raise MemoryError from error
    square = np.ones((_LARGE, _LARGE), np.float32)
    square @ square


@contextmanager
def one_thread() -> Iterator[None]:
    """While it is entered, NumPy multiplies with one thread. Around a loop, not in it: 25 µs."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


class Matrix:
    """Weights, laid out so that this machine multiplies rows by them fast; see `product`."""

    def __init__(self, matrix: FloatArray) -> None:
        self.shape: tuple[int, int] = matrix.shape
        self._strips = _multiplies_unpacked()
        if self._strips:
            inner, columns = self.shape
            self._values = np.zeros((columns + -columns % _STRIP, inner), np.float32)
            # In blocks that the caches hold, which takes a ninth of the time of one assignment.
            for at in range(0, inner, _BLOCK):
                self._values[:columns, at : at + _BLOCK] = matrix[at : at + _BLOCK].T
        else:
            self._values = np.ascontiguousarray(matrix)

    @property
    def nbytes(self) -> int:
        """Bytes that a product reads."""
        return self._values.nbytes

    def product(self, x: FloatArray) -> FloatArray:
        """x @ matrix, (rows, columns), not written to again by anybody else.

        OpenBLAS copies a matrix into an order of its own before each product, which takes longer
        than the product itself where the rows are few. Its kernels for AVX-512 do without in small
        products, so the transposed matrix is there multiplied strip by strip: 6 rows by 900 × 2560
        in 370 µs instead of 1,340, where reading the matrix takes 325.
        """
        rows, (inner, columns) = len(x), self.shape
        values = self._values
        if not self._strips:
            return np.asarray(x @ values) if rows > 1 else np.asarray((x[0] @ values)[None])
        if rows == 1:  # BLAS multiplies a vector at twice the speed of a matrix of one row
            return np.asarray((values @ x[0])[None, :columns])
        strip = _STRIP
        if rows * inner * strip > _SMALL:
            return np.asarray((values @ x.T).T[:, :columns])
        while rows * inner * strip * 2 <= _SMALL and len(values) % (2 * strip) == 0:
            strip *= 2
        strips = values.reshape(-1, strip, inner).transpose(0, 2, 1)
        return np.asarray((x @ strips).transpose(1, 0, 2).reshape(rows, -1)[:, :columns])


@cache
def _multiplies_unpacked() -> bool:
    """Whether NumPy's BLAS has kernels for small products that leave the matrix where it is."""
    return any(
        library.get("architecture") in _UNPACKED_ARCHITECTURES for library in _libraries().info()
    )
