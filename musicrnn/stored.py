"""Structured files that a stranger may have written: JSON, TOML, arrays of NumPy.

The libraries that read them raise whatever they come upon: `RecursionError` for deep nesting,
`zlib.error`, `EOFError`, `MemoryError` for an array that says it is huge. Here everything is within
bounds, and all that is wrong is one `ValueError`.
"""

from __future__ import annotations

import io
import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["arrays_in", "fraction", "from_json", "from_toml", "mapped", "require"]

#: Arrays of one file, and bytes of the description of one.
MOST_ARRAYS = 100
MOST_HEADER = 10_000
#: Lists and tables inside each other, far more than any of our files has; and the dots of a line of
#: TOML: Python's reader takes the square of the length of a key like ``a.b.c``, for hours.
MOST_DEPTH, MOST_DOTS = 64, 100
#: bits of a whole number of TOML, whose length nothing else bounds
MOST_BITS = 128
#: A number as files of music hold it; `Fraction` alone reads ``1e999999999``, for hours.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_NUMBER = re.compile(r"[+-]?\d{1,30}(/\d{1,30}|\.\d{1,30})?")


def require(fits: bool, wrong: str) -> None:
    """Raise `ValueError`, saying what is `wrong`, unless something `fits`."""
    if not fits:
        raise ValueError(wrong)


def fraction(text: str) -> Fraction:
    """The number that a text spells, as ``7``, ``3/8`` or ``0.5``. Raises `ValueError`."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no number")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} is no number") from None


def from_json(text: str | bytes) -> Any:
    """What JSON says. Raises `ValueError` for what is none, or nested too deep, and for half a
    character (``"\\ud800"``), which no file could be written with."""
    text = text if isinstance(text, str) else text.decode("utf-8")
    try:
        value = json.loads(text)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise _too_deep() from None
    return _shallow(value)


def from_toml(text: str | bytes) -> dict[str, Any]:
    """What TOML says. Raises `ValueError` for what is none, or nested too deep."""
    import tomllib

    text = text if isinstance(text, str) else text.decode("utf-8")
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise ValueError(f"a line with more than {MOST_DOTS} points")
    try:
        table = dict(_shallow(tomllib.loads(text)))
    except RecursionError:
        raise _too_deep() from None
    if not _is_of_bounded_numbers(table):
        raise ValueError(f"a whole number of more than {MOST_BITS} bits")
    return table


def _is_of_bounded_numbers(value: object) -> bool:
    """Whether each whole number of a table can be a float, and be printed (one of hexadecimal
    digits may be as long as the file)."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return all(map(_is_of_bounded_numbers, inner))
    return not isinstance(value, int) or value.bit_length() <= MOST_BITS


def _shallow(value: Any) -> Any:
    """`value`, which whoever prints, copies or compares it goes into call by call. Raises
    `ValueError` where it is nested deeper than `MOST_DEPTH`."""
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return value
    raise _too_deep()


def _too_deep() -> ValueError:
    return ValueError("nested too deep")


def arrays_in(data: bytes, most: int) -> dict[str, NDArray[Any]]:
    """Name → array of an ``.npz`` that unpacks to at most `most` bytes.

    Raises `ValueError` for what is no such archive of plain arrays.
    """
    import zipfile
    import zlib

    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > MOST_ARRAYS or sum(entry.file_size for entry in entries) > most:
                raise ValueError("more arrays than any such file has")
            for entry in entries:
                with packed.open(entry) as file:
                    # No more than it says: `read()` would unpack all there is.
                    content = file.read(entry.file_size)
                arrays[entry.filename.removesuffix(".npy")] = _array(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise ValueError(str(error) or "it ends too early") from None
    return arrays


def mapped(path: Path) -> NDArray[Any]:
    """The array of an ``.npy``, mapped into memory. Raises `OSError` and `ValueError`."""
    import warnings

    import numpy as np

    if not path.is_file():  # opening a pipe would wait
        raise FileNotFoundError(f"{path}: no such file")
    with path.open("rb") as file:
        _described(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A plain array over the same mapping is sliced several times faster than a memmap.
            return np.asarray(np.lib.format.open_memmap(path, mode="r"))
    except (EOFError, OverflowError, TypeError) as error:
        raise ValueError(str(error)) from None


def _array(content: bytes) -> NDArray[Any]:
    """An array from the bytes of an ``.npy``, which must hold all of it."""
    import numpy as np

    file = io.BytesIO(content)
    shape, columns_first, dtype = _described(file)
    body = content[file.tell() :]
    if math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("an array that is not as long as it says")
    array = np.frombuffer(body, dtype) if len(body) else np.empty(math.prod(shape), dtype)
    return array.reshape(shape, order="F" if columns_first else "C")


def _described(file: Any) -> tuple[tuple[int, ...], bool, Any]:
    """Shape, order and type of an array, from the head of its file. Raises `ValueError`."""
    import tokenize
    import warnings

    import numpy as np

    heads = np.lib.format
    read = {
        (1, 0): heads.read_array_header_1_0,
        (2, 0): heads.read_array_header_2_0,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's, of what looks odd
            shape, columns_first, dtype = read[heads.read_magic(file)](
                file, max_header_size=MOST_HEADER
            )
    except (SyntaxError, TypeError, KeyError, AttributeError, RecursionError, MemoryError,
            tokenize.TokenError) as error:  # fmt: skip
        raise ValueError(f"not the description of an array ({type(error).__name__})") from None
    sizes = all(0 <= size < 1 << 48 for size in shape)
    if dtype.kind not in "biufSU" or dtype.itemsize == 0 or not sizes:
        raise ValueError("not an array of plain numbers")
    return shape, columns_first, dtype
