"""Writing the voices that a melody lacks: a soprano in, a chorale out.

>>> tune = load("chorale").harmonize("X:1\\nL:1/4\\nK:G\\nG|GAB>c|dBA2|]")  # doctest: +SKIP
>>> tune.save("chorale.pdf")                                             # doctest: +SKIP

What is given (`generation.given_voices`) is sung as it stands: its notes, ties and words are those
of the source, to the note. It enters the model a bar ahead of the other voices (`tokens.voices`),
so these know where the melody goes. Several drafts are drawn, and the best kept: the one with the
fewest faults of voice leading and beats on which no chord is heard, and of those the likeliest,
given notes included: a draft that leads well to them is likelier.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np

from musicrnn.constraints.events.voices import VoicesConstraint
from musicrnn.errors import UsageError
from musicrnn.generation.given_voices import Melody
from musicrnn.generation.options import SamplingOptions
from musicrnn.generation.protocol import WritingModel
from musicrnn.generation.tune import Melodic, Tune
from musicrnn.piece import Piece
from musicrnn.reading import Music, names_music, read
from musicrnn.sampling import Sample, sample
from musicrnn.score import Score
from musicrnn.theory.four_voices import CHOIR, FourVoices
from musicrnn.theory.voice_leading import faults, nameless
from musicrnn.tokens.voices import VoicesTokenizer

__all__ = ["MODEL", "SOUNDS", "TEMPERATURE", "Melody", "harmonizations", "melody_of", "score_of"]

#: The shipped model of four voices.
MODEL = "chorale"

#: What harmony is drawn with if nothing else is asked: a chorale bears less daring than a tune.
TEMPERATURE = 0.6

#: How many drafts there are to choose from.
DRAFTS = 8

#: What a harmonization is sung or played on: General MIDI programs.
SOUNDS = {"choir": CHOIR, "organ": 19, "strings": 48, "piano": 0}


def score_of(music: Melodic) -> Score:
    """The notes of music in any form."""
    if isinstance(music, Score):
        return music
    if isinstance(music, Tune):
        return music.score
    if isinstance(music, str) and not names_music(music):
        return Music(music.encode()).score
    return Music(music).score if isinstance(music, bytes) else read(music).score


def melody_of(music: Melodic, options: dict[str, Any]) -> Melody:
    """What music in any form gives, and its options taken out of `options`."""
    own = {name: options.pop(name) for name in ("voice", "rewrite", "voices") if name in options}
    return Melody.of(score_of(music), **own)


def harmonizations(
    model: WritingModel, melody: Melody, n: int, *, sound: str = "choir", options: Mapping[str, Any]
) -> Iterator[Tune]:
    """`n` harmonizations by `model`, as they are made; `options` are those of `SamplingOptions`.

    Raises `UsageError` for a model that does not write four voices, or an unknown sound.
    """
    if model.tokenizer.name != VoicesTokenizer.name:
        raise UsageError(f"the model {model.name!r} does not write four voices; choose {MODEL}")
    if sound not in SOUNDS:
        raise UsageError(f"no sound {sound!r}; choose {', '.join(SOUNDS)}")
    usual = {"best_of": DRAFTS, "temperature": TEMPERATURE}
    how = SamplingOptions(**(usual | dict(options)))
    seed = secrets.randbelow(2**32) if how.seed is None else how.seed
    constraint = melody.constraint(cast("VoicesTokenizer", model.tokenizer), free=how.free)
    for number in range(n):
        drafts = _drafts(model, how, seed, number, constraint)
        ranked = sorted(drafts, key=lambda draft: (draft[0], -draft[2].logprob))
        for _, voices, drawn in ranked if how.every else ranked[:1]:
            score = melody.finished(voices, SOUNDS[sound])
            key, meter = str(constraint.frame.key), str(constraint.frame.meter)
            yield Tune(
                Piece("midi", score, title=score.title, key=key, meter=meter),
                model=model.name,
                rules=model.rules,
                seed=seed,
                index=number,
                logprob=drawn.logprob,
                tokens=len(drawn.ids),
                constrained_steps=drawn.cut,
            )


def _drafts(
    model: WritingModel, how: SamplingOptions, seed: int, number: int, constraint: VoicesConstraint
) -> list[tuple[int, FourVoices, Sample]]:
    """The drafts of one harmonization, each with its weight."""
    generators = [
        np.random.default_rng([seed, number, j] if j else [seed, number])
        for j in range(how.best_of or 1)
    ]
    drawn = sample(
        model.engine, how.sampler(), generators, end=model.tokenizer.end, constraint=constraint
    )
    voices = [constraint.voices(one.ids) for one in drawn]
    return [(_weight(v), v, one) for v, one in zip(voices, drawn, strict=True)]


def _weight(voices: FourVoices) -> int:
    """How heavy a draft weighs: its faults, parallels five times, and the beats without a chord."""
    counts = Counter(fault.code for fault in faults(voices))
    parallels = counts["parallel-fifths"] + counts["parallel-octaves"]
    return counts.total() + 4 * parallels + nameless(voices)
