"""Structured files that a stranger wrote: whatever is wrong with them is one `ValueError`."""

from __future__ import annotations

import io
import os
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from musicrnn.stored import arrays_in, fraction, from_json, from_toml, mapped


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{", "9" * 5000, '{"a":' * 50_000, r'"\ud800"', b"\xff", "[" * 70 + "]" * 70],
)
def test_json_that_is_none_or_nested_too_deep(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is Python's
        from_json(text)


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 50_000, "x", "x = " + "9" * 5000, b"x = '\xff'", "a." * 200_000 + "b = 1",
     "[" + "a." * 90 + "b]", 'x = "' + "." * 101 + '"', "x = 0x" + "f" * 5000,
     "x = [{y = [1" + "0" * 400 + "]}]"],
)  # fmt: skip
def test_toml_that_is_none_or_nested_too_deep(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is Python's
        from_toml(text)


def test_what_is_not_nested_too_deep() -> None:
    assert from_json("[" * 60 + "]" * 60)
    assert from_toml("seed = 18446744073709551615\n") == {"seed": 2**64 - 1}
    assert from_toml("a.b.c = [[[1.5, 2.5]]]\n") == {"a": {"b": {"c": [[[1.5, 2.5]]]}}}


def test_json_of_whole_characters() -> None:
    assert from_json(r'{"a": "\ud83d\ude00é"}') == {"a": "\U0001f600\u00e9"}


def test_numbers() -> None:
    assert [fraction(text) for text in ("3/8", "7", "-0.5")] == [
        Fraction(3, 8), Fraction(7), Fraction(-1, 2),
    ]  # fmt: skip
    for text in ("1e999999999", "1/0", "x", "", "9" * 40, "1/" + "9" * 40, "nan", "1_0"):
        with pytest.raises(ValueError, match="no number"):
            fraction(text)


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def test_arrays_come_back_as_they_were() -> None:
    wanted = {
        "plain": np.arange(6).reshape(2, 3), "columns": np.asfortranarray(np.eye(3)[:2]),
        "empty": np.zeros((0, 4), np.uint8), "one": np.int64(3), "text": np.array(["a", "bc"]),
    }  # fmt: skip
    found = arrays_in(npz(**wanted), 1 << 20)
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == np.asarray(array).dtype


def header(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "content",
    [header("(1000000000000,)"), header("(-1,)"), header("(" * 400), header("'x'"), b"", b"x" * 99,
     b"PK\x03\x04", header("(2,)") + bytes(8)],
)  # fmt: skip
def test_an_array_that_is_not_what_it_says(tmp_path: Path, content: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.npy", content)
    with pytest.raises(ValueError):  # noqa: PT011 - of many kinds
        arrays_in(out.getvalue(), 1 << 20)
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        mapped(tmp_path / "a.npy")


def test_arrays_of_objects_are_none() -> None:
    objects = np.array([{}, []], object)
    with pytest.raises(ValueError, match="plain"):
        arrays_in(npz(a=objects), 1 << 20)


def test_an_archive_that_unpacks_to_far_more_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="more"):
        arrays_in(npz(a=np.zeros(1 << 20)), 1 << 20)


@pytest.mark.skipif(os.name != "posix", reason="pipes as files")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.npy")
    with pytest.raises(OSError, match="no such file"):
        mapped(tmp_path / "a.npy")
