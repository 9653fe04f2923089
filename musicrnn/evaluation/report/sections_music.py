"""What was measured of the music: features, figures of the written page, novelty."""

from __future__ import annotations

from collections.abc import Sequence

from musicrnn.evaluation.memorisation import Closest
from musicrnn.evaluation.music import Music
from musicrnn.evaluation.musicality import Estimate
from musicrnn.evaluation.report.feature_plots import cumulated, feature_plot
from musicrnn.evaluation.report.html import escape, meaning, number, percent, section, table
from musicrnn.evaluation.report.sections import legend, named, real_pieces
from musicrnn.evaluation.study import Study
from musicrnn.evaluation.telling_apart import Separation
from musicrnn.render import plots

__all__ = ["features", "memorisation", "music", "verbatim", "voice_leading"]

#: Figures shown of those that tell drawn tunes from real ones.
TELLING = 12


def features(studies: Sequence[Study]) -> str:
    """Samples against real pieces, feature by feature."""
    apart = {series: study.features for series, study in named(studies).items() if study.features}
    if not apart:
        return ""
    names = list(next(iter(apart.values())))
    rows = [
        plots.Interval(
            name if series == "samples" else "",
            distance.value,
            distance.low,
            distance.high,
            distance.floor,
            series,
        )
        for name in names
        for series, features in apart.items()
        for distance in [features[name].distance]
    ]
    return section(
        "Is it like the tradition? Samples against real pieces",
        meaning(
            "Jensen-Shannon distance, 0 (the same) to 1 (nothing in common), with its 95 % "
            "bootstrap interval. The grey mark is the floor: the distance of one half of the real "
            "pieces to the other half, so a dot at its mark cannot be told from real pieces."
        ),
        legend(studies, real="floor: real against real"),
        plots.intervals(
            rows,
            label="Distance of samples to real pieces by feature",
            x_label="Jensen-Shannon distance",
        ),
        legend(studies, real=real_pieces(studies[0])),
        '<div class="grid2">',
        *(feature_plot(name, apart) for name in names),
        "</div>",
    )


# --- music --------------------------------------------------------------------------------------


def music(studies: Sequence[Study]) -> str:
    """The figures of the written page, and whether drawn tunes can be told from real ones."""
    known = [(study, study.music) for study in studies if study.music]
    if not known:
        return ""
    first = known[0][1]
    rows = [
        (
            name,
            *(
                _estimate(measured.figures[name].drawn, share=figure.share)
                if name in measured.figures
                else "–"
                for _, measured in known
            ),
            _estimate(figure.real, share=figure.share),
        )
        for name, figure in first.figures.items()
    ]
    return section(
        "Is it worth playing? What is on the page",
        meaning(
            f"{first.drawn} tunes drawn with default settings over the rhythms that are common in "
            f"the corpus, and {first.real} real ones of the same rhythms (all splits), read as "
            "they are written; in brackets the 95 % bootstrap interval over tunes."
        ),
        table(("", *(study.name for study, _ in known), "real"), rows),
        *(_telling(study.name, measured) for study, measured in known if measured.dances),
    )


def _estimate(estimate: Estimate, *, share: bool) -> str:
    if not share:
        return f"{number(estimate.value, 1)} [{estimate.low:.1f}–{estimate.high:.1f}]"
    return f"{percent(estimate.value)} [{100 * estimate.low:.1f}–{100 * estimate.high:.1f}]"


def _telling(name: str, measured: Music) -> str:
    rows = []
    for dance, result in measured.dances.items():
        books = measured.books.get(dance)
        beside = _area(books) if books else "–"
        rows.append((dance, f"{result.drawn} + {result.real}", _area(result), beside))
    details = [
        f"<h3>What tells {escape(name)}'s {escape(dance)}s from real ones</h3>"
        + table(
            ("", "drawn", "real", "alone", "lost without it"),
            [
                (
                    row.name,
                    number(row.drawn, 2),
                    number(row.real, 2),
                    number(row.alone, 2),
                    number(row.loses),
                )
                for row in result.figures[:TELLING]
            ],
        )
        for dance, result in measured.dances.items()
    ]
    return "\n".join(
        [
            "<h3>Can one tell?</h3>",
            meaning(
                "Gradient-boosted trees learn from some sixty figures of a tune (form, repetition, "
                "ends, rhythm, intervals, accidentals) which are drawn and which are real, and are "
                "asked about tunes they have not seen. The area under the curve is 0.5 where they "
                "can only guess. Two books of the corpus can be told apart, too: that is the "
                "yardstick."
            ),
            table(("", "tunes", "area under the curve", "two books apart"), rows),
            *details,
        ]
    )


def _area(result: Separation) -> str:
    return f"{number(result.area)} [{result.low:.3f}–{result.high:.3f}]"


