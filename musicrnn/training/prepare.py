"""From a corpus to what a run starts with: tokenizer, ids, and the weights to start from."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from musicrnn import tokens
from musicrnn.corpus import Corpus
from musicrnn.errors import CorpusError, UsageError
from musicrnn.models.bundle import Bundle, FloatArray
from musicrnn.models.config import BundleConfig
from musicrnn.piece import Piece
from musicrnn.tokens import Tokenizer
from musicrnn.tokens.coverage import share_of_notes
from musicrnn.tokens.vocabulary import UNKNOWN, Vocabulary
from musicrnn.training.augment import transpositions, usual_keys
from musicrnn.training.initial import initial_weights
from musicrnn.training.precision import resolved
from musicrnn.training.recipe import Recipe
from musicrnn.training.run_data import HELD_OUT_SHARE, Dataset
from musicrnn.training.selection import BARS, chosen_lines, selected
from musicrnn.training.shuffled import Ids

__all__ = ["Prepared", "RunData", "assembled", "generator", "prepare"]

#: What the seed is spread over: each use has a generator of its own.
PURPOSES = {"weights": 0, "dropout": 1, "epoch": 2, "samples": 3}


class RunData(Protocol):
    """What is asked of a run's data (`dataset.Dataset` and `sharded.ShardDataset` have it)."""

    @property
    def validation(self) -> Sequence[Ids]:
        """The held-out pieces as ids, without end tokens."""
        ...

    def epoch_pieces(self, rng: np.random.Generator) -> Sequence[Ids]:
        """Every training piece once, for one epoch."""
        ...

    def save(self, path: Path) -> str:
        """Keep the data for a run whose ids belong at `path`; returns their digest."""
        ...


@dataclass(frozen=True)
class Prepared:
    """All that a run starts from; `start` holds the weights, its card is still empty."""

    recipe: Recipe
    start: Bundle
    dataset: RunData


def generator(seed: int, purpose: str, *more: int) -> np.random.Generator:
    """The generator of one purpose (`PURPOSES`), further numbers naming the epoch and so on."""
    return np.random.default_rng([seed, PURPOSES[purpose], *more])


def prepare(
    recipe: Recipe,
    corpus: Corpus,
    *,
    base: Bundle | None = None,
) -> Prepared:
    """Read `corpus`, learn the tokenizer (or extend that of `base`), draw or take the weights.

    A corpus of one or two pieces has none to hold out whole: then the end of each is, and
    ``training["held_out"]`` of the bundle's configuration says so. With `base` the network is
    that of the base, only its dropout is the recipe's. Raises `CorpusError` for a corpus without
    a piece to train on and `UsageError` where base and corpus do not go together, and for a recipe
    of chord models.
    """
    if recipe.model.kind == "chords":
        raise UsageError(
            f"the recipe {recipe.name} makes no model that writes; musicrnn train and "
            "training.chord_corpus.learn train it"
        )
    train = list(corpus.pieces("train"))
    validation = list(corpus.pieces("validation"))
    if not train:
        raise CorpusError("the training side of the corpus is empty; it needs more pieces")
    train, validation = (selected(side, recipe.tokenizer) for side in (train, validation))
    lines = chosen_lines([*train, *validation], recipe.tokenizer)
    # On one tonic a tune in another key is the same tune.
    one_tonic = (base.config if base else recipe).tokenizer.get("one_tonic", False)
    variants = _variants(train, transpose=recipe.training.transpose and not one_tonic)
    everything = itertools.chain(itertools.chain.from_iterable(variants), validation)
    if base is None:
        tokenizer = _learned(recipe, everything, train[0].format)
    else:
        tokenizer = _extended(base, everything, train[0].format)
    ids = [[one for piece in group for one in _variant_ids(tokenizer, piece)] for group in variants]
    about: dict[str, Any] = {"pieces": len(train)} | ({"lines": lines} if lines else {})
    about |= _licence(corpus)
    if recipe.weights_licence:
        about["weights_licence"] = recipe.weights_licence
    share = share_of_notes(tokenizer, train)
    if share is not None:
        about["share_of_notes"] = round(share, 4)
    if validation:
        dataset = Dataset(ids, [_ids(tokenizer, piece) for piece in validation])
        about["held_out_pieces"] = len(validation)
    else:
        dataset = Dataset.holding_out_ends(ids)
        about["held_out"] = f"the last {HELD_OUT_SHARE:.0%} of each piece"
    return assembled(recipe, tokenizer, dataset, about, base)


