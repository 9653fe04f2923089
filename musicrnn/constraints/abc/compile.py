"""From controls to a grammar: which header values are left to choose, and the rules of the tune.

The tables say what is usual: they bound only what the user leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from musicrnn.abc import check, parse_tune
from musicrnn.abc.syntax.fields import default_unit, parse_meter, read_meter
from musicrnn.abc.syntax.keys import parse_key, spell_key
from musicrnn.abc.syntax.tree import ParsedTune
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.feasible import METERS, UNITS, Feasible
from musicrnn.constraints.abc.forms import Forms, narrowed
from musicrnn.constraints.abc.grammar.bar_lines import BarLineState
from musicrnn.constraints.abc.grammar.body import Body
from musicrnn.constraints.abc.grammar.form import FormRules, FormState
from musicrnn.constraints.abc.grammar.lengths import LengthTable
from musicrnn.constraints.abc.grammar.notation import Notation
from musicrnn.constraints.abc.grammar.rhythm_template import (
    SLOT,
    RhythmTemplateGrammar,
    rhythm_template,
)
from musicrnn.constraints.abc.grammar.state import BarState, Phase
from musicrnn.constraints.abc.grammar.tune import BodyGrammar, Place, TuneGrammar
from musicrnn.constraints.abc.prime import (
    Prime,
    altered_in,
    parse_prime,
    plan_after,
    rules_for_prime,
    ticks_of,
)
from musicrnn.constraints.abc.repertoire import Repertoire, drawn_by
from musicrnn.constraints.controls import KEYS
from musicrnn.errors import UsageError, VocabularyError
from musicrnn.theory.dances import STYLES
from musicrnn.tokens.abc_form import form_line
from musicrnn.tokens.abc_place import UNIT, form_of, pickups_of, read_form, read_pickups
from musicrnn.tokens.model_text import MODEL_FIELDS, to_model_text
from musicrnn.tokens.tonic import moved_body

__all__ = ["GrammarCompiler"]

#: the least share of a dance's tunes that makes a tradition usual for it
_USUAL_STYLE = 0.1
#: the shortest note that broken rhythm divides, in whole notes
_DIVISIBLE = Fraction(1, 16)
#: what every tune is written with besides notes
_NEEDED = {"\n": "line break", " ": "space", "|": "bar line |"}


class GrammarCompiler:
    """`controls` for a model that knows `characters`.

    A prime or a tune whose rhythm is taken over decides header fields: they are in `fixed`.
    Raises `UsageError` or `VocabularyError` when no tune can be written as asked.
    """

    def __init__(
        self,
        controls: Controls,
        characters: frozenset[str],
        repertoire: Repertoire | None = None,
        *,
        one_tonic: bool = False,
        pickups: bool = False,
        fields: Sequence[str] = MODEL_FIELDS,
    ) -> None:
        if controls.style is not None and "O" not in fields:
            raise UsageError(f"the model knows no traditions; leave {controls.style} out")
        self.controls = controls
        self.one_tonic = one_tonic
        self.repertoire = repertoire or Repertoire()
        self._forms = Forms(controls, self.repertoire, pickups=pickups)
        self._feasible = Feasible(controls, characters, self._forms, one_tonic=one_tonic)
        self.characters = characters
        self._grammars: dict[tuple[str, ...], BodyGrammar] = {}
        self._form_lines: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self.fixed: dict[str, str] = {}
        self.start: Prime | None = None
        self._skeleton = ""
        if controls.prime is not None:
            self.start = parse_prime(controls.prime, controls)
            letters = [letter for letter in fields if letter != "P"]
            self.fixed = self._header_of(self.start.values, letters)
        elif controls.bars_like is not None:
            self._take_over(controls.bars_like)
        missing = [name for character, name in _NEEDED.items() if character not in characters]
        if missing:
            raise VocabularyError(f"the model does not know the {missing[0]}; train it on ABC")
        self._feasible.check_ends()
        self._try_all()
        if self.start is not None and "P" in fields:
            self.fixed["P"] = self._line_of_start(self.start)

    def choices(self, letter: str, values: Mapping[str, str]) -> tuple[str, ...] | None:
        """The values of a header field that fit those before it (see `grammar.header`)."""
        if letter in self.fixed and (letter != "O" or self.fixed[letter] in STYLES):
            return (self.fixed[letter],)
        controls = self.controls
        match letter:
            case "T":
                return None if controls.title is None else (controls.title.strip(),)
            case "R":
                return self._feasible.rhythms
            case "O":
                styles = self._styles_for(values.get("R", ""))
                # What goes on from a prime has its whole header before the first choice.
                return styles if self.start is None else styles[:1]
            case "M":
                return self._feasible.meters_for(values.get("R", ""))
            case "L":
                return self._feasible.units_for(values["M"])
            case "P":
                return self._lines(values)
            case _:
                return self._feasible.keys

    def drawn(self, letter: str, values: Mapping[str, str], chance: float) -> str | None:
        """A tradition, and a form where none is asked for, in the proportions of the tunes learned
        from: a network prefers the most usual ones. `chance`, from 0 to 1, decides."""
        rhythm = values.get("R", "")
        if letter == "O":
            counts = self.repertoire.styles.get(rhythm, {})
            return drawn_by(self._styles_for(rhythm), counts, chance)
        if letter == "P" and self._forms.asked is None and self.controls.bars is None:
            counts = self.repertoire.lines_of(rhythm, values["M"], values.get("O", ""))
            return drawn_by(self._lines(values), counts, chance)
        return None

    def grammar(self, values: Mapping[str, str]) -> BodyGrammar:
        """The grammar of the body under a header."""
        said = values.get("P", "")
        chosen = values["M"], values["L"], values["K"], values.get("R", ""), said
        if chosen not in self._grammars:
            self._grammars[chosen] = self._grammar(*chosen)
        return self._grammars[chosen]

    def title(self, generator: np.random.Generator) -> str:
        """A title for a tune that is asked for without one; ``""`` where the model writes it."""
        if self.controls.title is not None or not self.repertoire.titles:
            return ""
        return self.repertoire.new_titles.draw(generator, self.controls.rhythm or "")

    # --- what may be chosen -----------------------------------------------------------------

    def _styles_for(self, rhythm: str) -> tuple[str, ...]:
        """The tradition asked for, or those in which the dance is usual; else any."""
        if self.controls.style is not None:
            return (self.controls.style,)
        counts = self.repertoire.styles.get(rhythm, {})
        usual = _USUAL_STYLE * sum(counts.values())
        return tuple(style for style, n in counts.items() if n >= usual) or STYLES

    def _lines(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The forms that the model may choose among; empty where it is told none."""
        meter, unit, rhythm = values["M"], values["L"], values.get("R", "")
        if (meter, unit, rhythm) not in self._form_lines:
            rules = self._feasible.rules(meter, unit, self._feasible.lengths(meter, unit))
            rules = rules.with_forms(self._forms.fitting(rhythm, meter, rules))
            asked = self.controls.pickup
            settled = [] if asked is None else [math.ceil(2 * asked / Fraction(unit))]
            lines = self._forms.lines(rules, rhythm, meter, pickups=settled)
            self._form_lines[meter, unit, rhythm] = lines or ("",)
        return self._form_lines[meter, unit, rhythm]

    def _line_of_start(self, start: Prime) -> str:
        """The most usual form of a tune that starts so."""
        grammar = self.grammar(self.fixed)
        assert isinstance(grammar, TuneGrammar)  # a skeleton has no start
        place, plan = grammar.start()
        header = f"M:{self.fixed['M']}\nL:{self.fixed['L']}\nK:C\n"
        body = header + start.model_body
        tick = Fraction(self._feasible.lengths(self.fixed["M"], self.fixed["L"]).tick)
        pickups = pickups_of(body)[: plan.section]
        if not plan.fresh:
            pickups = (*pickups, math.ceil(2 * max(plan.pickup, 0) * tick))
        lines = self._forms.lines(
            grammar.rules,
            self.fixed.get("R", ""),
            self.fixed["M"],
            plan=plan,
            begun=isinstance(place, BarState),
            done=form_of(body)[: plan.section],
            pickups=pickups,
        )
        return next(iter(lines), "")

    # --- the grammar ------------------------------------------------------------------------

    def _grammar(self, meter: str, unit: str, key: str, rhythm: str, said: str) -> BodyGrammar:
        scale_only = self.controls.in_scale == 1
        if self._skeleton:
            return RhythmTemplateGrammar(
                self._skeleton,
                self._feasible.pitches(key),
                scale_only=scale_only,
                tonic=self.controls.tonic_end,
            )
        lengths = self._feasible.lengths(meter, unit)
        notation = Notation.of(
            self.characters,
            parse_meter(meter),
            swung="hornpipe" in rhythm.lower(),
            divisible=math.ceil(_DIVISIBLE / Fraction(unit) / lengths.tick),
        )
        body = Body(lengths, self._feasible.pitches(key), notation, scale_only=scale_only)
        rules = self._feasible.rules(meter, unit, lengths)
        rules = rules.with_forms(self._forms.fitting(rhythm, meter, rules))
        if self.start is None:
            rules = self._with_told(narrowed(rules, said), said, lengths)
            return TuneGrammar(rules, body)
        tick = 4 * Fraction(unit) * lengths.tick
        measures, whole = self.start.measures, self.start.whole
        plan, done = plan_after(measures, whole=whole, bar=rules.bar, tick=tick)
        exact, begun = self.controls.bars is not None, not whole
        try:
            rules = rules_for_prime(rules, plan, done, exact=exact, begun=begun)
        except UsageError:
            # The tune is none of the usual; what is asked for may fit, or tells what does not.
            rules = rules.with_forms([(self._forms.asked, 1.0)])
            rules = rules_for_prime(rules, plan, done, exact=exact, begun=begun)
        rules = narrowed(rules, said, done=len(done))
        if said:
            plan = plan._replace(may_end=plan.may_end and len(read_form(said)) <= plan.section)
        return TuneGrammar(rules, body, first=self._first(self.start, rules, plan, body, tick))

    def _with_told(self, rules: FormRules, said: str, lengths: LengthTable) -> FormRules:
        """The rules with the pickups that the form said: what a model was told comes."""
        if not (said and self._forms.pickups and self.controls.pickup is None):
            return rules
        pickups = read_pickups(said) or [0] * len(read_form(said))
        ticks = [Fraction(pickup, UNIT) / lengths.tick for pickup in pickups]
        if any(length.denominator != 1 or length >= rules.bar for length in ticks):
            return rules
        return rules.with_pickups(tuple(map(int, ticks)))

    def _first(
        self, start: Prime, rules: FormRules, plan: FormState, body: Body, tick: Fraction
    ) -> tuple[Place, FormState]:
        """Where the new music starts after a prime."""
        if start.whole:
            return BarLineState(plan), plan
        time = ticks_of(start.last, tick)
        altered = altered_in(self._in_model(start), body.pitches)
        spec = rules.bar_spec(plan)
        place = BarState(spec, Phase.AFTER, time=time, altered=altered, sounded=True)
        if time > spec.top or not body.options(place):
            raise UsageError("the last bar of the prime is too long for where it stands")
        return place, plan

    def _in_model(self, start: Prime) -> ParsedTune:
        """A prime as the model reads it."""
        if not self.one_tonic:
            return start.tune
        body = moved_body(start.model_body, self.fixed["K"], -1)
        return parse_tune(f"X:1\nT:\nM:{self.fixed['M']}\nL:{self.fixed['L']}\nK:C\n{body}")

    def _take_over(self, text: str) -> None:
        """Metre, unit and rhythm of the notes from another tune."""
        tune = parse_tune(text)
        wrong = [d for d in check(text, strict=True) if d.severity in ("error", "warning")]
        if wrong:
            raise UsageError(f"the tune whose bars are wanted is wrong, {wrong[0]}; mend it first")
        self._skeleton = rhythm_template(tune)
        unknown = set(self._skeleton) - self.characters - {SLOT}
        if unknown:
            raise VocabularyError(f"the model does not know {min(unknown)!r} of that tune's bars")
        self.fixed = self._header_of({f.letter: f.value for f in tune.fields}, ("R", "M", "L"))
        if self.controls.rhythm is not None:
            self.fixed["R"] = self.controls.rhythm
        written = to_model_text(text)
        pickups = pickups_of(written) if self._forms.pickups else ()
        self.fixed["P"] = form_line(form_of(written), pickups)
        asked = self.controls.meter
        if asked is not None and str(asked) != self.fixed["M"]:
            raise UsageError(f"the bars are in {self.fixed['M']}, but {asked} is asked for")

    @staticmethod
    def _header_of(values: Mapping[str, str], letters: Sequence[str]) -> dict[str, str]:
        """The values of `letters`, with the unit length that holds where none is written."""
        fixed = {letter: values.get(letter, "") for letter in letters}
        meter = read_meter(fixed["M"])
        if meter is None or meter.meter is None:
            raise UsageError("a tune to go on from needs a metre; add a line such as M:6/8")
        fixed["M"] = str(meter.meter)
        if not fixed["L"]:
            unit = default_unit(meter.meter) / 4
            fixed["L"] = f"{unit.numerator}/{unit.denominator}"
        if "K" in fixed:
            fixed["K"] = spell_key(parse_key(fixed["K"]))
        return fixed

    # --- feasibility ------------------------------------------------------------------------

    def _try_all(self) -> None:
        """Raise the error of the first thing that was asked for and cannot be."""
        if self.fixed:
            key = self.fixed.get("K") or self._feasible.keys[0]
            self.grammar({**self.fixed, "K": key})
            return
        meters = self._feasible.meters_for((self._feasible.rhythms)[0])
        meter = meters[0] if meters else METERS[0]
        if not self._feasible.units_for(meter):
            unit = self.controls.unit
            text = UNITS[0] if unit is None else f"{unit.numerator}/{unit.denominator}"
            self._feasible.rules(meter, text, self._feasible.lengths(meter, text))
        key = self._feasible.keys[0] if self._feasible.keys else KEYS[0]
        self._feasible.pitches(key)