def voice_leading(studies: Sequence[Study]) -> str:
    """Faults of voice leading, of what was drawn and harmonized and of real pieces."""
    known = [(study, study.voice_leading) for study in studies if study.voice_leading]
    if not known:
        return ""
    heads = [(f"{study.name}, from nothing", f"{study.name}, soprano given") for study, _ in known]
    rows = []
    for code, counts in known[0][1].faults.items():
        estimates = [
            estimate
            for _, counted in known
            for estimate in (counted.faults[code].drawn, counted.faults[code].harmonized)
        ]
        rows.append((code, *(_per_hundred(one) for one in [*estimates, counts.real])))
    return section(
        "Do the voices lead well? Faults a hundred chords",
        meaning(
            "What a teacher of harmony marks, for every hundred moments at which a voice moves, "
            "with the 95 % bootstrap interval over pieces: in pieces made from nothing, in the "
            "sopranos of real pieces with new voices under them, and in these real pieces as they "
            "are. Composers do all of it now and then; docs/chorales.md defines each."
        ),
        table(("", *(name for pair in heads for name in pair), real_pieces(known[0][0])), rows),
    )


def _per_hundred(estimate: Estimate) -> str:
    if not estimate.tunes:
        return "–"
    return f"{number(estimate.value, 2)} [{estimate.low:.2f}–{estimate.high:.2f}]"


# --- novelty ------------------------------------------------------------------------------------


def memorisation(studies: Sequence[Study]) -> str:
    """What samples share with the tunes that the model learned from."""
    known = {s: (study, study.memorisation) for s, study in named(studies).items()}
    shared_by = {s: (study, shared) for s, (study, shared) in known.items() if shared}
    if not shared_by:
        return ""
    study, first = next(iter(shared_by.values()))
    sides = [(study.name, shared.samples) for study, shared in shared_by.values()]
    sides.append((real_pieces(study), first.real))
    rows = [
        (
            name,
            number(side.median_notes, 0),
            number(side.p95_notes, 0),
            number(side.median_bars, 1),
            number(side.p95_bars, 1),
            percent(side.mean_new),
            percent(side.copies),
        )
        for name, side in sides
    ]
    lines = {"real": cumulated(first.real.bars)}
    lines |= {series: cumulated(shared.samples.bars) for series, (_, shared) in shared_by.items()}
    head = ("", "notes, median", "notes, 95 %", "bars, median", "bars, 95 %", "new notes", "copies")
    return section(
        "Is it new? What it shares with the tunes it has learned from",
        meaning(
            "The longest run of notes (intervals and rhythm, in any key) that a tune shares with "
            f"any of the {first.known:,} known tunes. Real tunes share passages too: those of the "
            "split that nothing learned from show what is normal. A copy is a tune half of whose "
            "notes are shared with one known tune; new notes lie in no shared passage of two bars "
            "or more."
        ),
        table(head, rows),
        legend([study for study, _ in shared_by.values()], real=real_pieces(study)),
        plots.lines(
            lines,
            x_label="bars in the longest shared run",
            x_from=0,
            steps=True,
            percent=True,
            label="Share of tunes by longest shared run",
        ),
        *(_closest(study.name, shared.closest) for study, shared in shared_by.values()),
    )


def _closest(name: str, closest: Closest | None) -> str:
    if closest is None:
        return ""
    rows = [
        (str(bar.bar), bar.notes, str(bar.known_bar), bar.known_notes)
        for bar in closest.side_by_side
    ]
    return "\n".join(
        [
            f"<h3>The sample of {escape(name)} that shares most</h3>",
            meaning(
                f"{closest.title or 'untitled'} shares {closest.notes} notes "
                f"({number(closest.bars, 1)} bars) with {closest.known}; "
                f"{percent(closest.share)} of its notes lie in passages of that tune."
            ),
            table(("bar", "its notes", "bar there", "notes there"), rows, kind="notes"),
        ]
    )


def verbatim(studies: Sequence[Study]) -> str:
    """What samples of plain text share with the training text."""
    known = {s: (study, study.verbatim) for s, study in named(studies).items()}
    shared_by = {s: (study, shared) for s, (study, shared) in known.items() if shared}
    if not shared_by:
        return ""
    study, first = next(iter(shared_by.values()))
    sides = [(study.name, shared.samples) for study, shared in shared_by.values()]
    sides.append((real_pieces(study), first.real))
    rows = [
        (name, str(side.texts), number(side.median, 0), number(side.p95, 0)) for name, side in sides
    ]
    lines = {"real": cumulated(first.real.characters)}
    lines |= {
        series: cumulated(shared.samples.characters) for series, (_, shared) in shared_by.items()
    }
    return section(
        "Is it new? What it shares with the text it has learned from",
        meaning(
            "The longest passage, in characters, that a text shares with the training text. Real "
            "texts share passages too: those that nothing learned from show what is normal."
        ),
        table(("", "texts", "median", "95 %"), rows),
        legend([study for study, _ in shared_by.values()], real=real_pieces(study)),
        plots.lines(
            lines,
            x_label="characters in the longest shared passage",
            x_from=0,
            steps=True,
            percent=True,
            label="Share of texts by longest shared passage",
        ),
        *(
            f"<h3>The longest that {escape(study.name)} wrote word for word</h3>"
            f"<pre>{escape(shared.longest)}</pre>"
            for study, shared in shared_by.values()
        ),
    )
