"""The figures of a study that one would quote, each with its interval and the real value beside it.

The worst come first to mind, so they are quoted: of the features the three in which samples are
farthest from real pieces, of the music the figures in which drawn tunes differ most surely from
real ones. No mean hides them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from musicrnn.evaluation.music import MusicFigure
from musicrnn.evaluation.study import Study
from musicrnn.files import to_json

__all__ = ["Figure", "as_json", "headline", "markdown"]

WORST_FEATURES = 3
WORST_MUSIC = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its 95 % interval (nan where it has none), the same of real pieces (nan where it
    makes no sense for them), and whether it is a share (0 to 1), shown in per cent."""

    value: float
    low: float = math.nan
    high: float = math.nan
    real: float = math.nan
    share: bool = False

    @property
    def said(self) -> str:
        """The figure with its interval, for reading."""
        if math.isnan(self.low):
            return self._number(self.value)
        return f"{self._number(self.value)} [{self._bare(self.low)}–{self._bare(self.high)}]"

    @property
    def real_said(self) -> str:
        """The real value for reading; empty where there is none."""
        return "" if math.isnan(self.real) else self._number(self.real)

    def _number(self, value: float) -> str:
        if math.isnan(value):
            return "undefined"
        return self._bare(value) + (" %" if self.share else "")

    def _bare(self, value: float) -> str:
        return f"{100 * value:.1f}" if self.share else f"{value:.3f}"


def headline(study: Study) -> dict[str, Figure]:
    """What the figure is → the figure, of all that were measured."""
    split = study.about.split or "test"
    rows = [
        *_likelihood(study, split),
        *_validity(study),
        *_controls(study),
        *_constraint(study),
        *_worst_features(study),
        *_worst_music(study),
        *_dances(study),
        *_memorisation(study),
        *_verbatim(study),
    ]
    return {name: figure for name, figure in rows if not math.isnan(figure.value)}


Rows = Iterator[tuple[str, Figure]]


def _likelihood(study: Study, split: str) -> Rows:
    predicted = study.likelihood
    if predicted is None:
        return
    yield f"bits per token, {split} split", Figure(predicted.bits_per_token)
    yield "the same, best n-gram model", Figure(predicted.best_ngram)
    yield "bits per written note", Figure(predicted.bits_per_note)
    yield "calibration error", Figure(predicted.calibration.error, share=True)


def _validity(study: Study) -> Rows:
    validity = study.validity
    if validity is None:
        return
    real = validity.real.share if validity.real else math.nan
    for name, side in (("free", validity.free), ("constrained", validity.constrained)):
        if side is not None:
            yield f"well formed, {name} samples", Figure(side.rules.share, real=real, share=True)


def _controls(study: Study) -> Rows:
    requests = sum(row.asked for row in study.controls.values())
    if requests:
        kept = sum(row.kept for row in study.controls.values())
        yield "controls kept", Figure(kept / requests, share=True)


def _constraint(study: Study) -> Rows:
    effect = study.constraint
    if effect is None:
        return
    yield "steps where the mask took over", Figure(effect.constrained_steps, share=True)
    for side in ("constrained", "free"):
        notes = effect.sides[side]
        real = effect.sides["real"].of_sections
        yield f"bits of a section's last note, {side}", Figure(notes.of_sections, real=real)
    yield (
        "features in which constrained tunes are not as free ones",
        Figure(len(effect.outside) / max(len(effect.features), 1), share=True),
    )


def _worst_features(study: Study) -> Rows:
    """Those farthest above their floor."""
    known = {n: f.distance for n, f in study.features.items() if not math.isnan(f.distance.value)}
    for name in sorted(known, key=lambda n: known[n].floor - known[n].value)[:WORST_FEATURES]:
        distance = known[name]
        yield (
            f"distance in {name}",
            Figure(distance.value, distance.low, distance.high, distance.floor),
        )


def _worst_music(study: Study) -> Rows:
    """Those that differ from real tunes most surely: by the most of their joint interval."""
    if study.music is None:
        return
    figures = study.music.figures
    for name in sorted(figures, key=lambda name: -_surely(figures[name]))[:WORST_MUSIC]:
        row = figures[name]
        yield (
            name,
            Figure(row.drawn.value, row.drawn.low, row.drawn.high, row.real.value, row.share),
        )


def _surely(row: MusicFigure) -> float:
    widths = (row.drawn.high - row.drawn.low, row.real.high - row.real.low)
    difference = abs(row.drawn.value - row.real.value)
    return 0.0 if math.isnan(difference) else difference / (math.hypot(*widths) or 1e-9)


def _dances(study: Study) -> Rows:
    """What can be told apart, and beside it two books."""
    if study.music is None:
        return
    for dance, result in study.music.dances.items():
        books = study.music.books.get(dance)
        yield (
            f"{dance}s told from real ones, area under the curve (real: two books)",
            Figure(result.area, result.low, result.high, books.area if books else math.nan),
        )


def _memorisation(study: Study) -> Rows:
    shared = study.memorisation
    if shared is None:
        return
    samples, real = shared.samples, shared.real
    yield (
        "longest run shared with a known piece, bars, median",
        Figure(samples.median_bars, real=real.median_bars),
    )
    yield "copies or variants of known pieces", Figure(samples.copies, real=real.copies, share=True)
    yield "new notes", Figure(samples.mean_new, real=real.mean_new, share=True)


def _verbatim(study: Study) -> Rows:
    shared = study.verbatim
    if shared is not None:
        yield (
            "longest passage shared with the training text, characters, median",
            Figure(shared.samples.median, real=shared.real.median),
        )


def as_json(studies: Sequence[Study]) -> str:
    """Every figure of the studies as JSON, each with its headline."""
    return to_json([vars(study) | {"headline": headline(study)} for study in studies])


def markdown(columns: Mapping[str, Mapping[str, Figure]], names: Sequence[str] = ()) -> str:
    """A table of the figures of several models (name → headline), with the real values of the
    first that has them; of all figures that any of them has, or of `names`."""
    shown = names or list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [f"| | {' | '.join(columns)} | real |", "|---" * (len(columns) + 2) + "|"]
    for name in shown:
        figures = [column.get(name) for column in columns.values()]
        real = next((figure.real_said for figure in figures if figure and figure.real_said), "")
        cells = [figure.said if figure else "" for figure in figures]
        lines.append(f"| {' | '.join([name, *cells, real])} |")
    return "\n".join(lines)
