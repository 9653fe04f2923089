"""Recipes: TOML files that say enough to make a bundle again.

    name = "folk"                  # also the bundle's name
    description = "…"              # one line for `musicrnn recipes list`
    corpus = "folk"                # a known corpus or a path; the command line overrides it
    weights_licence = "MIT"        # what the card says; without it, that nobody has chosen one
    seed = 7

    [tokenizer]                    # name, and what else the tokenizer's `learn` takes
    name = "char"

    [model]                        # see `config.ModelConfig`
    units = [512]

    [training]                     # see `TrainingConfig`
    epochs = 20

    [cluster]                      # see `ClusterConfig`; which cluster, the command line says
    workers = 2

Unknown names and values that make no sense are refused when the file is read, not after an hour.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musicrnn.config_values import from_values, require_known
from musicrnn.errors import ModelError, UsageError, choices
from musicrnn.files import read_limited, require_name
from musicrnn.models.config import ModelConfig
from musicrnn.stored import from_toml

__all__ = ["SHIPPED", "ClusterConfig", "Recipe", "TrainingConfig", "names"]

#: Where the recipes that travel with the package lie.
SHIPPED = Path(__file__).resolve().parent.parent / "recipes"

#: Bytes that a recipe may have.
MOST_BYTES = 1 << 20
#: The most that a training may be told, far above what any of them needs.
MOST = {
    "epochs": 1_000_000, "patience": 1_000_000, "batch": 65_536, "length": 65_536,
    "samples_every": 1_000_000, "samples": 10_000,
}  # fmt: skip
#: Tokens of one batch.
MOST_TOKENS = 1 << 22
#: Processes that may share a batch.
MOST_WORKERS = 4096
MOST_SEED = 1 << 63


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a model is trained. Every default is what suits a character model on a laptop.

    epochs: passes over the training side at most; patience: epochs without a better held-out
    figure before stopping (0: never); keep: the weights that are kept, of the ``best`` held-out
    figure or of the ``last`` epoch; batching: see `batching`; batch, length: rows and steps of one
    batch (of ``pieces`` the most steps); optimizer: ``adam`` (AdamW, Loshchilov and Hutter
    2019) or ``sgd``; rate: the highest learning rate; schedule: see `schedule`; warmup: the
    share of all steps before that rate is reached; weight_decay: decoupled, on kernels only;
    clip_norm: the greatest length of the whole gradient (0: no limit); clip_value: the greatest
    size of one number of it; average: momentum of the moving average of the weights that is
    evaluated and kept (0: none); precision: see `precision`; transpose: learn each tune in the
    other usual keys too (ABC only); samples_every: epochs between samples (0: none); samples:
    how many; checkpoint_minutes: time between checkpoints within an epoch.
    """

    epochs: int = 30
    patience: int = 3
    keep: str = "best"
    batching: str = "streams"
    batch: int = 64
    length: int = 128
    optimizer: str = "adam"
    rate: float = 2e-3
    schedule: str = "cosine"
    warmup: float = 0.05
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    clip_value: float = 0.0
    average: float = 0.0
    precision: str = "auto"
    transpose: bool = False
    samples_every: int = 1
    samples: int = 8
    checkpoint_minutes: float = 2.0

    def __post_init__(self) -> None:
        from musicrnn.training import precision
        from musicrnn.training.batching import BATCHINGS
        from musicrnn.training.schedule import SCHEDULES

        choices = {
            "batching": tuple(BATCHINGS),
            "schedule": tuple(SCHEDULES),
            "optimizer": ("adam", "sgd"),
            "keep": ("best", "last"),
            "precision": precision.CHOICES,
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise UsageError(
                    f"training.{name} is {getattr(self, name)!r}; choose {', '.join(allowed)}"
                )
        self._check_counts()
        for name in ("weight_decay", "clip_norm", "clip_value", "checkpoint_minutes"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(
                    f"training.{name} is {getattr(self, name)}; it must be a number that is not "
                    "below 0"
                )
        if not 0 < self.rate < 10:
            raise UsageError(f"training.rate is {self.rate}; it must lie between 0 and 10")
        for name in ("average", "warmup"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(
                    f"training.{name} is {getattr(self, name)}; it must be 0 or more and below 1"
                )

    def _check_counts(self) -> None:
        """Raise `UsageError` for a count below or above what makes sense."""
        for name, most in MOST.items():
            value = getattr(self, name)
            least = 1 if name in ("epochs", "batch", "length") else 0
            if value < least:
                wanted = "be above 0" if least else "not be below 0"
                raise UsageError(f"training.{name} is {value}; it must {wanted}")
            if value > most:
                raise UsageError(f"training.{name} is {value}; the most is {most:,}")
        if self.batch * self.length > MOST_TOKENS:
            raise UsageError(
                f"training.batch times training.length is {self.batch * self.length:,} tokens; "
                f"the most is {MOST_TOKENS:,}"
            )


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """How the work is shared on a cluster; the outcome does not depend on it.

    workers: how many share each batch. Which cluster it is, is never read from a file: joining
    one means to run what it sends.
    """

    workers: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= MOST_WORKERS:
            raise UsageError(
                f"cluster.workers is {self.workers}; it must be from 1 to {MOST_WORKERS:,}"
            )


@dataclass(frozen=True)
class Recipe:
    """One recipe; see the head of this module."""

    name: str
    description: str = ""
    corpus: str = ""
    weights_licence: str = ""
    seed: int = 0
    tokenizer: dict[str, Any] = field(default_factory=lambda: {"name": "char"})
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str]) -> Recipe:
        """A shipped recipe by name, or any by its path. Raises `UsageError`."""
        text = os.fspath(name_or_path)
        path = SHIPPED / f"{text}.toml" if text in names() else Path(text)
        if not path.is_file():
            raise UsageError(f"there is no recipe {text!r}; {choices(text, names())}")
        try:
            text = read_limited(path, MOST_BYTES, regular=True).decode("utf-8")
            return cls.from_dict(from_toml(text))
        except ValueError as error:
            raise UsageError(f"{path}: not a TOML file: {error}") from error
        except (UsageError, ModelError) as error:
            raise UsageError(f"{path}: {error}") from error

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """A recipe from what TOML gives. Raises `UsageError` or `ModelError`."""
        require_known(cls, values, "the recipe")
        if not values.get("name"):
            raise UsageError("the recipe has no name")
        require_name(values["name"], "the recipe's name")
        made = dict(values)
        made["model"] = ModelConfig.from_dict(_model_values(values.get("model", {})))
        made["training"] = from_values(TrainingConfig, values.get("training", {}), "training")
        made["cluster"] = from_values(ClusterConfig, _without_address(values), "cluster")
        tokenizer = values.get("tokenizer", {})
        if not isinstance(tokenizer, Mapping):
            raise UsageError("[tokenizer] is no table")
        made["tokenizer"] = {"name": "char", **tokenizer}
        recipe = from_values(cls, made, "recipe")
        if not 0 <= recipe.seed < MOST_SEED:
            raise UsageError(f"seed is {recipe.seed}; it must be from 0 to 2**63 - 1")
        recipe._check_cycle()
        recipe._check_stride()
        return recipe

    def _check_cycle(self) -> None:
        """With a cycle, every row of a batch must begin at its first place."""
        cycle, training = self.model.cycle, self.training
        if not cycle or training.batching == "pieces":
            return
        if training.batching != "tunes" or training.length % cycle:
            raise UsageError(
                f"model.cycle is {cycle}: training.batching must be tunes or pieces, and "
                f"training.length ({training.length}) a multiple of the cycle"
            )

    def _check_stride(self) -> None:
        """With a stride, every row of a batch must begin with a step of the recurrent layers."""
        stride, training = self.model.stride, self.training
        if stride > 1 and training.batching != "pieces":
            raise UsageError(f"model.stride is {stride}: training.batching must be pieces")

    def to_dict(self) -> dict[str, Any]:
        """The inverse of `from_dict`: plain values, none of them None."""
        model = {k: "one-hot" if v is None else v for k, v in self.model.to_dict().items()}
        return dataclasses.asdict(self) | {"model": model}

    def to_toml(self) -> str:
        """The text of the recipe file."""
        lines = [
            f"{key} = {_toml(value)}"
            for key, value in self.to_dict().items()
            if not isinstance(value, dict)
        ]
        for section in ("tokenizer", "model", "training", "cluster"):
            lines += ["", f"[{section}]"]
            lines += [f"{key} = {_toml(value)}" for key, value in self.to_dict()[section].items()]
        return "\n".join(lines) + "\n"

    def changed(self, settings: Sequence[str]) -> Recipe:
        """The recipe with ``section.name=value`` settings, as `--set` takes them.

        >>> Recipe("x").changed(["training.batch=16", "seed=3"]).training.batch
        16
        """
        values = self.to_dict()
        for setting in settings:
            key, equals, text = setting.partition("=")
            *sections, name = key.strip().split(".")
            place: Any = values
            for section in sections:
                place = place.get(section) if isinstance(place, dict) else None
            if not equals or not isinstance(place, dict):
                raise UsageError(
                    f"the setting {setting}: write section.name=value: training.batch=32"
                )
            place[name] = _value(text.strip())
        return self.from_dict(values)


def names() -> list[str]:
    """The names of the shipped recipes, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


# --- reading and writing values ----------------------------------------------------------------


def _model_values(values: Mapping[str, Any]) -> dict[str, Any]:
    known = require_known(ModelConfig, values, "[model]")
    return {k: None if v == "one-hot" else v for k, v in known.items()}


def _without_address(values: Mapping[str, Any]) -> dict[str, Any]:
    """[cluster] less an empty address, which runs of an earlier version have."""
    cluster = values.get("cluster", {})
    if not isinstance(cluster, Mapping):
        raise UsageError("[cluster] is no table")
    if cluster.get("address"):
        raise UsageError(
            "cluster.address: the address of a cluster is not taken from a file; take the line "
            "out, and name the cluster when you train"
        )
    return {name: value for name, value in cluster.items() if name != "address"}


def _toml(value: Any) -> str:
    """One TOML value; JSON spells strings, numbers, booleans and flat lists the same way."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _value(text: str) -> Any:
    try:
        return from_toml(f"x = {text}")["x"]
    except ValueError:
        return text
