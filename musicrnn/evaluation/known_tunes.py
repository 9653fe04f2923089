"""The index of known tunes that belongs to a model or a corpus."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from musicrnn import corpus as corpora
from musicrnn.corpus.places import require_allowed
from musicrnn.errors import FormatError, ModelError
from musicrnn.models import bundle as bundles
from musicrnn.models.config import BundleConfig
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.novelty.voices import voices_of
from musicrnn.piece import Piece
from musicrnn.resources import cache_folder
from musicrnn.score import Score

__all__ = [
    "corpus_of",
    "index_of_corpus",
    "index_of_model",
    "index_of_pieces",
    "score_of",
    "scores_of",
]

#: Part of the name of a cached index; raise it when indexes of the same tunes change.
_REVISION = 2


def index_of_model(name_or_path: str | os.PathLike[str]) -> Index:
    """The index that travels with a bundle, of the tunes that it was trained on.

    A bundle without one is answered from its corpus, where that is at hand. Raises `ModelError`.
    """
    folder = bundles.find(name_or_path)
    if (folder / FILE_NAME).is_file():
        return Index.load(folder / FILE_NAME)
    config = bundles.read_config(folder)
    if not config.training.get("corpus"):
        raise ModelError(
            f"{folder}: this model keeps no index of tunes; name the corpus that it learned from"
        )
    return index_of_corpus(corpus_of(config, folder), split="train")


def corpus_of(config: BundleConfig, folder: str | os.PathLike[str]) -> str:
    """The corpus that the model in `folder` names, which may be a stranger's: one that is known,
    or a place that a person has named on this machine, as whoever trained the model did. Empty
    where it names none. Raises `CorpusError`.
    """
    named = str(config.training.get("corpus", ""))
    if named and named not in corpora.available():
        require_allowed(named, file=folder, beside=None)
    return named


def index_of_corpus(
    name_or_path: str | os.PathLike[str], *, split: str | None = None, remote: bool = False
) -> Index:
    """The index of a corpus, or of one part of it; made once and kept in the cache folder.

    `remote` is that of `musicrnn.corpus.open`.
    """
    corpus = corpora.open(name_or_path, remote=remote)
    key = f"{corpus.name} {corpus.digest} {split} {_REVISION}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    file = cache_folder() / "indexes" / f"{corpus.name}-{digest}.npz"
    if file.is_file():
        try:
            return Index.load(file)
        except ModelError:
            pass  # a damaged cache is made anew
    index = index_of_pieces(corpus.pieces(split), voices=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    index.save(file)
    return index


def index_of_pieces(pieces: Iterable[Piece], *, voices: bool = False) -> Index:
    """The index of all pieces that can be played, shown by title and source, one entry each: the
    line of its highest notes. With `voices` those of polyphonic pieces are entries of their own."""
    titles: list[str] = []
    return Index.build(_named(pieces, titles, voices=voices), titles=titles)


def _named(pieces: Iterable[Piece], titles: list[str], *, voices: bool) -> Iterator[Score]:
    for piece, score in scores_of(pieces):
        source = Path(piece.source).stem if piece.source else ""
        title = f"{piece.title or 'untitled'} ({source})" if source else piece.title
        titles.append(title)
        yield score
        for name, voice in voices_of(score) if voices else ():
            titles.append(f"{title}, {name}")
            yield voice


def scores_of(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Score]]:
    """The pieces that can be played, with their notes."""
    for piece in pieces:
        score = score_of(piece)
        if score is not None:
            yield piece, score


def score_of(piece: Piece) -> Score | None:
    """The notes of a piece; None for plain text and for what cannot be played out."""
    if isinstance(piece.content, Score):
        return piece.content
    if piece.format != "abc":
        return None
    from musicrnn import abc

    try:
        tunes = abc.parse(piece.content).tunes
        return abc.to_score(tunes[0]) if tunes else None
    except FormatError:
        return None
