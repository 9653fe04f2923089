"""Whether every tune survives being written: ``python -m benchmarks.abc_roundtrip [COLLECTION …]``.

Each tune of the folk collections that music21 installs, and of Essen, is parsed, written and
parsed again: the tree and the score must be the same, the text of the second writing too. Then
its score is written as ABC and read again: the notes must be the same.
"""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks.abc_tunes import COLLECTIONS, read_tunes
from musicrnn import abc
from musicrnn.errors import MusicRNNError
from musicrnn.score import Score


def survives(tune: abc.ParsedTune) -> bool:
    """Whether the tree, the score and the text are the same after being written and read."""
    book = abc.parse(abc.write_book(abc.TuneBook((tune,), header=tune.inherited)))
    if book.tunes != (tune,):
        return False
    again = book.tunes[0]
    return abc.write(again) == abc.write(tune) and abc.to_score(again) == abc.to_score(tune)


def notes(score: Score) -> list[tuple[object, ...]]:
    """What sounds, whichever voice it stands in."""
    return sorted((note.onset, note.pitch, note.duration) for note in score)


def respelled(tune: abc.ParsedTune) -> bool:
    """Whether the notes of the score survive being written as ABC from nothing but themselves."""
    score = abc.to_score(tune)
    return notes(abc.to_score(abc.parse_tune(abc.from_score(score)))) == notes(score)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("collections", nargs="*", default=COLLECTIONS)
    parser.add_argument("--tunes", type=int, help="at most so many a file")
    options = parser.parse_args()
    count: Counter[tuple[str, str]] = Counter()
    for found in read_tunes(options.collections, options.tunes):
        count[found.collection, "tunes"] += 1
        for name, check in (("tree and score", survives), ("score to ABC", respelled)):
            try:
                same = check(found.tune)
            except MusicRNNError as error:
                same = False
                print(f"{found.file} X:{found.tune.number}: {error}")
            count[found.collection, name] += same
            if not same:
                print(f"{found.file} X:{found.tune.number} {found.tune.title}: {name}", flush=True)
    columns = ("tunes", "tree and score", "score to ABC")
    print(f"{'collection':16}" + "".join(f"{column:>16}" for column in columns))
    for name in options.collections:
        print(f"{name:16}" + "".join(f"{count[name, column]:16}" for column in columns))
    totals = (sum(count[name, column] for name in options.collections) for column in columns)
    print(f"{'all':16}" + "".join(f"{total:16}" for total in totals))


if __name__ == "__main__":
    main()
