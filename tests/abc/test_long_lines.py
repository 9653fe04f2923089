"""Lines of which a pattern would try every way of reading them: none takes more than a moment."""

from __future__ import annotations

import time

import pytest

from musicrnn import abc
from musicrnn.abc.checking.unwrap import unwrap

TUNE = "X:1\nT:t\nM:4/4\nL:1/8\nK:D\nD2 F2 A2 d2|f2 d2 A2 F2|]\n"
LENGTH = 20_000
MOST_SECONDS = 3.0


@pytest.mark.parametrize("line", [" ", "1", "[K:", "1:", "K:C ", "T:x" + " " * LENGTH])
@pytest.mark.parametrize("end", ["", "!x"])
def test_lines_around_a_tune(line: str, end: str) -> None:
    text = line * (LENGTH // len(line) or 1) + end
    began = time.process_time()
    unwrap(text)
    unwrap(f"{TUNE}{text}\n")
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize("field", ["P:" + ")" * LENGTH + "!x", "Q:" + "1/4 " * (LENGTH // 4)])
def test_fields(field: str) -> None:
    began = time.process_time()
    abc.check(TUNE.replace("K:D", f"{field}\nK:D"))
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize("letter", "KMQw")
@pytest.mark.parametrize("sign", ["(", "1", "1 ", "/", "|"])
def test_every_field_of_one_sign(letter: str, sign: str) -> None:
    value = sign * (2 * LENGTH // len(sign))
    field = f"{letter}:{value}\nCDEF|]\n"
    texts = [f"X:1\nT:t\n{field}", f"{TUNE}{field}", f"X:1\nT:t\nK:C\n[{letter}:{value}]CDEF|]\n"]
    began = time.process_time()
    for text in texts:
        abc.check(text)
        unwrap(text)
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize("field", ["w:a b|c", "s:!f!|!p!", "m:~{}=B", "V:{}"])
def test_thousands_of_fields(field: str) -> None:
    fields = "".join(f"{field.format(number % 60)}\n" for number in range(6000))
    began = time.process_time()
    abc.check("X:1\nT:t\nK:C\n" + "CDEF|GABc|\n" * 1000 + fields)
    abc.to_score(abc.parse_tune(f"X:1\nT:t\nK:C\nCDEF|GABc|\n{fields}CDEF|]\n"))
    assert time.process_time() - began < MOST_SECONDS
