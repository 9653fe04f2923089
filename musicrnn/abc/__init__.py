"""ABC notation (version 2.1): parse, check, write, play.

>>> from musicrnn import abc
>>> book = abc.parse("X:1\\nT:Scale\\nM:4/4\\nL:1/4\\nK:C\\nCDEF|GABc|]\\n")
>>> book.tunes[0].title
'Scale'
>>> [note.pitch for note in abc.to_score(book.tunes[0])]
[60, 62, 64, 65, 67, 69, 71, 72]
"""

from musicrnn.abc.checker import check
from musicrnn.abc.diagnostics import Diagnostic, Edit, Fix
from musicrnn.abc.fields import parse_meter, parse_unit
from musicrnn.abc.fixer import Repair, Repaired, fix
from musicrnn.abc.from_score import from_score
from musicrnn.abc.keys import parse_key, spell_key
from musicrnn.abc.parser import parse, parse_tune
from musicrnn.abc.player import to_score
from musicrnn.abc.repeats import expand_repeats, fold_repeats, part_bars
from musicrnn.abc.text import decode
from musicrnn.abc.transform import extract_voice, standalone, transpose, voices, with_unit
from musicrnn.abc.tree import Field, Tune, TuneBook
from musicrnn.abc.writer import write, write_body, write_book

__all__ = [
    "Diagnostic",
    "Edit",
    "Field",
    "Fix",
    "Repair",
    "Repaired",
    "Tune",
    "TuneBook",
    "check",
    "decode",
    "expand_repeats",
    "extract_voice",
    "fix",
    "fold_repeats",
    "from_score",
    "parse",
    "parse_key",
    "parse_meter",
    "parse_tune",
    "parse_unit",
    "part_bars",
    "spell_key",
    "standalone",
    "to_score",
    "transpose",
    "voices",
    "with_unit",
    "write",
    "write_body",
    "write_book",
]
