"""The form that a model is told before the first note, as a line of the header (see
`tokens.abc_form`): which lines fit what is wanted of a tune, and what a line then leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

from musicrnn.constraints.abc.grammar.form import Form, Plan, Rules, Section
from musicrnn.constraints.abc.repertoire import Shape
from musicrnn.tokens.abc_form import form_line
from musicrnn.tokens.abc_place import read_form

__all__ = ["USUAL", "form_lines", "narrowed"]

#: forms of tunes of whatever kind, for a model that keeps none of its own
USUAL: tuple[Shape, ...] = tuple(
    read_form(line)
    for line in ("8r 8r", "8 8", "4r 8", "4r 4r", "8r 8r 8r", "16", "8r 16", "4r 8r", "8", "16 16")
)
#: parts of this length are taken first where nothing says how long they are
_USUAL_BARS = 8
_MOST_LINES = 64


def form_lines(
    rules: Rules,
    usual: Sequence[Shape],
    *,
    plan: Plan | None = None,
    begun: bool = False,
    done: Shape = (),
) -> tuple[str, ...]:
    """The forms that tunes of `rules` may have, as lines, the most usual first.

    Where the rules leave the form open, those of the `usual` shapes are taken that they allow. A
    tune that stands at `plan` already, with the sections `done` (and a bar `begun`), is to go on.
    """
    found: dict[str, None] = {}
    ordered = sorted(zip(rules.forms, rules.weights, strict=True), key=lambda each: -each[1])
    for form, _ in ordered:
        for shape in islice(_shapes(rules, form, usual, done), _MOST_LINES):
            narrow = _narrow(form, shape, len(done))
            if narrow is None:
                continue
            at = plan or Plan()
            only = rules.with_forms([(narrow, 1.0)])
            if len(shape) > at.section and only.finishes(at._replace(form=0), begun=begun):
                found[form_line(shape)] = None
    found.pop("", None)
    return tuple(found)


def narrowed(rules: Rules, line: str, *, done: int = 0) -> Rules:
    """`rules` for tunes of the form that `line` says (any, where it is empty); `done` sections are
    written already."""
    shape = read_form(line)
    if not shape:
        return rules
    forms = (_narrow(form, shape, done) for form in rules.forms)
    form = next((form for form in forms if form is not None), None)
    return rules if form is None else rules.with_forms([(form, 1.0)])


def _shapes(
    rules: Rules, form: Form | None, usual: Iterable[Shape], done: Shape
) -> Iterator[Shape]:
    """The shapes of tunes of `form`, each section of the most usual length first."""
    if form is None:
        for shape in usual:
            if all(bars in rules.free.bars for bars, _ in shape[len(done) :]):
                yield (*done, *shape[len(done) :])
        return
    yield from product(*map(_alternatives, form, [*done, *[None] * (len(form) - len(done))]))


def _alternatives(section: Section, written: tuple[int, bool] | None) -> list[tuple[int, bool]]:
    if written is not None:
        return [written]
    lengths = sorted(section.bars, key=lambda bars: abs(bars - _USUAL_BARS))
    repeats = (True, False) if section.repeated is None else (section.repeated,)
    return [(bars, repeated) for bars in lengths for repeated in repeats]


def _narrow(form: Form | None, shape: Shape, done: int) -> Form | None:
    """A form with the numbers of bars and the repeats of `shape`; None where they do not fit."""
    if form is None:
        return tuple(Section((bars,), repeated) for bars, repeated in shape)
    if len(form) != len(shape):
        return None
    for number, (section, (bars, repeated)) in enumerate(zip(form, shape, strict=True)):
        fits = bars in section.bars and section.repeated in (None, repeated)
        if number >= done and not fits:
            return None
        if section.like is not None and bars != shape[section.like][0]:
            return None
    return tuple(
        section._replace(bars=(bars,), repeated=repeated)
        for section, (bars, repeated) in zip(form, shape, strict=True)
    )
