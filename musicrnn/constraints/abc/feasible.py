"""What can be written at all, of what is asked for, in the characters that a model knows."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, lru_cache

from musicrnn.abc.syntax.fields import parse_meter
from musicrnn.abc.syntax.keys import parse_key, spell_key
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.forms import PART, Forms
from musicrnn.constraints.abc.grammar.form import FormRules, Section
from musicrnn.constraints.abc.grammar.lengths import LengthTable
from musicrnn.constraints.abc.grammar.pitches import PitchTable
from musicrnn.constraints.controls import KEYS
from musicrnn.errors import MusicRNNError, UsageError, VocabularyError
from musicrnn.score import Key
from musicrnn.theory.dances import DANCES
from musicrnn.theory.instruments import refused_key
from musicrnn.tokens.tonic import shift_of

__all__ = ["METERS", "RHYTHMS", "UNITS", "Feasible", "pitches_in"]

#: rhythm → the metres it is written in, the most usual first
RHYTHMS = {name: dance.meters for name, dance in DANCES.items() if not dance.rare}

#: metres that the model may choose among
METERS = ("4/4", "6/8", "2/4", "3/4", "2/2", "9/8", "12/8", "3/8", "3/2", "6/4")
UNITS = ("1/8", "1/16", "1/4")

_MOST_BARS = 64
_MOST_PARTS = 8
#: the shortest note head in whole notes
_FINEST = Fraction(1, 64)


class Feasible:
    """Rhythms, metres, unit lengths and keys that tunes under `controls` may have, and what a
    grammar is made of under each of them."""

    def __init__(
        self,
        controls: Controls,
        characters: frozenset[str],
        forms: Forms,
        *,
        one_tonic: bool,
    ) -> None:
        self.controls = controls
        self.characters = characters
        self.one_tonic = one_tonic
        self._forms = forms
        self._bars: dict[tuple[str, str], bool] = {}

    @cached_property
    def rhythms(self) -> tuple[str, ...]:
        if self.controls.rhythm is not None:
            return (self.controls.rhythm.strip(),)
        rhythms = tuple(name for name in RHYTHMS if self.meters_for(name, strict=True))
        return rhythms or ("",)

    def meters_for(self, rhythm: str, *, strict: bool = False) -> tuple[str, ...]:
        """The metres in which a bar can be written; those of the rhythm where it has some."""
        usual = RHYTHMS.get(rhythm, METERS)
        if self.controls.meter is not None:
            asked = str(self.controls.meter)
            return () if strict and asked not in usual else (asked,)
        meters = tuple(meter for meter in usual if self.units_for(meter))
        if meters or strict:
            return meters
        return tuple(meter for meter in METERS if self.units_for(meter))

    def units_for(self, meter: str) -> tuple[str, ...]:
        unit = self.controls.unit
        asked = UNITS if unit is None else (f"{unit.numerator}/{unit.denominator}",)
        return tuple(text for text in asked if self._fills(meter, text))

    def _fills(self, meter: str, unit: str) -> bool:
        """Whether bars, and the pickup asked for, can be written exactly."""
        if (meter, unit) not in self._bars:
            try:
                self.rules(meter, unit, self.lengths(meter, unit))
            except MusicRNNError:
                self._bars[meter, unit] = False
            else:
                self._bars[meter, unit] = True
        return self._bars[meter, unit]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        if self.controls.key is not None:
            return (spell_key(self.controls.key),)
        return tuple(key for key in KEYS if self._playable(key))

    def _playable(self, key: str) -> bool:
        instrument = self.controls.instrument
        if instrument is not None and refused_key(instrument, parse_key(key)):
            return False
        try:
            self.pitches(key)
        except MusicRNNError:
            return False
        return True

    def lengths(self, meter: str, unit: str) -> LengthTable:
        return _lengths(self.characters, _whole(meter) / Fraction(unit), _FINEST / Fraction(unit))

    def pitches(self, key: str) -> PitchTable:
        """The notes that may be written, as the model writes them."""
        controls = self.controls
        table = pitches_in(key, self.characters, controls, one_tonic=self.one_tonic)
        if controls.tonic_end and not table.has_tonic:
            raise UsageError(
                f"no tonic of {parse_key(key)} lies in the range {controls.lowest} to "
                f"{controls.highest}; widen the range or leave the ending free"
            )
        return table

    def rules(self, meter: str, unit: str, lengths: LengthTable) -> FormRules:
        def ticks(time: Fraction) -> Fraction:
            return time / Fraction(unit) / lengths.tick

        pickup = self.controls.pickup
        if pickup is not None and pickup >= _whole(meter):
            raise UsageError(f"the pickup is {pickup}; in {meter} it must be shorter than a bar")
        if pickup is not None and ticks(pickup).denominator != 1:
            raise UsageError(
                f"a pickup of {pickup} cannot be written; choose a multiple of "
                f"{Fraction(unit) * lengths.tick}"
            )
        return FormRules(
            int(ticks(_whole(meter))),
            self.characters,
            free=Section(self.controls.bars or PART),
            most_sections=_MOST_PARTS,
            most_bars=max(_MOST_BARS, *(self.controls.bars or (0,))),
            pickups=None if pickup is None else int(ticks(pickup)),
            min_final_tonic=lengths.unit if self.controls.tonic_end else 0,
            loose=pickup is None and not self.controls.tonic_end and self._forms.all_different,
        )

    def check_ends(self) -> None:
        """The vocabulary can write the bar lines that the form needs."""
        form = self._forms.asked or ()
        if any(section.repeated for section in form) and ":" not in self.characters:
            raise VocabularyError("the model does not know the repeat sign :|; ask for no repeats")
        ends = {"]", ":"} if not form else {":"} if form[-1].repeated else {"]"}
        if not ends & self.characters:
            raise VocabularyError("the model does not know the final bar line |]; train it on ABC")


def pitches_in(
    key: str, characters: frozenset[str], controls: Controls, *, one_tonic: bool
) -> PitchTable:
    """The notes that may be written under a ``K:`` value and the range asked for; with `one_tonic`
    as the model writes them (see `tokens.tonic`). Raises `UsageError` when there are none."""
    parsed = parse_key(key)
    shift = shift_of(key) if one_tonic else 0
    written = Key("C", parsed.mode) if one_tonic else parsed
    table = _pitches(characters, written, controls.lowest - shift, controls.highest - shift)
    if not table.scale:
        raise UsageError(
            f"no note of {parsed} lies in the range {controls.lowest} to {controls.highest}; "
            "widen the range"
        )
    return table


#: Tables learn as they are used what may stand where, which holds for every tune.
_pitches = lru_cache(maxsize=64)(PitchTable)
_lengths = lru_cache(maxsize=64)(LengthTable)


def _whole(meter: str) -> Fraction:
    """The length of a bar in whole notes."""
    return parse_meter(meter).length / 4
