"""What is wrong with a request, in words for whoever made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from musicrnn.errors import UsageError

__all__ = ["first_problem", "validated"]

ModelT = TypeVar("ModelT", bound=BaseModel)

#: characters of a wrong value that are quoted
_QUOTED = 40


def validated(model: type[ModelT], given: Mapping[str, Any]) -> ModelT:
    """`given` as `model`. Raises `UsageError` with the first thing that is wrong, in a line."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise UsageError(first_problem(error.errors())) from None


def first_problem(problems: Sequence[Any]) -> str:
    """The first of the problems that pydantic found, as a person would say it.

    >>> first_problem([{"type": "less_than_equal", "loc": ("query", "bars"), "input": "99",
    ...                 "ctx": {"le": 64}, "msg": ""}])
    'bars: 99 is too much; at most 64'
    """
    problem = problems[0]
    place = ".".join(str(part) for part in problem["loc"] if part not in ("query", "body", "path"))
    said = _SAYINGS.get(problem["type"])
    words = said(_quoted(problem.get("input")), problem.get("ctx", {})) if said else problem["msg"]
    return f"{place}: {words}" if place else str(words)


def _quoted(value: object) -> str:
    """The wrong value itself, or the beginning of it."""
    text = str(value)
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"


def _not_of(kind: str) -> Callable[[str, Mapping[str, Any]], str]:
    return lambda value, _: f"{value!r} is not {kind}"


_Saying = Callable[[str, Mapping[str, Any]], str]

#: pydantic's type of problem → the words for a value and what was allowed
_SAYINGS: Final[dict[str, _Saying]] = {
    "missing": lambda value, allowed: "is missing",
    "extra_forbidden": lambda value, allowed: "there is no such choice",
    "greater_than_equal": lambda value, allowed: f"{value} is too little; at least {allowed['ge']}",
    "less_than_equal": lambda value, allowed: f"{value} is too much; at most {allowed['le']}",
    "string_too_long": lambda value, allowed: (
        f"that is too long; at most {allowed['max_length']:,} characters"
    ),
    "string_too_short": lambda value, allowed: "is empty",
    "string_pattern_mismatch": lambda value, allowed: f"{value!r} is not written as it should be",
    "literal_error": lambda value, allowed: f"{value!r} is none of {allowed['expected']}",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _not_of("a whole number")),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), _not_of("a number")),
    **dict.fromkeys(("bool_parsing", "bool_type"), _not_of("yes or no (true, false)")),
    "string_type": _not_of("text"),
    "json_invalid": lambda value, allowed: "the body is not JSON",
    "model_attributes_type": lambda value, allowed: "the body is not a JSON object",
}
