"""What was measured, topic by topic: a sentence, a picture, a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from musicrnn.evaluation import svg
from musicrnn.evaluation.feature_plots import cumulated, respect
from musicrnn.evaluation.html import escape, meaning, number, percent, section, table

__all__ = ["SECTIONS"]

Study = dict[str, Any]

#: The colour classes of the first and the second model.
_SERIES = ("samples", "other")


def _named(studies: Sequence[Study]) -> dict[str, Study]:
    """Colour class → study."""
    return dict(zip(_SERIES, studies, strict=False))


def _legend(studies: Sequence[Study], **others: str) -> str:
    names = {series: study["name"] for series, study in _named(studies).items()}
    return svg.legend({**names, **{series: text for series, text in others.items() if text}})


def _likelihood(studies: Sequence[Study]) -> str:
    told = {s: study for s, study in _named(studies).items() if study["likelihood"]}
    if not told:
        return ""
    first = next(iter(told.values()))
    ngrams = [(float(n), bits) for n, bits in enumerate(first["likelihood"]["ngrams"], 1)]
    levels = {s: study["likelihood"]["bits_per_token"] for s, study in told.items()}
    rows = [
        (
            study["name"],
            number(t["bits_per_token"]),
            number(t["bits_per_note"], 2),
            number(t["training_bits_per_token"]),
            number(min(t["ngrams"])),
            str(t["pieces"]),
            f"{t['tokens']:,}",
        )
        for study in told.values()
        for t in [study["likelihood"]]
    ]
    return section(
        "Is it good? How well it foretells tunes it has never seen",
        meaning(
            "A token costs as many bits as the model did not foresee. What a network is worth "
            "shows beside n-gram models (modified Kneser-Ney), which only count: it should need "
            "fewer bits than the best of them. Training pieces far below held-out ones would be "
            "learning by heart."
        ),
        table(
            (
                "",
                "bits/token",
                "bits/note",
                "on training pieces",
                "best n-gram",
                "pieces",
                "tokens",
            ),
            rows,
        ),
        _legend(list(told.values()), real="n-gram models by order"),
        svg.lines(
            {"real": ngrams},
            levels=levels,
            x_label="order of the n-gram model",
            x_from=1,
            label="Bits per token of n-gram models by order, and of the network",
        ),
        '<div class="grid2">',
        "<div>" + _by_part(told) + "</div>",
        "<div>" + _calibration(told) + "</div>",
        "</div>",
    )


def _by_part(told: Mapping[str, Study]) -> str:
    parts = list(next(iter(told.values()))["likelihood"]["by_part"])
    if len(parts) < 2:
        return ""
    values = {
        s: [study["likelihood"]["by_part"].get(part, float("nan")) for part in parts]
        for s, study in told.items()
    }
    return "\n".join(
        [
            "<h3>Where the bits go</h3>",
            meaning(
                "Bits per character in each header field (T title, R rhythm, M metre, L unit, "
                "K key) and in the body: titles are names and cannot be foretold, notes can."
            ),
            svg.bars(parts, values, label="Bits per character by part of the tune", percent=False),
        ]
    )


def _calibration(told: Mapping[str, Study]) -> str:
    points, errors = {}, []
    for s, study in told.items():
        found = study["likelihood"]["calibration"]
        pairs = zip(found["confidence"], found["accuracy"], strict=True)
        points[s] = [(x, y) for x, y in pairs if not math.isnan(x)]
        errors.append(f"{study['name']} {percent(found['error'])}")
    return "\n".join(
        [
            "<h3>Does it know when it is right?</h3>",
            meaning(
                "When the model gives its first choice p %, it should be right p % of the time: "
                f"the dots should lie on the line. Mean gap: {', '.join(errors)}."
            ),
            svg.lines(
                points,
                x_label="probability of its first choice",
                x_from=0,
                x_to=1,
                percent=True,
                diagonal=True,
                label="Calibration: accuracy by confidence",
            ),
        ]
    )


def _well_formed(studies: Sequence[Study]) -> str:
    formed = {study["name"]: study["well_formed"] for study in studies if study["well_formed"]}
    if not formed:
        return ""
    sides = {"free": "free", "constrained": "constrained", "real": "held-out tunes"}
    rows = []
    for name, found in formed.items():
        for side, said in sides.items():
            if side in found:
                row = found[side]
                rows.append(
                    (
                        f"{name}, {said}",
                        str(row["tunes"]),
                        percent(row["share"]),
                        *(percent(kept) for kept in row["kept"].values()),
                        number(row["bits_per_token"]) if "bits_per_token" in row else "–",
                        percent(row["steps_cut"]) if "steps_cut" in row else "–",
                    )
                )
    groups = list(next(iter(formed.values()))["free"]["kept"])
    first = next(iter(formed.values()))
    plotted = {"free": "free", "constrained": "samples", "real": "real"}
    return section(
        "Is it valid? Rules that its tunes keep",
        meaning(
            "Free samples show what the network has learnt of the notation; the constraint makes "
            "every tune well formed. What that costs: the share of characters at which it took "
            "away more than half of the model's probability, and the bits that the free model "
            "gives to the tunes."
        ),
        table(("", "tunes", "well formed", *groups, "bits/token", "steps cut"), rows),
        svg.legend({"free": "free", "samples": "constrained", "real": "held-out tunes"}),
        svg.bars(
            groups,
            {plotted[s]: list(first[s]["kept"].values()) for s in sides if s in first},
            label="Share of tunes that keep each group of rules",
            top=1.0,
        ),
    )


def _distances(studies: Sequence[Study]) -> str:
    apart = {s: study["distances"] for s, study in _named(studies).items() if study["distances"]}
    if not apart:
        return ""
    rows = [
        svg.Interval(
            name if s == "samples" else "", row["value"], row["low"], row["high"], row["floor"], s
        )
        for name in next(iter(apart.values()))
        for s, found in apart.items()
        for row in [found[name]]
    ]
    pictures = [respect(name, apart) for name in next(iter(apart.values()))]
    return section(
        "Is it like the tradition? Samples against held-out tunes",
        meaning(
            "Jensen-Shannon distance, 0 (the same) to 1 (nothing in common), with its 95 % "
            "bootstrap interval. The grey mark is the floor: the distance of one half of the real "
            "tunes to the other half, so a dot at its mark cannot be told from real tunes."
        ),
        _legend(studies, real="floor: real against real"),
        svg.intervals(
            rows,
            label="Distance of samples to real tunes by respect",
            x_label="Jensen-Shannon distance",
        ),
        _legend(studies, real="held-out tunes"),
        '<div class="grid2">',
        *pictures,
        "</div>",
    )


def _memorisation(studies: Sequence[Study]) -> str:
    kept = {s: study for s, study in _named(studies).items() if study["memorisation"]}
    if not kept:
        return ""
    first = next(iter(kept.values()))["memorisation"]
    sides = [(study["name"], study["memorisation"]["samples"]) for study in kept.values()]
    sides.append(("held-out tunes", first["held_out"]))
    rows = [
        (
            name,
            number(side["median_notes"], 0),
            number(side["p95_notes"], 0),
            number(side["median_bars"], 1),
            number(side["p95_bars"], 1),
            percent(side["mean_new"]),
            percent(side["copies"]),
        )
        for name, side in sides
    ]
    lines = {"real": cumulated(first["held_out"]["bars"])}
    lines |= {s: cumulated(st["memorisation"]["samples"]["bars"]) for s, st in kept.items()}
    return section(
        "Is it new? What it shares with the tunes it has learnt from",
        meaning(
            "The longest run of notes (intervals and rhythm, in any key) that a tune shares with "
            f"any of the {first['known']:,} known tunes. Real tunes share passages too: held-out "
            "ones show what is normal. A copy is a tune half of whose notes are shared with one "
            "known tune; new notes lie in no shared passage of two bars or more."
        ),
        table(
            (
                "",
                "notes, median",
                "notes, 95 %",
                "bars, median",
                "bars, 95 %",
                "new notes",
                "copies",
            ),
            rows,
        ),
        _legend(list(kept.values()), real="held-out tunes"),
        svg.lines(
            lines,
            x_label="bars in the longest shared run",
            x_from=0,
            steps=True,
            percent=True,
            label="Share of tunes by longest shared run",
        ),
        *(_closest(study) for study in kept.values()),
    )


def _closest(study: Study) -> str:
    found = study["memorisation"]["closest"]
    if not found:
        return ""
    rows = [
        (str(bar["bar"]), bar["notes"], str(bar["known_bar"]), bar["known_notes"])
        for bar in found["side_by_side"]
    ]
    return "\n".join(
        [
            f"<h3>The sample of {escape(study['name'])} that shares most</h3>",
            meaning(
                f"{found['title'] or 'untitled'} shares {found['notes']} notes "
                f"({number(found['bars'], 1)} bars) with {found['known']}; "
                f"{percent(found['share'])} of its notes lie in passages of that tune."
            ),
            table(("bar", "its notes", "bar there", "notes there"), rows, kind="notes"),
        ]
    )


def _verbatim(studies: Sequence[Study]) -> str:
    kept = {s: study for s, study in _named(studies).items() if study.get("verbatim")}
    if not kept:
        return ""
    first = next(iter(kept.values()))["verbatim"]
    sides = [(study["name"], study["verbatim"]["samples"]) for study in kept.values()]
    sides.append(("held-out texts", first["held_out"]))
    rows = [
        (name, str(side["texts"]), number(side["median"], 0), number(side["p95"], 0))
        for name, side in sides
    ]
    lines = {"real": cumulated(first["held_out"]["characters"])}
    lines |= {s: cumulated(st["verbatim"]["samples"]["characters"]) for s, st in kept.items()}
    return section(
        "Is it new? What it shares with the text it has learnt from",
        meaning(
            "The longest passage, in characters, that a text shares with the training text. "
            "Real texts share passages too: held-out ones show what is normal."
        ),
        table(("", "texts", "median", "95 %"), rows),
        _legend(list(kept.values()), real="held-out texts"),
        svg.lines(
            lines,
            x_label="characters in the longest shared passage",
            x_from=0,
            steps=True,
            percent=True,
            label="Share of texts by longest shared passage",
        ),
        *(
            f"<h3>The longest that {escape(study['name'])} wrote word for word</h3>"
            f"<pre>{escape(study['verbatim']['longest'])}</pre>"
            for study in kept.values()
        ),
    )


def _controls(studies: Sequence[Study]) -> str:
    asked = [study for study in studies if study["controls"]]
    if not asked:
        return ""
    rows = [
        (f"{study['name']}: {name}", str(row["asked"]), percent(row["kept"] / row["asked"]))
        for study in asked
        for name, row in study["controls"].items()
    ]
    return section(
        "Does it do what it is asked?",
        meaning(
            "Tunes were asked for with wishes drawn by lot, and what came was looked at by the "
            "parser and note by note, not by the constraint."
        ),
        table(("", "asked", "kept"), rows),
    )


#: The sections of a report in their order; one that does not apply is an empty text.
SECTIONS = (_likelihood, _well_formed, _distances, _memorisation, _verbatim, _controls)
