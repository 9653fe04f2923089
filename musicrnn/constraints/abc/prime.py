"""Going on where a given tune stops: where its plan stands after its last bar.

The given music may hold what the grammar would never write (decorations, chord symbols, odd
lengths): it is read by the ABC parser, and only bars, repeats and what is left of the last bar
count here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from musicrnn.abc import check, parse_tune
from musicrnn.abc.checking.diagnostics import Diagnostic
from musicrnn.abc.from_score import from_score
from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.writer import write_body
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Measure
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.grammar.form import Form, FormRules, FormState, Section
from musicrnn.constraints.abc.grammar.pitches import Altered, PitchTable, Spelled
from musicrnn.errors import UsageError, counted
from musicrnn.midi.melody_track import choose
from musicrnn.score import Note, Score
from musicrnn.theory.melody import line
from musicrnn.tokens.model_text import split_header

__all__ = [
    "Prime",
    "altered_in",
    "parse_prime",
    "plan_after",
    "prime_of",
    "rules_for_prime",
    "spell_music",
    "ticks_of",
]

#: what a tune that is not finished may lack
_OPEN_ENDS = {"no-final-bar", "repeat-unclosed", "ending-unpaired", "ending-unrepeated"}
_BARS = {"bar-length", "bar-incomplete"}
#: a line of the body that music cannot go on in
_NO_MUSIC = re.compile(r"[A-Za-z+]:(?![|:])|%")
#: nodes and fields of a body that models learn nothing of, or nothing but
_NO_SOUND = (tree.ChordName, tree.Annotation, tree.Comment, tree.Directive, tree.Spacer)
_SOUNDING_FIELDS = frozenset("KLM")
#: the end of a tune, and the rests that fill its last bar
_ENDED = re.compile(r"(?P<rests>(?:\s*z\d*(?:/\d*)?)*)\s*\|\]\s*$")
_HEADER = re.compile(r"^K:", re.MULTILINE)


@dataclass(frozen=True)
class Prime:
    """The start of a tune: `header` and `body` as the user wrote them, `values` of the fields
    that a model reads, `tune` parsed; `whole` tells that it ends at a bar line."""

    header: str
    body: str
    values: dict[str, str]
    tune: tree.ParsedTune
    measures: tuple[Measure, ...]
    whole: bool

    @property
    def last(self) -> Fraction:
        """The time, in quarter notes, that the unfinished last bar has so far."""
        return Fraction(0) if self.whole or not self.measures else self.measures[-1].length

    @property
    def model_body(self) -> str:
        """The body in the spelling that models learn."""
        text = spell_music(self.tune.body)
        return text if self.whole else text.rstrip("\n")


def spell_music(nodes: Iterable[tree.Node]) -> str:
    """A body without what no model has learned: words, remarks, chord symbols, directives."""
    return write_body(
        node
        for node in nodes
        if not isinstance(node, _NO_SOUND)
        and not (isinstance(node, tree.Field) and node.letter not in _SOUNDING_FIELDS)
    )


def prime_of(score: Score) -> str:
    """The melody of a beginning that was played, as ABC that can be gone on from.

    Raises `UsageError` where there is none: percussion has no melody.
    """
    part = choose(score).voice.part
    melody = line(score.with_notes(note for note in score.notes if note.part == part))
    rows = zip(melody.onsets, melody.pitches, melody.durations, strict=True)
    notes = [
        Note(melody.time(onset), int(pitch), melody.time(length)) for onset, pitch, length in rows
    ]
    text = from_score(replace(Score.of(notes), meters=score.meters, keys=score.keys))
    return _ENDED.sub(lambda end: "" if end["rests"] else "|", text)


def parse_prime(text: str, controls: Controls) -> Prime:
    """Read what a tune is to start with; fields it lacks come from `controls`.

    Raises `UsageError` where it is already wrong, naming what is, or says something else than
    the controls.
    """
    header, body = _parts(text, controls)
    body = body.rstrip() + "\n" if _ends_line(body.rstrip()) else body.rstrip("\n")
    whole = header + body
    tune = parse_tune(whole)
    voices = read_timeline(tune).voices
    if len(voices) > 1:
        raise UsageError("the prime has several voices; give one")
    measures = tuple(voices[0].measures) if voices else ()
    at_line = not measures or bool(measures[-1].after.bars)
    if measures and measures[-1].after.ending is not None:
        raise UsageError(
            "the prime stops at the number of an ending; leave it out, or go on to a note"
        )
    sounding = (node for node in reversed(tune.body) if isinstance(node, tree.Note | tree.Chord))
    if (last := next(sounding, None)) and last.tie:
        raise UsageError(
            "the prime stops in the middle of a tie; take the - away, or go on to its second note"
        )
    _refuse_wrong(check(whole, strict=True), measures, at_line)
    values = {field.letter: field.value for field in reversed(tune.fields)}
    _refuse_other(values, controls)
    return Prime(header, body, values, tune, measures, at_line)


def _ends_line(body: str) -> bool:
    """Whether music that follows starts a line: after a bar line, words (``w:``) or a remark."""
    last = body.rpartition("\n")[2]
    return body.endswith(("|", ":", "]")) or bool(_NO_MUSIC.match(last))


def _parts(text: str, controls: Controls) -> tuple[str, str]:
    """Header and body; a header made from the controls where the text is mere music."""
    if _HEADER.search(text):
        start = text.index("X:") if "X:" in text else 0
        fields, body = split_header(text[start:])
        letters = [letter for letter, _ in fields]
        lines = [f"{letter}:{value}" for letter, value in fields]
        if "X" not in letters:
            lines.insert(0, "X:1")
        if "T" not in letters:
            lines.insert(1, f"T:{controls.title or 'Untitled'}")
        return "\n".join(lines) + "\n", body
    if controls.key is None or controls.meter is None:
        raise UsageError("a prime without a header needs its key and metre: give both")
    from musicrnn.abc import spell_key

    unit = controls.unit or Fraction(1, 8)
    rhythm = f"R:{controls.rhythm}\n" if controls.rhythm else ""
    return (
        f"X:1\nT:{controls.title or 'Untitled'}\n{rhythm}M:{controls.meter}\n"
        f"L:{unit.numerator}/{unit.denominator}\nK:{spell_key(controls.key)}\n"
    ), text


def _refuse_wrong(
    diagnostics: Sequence[Diagnostic], measures: Sequence[Measure], at_line: bool
) -> None:
    """Raise for what is wrong in music that is there, not for what is yet to come."""
    wrong = [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.severity in ("error", "warning")
        and diagnostic.code not in _OPEN_ENDS
        and not (
            diagnostic.code in _BARS and not at_line and _is_unfinished(diagnostic, measures[-1])
        )
    ]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise UsageError(f"the prime is already wrong, {wrong[0]}{more}; mend it with musicrnn fix")


def _is_unfinished(diagnostic: Diagnostic, last: Measure) -> bool:
    """Whether a remark on a bar's length is about the last one, which may still grow."""
    full = last.meter.length if last.meter else None
    return full is not None and last.length < full and f"bar {last.number} " in diagnostic.message