def assembled(
    recipe: Recipe,
    tokenizer: Tokenizer,
    dataset: RunData,
    about: dict[str, Any],
    base: Bundle | None,
) -> Prepared:
    """The start of a run on `dataset`, of which `about` says how many pieces it has."""
    features = () if tokenizer.features is None else tuple(tokenizer.features.sizes.items())
    model = replace(recipe.model, features=features)
    if base is not None:
        model = replace(base.config.model, dropout=recipe.model.dropout)
    model.require_size(len(tokenizer.vocabulary))
    rng = generator(recipe.seed, "weights")
    weights = initial_weights(model, len(tokenizer.vocabulary), rng)
    if base is not None:
        _take_over(weights, base, tokenizer.vocabulary)
    config = BundleConfig(
        name=recipe.name,
        format=tokenizer.format,
        tokenizer=tokenizer.to_config(),
        model=model,
        vocabulary_digest=tokenizer.vocabulary.digest,
        training={
            "recipe": recipe.name,
            "corpus": recipe.corpus,
            "from": base.config.name if base else "",
        }
        | about,
    )
    precision = resolved(recipe.training.precision, model)
    recipe = replace(recipe, model=model, training=replace(recipe.training, precision=precision))
    return Prepared(recipe, Bundle(config, tokenizer.vocabulary, weights), dataset)


def _licence(corpus: Corpus) -> dict[str, str]:
    """What the corpus's sources say of their licence, each once, for the card."""
    sources = getattr(corpus, "info", {}).get("manifest", {}).get("sources", [])
    licences = dict.fromkeys(source.get("licence", "") for source in sources)
    joined = "; ".join(licence for licence in licences if licence)
    return {"licence": joined} if joined else {}


def _ids(tokenizer: Tokenizer, piece: Piece) -> Any:
    return np.asarray(tokenizer.encode(piece), np.uint32)


def _variant_ids(tokenizer: Tokenizer, piece: Piece) -> list[Any]:
    """The ids of a piece in every way in which its tokenizer would have it learned."""
    variants = getattr(tokenizer, "variants", None)
    if variants is None:
        return [_ids(tokenizer, piece)]
    return [np.asarray(ids, np.uint32) for ids in variants(piece)]


def _learned(recipe: Recipe, pieces: Iterable[Piece], format_: str) -> Tokenizer:
    options = {key: value for key, value in recipe.tokenizer.items() if key not in ("name", *BARS)}
    if recipe.tokenizer["name"] == "char":
        options.setdefault("format", format_)
    try:
        return tokens.learn(recipe.tokenizer["name"], pieces, **options)
    except TypeError as error:
        raise UsageError(f"[tokenizer]: {error}") from error


def _variants(pieces: Sequence[Piece], *, transpose: bool) -> list[list[Piece]]:
    """Each piece and, where asked for, the same in the other usual keys."""
    if not transpose:
        return [[piece] for piece in pieces]
    keys = usual_keys(pieces)
    return [[piece, *transpositions(piece, keys)] for piece in pieces]


# --- going on from a bundle --------------------------------------------------------------------


def _extended(base: Bundle, pieces: Iterable[Piece], format_: str) -> Tokenizer:
    """The base's tokenizer with the tokens that the corpus adds to it."""
    if base.config.format != format_:
        raise UsageError(
            f"the model writes {base.config.format} and the corpus holds {format_}; "
            "choose a model of the same format"
        )
    learned = tokens.learn(
        base.config.tokenizer["name"],
        pieces,
        **{key: value for key, value in base.config.tokenizer.items() if key != "name"},
    )
    known = base.vocabulary
    new = () if UNKNOWN in known else known.extended(learned.vocabulary.tokens)
    vocabulary = Vocabulary([*known.tokens, *new], specials=known.specials)
    return tokens.from_config(base.config.tokenizer, vocabulary)


def _take_over(weights: dict[str, FloatArray], base: Bundle, vocabulary: Vocabulary) -> None:
    """Put the base's weights into `weights`, token by token where a side counts tokens.

    A new token keeps its drawn row, but is at first as unlikely as the least likely one.
    """
    rows = [vocabulary.id(token) for token in base.vocabulary.tokens]
    by_input = {"embedding"} if base.config.model.embedding else {"rnn.0.kernel"}
    for name, array in base.weights.items():
        if name in by_input:
            weights[name][rows] = array
        elif name == "dense.kernel":
            weights[name][:, rows] = array
        elif name == "dense.bias":
            weights[name][:] = array.min()
            weights[name][rows] = array
        else:
            weights[name][...] = array
