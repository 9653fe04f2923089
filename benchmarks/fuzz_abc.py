"""Fuzz everything that reads ABC, guided by coverage, until it is stopped or `-runs` are done.

    uv run --with atheris python benchmarks/fuzz_abc.py -runs=1000000 [CORPUS_FOLDER]

Each input is decoded, parsed, checked, written, parsed again and played. Anything but an AbcError,
and a tree that does not survive being written, ends the run and leaves the bytes in a crash- file.
The options are libFuzzer's; ``-timeout=10`` makes a hang a crash, and ``-max_len=200`` keeps the
inputs short: a second of processor time then tries 500 of them, and as many tune books of ten
thousand characters would take five minutes. atheris has no wheel for some
Pythons; 3.11 is one that it has.
"""

from __future__ import annotations

import sys
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is missing: pip install atheris")

with atheris.instrument_imports(include=["musicrnn.abc"]):
    from musicrnn import abc
    from musicrnn.abc.checking.checker import check_book
    from musicrnn.errors import AbcError

#: what the mutator may put in: the signs of the notation, rather than random bytes
DICTIONARY = Path(__file__).with_name("fuzz_abc.dict")


def once(data: bytes) -> None:
    """One file."""
    try:
        text = abc.decode(data)
        book = abc.parse(text)
        check_book(book, text)
        for tune in book:
            abc.to_score(tune)
            if not tune.key:
                continue  # what has neither X: nor K: is a tune by guess, from signs that may go
            written = abc.write_book(abc.TuneBook((tune,), header=tune.inherited))
            if abc.parse(written).tunes != (tune,):
                raise AssertionError(f"{written!r} is another tune")
    except AbcError:
        return


if __name__ == "__main__":
    atheris.Setup([*sys.argv, f"-dict={DICTIONARY}"], once)
    atheris.Fuzz()
