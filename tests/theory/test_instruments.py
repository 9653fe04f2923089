"""Instruments by name, and what there is not."""

import pytest

from musicrnn.errors import UsageError
from musicrnn.theory.instruments import INSTRUMENTS, PROGRAMS, program_named


@pytest.mark.parametrize(
    ("name", "program"),
    [("flute", 73), ("Fiddle", 40), ("73", 73), ("0", 0), ("whistle-D", 78), ("violin", 40),
     ("church organ", 19), ("Church_Organ", 19), ("sitar", 104), ("accordion", 21)],
)  # fmt: skip
def test_programs_by_name_or_number(name: str, program: int) -> None:
    assert program_named(name) == program


@pytest.mark.parametrize(
    ("name", "message"),
    [("flut", "did you mean flute"), ("128", "choose 0 to 127"), ("", "no instrument"),
     ("-1", "no instrument")],
)  # fmt: skip
def test_what_is_no_instrument(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        program_named(name)


def test_the_tables_hold_together() -> None:
    assert len(PROGRAMS) == len(set(PROGRAMS)) == 128
    for row in INSTRUMENTS.values():
        assert 0 <= row.lowest < row.highest <= 127
        assert 0 <= row.program <= 127
