"""Imports point down: each room of the package knows only those below it; no circle."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import musicrnn

PACKAGE = Path(musicrnn.__file__).parent

#: the rooms, each row above the next; rooms of one row may know those to their right
FLOORS = """
cli mcp web notebook
live
workflow
evaluation
training
generation
constraints
sampling
arranging
corpus render
novelty
models
reading
tokens
musicxml
abc
midi
parallel
theory
formats piece
score
files
resources
config_values
encodings errors stored version
"""
ORDER = [room for row in FLOORS.split("\n") for room in row.split()]


def arrows() -> dict[tuple[str, str], set[str]]:
    """(room, room that it imports) → where; what is imported for types alone counts, too."""
    modules = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, path in modules.items():
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            for name in imported(node, modules):
                pair = room_of(module), room_of(name)
                if pair[0] != pair[1]:
                    found[pair].add(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    return found


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    return [*module.split("."), "__init__"][1]


def imported(node: ast.AST, modules: dict[str, Path]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name in modules]
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("musicrnn"):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return [name if name in modules else str(node.module) for name in names]
    return []


def test_imports_point_down() -> None:
    rank = {room: place for place, room in enumerate(ORDER)}
    upward = {
        pair: places
        for pair, places in arrows().items()
        if pair[0] not in ("__init__", "__main__") and rank[pair[1]] <= rank[pair[0]]
    }
    assert upward == {}


def circles(below: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """The groups of names that lead back to themselves."""

    def reached(name: str) -> set[str]:
        seen: set[str] = set()
        waiting = [*below.get(name, ())]
        while waiting:
            if (lower := waiting.pop()) not in seen:
                seen.add(lower)
                waiting += below.get(lower, ())
        return seen

    reach = {name: reached(name) for name in below}
    return sorted(
        {tuple(sorted(m for m in reach[n] if n in reach.get(m, ()))) for n in reach} - {()}
    )


def test_no_circle_within_a_room_either() -> None:
    modules = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    below = {
        module: {
            name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in imported(node, modules)
        }
        - {module}
        for module, path in modules.items()
    }
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [("b", "c")]
    assert circles(below) == []


def test_every_room_has_its_place() -> None:
    rooms = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert rooms - {"__init__", "__main__"} == set(ORDER)


def test_the_house_is_not_too_tall() -> None:
    below: dict[str, set[str]] = defaultdict(set)
    for upper, lower in arrows():
        below[upper].add(lower)

    def height(room: str) -> int:
        return 1 + max(map(height, below[room]), default=0)

    assert max(map(height, list(below))) <= 12


def test_modules_stay_small() -> None:
    for path in PACKAGE.rglob("*.py"):
        lines = len(path.read_text("utf-8").splitlines())
        assert lines <= 400, f"{path.relative_to(PACKAGE)} has {lines} lines; it is two ideas"


def test_the_rows_are_one_list() -> None:
    assert len(set(ORDER)) == len(ORDER)
    assert all(upper != lower for upper, lower in pairwise(ORDER))


def test_no_measurement_is_called_as_a_module_of_python() -> None:
    # ``python benchmarks/x.py`` has its folder in front of the standard library, for children too.
    names = {path.stem for path in (PACKAGE.parent / "benchmarks").glob("*.py")}
    assert not names & sys.stdlib_module_names
