"""The tunes that the benchmarks of the music measure: drawn once, kept as books of ABC.

    python -m benchmarks.music_tunes FOLDER [--model folk] [--seed 1850] [--tunes 400] [--jigs 300]

writes ``default.abc`` (default settings, over the requests that people make), ``jigs.abc`` and
``reels.abc`` (the same dance throughout) into FOLDER; with ``--free`` also ``jigs-free.abc`` and
``reels-free.abc``, drawn without the constraint. Books that are there are left as they are.
`real_tunes` has the tunes of the printed books to set beside them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from musicrnn import corpus as corpora
from musicrnn.errors import FormatError
from musicrnn.evaluation.written import WrittenTune, parse_book
from musicrnn.files import write_whole
from musicrnn.generation import Model, load

__all__ = ["BOOKS", "REQUESTS", "book", "like", "real_tunes", "tunes_of"]

#: What people ask for; the rest is the program's default.
REQUESTS: tuple[dict[str, Any], ...] = (
    {"key": "D", "meter": "6/8", "rhythm": "jig"},
    {"key": "G", "meter": "4/4", "rhythm": "reel"},
    {"key": "Ador", "meter": "4/4", "rhythm": "reel"},
    {"rhythm": "hornpipe", "meter": "4/4"},
    {"rhythm": "slip jig", "meter": "9/8"},
    {"rhythm": "polka", "meter": "2/4"},
    {"rhythm": "waltz", "meter": "3/4"},
    {"rhythm": "air", "meter": "3/4"},
    {"rhythm": "strathspey", "meter": "4/4"},
    {},
    {"instrument": "whistle-D"},
    {"form": "AABBCC"},
)
JIG: dict[str, Any] = {"rhythm": "jig", "meter": "6/8"}
REEL: dict[str, Any] = {"rhythm": "reel", "meter": "4/4"}
#: The two books that the benchmarks compare with: sources of the folk corpus.
ONEILL, RYAN = "oneills1850", "ryansMammoth"
BOOKS = (ONEILL, RYAN)


def tunes_of(model: Model, n: int, seed: int, **options: Any) -> list[str]:
    """`n` tunes as ABC."""
    return [tune.text.strip() for tune in model.stream(n, seed=seed, **options)]


def default_tunes(model: Model, n: int, seed: int) -> list[str]:
    """`n` tunes over `REQUESTS`, as many of each as the next."""
    texts: list[str] = []
    for i, request in enumerate(REQUESTS):
        share = n // len(REQUESTS) + (i < n % len(REQUESTS))
        texts += tunes_of(model, share, seed + i, **request)
    return texts


def book(texts: Sequence[str]) -> str:
    """A tune book of these."""
    return "\n\n".join(texts) + "\n"


def draw(folder: Path, model: Model, options: argparse.Namespace) -> None:
    """Write the books that are not there yet, and how they were drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    seed = options.seed
    books: dict[str, Any] = {
        "default": lambda: default_tunes(model, options.tunes, seed),
        "jigs": lambda: tunes_of(model, options.jigs, seed + 100, **JIG),
        "reels": lambda: tunes_of(model, options.jigs, seed + 101, **REEL),
    }
    if options.free:
        books |= {
            "jigs-free": lambda: tunes_of(model, options.jigs, seed + 102, free=True, **JIG),
            "reels-free": lambda: tunes_of(model, options.jigs, seed + 103, free=True, **REEL),
        }
    for name, drawn in books.items():
        file = folder / f"{name}.abc"
        if file.is_file():
            continue
        start = time.perf_counter()
        texts = drawn()
        write_whole(file, book(texts))
        print(f"{file}: {len(texts)} tunes in {time.perf_counter() - start:.0f} s", flush=True)
    about = {"model": model.name, "seed": seed, "digest": model.bundle.vocabulary.digest}
    write_whole(folder / "drawn.json", json.dumps(about) + "\n")


def real_tunes(
    sources: Iterable[str] = BOOKS, *, rhythm: str = "", corpus: str = "folk"
) -> list[WrittenTune]:
    """The tunes of printed books, as the corpus holds them (all splits), in the corpus' order."""
    wanted = frozenset(sources)
    tunes = []
    for piece in corpora.open(corpus).pieces():
        if piece.source in wanted and (not rhythm or piece.rhythm == rhythm):
            try:
                tunes.append(WrittenTune.parse(str(piece.content)))
            except FormatError:
                continue
    return tunes


def like(tunes: Sequence[WrittenTune], n: int, rng: np.random.Generator) -> list[WrittenTune]:
    """`n` of real `tunes`, of the kinds that `REQUESTS` names and as many of each; where a kind has
    fewer, all of them, and the rest of any kind."""
    chosen: list[int] = []
    order = rng.permutation(len(tunes)).tolist()
    share = n // len(REQUESTS)
    kinds = [request["rhythm"] for request in REQUESTS if "rhythm" in request]
    for kind in dict.fromkeys(kinds):
        of_kind = [i for i in order if tunes[i].rhythm == kind]
        chosen += of_kind[: share * kinds.count(kind)]
    taken = set(chosen)
    rest = [i for i in order if i not in taken and tunes[i].rhythm in kinds]
    return [tunes[i] for i in [*chosen, *rest][:n]]


def read_book(file: Path) -> list[WrittenTune]:
    """The tunes of a book."""
    return parse_book(file.read_text("utf-8"))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="folk", help="a model by name or folder")
    parser.add_argument("--seed", type=int, default=1850)
    parser.add_argument("--tunes", type=int, default=400, help="tunes over the usual requests")
    parser.add_argument("--jigs", type=int, default=300, help="jigs, and as many reels")
    parser.add_argument("--free", action="store_true", help="unconstrained jigs and reels too")
    options = parser.parse_args()
    draw(options.folder, load(options.model), options)


if __name__ == "__main__":
    main()
