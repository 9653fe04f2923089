"""What a model is made of: its configuration, and from it every weight's name and shape.

The names and layouts are Keras' own (LSTM gates in the order i, f, c, o; GRU z, r, h in the
`reset_after` form with two bias rows), so a bundle can be read with nothing but this table:

| name | shape | there when |
|---|---|---|
| `embedding` | (V, E) | `embedding` is a number |
| `cycle.vectors` | (C, E) | `cycle` is C > 0 |
| `feature.NAME` | (values, W) | one for each of `features` |
| `rnn.N.kernel` | (inputs, gates·U) | always, one for each layer |
| `rnn.N.recurrent_kernel` | (U, gates·U) | the cell multiplies its last output |
| `rnn.N.bias` | (gates·U,), for a GRU (2, gates·U) | always |
| `norm.N.gamma`, `norm.N.beta` | (U,) | `layer_norm` |
| `attention.query`, `attention.key`, `attention.value` | (U, A) | `attention` is above 0 |
| `attention.query_bias`, `attention.result` | (A,), (A, U) | `attention` is above 0 |
| `project.kernel`, `project.bias` | (U, E), (E,) | `tie` and U ≠ E |
| `hidden.context`, `hidden.kernel`, `hidden.bias` | (U, H), (inputs, H), (H,) | `hidden` is H > 0 |
| `dense.kernel` | (U, V), with `hidden` (H, V) | not `tie` |
| `dense.bias` | (V,) | always |

A token goes embedding (or one-hot), plus, with a cycle, the vector of its place, and after that the
vector of each feature's value (`musicrnn.tokens.features`), in their order → for each layer rnn →
norm → then attention → what comes out, h, gives the logits: h·dense.kernel + dense.bias, or, tied,
(h·project.kernel + project.bias)·embeddingᵀ + dense.bias (Press and Wolf 2017, "Using the output
embedding to improve language models").

With a `stride` of S the recurrent layers and attention make one step every S tokens, at the first,
the one after S tokens, and so on: four voices move together, chord after chord, and the S tokens of
a chord share the h of its beginning. What differs between them comes in after that: with `hidden`
the logits are relu(h·hidden.context + x·hidden.kernel + hidden.bias)·dense.kernel + dense.bias,
where x is the token's own vector, features included.

Attention looks back over the last `attention` steps of the piece. An output h is compared with
each earlier one: where they are alike, what followed there is likely to follow here, and tunes come
back to what they have said. With q = h·query + query_bias, and for each earlier step s the key
k = h(s)·key and the value of the step *after* it, v = h(s + 1)·value, w is the softmax of q·k/√A
over those steps and of 0, the score of looking nowhere; h + (Σ w·v)·result goes on. (Keys and
values apart: Daniluk et al. 2017, "Frustratingly short attention spans in neural language
modeling". The value of the step after: Grave et al. 2017, "Improving neural language models with a
continuous cache".)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from musicrnn.config_values import from_values
from musicrnn.errors import ModelError, UsageError
from musicrnn.files import require_name
from musicrnn.formats import FORMATS
from musicrnn.models.cells import CELLS

__all__ = ["LAYER_NORM_EPSILON", "VERSION", "BundleConfig", "ModelConfig"]

#: The version of the bundle's layout; a bundle of another version is refused.
VERSION = 1

#: Added to the variance in layer normalisation.
LAYER_NORM_EPSILON = 1e-5

KINDS = ("char", "djmodel", "chords")
MAX_LAYERS = 8
#: Widths, and steps that attention looks back over, are at most this; far above any model that
#: one machine trains. A configuration from a stranger is refused before anything of its size is
#: made.
MAX_WIDTH = 65_536
MAX_ATTENTION = 65_536
#: Numbers that attention carries for one row (`ModelConfig.memory`): 256 MB.
MAX_MEMORY = 1 << 26
#: Numbers that a network has: what the largest file of weights holds, 4 GiB.
MAX_PARAMETERS = 1 << 30
#: Numbers about a model are smaller: 10,000 years in seconds, and what can be printed.
_MOST_TOLD = 1 << 64


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The shape of a network.

    `units` holds the width of each recurrent layer, first to last; `embedding` is the width of
    the embedding, None for one-hot input; `dropout` is the share of activations dropped between
    layers in training; `tie` uses the embedding as output matrix; `layer_norm` normalises each
    layer's output; `zero_start` feeds zeros for the end token that starts a piece, which for
    one-hot input is the same as a row of zeros in the first kernel. Where tokens have places in a
    cycle of `cycle` of them, as steps have in a bar, a vector for each place is learned and added
    to the embedding (0: there is no cycle); the end token before a piece is at place 0. `attention`
    is the number of earlier steps that the last output is compared with (0: none), with keys and
    values of `attention_width` numbers. `features` are the name and the number of values of each
    feature that the tokenizer tells beside a token, as vectors of `feature_width` numbers. The
    recurrent layers step every `stride` tokens, and a `hidden` layer of that many units joins what
    they say with each token's own vector (0: there is none).

    >>> ModelConfig(units=(1024,), embedding=256).parameters(83)
    5353299
    """

    kind: str = "char"
    cell: str = "lstm"
    units: tuple[int, ...] = (512,)
    embedding: int | None = 128
    dropout: float = 0.0
    tie: bool = False
    layer_norm: bool = False
    zero_start: bool = False
    cycle: int = 0
    attention: int = 0
    attention_width: int = 128
    features: tuple[tuple[str, int], ...] = ()
    feature_width: int = 16
    stride: int = 1
    hidden: int = 0

    def __post_init__(self) -> None:
        wrong = _first_wrong(
            ("kind", self.kind, self.kind in KINDS, " or ".join(KINDS)),
            ("cell", self.cell, self.cell in CELLS, " or ".join(CELLS)),
            (
                "units",
                list(self.units),
                1 <= len(self.units) <= MAX_LAYERS and all(_positive(u) for u in self.units),
                f"1 to {MAX_LAYERS} numbers from 1 to {MAX_WIDTH}",
            ),
            (
                "embedding",
                self.embedding,
                self.embedding is None or _positive(self.embedding),
                f"a number from 1 to {MAX_WIDTH}, or none for one-hot input",
            ),
            ("dropout", self.dropout, 0 <= self.dropout < 1, "0 or more and below 1"),
            (
                "tie",
                self.tie,
                not self.tie or self.embedding is not None,
                "false where there is no embedding",
            ),
            (
                "zero_start",
                self.zero_start,
                not self.zero_start or self.embedding is None,
                "false where there is an embedding",
            ),
            (
                "cycle",
                self.cycle,
                self.cycle == 0 or (_positive(self.cycle) and self.embedding is not None),
                f"0, or from 1 to {MAX_WIDTH} and with an embedding",
            ),
            (
                "attention",
                self.attention,
                self.attention == 0 or _positive(self.attention, MAX_ATTENTION),
                f"0, or the number of steps to look back over, at most {MAX_ATTENTION}",
            ),
            (
                "attention_width",
                self.attention_width,
                _positive(self.attention_width)
                and self.attention * (2 * self.attention_width + 1) <= MAX_MEMORY,
                f"from 1 to {MAX_WIDTH}, and so that attention remembers at most {MAX_MEMORY:,} "
                "numbers",
            ),
            (
                "features",
                list(self.features),
                all(_positive(size) for _, size in self.features),
                "pairs of a name and a number of values",
            ),
            ("feature_width", self.feature_width, _positive(self.feature_width), "above 0"),
            (
                "stride",
                self.stride,
                self.stride == 1 or (_positive(self.stride) and self.hidden > 0),
                "1, or above and with a hidden layer",
            ),
            (
                "hidden",
                self.hidden,
                self.hidden == 0
                or (_positive(self.hidden) and self.embedding is not None and not self.tie),
                "0, or above 0, with an embedding that is not tied",
            ),
        )
        if wrong:
            raise ModelError(f"the model's {wrong}")
        self.require_size(1)

    def require_size(self, vocabulary: int) -> None:
        """Raise `ModelError` where the network is larger than any that could be read again."""
        if self.parameters(vocabulary) > MAX_PARAMETERS:
            raise ModelError(
                f"the model's network has {self.parameters(vocabulary):,} numbers; the most is "
                f"{MAX_PARAMETERS:,}: make units or embedding smaller"
            )

    @property
    def states_per_layer(self) -> int:
        """Arrays (batch, U) that one layer carries: h and c for an LSTM, else h."""
        return CELLS[self.cell].states

    @property
    def memory(self) -> int:
        """Numbers a row that attention carries: key, value and a mark that they are there, for
        each step it looks back over.
        """
        return self.attention * (2 * self.attention_width + 1)

    @property
    def _vector_width(self) -> int:
        """Numbers of a token's vector with those of its features."""
        return (self.embedding or 0) + len(self.features) * self.feature_width

    def weight_shapes(self, vocabulary: int) -> dict[str, tuple[int, ...]]:
        """Name → shape of every weight for a vocabulary of that many tokens, input first."""
        shapes: dict[str, tuple[int, ...]] = {}
        cell, width = CELLS[self.cell], vocabulary
        if self.embedding is not None:
            shapes["embedding"] = (vocabulary, self.embedding)
            width = self.embedding
            if self.cycle:
                shapes["cycle.vectors"] = (self.cycle, self.embedding)
        for name, size in self.features:
            shapes[f"feature.{name}"] = (size, self.feature_width)
            width += self.feature_width
        for layer, units in enumerate(self.units):
            columns = cell.gates * units
            shapes[f"rnn.{layer}.kernel"] = (width, columns)
            if cell.recurrent:
                shapes[f"rnn.{layer}.recurrent_kernel"] = (units, columns)
            shapes[f"rnn.{layer}.bias"] = cell.bias_shape(units)
            if self.layer_norm:
                shapes[f"norm.{layer}.gamma"] = shapes[f"norm.{layer}.beta"] = (units,)
            width = units
        if self.attention:
            into = (width, self.attention_width)
            shapes |= {f"attention.{name}": into for name in ("query", "key", "value")}
            shapes["attention.query_bias"] = into[1:]
            shapes["attention.result"] = into[::-1]
        if self.hidden:
            shapes["hidden.context"] = (width, self.hidden)
            shapes["hidden.kernel"] = (self._vector_width, self.hidden)
            shapes["hidden.bias"] = (self.hidden,)
            width = self.hidden
        if not self.tie:
            shapes["dense.kernel"] = (width, vocabulary)
        elif self.embedding is not None and self.embedding != width:
            shapes["project.kernel"] = (width, self.embedding)
            shapes["project.bias"] = (self.embedding,)
        shapes["dense.bias"] = (vocabulary,)
        return shapes

    def parameters(self, vocabulary: int) -> int:
        """The number of trained numbers."""
        return sum(math.prod(shape) for shape in self.weight_shapes(vocabulary).values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and TOML (TOML has no null: the caller drops None there)."""
        features = [list(feature) for feature in self.features]
        return asdict(self) | {"units": list(self.units), "features": features}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelConfig:
        """The inverse of `to_dict`. Raises `ModelError` for a name or value it does not know."""
        try:
            return from_values(cls, values, "model")
        except UsageError as error:
            raise ModelError(
                f"the model's configuration does not fit this musicrnn: {error}"
            ) from error


@dataclass(frozen=True)
class BundleConfig:
    """What `config.json` of a bundle says.

    `format` is ``"abc"``, ``"midi"`` or ``"text"``; `tokenizer` is what its `from_config` reads;
    `training` says how the weights were made (recipe, corpus, seconds, …) and `figures` what
    was measured (``bits_per_character``, …): both are for people and reports.
    """

    name: str
    format: str
    tokenizer: dict[str, Any]
    model: ModelConfig
    vocabulary_digest: str
    training: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the layout's version stands first."""
        return {
            "musicrnn": VERSION,
            "name": self.name,
            "format": self.format,
            "tokenizer": self.tokenizer,
            "model": self.model.to_dict(),
            "vocabulary_digest": self.vocabulary_digest,
            "training": self.training,
            "figures": self.figures,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BundleConfig:
        """The inverse of `to_dict`. Raises `ModelError`: wrong version, missing or odd values."""
        version = values.get("musicrnn")
        if version != VERSION:
            raise ModelError(
                f"the model's layout is version {version!r}, this musicrnn reads {VERSION}; "
                "install the musicrnn it was made with, or train it again"
            )
        try:
            config = cls(
                name=require_name(values["name"], "the model's name"),
                format=values["format"],
                tokenizer=dict(values["tokenizer"]),
                model=ModelConfig.from_dict(values["model"]),
                vocabulary_digest=str(values["vocabulary_digest"]),
                training=_told(values.get("training", {})),
                figures=_told(values.get("figures", {})),
            )
        except UsageError as error:
            raise ModelError(str(error)) from None
        except KeyError as error:
            raise ModelError(f"the model's configuration lacks {error}; train it again") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise ModelError("the model's configuration is damaged; train it again") from error
        if not isinstance(config.format, str) or config.format not in FORMATS:
            raise ModelError(f"the model's format is {config.format!r}, not {', '.join(FORMATS)}")
        return config


#: what cards and tables say of a model, by kind; anything else may stand beside it
_TEXTS = ("recipe", "corpus", "from", "licence", "weights_licence", "held_out")
_NUMBERS = (
    "pieces", "held_out_pieces", "epochs", "seconds", "seed", "share_of_notes", "bits_per_token",
    "training_bits_per_token", "test_bits_per_token", "test_pieces", "well_formed", "samples",
)  # fmt: skip
_TABLES = ("settings", "report")


def _told(values: Any) -> dict[str, Any]:
    """What a bundle says about its training. Raises `ValueError` for a value of a wrong type."""
    entries = dict(values)
    for names, kinds in ((_TEXTS, str), (_NUMBERS, (int, float)), (_TABLES, dict)):
        for name in names:
            value = entries.get(name)
            fits = value is None or (isinstance(value, kinds) and not isinstance(value, bool))
            if not fits or (isinstance(value, int | float) and not abs(value) < _MOST_TOLD):
                raise ValueError(f"{name} cannot be {value!r}")
    return entries


def _positive(number: object, most: int = MAX_WIDTH) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= most


def _first_wrong(*rules: tuple[str, object, bool, str]) -> str | None:
    for name, value, right, wanted in rules:
        if not right:
            return f"{name} is {value!r}; it must be {wanted}"
    return None
