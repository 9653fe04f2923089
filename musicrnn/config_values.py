"""Dataclasses from what TOML and JSON give: every name known, every value of its field's type.

Recipes, corpus manifests and the configuration of models are read by this one rule, so that a
slip of the pen is named in the same words everywhere, and nothing a stranger's file holds gets
into a configuration unless a field was made for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from musicrnn.errors import UsageError

__all__ = ["from_values", "require_known"]

T = TypeVar("T")


def from_values(kind: type[T], values: object, section: str) -> T:
    """The dataclass `kind` with its fields from the table `values`.

    Lists become tuples where the field is one, and whole numbers serve as floats; fields of
    dataclass type are made by the caller beforehand. Raises `UsageError` for what is no table, an
    unknown or missing name, or a value of another type; `section` names the table.
    """
    table = require_known(kind, values, f"[{section}]")
    types = get_type_hints(kind)
    taken = {name: _value(types[name], table[name], f"{section}.{name}") for name in table}
    for entry in dataclasses.fields(kind):  # type: ignore[arg-type]  # all are dataclasses
        required = entry.default is entry.default_factory is dataclasses.MISSING
        if required and entry.name not in taken:
            raise UsageError(f"[{section}] lacks {entry.name!r}")
    return kind(**taken)


def require_known(kind: type, values: object, what: str) -> Mapping[str, Any]:
    """`values`, if it is a table and each of its names is a field of `kind`; else `UsageError`."""
    if not isinstance(values, Mapping):
        raise UsageError(f"{what} is no table")
    names = [entry.name for entry in dataclasses.fields(kind)]
    for name in values:
        if name not in names:
            meant = get_close_matches(str(name), names, 1)
            hint = f"; did you mean {meant[0]!r}?" if meant else f"; it knows {', '.join(names)}"
            raise UsageError(f"{what} knows no {name!r}{hint}")
    return values


def _value(wanted: Any, value: Any, name: str) -> Any:
    """`value` as `wanted`, a type as an annotation gives it. Raises `UsageError`."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is UnionType:
        if value is None and NoneType in arguments:
            return None
        (wanted,) = (argument for argument in arguments if argument is not NoneType)
        return _value(wanted, value, name)
    if origin is tuple and isinstance(value, list | tuple):
        items = list(value)
        kinds = [arguments[0]] * len(items) if arguments[1:] == (...,) else list(arguments)
        if len(kinds) != len(items):
            raise UsageError(f"{name} has {len(items)} values, not {len(kinds)}")
        return tuple(_value(kind, item, name) for kind, item in zip(kinds, items, strict=True))
    plain = origin or wanted
    if plain is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise UsageError(f"{name} is a number too large") from None
    if (plain in (int, float) and isinstance(value, bool)) or not isinstance(value, plain):
        raise UsageError(f"{name} must be {_NAMES.get(plain, plain.__name__)}, not {value!r}")
    return value


#: types as a person names them who writes the file
_NAMES = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    tuple: "a list",
    dict: "a table",
}
