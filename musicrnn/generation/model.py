"""The one place that makes tunes: a model by name, what is asked for, tunes.

>>> model = load("folk")                                             # doctest: +SKIP
>>> tune = model.generate(key="D", meter="6/8", rhythm="jig", seed=7)  # doctest: +SKIP
>>> tune.save("tune.wav")                                            # doctest: +SKIP

Tune i of seed s is drawn with ``numpy.random.default_rng([s, i])``, candidate j > 0 of it with
``[s, i, j]``, and the choice among them is made with ``[s, i, CHOICE]``, so it does not depend on
how many others are made. Tunes are computed in blocks of `BLOCK` by index. The last bits of the
network's sums may differ between blocks of different sizes, so work is shared out in whole blocks
where the bytes must be the same.
"""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from numbers import Integral
from pathlib import Path
from typing import Any, Unpack, cast, overload

import numpy as np

from musicrnn.constraints.abc.prime import prime_of
from musicrnn.constraints.abc.repertoire import FILE_NAME as REPERTOIRE
from musicrnn.constraints.abc.repertoire import Repertoire
from musicrnn.constraints.controls import ControlOptions
from musicrnn.constraints.registry import Rules, rules_of
from musicrnn.errors import UsageError, want
from musicrnn.formats import Format, format_of
from musicrnn.generation import tune as tune_module
from musicrnn.generation.acceptance import FREE_TOKENS, acceptance, first_accepted
from musicrnn.generation.filling import fill_gaps
from musicrnn.generation.judge import FILE_NAME as JUDGE
from musicrnn.generation.judge import Judge
from musicrnn.generation.keras_side import KerasSide
from musicrnn.generation.options import (
    GenerateOptions,
    HarmonizeOptions,
    SamplingArguments,
    SamplingOptions,
)
from musicrnn.generation.ranking import ranked
from musicrnn.generation.tune import Melodic, Tune, Tunes
from musicrnn.models.bundle import Bundle
from musicrnn.piece import Piece
from musicrnn.reading import names_music
from musicrnn.reading import read as read_file
from musicrnn.sampling import Constraint, Engine, Sample, sample
from musicrnn.score import Score
from musicrnn.tokens import Tokenizer
from musicrnn.tokens.char import CharTokenizer

__all__ = ["BLOCK", "DEFAULT_MODEL", "Model", "load"]

DEFAULT_MODEL = "folk"
#: tunes computed at once
BLOCK = 64
#: tunes drawn for one that is asked for, so that there is a choice
CANDIDATES = 6
#: units of length beyond which a tune has fewer candidates
_LONG = 400
#: no candidate has this number
CHOICE = 2**32 - 1
#: tokens of a constrained tune: far more than any tune that may be asked for has
_MOST_TOKENS = 20_000
_MOST_SEED = 2**32


def _text_of(tune: Tune | str) -> str:
    """The ABC of a tune, or the text itself."""
    want(tune, (str, Tune), "a tune is ABC text or a Tune")
    return tune if isinstance(tune, str) else tune.text


def load(name: str | os.PathLike[str] = DEFAULT_MODEL) -> Model:
    """A shipped model by name, or any bundle or training run by its folder.

    Raises `ModelError` when it is missing or damaged.
    """
    return Model(Bundle.load(name))


tune_module.load_model = load


