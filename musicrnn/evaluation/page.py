"""One or two studies as a page: a sentence, a picture, a table for everything measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from musicrnn.evaluation.html import (
    document,
    escape,
    figures,
    meaning,
    number,
    percent,
    section,
)
from musicrnn.evaluation.sections import SECTIONS

__all__ = ["page"]

Study = dict[str, Any]


def page(studies: Sequence[Study], players: Sequence[Mapping[str, str]] = ()) -> str:
    """The report of one study, or of two side by side.

    `players` holds, for each study, a heading and the HTML of a tune that can be seen and heard.
    """
    names = " and ".join(study["name"] for study in studies)
    body = [_title(studies), *(_headline(study) for study in studies)]
    body += [part(studies) for part in SECTIONS]
    body += [_players(study["name"], tunes) for study, tunes in zip(studies, players, strict=False)]
    body.append(_how(studies[0]))
    return document(f"musicrnn: {names}", body)


def _title(studies: Sequence[Study]) -> str:
    names = " beside ".join(escape(study["name"]) for study in studies)
    lines = [f"<h1>{names}: is it good, is it valid, is it new?</h1>"]
    for study in studies:
        held = f", held out: {study['held_out']} pieces of {study['corpus']} ({study['split']})"
        lines.append(
            meaning(
                f"{study['name']}: {study['network']}, {study['parameters']:,} parameters, "
                f"{study['samples']} samples" + (held if study["corpus"] else "")
            )
        )
    return "\n".join(lines)


def _headline(study: Study) -> str:
    told = study["headline"]
    rows = [
        (number(told["bits_per_token"]), "bits per token on held-out pieces; lower is better"),
        (number(told["best_ngram_bits_per_token"]), "the best n-gram model, counted just now"),
        (number(told["bits_per_note"], 2), "bits per written note"),
        (percent(told["well_formed_constrained"]), "of constrained samples are well formed"),
        (percent(told["well_formed_free"]), "of free samples are"),
        (
            number(told["mean_distance"], 2) + " / " + number(told["mean_floor"], 2),
            "mean distance to real tunes / of real tunes among themselves",
        ),
        (
            number(told["longest_shared_bars"], 1)
            + " / "
            + number(told["longest_shared_bars_held_out"], 1),
            "bars in the longest run shared with a known tune, median: samples / held-out tunes",
        ),
        (
            number(told["longest_shared_characters"], 0)
            + " / "
            + number(told["longest_shared_characters_held_out"], 0),
            "characters in the longest passage shared with the training text, median: "
            "samples / held-out texts",
        ),
        (
            percent(told["copies"]) + " / " + percent(told["copies_held_out"]),
            "are copies or variants of a known tune: samples / held-out tunes",
        ),
    ]
    return figures((value, text) for value, text in rows if not value.startswith("undefined"))


def _players(name: str, tunes: Mapping[str, str]) -> str:
    parts = [f"<h3>{escape(heading)}</h3>{player}" for heading, player in tunes.items()]
    return (
        section(
            f"Hear {name}",
            meaning(
                "Samples ranked by the probability per note that the model gives to them: the "
                "likeliest is rarely the most interesting, the least likely shows where it fails."
            ),
            *parts,
        )
        if parts
        else ""
    )


def _how(study: Study) -> str:
    seed = study.get("seed")
    made = f"musicrnn evaluate {study['name']} --samples {study['samples']}"
    return section(
        "How this was measured",
        f"<pre>{escape(made + (f' --seed {seed}' if seed is not None else ''))}</pre>",
        meaning(
            "Samples are drawn at temperature 1. All definitions stand in docs/evaluation.md; "
            "the same figures are in the JSON file beside this page."
        ),
    )
