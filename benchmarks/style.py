"""What a few tunes of one style change: going on from a model, beside starting from nothing.

    python benchmarks/style.py --rhythm strathspey --scratch
    python benchmarks/style.py --corpus essen --tunes 10

Of the corpus, `folk` if no other is named, fifty tunes (or `--tunes`) of the style from the
training side are learned, ten others of it stop the training, and the figure is taken on tunes of
the style (at most 200) on the held-out sides, which no model here has seen: bits per token
before, after, and (`--scratch`) of a model that starts from nothing with the same tunes. Of
`folk` the shipped model has met the fifty tunes among its thousands, and what is measured is that
they now outweigh the rest; of another corpus it has met none. Tunes with characters that a model
does not know are left out.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from musicrnn import corpus as corpora
from musicrnn import tokens
from musicrnn.cli.progress import TrainingProgress
from musicrnn.evaluation.likelihood import mean_bits, score_pieces
from musicrnn.evaluation.training_samples import free_samples
from musicrnn.models.bundle import Bundle
from musicrnn.piece import Piece
from musicrnn.sampling import Engine
from musicrnn.training.prepare import prepare
from musicrnn.training.recipe import Recipe
from musicrnn.training.trainer import Trainer

STOPPING, MOST_TESTED = 10, 200


@dataclass(frozen=True)
class Style:
    """The tunes of one style by what they are for."""

    train: Sequence[Piece]
    validation: Sequence[Piece]
    test: Sequence[Piece]

    @classmethod
    def of(cls, base: Bundle, corpus: str, rhythm: str, count: int) -> Style:
        def pieces(known: set[str], *sides: str) -> list[Piece]:
            found = (piece for side in sides for piece in corpora.open(corpus).pieces(side))
            fitting = [p for p in found if rhythm in ("", p.rhythm) and written(p) <= known]
            random.Random(1).shuffle(fitting)
            return fitting

        learned = pieces(set("".join(base.vocabulary.tokens)), "train")[:count]
        # What starts from nothing knows no more characters than these have.
        known = set[str]().union(*map(written, learned))
        stopping = [piece for piece in pieces(known, "train") if piece not in learned]
        tested = pieces(known, "validation", "test")
        return cls(learned, stopping[:STOPPING], tested[:MOST_TESTED])

    def pieces(self, split: str | None = None) -> Iterator[Piece]:
        sides = {"train": self.train, "validation": self.validation, "test": self.test}
        for side in sides if split is None else (split,):
            yield from sides[side]


def written(piece: Piece) -> set[str]:
    """The characters of a tune, less its first line: the number is no part of what is learned."""
    return set(str(piece.content).partition("\n")[2])


def bits(bundle: Bundle, pieces: Sequence[Piece]) -> float:
    tokenizer = tokens.from_config(bundle.config.tokenizer, bundle.vocabulary)
    return mean_bits(score_pieces(Engine(bundle), [tokenizer.encode(piece) for piece in pieces]))


def trained(recipe: Recipe, style: Style, base: Bundle | None, folder: Path) -> Trainer:
    trainer = Trainer.begin(folder, prepare(recipe, style, base=base))
    trainer.train(TrainingProgress(Console(stderr=True)))
    return trainer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="folk")
    parser.add_argument("--corpus", default="folk")
    parser.add_argument("--rhythm", default="", help="only tunes with this R:; default: all")
    parser.add_argument("--tunes", type=int, default=50, help="tunes to learn from")
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--scratch", action="store_true", help="from nothing as well")
    options = parser.parse_args()
    base = Bundle.load(options.model)
    style = Style.of(base, options.corpus, options.rhythm, options.tunes)
    recipe = Recipe.load("style")
    training = replace(recipe.training, samples_every=0)
    training = replace(training, epochs=options.epochs or training.epochs)
    recipe = replace(recipe, corpus=options.corpus, training=training)
    scratch = replace(
        recipe,
        model=replace(base.config.model, dropout=recipe.model.dropout),
        training=replace(training, rate=3e-3, epochs=40, batch=16, average=0.98),
    )
    name = options.rhythm or options.corpus
    print(f"{len(style.train)} tunes of {name}, {len(style.test)} held out")
    print(f"{'before':<24} {bits(base, style.test):.3f} bits per token", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        after = [("after", recipe, base)]
        for name, chosen, start in after + [("from nothing", scratch, None)] * options.scratch:
            trainer = trained(chosen, style, start, Path(folder) / name)
            best = trainer.final_bundle()
            seconds = trainer.position.seconds
            found = bits(best, style.test)
            print(f"{name:<24} {found:.3f} bits per token, {seconds:.0f} s", flush=True)
            if start is not None:
                print("\n" + str(free_samples(best, 1, seed=1)[0][0].content), flush=True)


if __name__ == "__main__":
    main()
