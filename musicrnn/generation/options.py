"""How tunes are drawn: the options that are the same for every model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypedDict

from musicrnn.constraints.controls import ControlOptions
from musicrnn.errors import UsageError
from musicrnn.sampling import Sampler

__all__ = [
    "TEMPERATURE",
    "GenerateOptions",
    "HarmonizeOptions",
    "SamplingArguments",
    "SamplingOptions",
]

#: What models sample with if nothing else is asked. At 1, as learned, a long tune nearly always
#: has its unlikely moments; at 0.9 `folk` repeats its bars more often than real tunes do.
TEMPERATURE = 0.95


class SamplingArguments(TypedDict, total=False):
    """The fields of `SamplingOptions` as keyword arguments."""

    temperature: float
    top_k: int | None
    top_p: float | None
    greedy: bool
    free: bool
    best_of: int | None
    every: bool
    new: int | None
    seed: int | None


class GenerateOptions(SamplingArguments, ControlOptions, total=False):
    """All keyword arguments of `Model.generate`: how to draw, and what is asked of the tune."""


class HarmonizeOptions(SamplingArguments, total=False):
    """All keyword arguments of `Model.harmonize` beside the melody and the number of settings."""

    voice: str
    rewrite: str
    voices: str
    sound: str


def _option(default: Any, text: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How to draw. Each field's metadata has its line of `help`, and the least value as `min`.

    Raises `UsageError` for a value that makes no sense.
    """

    temperature: float = _option(TEMPERATURE, "1 is as learned; below is cautious, above daring.")
    top_k: int | None = _option(None, "Choose among the N likeliest tokens only.", min=1)
    top_p: float | None = _option(None, "Choose among the likeliest that together hold this share.")
    greedy: bool = _option(False, "Always take the most likely token.")
    free: bool = _option(
        False, "Draw without the constraint, and say what is wrong with the result.",
        spellings=("unconstrained",),
    )  # fmt: skip
    best_of: int | None = _option(None, "Draw N candidates per tune; keep the best.", min=1)
    every: bool = _option(False, "With --best-of: give all, best first.", name="all")
    new: int | None = _option(
        None, "Longest run of bars that may match a tune the model learned from.", min=0,
        spellings=("max-shared-bars",),
    )  # fmt: skip
    seed: int | None = _option(None, "The same seed gives the same tunes.", min=0)

    def __post_init__(self) -> None:
        for name in ("top_k", "best_of", "new", "seed"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise UsageError(f"{name} is {value!r}; it must be a whole number")
        for name in ("temperature", "top_p"):
            value = getattr(self, name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float)
            ):
                raise UsageError(f"{name} is {value!r}; it must be a number")
        if self.best_of is not None and self.best_of < 1:
            raise UsageError(f"best_of is {self.best_of}; it must be 1 or more")
        if self.new is not None and self.new < 0:
            raise UsageError(f"new is {self.new}; it must be 0 or more")
        if self.seed is not None and self.seed < 0:
            raise UsageError(f"the seed is {self.seed}; it must be 0 or more")

    @classmethod
    def split(cls, options: Mapping[str, Any]) -> tuple[SamplingOptions, dict[str, Any]]:
        """The options that say how to draw, and the others, which are controls."""
        names = {field.name for field in fields(cls)}
        how = {name: value for name, value in options.items() if name in names}
        return cls(**how), {name: options[name] for name in options if name not in names}

    def sampler(self) -> Sampler:
        """The way to choose a token."""
        return Sampler(self.temperature, self.top_k, self.top_p, self.greedy)

    def changed(self) -> dict[str, Any]:
        """The fields that are not at their default: the keyword arguments to say the same."""
        usual = SamplingOptions()
        return {k: v for k, v in asdict(self).items() if v != getattr(usual, k)}
