"""How inputs are damaged for `benchmarks/mutations.py`: bytes, plain values, arrays, MusicXML.

Bytes are damaged byte by byte. Files that a checksum or a grammar protects (the configuration of a
bundle, the position of a run, MusicXML) are damaged where it hurts: a value, an array or an element
is replaced, taken out or doubled.
"""

from __future__ import annotations

import copy
import io
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import numpy as np

__all__ = [
    "Reader",
    "altered",
    "altered_arrays",
    "altered_xml",
    "arrays_of",
    "json_of",
    "mutated",
    "npz_of",
    "toml_of",
]

#: what makes numbers and texts go wrong
ODD = (
    b"0", b"-1", b"1e999", b"inf", b"nan", b"9" * 300, b"\0", b"\xff", b"\xef\xbb\xbf", b"/0", b"(",
    b"[", b"{", b"((((((((", b"\n", b"\r", b"1(9/8", b"\xc2\xb2", b"\xe2\x80\xa8", b"../",
    b":|", b"::", b"1e99999999", b"[" * 5000,
)  # fmt: skip
#: the same as values
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 255, 65_536, 10**12, 10**40, 0.5, -0.5, 1e308, float("nan"),
    float("inf"), "", "x", "../../x", "\x1b[31m", "a\nb", "https://127.0.0.1/x", "1e99999999",
    "9" * 5000, "\ud800", [], {}, [[]], [None], ["x"], {"x": 1}, "name", "4/0", "0/4",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """`make` gives a damaged input, `read` reads it."""

    make: Callable[[random.Random], Any]
    read: Callable[[Any], Any]


def mutated(data: bytes, choose: random.Random) -> bytes:
    """The bytes with a few things replaced, removed, doubled, or something odd put in."""
    out = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 4, 8))):
        place = choose.randrange(len(out) + 1)
        kind = choose.randrange(6)
        if kind == 0 and place < len(out):
            out[place] = choose.randrange(256)
        elif kind == 1:
            del out[place : place + choose.choice((1, 1, 4, 40))]
        elif kind == 2:
            out[place:place] = out[place : place + choose.choice((1, 8, 80))]
        elif kind == 3:
            out[place : place + choose.randrange(3)] = choose.choice(ODD)
        elif kind == 4:
            other = choose.randrange(len(out) + 1)
            out[place:place] = out[other : other + 8]
        elif place + 4 <= len(out):
            struct.pack_into(">I", out, place, choose.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
    return bytes(out)


def altered(value: Any, choose: random.Random) -> Any:
    """Plain values of JSON or TOML with one to three of them replaced, taken out or doubled."""
    whole = [copy.deepcopy(value)]
    for _ in range(choose.choice((1, 1, 2, 3))):
        places = [(whole, 0), *_places(whole[0])]
        holder, at = choose.choice(places[1:] or places)
        kind = choose.randrange(4)
        if kind == 0 and holder is not whole:
            del holder[at]
        elif kind == 1 and isinstance(holder, list) and holder is not whole:
            holder.insert(at, copy.deepcopy(holder[at]))
        elif kind == 2:
            holder[at] = copy.deepcopy(choose.choice(choose.choice(places)[0:1]))
            if isinstance(holder[at], list | dict) and len(repr(holder[at])) > 10_000:
                holder[at] = None
        else:
            holder[at] = copy.deepcopy(choose.choice(VALUES))
    return whole[0]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in nested lists and tables: what holds it, and its key or index."""
    places: list[tuple[Any, Any]] = []
    if not isinstance(value, dict | list):
        return []
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        places += [(value, key), *_places(inner)]
    return places


def altered_arrays(arrays: dict[str, np.ndarray], choose: random.Random) -> dict[str, Any]:
    """Arrays of which one has another type, shape or value, or is gone."""
    damaged: dict[str, Any] = dict(arrays)
    name = choose.choice(list(damaged))
    array = damaged[name]
    kind = choose.randrange(6)
    if kind == 0:
        del damaged[name]
    elif kind == 1:
        damaged[name] = (
            array.astype(choose.choice((np.float32, np.int64, np.uint8, np.complex64)))
            if array.dtype.kind in "uif"
            else np.zeros(3)
        )
    elif kind == 2:
        damaged[name] = array.reshape(-1)[: choose.randrange(array.size + 1)]
    elif kind == 3:
        damaged[name] = array[None]
    elif kind == 4:
        damaged[name] = np.concatenate([array.reshape(-1)] * 2)
    elif array.size and array.dtype.kind in "uif":
        array = array.copy()
        place = choose.randrange(array.size)
        most = np.iinfo(array.dtype).max if array.dtype.kind in "ui" else np.nan
        array.reshape(-1)[place] = choose.choice((0, 1, most))
        damaged[name] = array
    return damaged


def altered_xml(text: str, choose: random.Random) -> bytes:
    """MusicXML with elements taken out, doubled or moved, and odd texts and attributes."""
    root = ElementTree.fromstring(text)
    for _ in range(choose.choice((1, 1, 2, 4))):
        parents = [(parent, child) for parent in root.iter() for child in parent]
        if not parents:  # all of it has been taken out
            break
        parent, child = choose.choice(parents)
        kind = choose.randrange(5)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            for _ in range(choose.choice((1, 3, 50))):
                parent.append(copy.deepcopy(child))
        elif kind == 2:
            choose.choice(parents)[0].append(copy.deepcopy(child))
        elif kind == 3:
            odd = choose.choice(ODD).decode("utf-8", "replace")
            child.text = "".join(c for c in odd if c >= " ") or str(choose.randrange(10**9))
        elif child.attrib:
            name = choose.choice(list(child.attrib))
            child.attrib[name] = choose.choice(("", "0", "-1", "x", "9" * 40, "start", "stop"))
    return ElementTree.tostring(root)


# --- writing -----------------------------------------------------------------------------------


def toml_of(values: Any) -> bytes:
    """Plain values as TOML, in one line each."""

    def said(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {said(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(said, value)) + "]"
        return "nan" if value is None else json.dumps(value).replace("NaN", "nan")

    table = values if isinstance(values, dict) else {"x": values}
    lines = [f"{json.dumps(key)} = {said(value)}" for key, value in table.items()]
    return ("\n".join(lines) + "\n").replace("Infinity", "inf").encode("utf-8", "replace")


def arrays_of(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of an .npz."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return dict(file)


def npz_of(arrays: dict[str, Any]) -> bytes:
    """Arrays as an .npz."""
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def json_of(values: Any) -> bytes:
    """Plain values as JSON."""
    return json.dumps(values).encode("utf-8", "replace")
