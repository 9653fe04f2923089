"""What was measured of the model itself: likelihood, validity, constraint, controls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from musicrnn.evaluation.report.html import meaning, number, percent, section, table
from musicrnn.evaluation.study import SampledValidity, Study
from musicrnn.evaluation.wellformed import WellFormed
from musicrnn.render import plots

__all__ = ["constraint", "controls", "legend", "likelihood", "named", "real_pieces", "validity"]

#: The colour classes of the first and the second model.
_SERIES = ("samples", "other")


def named(studies: Sequence[Study]) -> dict[str, Study]:
    """Colour class → study."""
    return dict(zip(_SERIES, studies, strict=False))


def legend(studies: Sequence[Study], **others: str) -> str:
    """The names of the models, and of `others` by colour class, in their colours."""
    names = {series: study.name for series, study in named(studies).items()}
    return plots.legend({**names, **{series: text for series, text in others.items() if text}})


def real_pieces(study: Study) -> str:
    """What real pieces are called, with their split."""
    return f"real pieces ({study.about.split})" if study.about.split else "real pieces"


# --- likelihood ---------------------------------------------------------------------------------


def likelihood(studies: Sequence[Study]) -> str:
    """How well pieces are predicted, by part and by confidence, beside n-gram models."""
    known = {
        series: (study, study.likelihood)
        for series, study in named(studies).items()
        if study.likelihood
    }
    if not known:
        return ""
    first = next(iter(known.values()))[1]
    ngrams = [(float(n), bits) for n, bits in enumerate(first.ngrams, 1)]
    rows = [
        (
            study.name,
            number(scores.bits_per_token),
            number(scores.bits_per_note, 2),
            number(scores.training_bits_per_token),
            number(scores.best_ngram),
            f"{scores.pieces} ({study.about.split})",
            f"{scores.tokens:,}",
        )
        for study, scores in known.values()
    ]
    head = ("", "bits/token", "bits/note", "on training pieces", "best n-gram", "pieces", "tokens")
    return section(
        "Is it good? How well it predicts tunes it has never seen",
        meaning(
            "A token costs as many bits as its information content under the model. What a network "
            "is worth shows beside n-gram models (modified Kneser-Ney), which only count: it "
            "should need fewer bits than the best of them. Training pieces far below others would "
            "be learning by heart."
        ),
        table(head, rows),
        legend([study for study, _ in known.values()], real="n-gram models by order"),
        plots.lines(
            {"real": ngrams},
            levels={series: scores.bits_per_token for series, (_, scores) in known.items()},
            x_label="order of the n-gram model",
            x_from=1,
            label="Bits per token of n-gram models by order, and of the network",
        ),
        '<div class="grid2">',
        "<div>" + _by_field({s: scores.by_field for s, (_, scores) in known.items()}) + "</div>",
        "<div>" + _calibration([study for study, _ in known.values()]) + "</div>",
        "</div>",
    )


def _by_field(bits: Mapping[str, Mapping[str, float]]) -> str:
    fields = list(next(iter(bits.values())))
    if len(fields) < 2:
        return ""
    values = {series: [row.get(name, math.nan) for name in fields] for series, row in bits.items()}
    return "\n".join(
        [
            "<h3>Where the bits go</h3>",
            meaning(
                "Bits per character in each header field (T title, R rhythm, M metre, L unit, "
                "K key) and in the body: titles are names and cannot be predicted, notes can."
            ),
            plots.bars(
                fields, values, label="Bits per character by part of the tune", percent=False
            ),
        ]
    )


def _calibration(studies: Sequence[Study]) -> str:
    points, errors = {}, []
    for series, study in named(studies).items():
        assert study.likelihood is not None
        calibration = study.likelihood.calibration
        pairs = zip(calibration.confidence.tolist(), calibration.accuracy.tolist(), strict=True)
        points[series] = [(x, y) for x, y in pairs if not math.isnan(x)]
        errors.append(f"{study.name} {percent(calibration.error)}")
    return "\n".join(
        [
            "<h3>Does it know when it is right?</h3>",
            meaning(
                "When the model gives its first choice p %, it should be right p % of the time: "
                f"the dots should lie on the line. Mean gap: {', '.join(errors)}."
            ),
            plots.lines(
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


# --- validity -----------------------------------------------------------------------------------


def validity(studies: Sequence[Study]) -> str:
    """Which rules free and constrained samples keep."""
    rows: list[tuple[str, WellFormed, str, str]] = []
    shown: dict[str, WellFormed] = {}
    for study in studies:
        if study.validity is None:
            continue
        sides: dict[str, SampledValidity | None] = {
            "free": study.validity.free,
            "constrained": study.validity.constrained,
        }
        for name, side in sides.items():
            if side is not None:
                bits, steps = number(side.bits_per_token), percent(side.constrained_steps)
                rows.append((f"{study.name}, {name}", side.rules, bits, steps))
                shown.setdefault(name, side.rules)
        if study.validity.real is not None:
            rows.append((f"{study.name}, {real_pieces(study)}", study.validity.real, "–", "–"))
            shown.setdefault("real", study.validity.real)
    if not rows:
        return ""
    groups = list(rows[0][1].kept)
    head = ("", "tunes", "well formed", *groups, "bits/token", "constrained steps")
    colours = {"free": "free", "constrained": "samples", "real": "real"}
    return section(
        "Is it valid? Rules that its tunes keep",
        meaning(
            "Free samples show what the network has learned of the notation; the constraint makes "
            "every tune well formed. What that costs: the share of tokens at which it took away "
            "more than half of the model's probability, and the bits that the free model gives to "
            "the tunes."
        ),
        table(
            head,
            [
                (
                    name,
                    str(rules.tunes),
                    percent(rules.share),
                    *(percent(kept) for kept in rules.kept.values()),
                    bits,
                    steps,
                )
                for name, rules, bits, steps in rows
            ],
        ),
        plots.legend({colours[name]: name for name in shown}),
        plots.bars(
            groups,
            {colours[name]: list(rules.kept.values()) for name, rules in shown.items()},
            label="Share of tunes that keep each group of rules",
            top=1.0,
        ),
    )


# --- the constraint -----------------------------------------------------------------------------


def constraint(studies: Sequence[Study]) -> str:
    """Constrained tunes beside free ones that are well formed."""
    known = {s: (study, study.constraint) for s, study in named(studies).items()}
    rows = [
        (
            f"{study.name}, {side}",
            str(notes.tunes),
            number(notes.of_bars, 2),
            number(notes.of_sections, 2),
            percent(notes.tiny),
        )
        for study, effect in known.values()
        if effect
        for side, notes in effect.sides.items()
    ]
    if not rows:
        return ""
    intervals = [
        plots.Interval(
            name if series == "samples" else "",
            distance.value,
            distance.low,
            distance.high,
            distance.floor_high,
            series,
        )
        for series, (_, effect) in known.items()
        if effect
        for name, distance in effect.features.items()
    ]
    return section(
        "Does the constraint bend the music?",
        meaning(
            "What the constraint gives should be what the free model gives when its ill-formed "
            "tunes are thrown away. Bent rhythm shows first in the last note of a bar and of a "
            "section, which has to fill what is left: its bits under an n-gram of notes that "
            "knows real tunes only, and the share of tunes with a value of a 32nd or less."
        ),
        table(("", "tunes", "last note of a bar", "of a section", "32nds"), rows),
        meaning(
            "Distance of constrained tunes to free ones that are well formed. The grey mark is "
            "what 95 % of halvings of the free ones stay below: a dot left of it cannot be told "
            "from them."
        ),
        plots.intervals(
            intervals,
            label="Distance of constrained to free, well-formed tunes by feature",
            x_label="Jensen-Shannon distance",
        ),
    )


# --- controls -----------------------------------------------------------------------------------


def controls(studies: Sequence[Study]) -> str:
    """Whether what was asked for was kept."""
    rows = [
        (f"{study.name}: {name}", str(row.asked), percent(row.kept / row.asked))
        for study in studies
        for name, row in study.controls.items()
        if row.asked
    ]
    if not rows:
        return ""
    return section(
        "Does it do what it is asked?",
        meaning(
            "Tunes were asked for with random controls, and what came was looked at by the "
            "parser and note by note, not by the constraint."
        ),
        table(("", "asked", "kept"), rows),
    )
