"""Which forms a tune may have, and what a model is told of the form before the first note.

`Forms` gives those that were asked for, or those of the tunes of its kind. A model that reads the
form in its header (see `tokens.abc_form`) chooses among the `lines` that fit; what it chose is then
the only form that is left (`narrowed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, product

from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.grammar.form import Form, FormRules, FormState, Section
from musicrnn.constraints.abc.repertoire import Repertoire, Shape
from musicrnn.tokens.abc_form import form_line
from musicrnn.tokens.abc_place import read_form, read_pickups

__all__ = ["PART", "Forms", "narrowed"]

#: bars of a part whose number is left open, and of a tune in one part
PART = (4, 8, 12, 16)
_THROUGH = (8, 12, 16, 20, 24, 28, 32)

#: forms of tunes of whatever kind, for a model that keeps none of its own
_USUAL: tuple[Shape, ...] = tuple(
    read_form(line)
    for line in ("8r 8r", "8 8", "4r 8", "4r 4r", "8r 8r 8r", "16", "8r 16", "4r 8r", "8", "16 16")
)
#: pickups that any tune may have, in half unit notes
_PICKUPS = (0, 2)
#: parts of this length are taken first where nothing says how long they are
_USUAL_BARS = 8
_MOST_LINES = 64


class Forms:
    """The forms that are asked for, or usual for a kind of tune in the repertoire."""

    def __init__(
        self, controls: Controls, repertoire: Repertoire, *, pickups: bool = False
    ) -> None:
        self.controls = controls
        self.repertoire = repertoire
        #: whether the model is told them
        self.pickups = pickups

    @cached_property
    def asked(self) -> Form | None:
        """The form asked for; None where it is left open."""
        form, bars = self.controls.form, self.controls.bars
        if form is None:
            return None
        usual = _THROUGH if form == (("A", 1),) else PART
        letters = list(dict.fromkeys(letter for letter, _ in form))
        lengths: dict[str, tuple[int, ...]] = dict.fromkeys(letters, usual)
        if bars is not None:
            counts = bars if len(bars) > 1 else bars * len(letters)
            lengths = {letter: (n,) for letter, n in zip(letters, counts, strict=True)}
        first = {letter: at for at, (letter, _) in reversed([*enumerate(form)])}
        return tuple(
            Section(lengths[letter], passes == 2, first[letter] if first[letter] < at else None)
            for at, (letter, passes) in enumerate(form)
        )

    @property
    def all_different(self) -> bool:
        """Whether no section of the form asked for is an earlier one written out again."""
        return all(section.like is None for section in self.asked or ())

    def fitting(self, rhythm: str, meter: str, rules: FormRules) -> list[tuple[Form | None, float]]:
        """The forms that a tune of `rules` may have, with their weights: as asked, else as the
        tunes of its kind have them, else (None) what the network comes to."""
        shapes = self.repertoire.shapes_of(rhythm, meter)
        if self.asked is not None and (self.controls.bars or not shapes):
            return [(self.asked, 1.0)]
        weights: dict[Form | None, float] = {}
        for shape, weight in shapes:
            form = self._shaped(shape)
            if form is not None:
                weights[form] = weights.get(form, 0) + weight
        forms = list(weights.items())
        able = rules.with_forms(forms) if forms else rules
        finishing = [
            weighted for i, weighted in enumerate(forms) if able.finishes(FormState(form=i))
        ]
        return finishing or [(self.asked, 1.0)]

    def lines(
        self,
        rules: FormRules,
        rhythm: str,
        meter: str,
        *,
        plan: FormState | None = None,
        begun: bool = False,
        done: Shape = (),
        pickups: Sequence[int] = (),
    ) -> tuple[str, ...]:
        """The forms that tunes of `rules` may have, as lines, the most usual first.

        Where the rules leave the form open, those of the usual shapes are taken that they allow. A
        tune that stands at `plan` already, with the sections `done` (and a bar `begun`), is to go
        on. `pickups` are those that are settled, in half unit notes; sections after them are like
        the first.
        """
        lines: dict[str, None] = {}
        ordered = sorted(
            zip(rules.forms, rules.weights, strict=True), key=lambda weighted: -weighted[1]
        )
        usual = self.repertoire.usual or _USUAL
        usual_lines = self.repertoire.spellings(rhythm, meter)
        at = (plan or FormState())._replace(form=0)
        for form, _ in ordered:
            for shape in islice(_shapes(rules, form, usual, done), _MOST_LINES):
                narrow = _narrow(form, shape, len(done))
                if narrow is None or len(shape) <= at.section:
                    continue
                if rules.with_forms([(narrow, 1.0)]).finishes(at, begun=begun):
                    spelled = self._spelled(shape, usual_lines, pickups)
                    lines |= dict.fromkeys(line for line in spelled if _follows(rules, line))
        lines.pop("", None)
        return tuple(lines)

    def _spelled(
        self, shape: Shape, usual: Mapping[Shape, list[str]], pickups: Sequence[int]
    ) -> list[str]:
        """The lines of a shape: with the pickups that are settled, or those that are usual."""
        if not self.pickups:
            return [form_line(shape)]
        if pickups:
            return [form_line(shape, [*pickups, *[pickups[0]] * len(shape)])]
        return usual.get(shape) or [form_line(shape, [pickup] * len(shape)) for pickup in _PICKUPS]

    def _shaped(self, shape: Shape) -> Form | None:
        """The form of a learned tune, changed to what is asked; None where that cannot be."""
        if self.asked is not None:  # its parts are as long as the first of the learned tune
            single = len(self.asked) == 1 and not self.asked[0].repeated
            if single != (len(shape) == 1 and not shape[0][1]):
                return None
            return tuple(section._replace(bars=(shape[0][0],)) for section in self.asked)
        if self.controls.bars is not None:
            return tuple(Section(self.controls.bars, repeated) for _, repeated in shape)
        return tuple(Section((bars,), repeated) for bars, repeated in shape)


def _follows(rules: FormRules, line: str) -> bool:
    """Whether the pickups that a line says are those that `rules` let follow each other: a section
    that is repeated leaves its own to the next one."""
    pickups = read_pickups(line)
    return all(
        first == second or (rules.loose and not repeated)
        for (_, repeated), first, second in zip(read_form(line), pickups, pickups[1:], strict=False)
    )


def narrowed(rules: FormRules, line: str, *, done: int = 0) -> FormRules:
    """`rules` for tunes of the form that `line` says (any, where it is empty); `done` sections are
    written already."""
    shape = read_form(line)
    if not shape:
        return rules
    forms = (_narrow(form, shape, done) for form in rules.forms)
    form = next((form for form in forms if form is not None), None)
    return rules if form is None else rules.with_forms([(form, 1.0)])


def _shapes(
    rules: FormRules, form: Form | None, usual: Iterable[Shape], done: Shape
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
