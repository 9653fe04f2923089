"""What the tests of sampling share: vocabularies, untrained bundles, walks without a network."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from musicrnn.constraints.abc.constraint import AbcConstraint
from musicrnn.constraints.abc.controls import Controls
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.model_text import fields_of
from musicrnn.tokens.vocabulary import END, Vocabulary

#: what the default corpus holds, roughly: all of ASCII
ASCII = "\n" + "".join(chr(code) for code in range(32, 127))
#: the 83 symbols of a collection with habits of its own: ``!`` ends a line, ``K:D Major``
IRISH = "\n !\"#&'(),-./0123456789:<=>ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|"
#: as little as a tune can be written with
LEAST = "\n |]:CDTRMLK0123456789/abcdefgijmz"


def vocabulary(characters: str = ASCII) -> Vocabulary:
    return Vocabulary(characters, specials=(END,))


def untrained(characters: str = ASCII, *, scale: float = 1.0, **model: Any) -> Bundle:
    """A bundle with random weights."""
    known = vocabulary(characters)
    config = ModelConfig(**{"units": (24,), "embedding": 8} | model)
    rng = np.random.default_rng(5)
    weights = {
        name: (scale * rng.standard_normal(shape) / np.sqrt(max(shape[0], 4))).astype(np.float32)
        for name, shape in config.weight_shapes(len(known)).items()
    }
    tokenizer = CharTokenizer(known, place=bool(config.features)).to_config()
    return Bundle(BundleConfig("untrained", "abc", tokenizer, config, known.digest), known, weights)


def constrained(characters: str = ASCII, *, form_told: bool = False, **asked: Any) -> AbcConstraint:
    fields = fields_of(style="style" in asked, form=form_told)
    return AbcConstraint(vocabulary(characters), Controls.of(**asked), fields=fields)


def walk(constraint: AbcConstraint, rng: random.Random, *, number: int = 1) -> str:
    """A tune from uniform choices among what the mask allows."""
    (state,) = constraint.start(1)
    ids: list[int] = []
    while not state.done:
        allowed = np.flatnonzero(constraint.mask([state])[0])
        assert len(allowed), f"a dead end: {state.node.state}"
        ids.append(int(allowed[int(rng.random() * len(allowed))]))
        constraint.advance([state], ids[-1:])
    return constraint.text(state, ids[:-1], number=number)
