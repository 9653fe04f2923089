"""What each part of the folk recipe is worth, at equal epochs, on tunes that nothing learned.

    python benchmarks/ablation.py                          every variant, a small model
    python benchmarks/ablation.py --only whole tied        some of them
    python benchmarks/ablation.py --set model.units=[512]  at the size of the shipped model
    python benchmarks/ablation.py --corpus book.abc        with other tunes

Each variant changes one thing of `musicrnn/recipes/folk.toml`. Printed after each: bits a tune on
the validation side (variants may read other characters, so bits a character do not compare), best
epoch, the difference to the whole recipe in percent, how many of 64 tunes drawn freely are well
formed, and seconds. One run each: differences under about one percent are the luck of a seed.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from musicrnn import corpus as corpora
from musicrnn.abc.checking.checker import well_formed
from musicrnn.cli.progress import TrainingProgress
from musicrnn.evaluation.training_samples import free_samples
from musicrnn.training.prepare import prepare
from musicrnn.training.recipe import Recipe
from musicrnn.training.trainer import Trainer

#: Less than the recipe, so that the table takes minutes and not a day.
SMALL = ["model.units=[256]", "training.epochs=6", "training.samples_every=0"]

#: Tunes drawn freely from each variant.
DRAWN = 64

#: variant → what it changes
VARIANTS: dict[str, list[str]] = {
    "whole": [],
    "no attention": ["model.attention=0"],
    "attention, twice as wide": ["model.attention_width=128"],
    "no place told": ["tokenizer.place=false"],
    "each tune in its own key": ["tokenizer.one_tonic=false"],
    "the same, and transposed": ["tokenizer.one_tonic=false", "training.transpose=true"],
    "no tradition named": ["tokenizer.style=false"],
    "stretches of 128, states carried": ["training.batching='tunes'", "training.length=128"],
    "attention over 256 steps": ["model.attention=256"],
    "no averaging": ["training.average=0.0"],
    "no dropout": ["model.dropout=0.0"],
    "dropout 0.25": ["model.dropout=0.25"],
    "tied": ["model.tie=true"],
    "layer norm": ["model.layer_norm=true"],
    "constant rate": ["training.schedule='constant'"],
    "no weight decay": ["training.weight_decay=0.0"],
    "windows, state zero": ["training.batching='windows'", "tokenizer.place=false"],
    "streams": ["training.batching='streams'", "tokenizer.place=false"],
    "gru": ["model.cell='gru'"],
    "float32": ["training.precision='float32'"],
    "bfloat16": ["training.precision='bfloat16'"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--set", action="append", default=[], help="one value for all variants")
    parser.add_argument("--corpus", default="folk", help="what to learn: a name or a path")
    options = parser.parse_args()
    corpus = corpora.open(options.corpus)
    whole = None
    print(
        "| variant | validation bits a tune | epoch | against the whole | free and well formed "
        "| seconds |\n|---|---|---|---|---|---|"
    )
    for name in options.only:
        recipe = Recipe.load("folk").changed([*SMALL, *options.set, *VARIANTS[name]])
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer.begin(Path(folder) / "run", prepare(recipe, corpus))
            trainer.train(TrainingProgress(Console(stderr=True)))
            position = trainer.position
            drawn, ended = free_samples(trainer.final_bundle(), DRAWN, seed=1)
        validation = trainer.dataset.validation
        bits = position.best * sum(len(ids) + 1 for ids in validation) / len(validation)
        whole = bits if name == "whole" else whole
        change = f"{bits / whole - 1:+.1%}" if whole and name != "whole" else ""
        share = sum(e and well_formed(p.content) for p, e in zip(drawn, ended, strict=True)) / DRAWN
        print(
            f"| {name} | {bits:.1f} | {position.best_epoch} | {change} | {share:.0%} "
            f"| {position.seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