class Model(KerasSide):
    """A bundle that writes, and that Keras trains (`KerasSide`)."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.format: Format = format_of(bundle.config.format)
        self.tokenizer: Tokenizer = bundle.tokenizer
        self.rules: Rules = rules_of(self.tokenizer)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.bundle.config.name

    @cached_property
    def engine(self) -> Engine:
        """The network, ready to step."""
        return Engine(self.bundle)

    def __repr__(self) -> str:
        return f"<musicrnn model {self.name!r}: {self.format.name}, {self.bundle.parameters:,}>"

    # --- making tunes -----------------------------------------------------------------------

    @overload
    def generate(self, n: None = None, **options: Unpack[GenerateOptions]) -> Tune: ...

    @overload
    def generate(self, n: int, **options: Unpack[GenerateOptions]) -> Tunes: ...

    def generate(self, n: int | None = None, **options: Unpack[GenerateOptions]) -> Tune | Tunes:
        """One tune, or a list of `n` (which a notebook shows as a gallery).

        `options` say how to draw (`SamplingOptions`) and what is asked of the tune (`CONTROLS`).
        Raises `UsageError` for what makes no sense.
        """
        if n is None:
            return next(self.stream(1, **options))
        return Tunes(self.stream(n, **options))

    def stream(
        self, n: int, *, first: int = 0, controls: Any = None, **options: Unpack[GenerateOptions]
    ) -> Iterator[Tune]:
        """Tunes `first` … `first` + `n` − 1 of the seed (None: a random one), as they are made.

        Options are those of `generate`. Of `best_of` candidates the one is given that the model's
        judge takes for most like a real tune (see `judge`); with `every` all are given, best first.
        With `new` no tune shares a run of more bars than that with any tune the model learned from.
        `free` leaves the constraint out. `controls` may be given ready-made. Raises `UsageError`
        for what makes no sense.
        """
        want(n, Integral, "the number of tunes is a whole number")
        if n < 0 or first < 0:
            raise UsageError("the number of tunes cannot be below 0")
        how, asked = SamplingOptions.split(options)
        seed = secrets.randbelow(_MOST_SEED) if how.seed is None else how.seed
        controls = controls or self.controls(**asked)
        constraint = self.constraint(controls, free=how.free)
        accepts = acceptance(self.bundle, how.new, self.rules.chosen(asked))
        attempts = range(self.candidates(how, controls))
        longest = self._longest(how, controls)
        for start in range(first, first + n, BLOCK):
            numbers = range(start, min(start + BLOCK, first + n))
            drawn = partial(self._drawn, seed=seed, how=how, constraint=constraint)
            candidates = drawn(numbers, attempts, longest)
            for number in numbers:
                # The best of several is plainer than real tunes are: asked for none, one is drawn.
                chance = None if how.best_of else np.random.default_rng([seed, number, CHOICE])
                tunes = candidates[number]
                if len(tunes) > 1:
                    tunes = ranked(tunes, self._judge, chance)
                if accepts is not None:
                    most = min(longest, FREE_TOKENS) if how.free else longest
                    tunes = first_accepted(tunes, accepts, partial(drawn, [number], longest=most))
                for tune in tunes if how.every else tunes[:1]:
                    yield replace(tune, instrument=asked.get("instrument") or "")

    def controls(self, **asked: Unpack[ControlOptions]) -> Any:
        """The controls of the model's kind from what a user asks for; None counts as not asked."""
        prime = asked.get("prime")
        if isinstance(prime, os.PathLike) or (isinstance(prime, str) and names_music(prime)):
            if not Path(prime).is_file():
                raise UsageError(f"prime: there is no file {os.fspath(prime)}")
            asked["prime"] = read_file(prime).pieces()[0].content
        prime = asked.get("prime")
        if isinstance(prime, Score) and self.format.name == "abc":
            asked["prime"] = prime_of(prime)
        return self.rules.controls(asked)

    def constraint(self, controls: Any, *, free: bool = False) -> Constraint:
        """What keeps this model's tunes well formed and as asked."""
        return self.rules.constraint(
            self.tokenizer, controls, free=free, repertoire=self.repertoire
        )

    @cached_property
    def repertoire(self) -> Repertoire | None:
        """What the tunes that the model learned from are like as wholes, if it keeps that."""
        path = self._beside(REPERTOIRE)
        return Repertoire.load(path) if path else None

    def _beside(self, name: str) -> Path | None:
        """A file that the bundle keeps beside its weights, if it does."""
        path = self.bundle.folder / name if self.bundle.folder else None
        return path if path and path.is_file() else None

    # --- filling in -------------------------------------------------------------------------

    def complete(self, text: Tune | str, **options: Unpack[GenerateOptions]) -> Tune:
        """The ABC tune with its gaps filled: each ``?`` is a bar, ``...`` at the end the rest.

        Every other character stays as it is. Of `best_of` fillings of a bar (4 unless asked
        otherwise) the one is taken that is likeliest together with the bars that follow it.
        Raises `UsageError` for text without a gap, a ``?`` that is no bar of its own, and a model
        of another format.
        """
        from musicrnn.constraints.abc.infill import next_gap, rest_position

        self._check_abc()
        how, asked = SamplingOptions.split({"best_of": 4, **options})
        if chosen := self.rules.chosen(asked):
            raise UsageError(f"{', '.join(chosen)}: is asked of a whole tune; leave it out here")
        seed = secrets.randbelow(_MOST_SEED) if how.seed is None else how.seed
        text = _text_of(text)
        rest = rest_position(text)
        head = text if rest is None else text[: rest[0]]
        if rest is None and next_gap(head) is None:
            raise UsageError(
                "there is no gap to fill; write |?| for a bar, or ... at the end for the rest"
            )
        tokenizer = cast(CharTokenizer, self.tokenizer)  # the one of ABC
        controls, draws = self.controls(**asked), how.best_of or 1
        head, logprob = fill_gaps(
            head, self.engine, tokenizer, controls, how.sampler(), seed=seed, draws=draws
        )
        if rest is not None:
            again = how.changed() | asked | {"prime": head, "seed": seed, "best_of": 1}
            tune = next(self.stream(1, **again))
            after = text[rest[1] :].strip()
            whole = Piece("abc", f"{tune.text.rstrip()}\n{after}\n")
            return replace(tune, piece=whole) if after else tune
        return Tune(Piece("abc", head), model=self.name, seed=seed, logprob=logprob)

    def rewrite(
        self, tune: Tune | str, section: str = "B", **options: Unpack[GenerateOptions]
    ) -> Tune:
        """The ABC tune with the bars of one section (A, B, …) written anew, the rest untouched.

        Options are those of `complete`. Raises `UsageError` for a section that it does not have.
        """
        from musicrnn.abc import part_bars

        text = _text_of(tune)
        want(section, str, "a section is a letter such as 'B'")
        parts = part_bars(text)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(parts)]
        if len(section) != 1 or section.upper() not in letters:
            raise UsageError(f"the tune has no section {section!r}; it has {', '.join(letters)}")
        for start, end in reversed(parts[letters.index(section.upper())]):
            text = text[:start] + "?" + text[end:]
        return self.complete(text, **options)

    def _check_abc(self) -> None:
        if self.format.name != "abc":
            raise UsageError(
                f"the model {self.name!r} writes {self.format.spoken}; choose one of ABC"
            )

    @overload
    def harmonize(
        self, melody: Melodic, n: None = None, **how: Unpack[HarmonizeOptions]
    ) -> Tune: ...

    @overload
    def harmonize(self, melody: Melodic, n: int, **how: Unpack[HarmonizeOptions]) -> Tunes: ...

    def harmonize(
        self, melody: Melodic, n: int | None = None, **how: Unpack[HarmonizeOptions]
    ) -> Tune | Tunes:
        """`melody` as one of four voices, the others written to it; with `n` a list of that many.

        `melody` is ABC, a file of any kind, its bytes, a `Score` or a tune; one to three voices
        may be given, and `voice` names them in order (``"alto"``, ``"soprano,bass"``; without it
        they are known by the names of their parts, and a single one is the soprano). Its notes,
        metres and words stay as they are, save those of the bars `rewrite` (``"3-4"``) in `voices`
        (all if none is named; without bars, throughout). `sound` is choir, organ, strings or piano.
        The best of `best_of` drafts (8) is given (`generation.harmonize`). Warns of what is left
        out. Raises `UsageError` where nothing can be harmonized.
        """
        from musicrnn.generation.harmonize import harmonizations, melody_of

        want(n, (Integral, type(None)), "the number of settings is a whole number")
        given = melody_of(melody, options := dict[str, Any](how))
        for remark in given.remarks:
            warnings.warn(remark, stacklevel=2)
        sound = options.pop("sound", "choir")
        tunes = harmonizations(self, given, n or 1, sound=sound, options=options)
        return next(tunes) if n is None else Tunes(tunes)

    def vary(
        self,
        tune: Tune | str,
        closeness: float = 0.8,
        *,
        keep: str = "",
        **options: Unpack[SamplingArguments],
    ) -> Tune:
        """The ABC tune rewritten so that it keeps the share `closeness` (0…1) of its notes.

        A note is kept where a note of the same pitch stands at the same place of the same bar. The
        bars that `keep` names (``1-4,8``) stay as they are, and so do key, form and repeats, and
        the last bar of each section unless too much would stay. Warns of what is left out. Raises
        `UsageError` for what makes no sense, and for a model of another format.
        """
        from musicrnn.generation.vary import vary

        self._check_abc()
        how = SamplingOptions(**options)
        seed = secrets.randbelow(_MOST_SEED) if how.seed is None else how.seed
        made = vary(self, _text_of(tune), closeness, keep=keep, how=how, seed=seed)
        for remark in made.remarks:
            warnings.warn(remark, stacklevel=2)
        piece = read_file(made.text.encode()).pieces()[0]
        return Tune(piece, model=self.name, rules=self.rules, seed=seed, logprob=made.logprob)

    # --- drawing ----------------------------------------------------------------------------

    def _drawn(
        self,
        numbers: Sequence[int],
        attempts: Sequence[int],
        longest: int,
        *,
        seed: int,
        how: SamplingOptions,
        constraint: Constraint,
    ) -> dict[int, list[Tune]]:
        """Tune number → its candidates, in the order of `attempts`."""
        keys = [(number, attempt) for attempt in attempts for number in numbers]
        tunes: dict[int, list[Tune]] = {number: [] for number in numbers}
        for start in range(0, len(keys), BLOCK):
            block = keys[start : start + BLOCK]
            generators = [np.random.default_rng([seed, i, j] if j else [seed, i]) for i, j in block]
            drawn = sample(
                self.engine,
                how.sampler(),
                generators,
                end=self.tokenizer.end,
                constraint=constraint,
                max_tokens=longest,
            )
            for (number, _), one in zip(block, drawn, strict=True):
                if not (one.complete or how.free):
                    raise UsageError(
                        f"the tune came to no end within {longest:,} tokens; ask for fewer bars"
                    )
                tunes[number].append(self._tune(one, constraint, seed, number))
        return tunes

    def _tune(self, drawn: Sample, constraint: Constraint, seed: int, number: int) -> Tune:
        piece = constraint.piece(drawn.state, drawn.ids, number=number + 1)
        return Tune(
            piece,
            model=self.name,
            rules=self.rules,
            seed=seed,
            index=number,
            logprob=drawn.logprob,
            tokens=len(drawn.ids),
            constrained_steps=drawn.masked,
            bars_drawn=drawn.bars + drawn.refused,
            bars_thrown_away=drawn.refused,
            complete=drawn.complete,
        )

    def _longest(self, how: SamplingOptions, controls: Any) -> int:
        """The most tokens of a tune: a free one may never come to an end."""
        if self.format.name == "text":
            return int(controls.length) + 1
        return self.format.longest if how.free else _MOST_TOKENS

    def candidates(self, how: SamplingOptions, controls: Any = None) -> int:
        """How many tunes are drawn for one: as asked, else a few where there is a judge, fewer
        where the `controls` ask for a very long one."""
        if how.best_of is not None:
            return how.best_of
        if self.format.name != "abc" or how.free or how.greedy:
            return 1
        units = controls.units if controls is not None else 0
        return max(CANDIDATES * _LONG // max(units, _LONG), 1)

    @cached_property
    def _judge(self) -> Judge | None:
        path = self._beside(JUDGE)
        return Judge.load(path) if path else None
