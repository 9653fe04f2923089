"""From a training run to a bundle to pass on: measured on pieces it never saw, and small."""

from __future__ import annotations

import json
import math
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from musicrnn import corpus as corpora
from musicrnn import tokens
from musicrnn.constraints.abc.repertoire import FILE_NAME as REPERTOIRE
from musicrnn.constraints.abc.repertoire import Repertoire
from musicrnn.errors import CorpusError, VocabularyError
from musicrnn.evaluation.headline import headline, markdown
from musicrnn.evaluation.known_tunes import corpus_of, index_of_corpus
from musicrnn.evaluation.likelihood import mean_bits, score_pieces
from musicrnn.evaluation.study import Study
from musicrnn.evaluation.training_samples import free_samples
from musicrnn.evaluation.wellformed import well_formed
from musicrnn.files import write_whole
from musicrnn.generation.drafts import learned_judge
from musicrnn.generation.judge import FILE_NAME as JUDGE
from musicrnn.generation.model import Model
from musicrnn.models.bundle import CARD, CONFIG, VOCABULARY, Bundle, find, signed_card
from musicrnn.models.card import card
from musicrnn.novelty.index import FILE_NAME
from musicrnn.sampling import Engine
from musicrnn.stored import from_json

__all__ = ["keep_report", "publish"]

#: The heading under which a card holds the figures of its report.
_REPORT = "## Evaluated"

#: The seed of the samples that the card reports on; no training sample has it.
SEED = 20_000


def publish(
    model: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    name: str | None = None,
    samples: int = 256,
    half: bool = True,
) -> Bundle:
    """Write the bundle of `model` to `folder` with its figures, its card and its known tunes.

    All is measured on the weights as they are stored (`half`: float16). The figure of the card is
    that of the corpus' test side, which neither training nor early stopping has seen; the share
    well formed is that of `samples` tunes on which nothing was forced (ABC only). The index of
    the tunes it learned from goes with it, so that `novelty` needs no corpus, and for tunes their
    forms and titles and a judge that tells them from the model's drafts. Raises `ModelError` and
    `CorpusError`.
    """
    bundle = Bundle.load(model)
    if half:
        rounded = {
            key: array.astype(np.float16).astype(np.float32)
            for key, array in bundle.weights.items()
        }
        bundle = replace(bundle, weights=rounded)
    figures = dict(bundle.config.figures) | _held_out(bundle)
    figures.pop("report", None)  # of the weights as they were before
    if bundle.config.format == "abc" and samples:
        pieces, complete = free_samples(bundle, samples, seed=SEED)
        measured = well_formed([str(piece.content) for piece in pieces], complete)
        figures |= {"well_formed": round(measured.share, 4), "samples": samples}
    config = replace(bundle.config, name=name or bundle.config.name, figures=figures)
    bundle = replace(bundle, config=config)
    bundle = replace(bundle, card=card(bundle))
    bundle.save(folder, half=half, extra=_known_tunes(bundle))
    if bundle.config.format == "abc":
        _learn_choices(bundle, Path(folder))
    return bundle


def _learn_choices(bundle: Bundle, folder: Path) -> None:
    """Write what the model's tunes are chosen by, from the tunes that it learned from."""
    corpus = _corpus(bundle)
    pieces = list(corpus.pieces("train"))
    others = [piece for split in ("validation", "test") for piece in corpus.pieces(split)]
    Repertoire.learn(pieces, others=others).save(folder / REPERTOIRE)
    judge = learned_judge(Model(Bundle.load(folder)), pieces)
    if judge is not None:
        judge.save(folder / JUDGE)


def keep_report(model: str | os.PathLike[str], study: Study) -> None:
    """Write the headline of a study into the model's own folder: under
    ``figures.report`` of its configuration, and at the end of its card.

    Undefined figures are left out. What an earlier report left there is replaced.
    """
    folder = find(model)
    about, figures = study.about, headline(study)
    kept = {
        name: {"value": round(figure.value, 4)}
        | ({} if math.isnan(figure.real) else {"real": round(figure.real, 4)})
        for name, figure in figures.items()
    }
    drawn = {"samples": about.samples, "seed": about.seed, "split": about.split}
    config = from_json((folder / CONFIG).read_bytes())
    config["figures"] = config.get("figures", {}) | {"report": drawn | {"figures": kept}}
    text = (folder / CARD).read_text("utf-8") if (folder / CARD).is_file() else ""
    command = f"musicrnn evaluate {about.name} --samples {about.samples} --seed {about.seed}"
    command += f" --style {about.style}" if about.style else ""
    lines = [
        _REPORT,
        "",
        f"`{command}`; real pieces are those of the {about.split} split of `{about.corpus}`,",
        "for the music those of all splits. docs/evaluation.md says what each figure means.",
        "",
        markdown({about.name: figures}),
    ]
    card_text = text.partition(_REPORT)[0].rstrip() + "\n\n" + "\n".join(lines) + "\n"
    content = (json.dumps(config, ensure_ascii=False, indent=1) + "\n").encode()
    # Unsigned first: whenever this is killed, the card goes with the configuration.
    write_whole(folder / CARD, card_text)
    write_whole(folder / CONFIG, content)
    write_whole(
        folder / CARD, signed_card(card_text, [content, (folder / VOCABULARY).read_bytes()])
    )


def _held_out(bundle: Bundle) -> dict[str, float]:
    """Bits per token on the test side of the corpus that the model names.

    A piece with a token that the model never learned has no likelihood and does not count.
    """
    tokenizer = tokens.from_config(bundle.config.tokenizer, bundle.vocabulary)
    encoded = []
    for piece in _corpus(bundle).pieces("test"):
        with suppress(VocabularyError):
            encoded.append(tokenizer.encode(piece))
    if not encoded and "held_out" in bundle.config.training:
        return {}  # too small a corpus to spare a piece; the card says what was held out
    if not encoded:
        raise CorpusError("the corpus has no test side to measure the model on")
    scored = score_pieces(Engine(bundle), encoded)
    return {"test_bits_per_token": round(mean_bits(scored), 4), "test_pieces": len(encoded)}


def _corpus(bundle: Bundle) -> corpora.Corpus:
    return corpora.open(corpus_of(bundle.config, bundle.folder or bundle.config.name))


def _known_tunes(bundle: Bundle) -> dict[str, bytes]:
    if bundle.config.format == "text":
        return {}
    named = corpus_of(bundle.config, bundle.folder or bundle.config.name)
    index = index_of_corpus(named, split="train")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / FILE_NAME
        index.save(path)
        return {FILE_NAME: path.read_bytes()}