def _refuse_other(values: dict[str, str], controls: Controls) -> None:
    from musicrnn.abc import spell_key

    asked = {
        "K": spell_key(controls.key) if controls.key else None,
        "M": str(controls.meter) if controls.meter else None,
    }
    for letter, value in asked.items():
        if value is not None and values.get(letter, value) != value:
            raise UsageError(
                f"the prime says {letter}:{values[letter]}, but {letter}:{value} is asked for"
            )


def plan_after(
    measures: Sequence[Measure], *, whole: bool = True, bar: int, tick: Fraction
) -> tuple[FormState, list[tuple[int, bool]]]:
    """The plan after `measures`, and bars and repetition of each section that is complete; without
    `whole` the last one is not finished.

    `bar` is a full bar in ticks, `tick` one tick in quarter notes. Raises `UsageError` for a
    rhythm that is finer than the model's.
    """
    plan = FormState()
    done: list[tuple[int, bool]] = []
    for place, measure in enumerate(measures):
        before, last = measure.before, place == len(measures) - 1
        if before.starts and plan.fresh:
            plan = plan._replace(marked=True, may_end=False)
        if before.ending is not None and 1 in before.ending.numbers:
            plan = plan._replace(ending=1, split=plan.bars)
        time = ticks_of(measure.length, tick)
        if last and not whole:
            break
        if plan.fresh and time < bar and measure.after.double and not measure.after.ends:
            # A pickup before |: or || belongs to the section that starts there.
            marked = plan.marked or measure.after.starts
            plan = plan._replace(fresh=False, pickup=time, marked=marked, may_end=False)
            continue
        if plan.fresh and time < bar and not measure.after.double:
            plan = plan._replace(fresh=False, pickup=time, may_end=False)
        else:
            if last and time < bar and not measure.after.double and not measure.after.ending:
                raise UsageError(
                    f"bar {measure.number} of the prime is too short to go on from; "
                    "fill it, or take its bar line away"
                )
            plan = plan._replace(fresh=False, bars=plan.bars + measure.count, may_end=False)
        passed = _passed(plan, measure, pickup=max(bar - time, 0))
        if passed.section > plan.section:
            done.append((plan.bars, measure.after.ends > 0 or plan.ending == 2))
        plan = passed
    return plan, done


