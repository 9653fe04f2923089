"""What a model's tunes are worth as music: the figures of `musicality` and the classifier of
`telling_apart`, on tunes drawn as people ask for them, beside the real tunes of a corpus.

What people ask for is taken from the corpus: its common rhythms, each with its usual metre. Real
tunes are taken from all splits, since nothing here is predicted; what the model knows by heart is
the matter of `memorisation`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

from musicrnn.errors import UsageError
from musicrnn.evaluation.musicality import (
    ROWS,
    Estimate,
    Row,
    bootstrap,
    title_lexicon,
    titles_row,
)
from musicrnn.evaluation.musicality import (
    measure as figures_of,
)
from musicrnn.evaluation.telling_apart import FOLDS, Separation, tell_apart
from musicrnn.evaluation.tune_figures import figures
from musicrnn.evaluation.written import WrittenTune, readable
from musicrnn.piece import Piece
from musicrnn.tokens.model_text import header_of

__all__ = ["Music", "MusicFigure", "Request", "measure", "of_style", "requests"]

#: A rhythm is asked for when this share of the corpus has it.
COMMON = 0.01
#: Tunes of a dance that the corpus must have for it to be compared by itself.
DANCE_TUNES = 100
DANCES = 2
#: Tunes of a side that the classifier gets.
MOST = 300


@dataclass(frozen=True, slots=True)
class Request:
    """What a user might ask for: a rhythm and the metre that goes with it."""

    rhythm: str
    meter: str


@dataclass(frozen=True)
class MusicFigure:
    """One figure of drawn and of real tunes; `share` where it is shown in per cent."""

    drawn: Estimate
    real: Estimate
    share: bool


@dataclass(frozen=True)
class Music:
    """`figures` by name; `dances`: how well the drawn tunes of a dance can be told from real ones;
    `books`: how well the two largest sources of the corpus can be told apart in it. The last two
    are empty where scikit-learn is missing."""

    drawn: int
    real: int
    figures: dict[str, MusicFigure] = field(default_factory=dict)
    dances: dict[str, Separation] = field(default_factory=dict)
    books: dict[str, Separation] = field(default_factory=dict)


def of_style(pieces: Iterable[Piece], style: str) -> list[Piece]:
    """The tunes of one tradition; all where `style` is empty. Raises `UsageError` where there are
    none."""
    kept = [piece for piece in pieces if style in ("", header_of(str(piece.content)).get("O"))]
    if style and not kept:
        raise UsageError(f"the corpus has no tunes that it calls {style}; leave the style out")
    return kept


def requests(pieces: Iterable[Piece]) -> list[Request]:
    """The rhythms that are common among `pieces`, the commonest first, each with the metre that it
    mostly has; none where pieces have no rhythm."""
    counted = Counter((piece.rhythm, piece.meter) for piece in pieces)
    rhythms: Counter[str] = Counter()
    for (rhythm, _), count in counted.items():
        rhythms[rhythm] += count
    least = COMMON * rhythms.total()
    requests = []
    for rhythm, count in rhythms.most_common():
        if rhythm and count >= least:
            meters = Counter({m: n for (r, m), n in counted.items() if r == rhythm})
            requests.append(Request(rhythm, meters.most_common(1)[0][0]))
    return requests


def dances(pieces: Iterable[Piece], wanted: Sequence[Request]) -> list[Request]:
    """The commonest of `wanted` that have tunes enough to be compared by themselves."""
    counted = Counter((piece.rhythm, piece.meter) for piece in pieces)
    return [r for r in wanted if counted[r.rhythm, r.meter] >= DANCE_TUNES][:DANCES]


def measure(
    usual: Sequence[WrittenTune],
    by_dance: Mapping[Request, Sequence[WrittenTune]],
    pieces: Sequence[Piece],
    rng: np.random.Generator,
) -> Music:
    """Drawn tunes, `usual` ones over all `requests` and those of single dances, beside `pieces`."""
    wanted = requests(pieces)
    order = rng.permutation(len(pieces)).tolist()
    beside = readable(str(piece.content) for piece in _alike(pieces, order, wanted, len(usual)))
    real_dances = {
        request: _of_dance(pieces, order, request)[: max(MOST, len(drawn))]
        for request, drawn in by_dance.items()
    }
    drawn = [*usual, *(tune for tunes in by_dance.values() for tune in tunes)]
    real = [*beside, *(tune for rows in real_dances.values() for tune, _ in rows)]
    lexicon = title_lexicon(piece.title for piece in pieces)
    figures = {
        row.name: MusicFigure(
            bootstrap(figures_of(drawn if row.rhythms else usual, row), rng),
            bootstrap(figures_of(real if row.rhythms else beside, row), rng),
            row.share,
        )
        for row in _rows(lexicon)
    }
    figures = {name: figure for name, figure in figures.items() if figure.drawn.tunes}
    result = Music(len(usual), len(beside), figures)
    if find_spec("sklearn") is not None:
        for request, rows in real_dances.items():
            _tell_apart(result, request, by_dance[request], rows)
    return result


def _rows(lexicon: frozenset[str]) -> tuple[Row, ...]:
    return (*ROWS, titles_row(lexicon)) if lexicon else ROWS


def _alike(
    pieces: Sequence[Piece], order: Sequence[int], wanted: Sequence[Request], n: int
) -> list[Piece]:
    """`n` pieces in all of the rhythms that are wanted, as many of each as there are."""
    share = -(-n // max(len(wanted), 1))
    taken: Counter[str] = Counter()
    rhythms = {request.rhythm for request in wanted}
    chosen = []
    for i in order:
        rhythm = pieces[i].rhythm
        if rhythm in rhythms and taken[rhythm] < share:
            taken[rhythm] += 1
            chosen.append(pieces[i])
    return chosen[:n]


def _of_dance(
    pieces: Sequence[Piece], order: Sequence[int], request: Request
) -> list[tuple[WrittenTune, str]]:
    """The tunes of a dance with their sources."""
    rows = []
    for i in order:
        piece = pieces[i]
        if (piece.rhythm, piece.meter) == (request.rhythm, request.meter):
            rows += [(tune, piece.source) for tune in readable([str(piece.content)])]
    return rows


def _tell_apart(
    result: Music,
    request: Request,
    drawn: Sequence[WrittenTune],
    real: Sequence[tuple[WrittenTune, str]],
) -> None:
    """Add to `result` how well one dance can be told from real tunes, and its two largest sources
    from each other."""
    real_figures = [(figures(tune), source) for tune, source in real]
    if min(len(drawn), len(real)) >= FOLDS:
        result.dances[request.rhythm] = tell_apart(
            [figures(tune) for tune in drawn], [row for row, _ in real_figures], most=MOST
        )
    sources = [name for name, _ in Counter(source for _, source in real).most_common(2)]
    sides = [[row for row, source in real_figures if source == name] for name in sources]
    if len(sides) == 2 and min(map(len, sides)) >= FOLDS:
        result.books[request.rhythm] = tell_apart(*sides, most=MOST)