def rules_for_prime(
    rules: FormRules,
    plan: FormState,
    done: Sequence[tuple[int, bool]],
    *,
    exact: bool,
    begun: bool,
) -> FormRules:
    """`rules` for a tune that already stands at `plan`, with those of their forms that it can
    still have; `exact` numbers of bars stay as asked, and `begun` tells that a bar has begun there.

    Raises `UsageError` where the start is not what is asked for.
    """
    problems: list[UsageError] = []
    fitting: list[tuple[Form | None, float]] = []
    free = rules.free
    for form, weight in zip(rules.forms, rules.weights, strict=True):
        try:
            wanted = _section_on(rules, form, plan, done, exact=exact)
        except UsageError as error:
            problems.append(error)
            continue
        if form is None:
            free = wanted
            fitting.append((None, weight))
        else:
            sections = (*form[: plan.section], wanted, *form[plan.section + 1 :])
            fitting.append((sections, weight))
    if not fitting:
        raise problems[0]
    rules = replace(
        rules.with_forms(fitting),
        free=free,
        most_sections=max(rules.most_sections, plan.section + 2),
        most_bars=max(rules.most_bars, plan.total + plan.bars + 32),
    )
    ending = [
        form
        for number, form in enumerate(fitting)
        if rules.finishes(plan._replace(form=number), begun=begun)
    ]
    if not ending:
        raise UsageError(_why_no_end(rules, plan))
    return rules.with_forms(ending)


def _section_on(
    rules: FormRules,
    form: Form | None,
    plan: FormState,
    done: Sequence[tuple[int, bool]],
    *,
    exact: bool,
) -> Section:
    """What is wanted of the section in which a tune of that form stands at `plan`, when the
    sections before it are as `done` says. Raises `UsageError` where these do not fit."""
    for number, (bars, repeated) in enumerate(done):
        wanted = _section(rules, form, number)
        if wanted is None or wanted.repeated not in (None, repeated):
            raise UsageError(f"part {number + 1} of the prime does not fit the form asked for")
        if exact and bars not in wanted.bars:
            raise UsageError(
                f"part {number + 1} of the prime has {counted(bars, 'bar')}, not as asked for"
            )
    wanted = _section(rules, form, plan.section)
    if wanted is None:
        raise UsageError("the prime already has all the parts of the form")
    if any(n > plan.bars for n in wanted.bars):
        return wanted
    if exact:
        raise UsageError(
            f"part {plan.section + 1} of the prime already has {counted(plan.bars, 'bar')}"
        )
    longer = range(plan.bars // 4 * 4 + 4, plan.bars + 12, 4)
    return wanted._replace(bars=(*wanted.bars, *longer))


def _section(rules: FormRules, form: Form | None, number: int) -> Section | None:
    """What is wanted of a section, None where the form has fewer."""
    if form is None:
        return rules.free
    return form[number] if number < len(form) else None


def _why_no_end(rules: FormRules, plan: FormState) -> str:
    """What keeps a prime at `plan` from being finished, and how to mend it."""
    part = f"part {plan.section + 1} of the prime"
    if plan.goal and plan.bars >= plan.goal:
        return "the second ending of the prime is already as long as the first; close it"
    if plan.ending:
        return f"{part} has endings that cannot be finished as asked; take them out"
    if plan.marked:
        return f"{part} starts a repeat, and the form has none there; leave out its |:"
    if "]" not in rules.known:
        return f"{part} must be repeated, as the model does not know |]; start it with |:"
    return f"{part} does not start with |:, and the form repeats it"


def _passed(plan: FormState, measure: Measure, *, pickup: int) -> FormState:
    """The plan after the bar line that ends `measure`; `pickup` is what would complete it."""
    after = measure.after
    if after.ending is not None and 2 in after.ending.numbers and plan.ending == 1:
        return plan._replace(ending=2, goal=plan.bars, bars=plan.split)
    if not after.double or (plan.ending == 1 and after.ending is None and after.ends):
        return plan
    if not after.ends and (plan.ending == 1 or (plan.marked and not plan.ending)):
        return plan  # a double bar line inside of what is repeated: a :| is still to come
    return FormState(
        plan.section + 1,
        pickup=pickup,
        marked=after.starts,
        total=plan.total + plan.bars,
        may_end=after.ends > 0 and not after.starts,
    )


def ticks_of(time: Fraction, tick: Fraction) -> int:
    """`time` in ticks. Raises `UsageError` where it is no whole number of them."""
    count = time / tick
    if count.denominator != 1:
        raise UsageError(
            f"a bar of the prime lasts {time} quarter notes, which the model cannot count; "
            "end the prime at a bar line"
        )
    return int(count)


def altered_in(tune: tree.ParsedTune, pitches: PitchTable) -> Altered:
    """The accidentals that hold after the last note, since the last bar line."""
    altered: Altered = ()
    for node in tune.body:
        if isinstance(node, tree.Bar):
            altered = ()
        notes = getattr(node, "notes", (node,))
        for note in notes:
            if isinstance(note, tree.Note) and note.accidental in ("^", "_", "="):
                low = note.octave < 5
                letter = note.step if low else note.step.lower()
                marks = max(4 - note.octave if low else note.octave - 5, 0)
                altered = pitches.after(Spelled(note.accidental, letter, marks), altered)
    return altered
