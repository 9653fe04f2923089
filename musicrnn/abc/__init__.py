"""ABC notation (version 2.1): parse, check, write, play.

>>> from musicrnn import abc
>>> book = abc.parse("X:1\\nT:Scale\\nM:4/4\\nL:1/4\\nK:C\\nCDEF|GABc|]\\n")
>>> book.tunes[0].title
'Scale'
>>> [note.pitch for note in abc.to_score(book.tunes[0])]
[60, 62, 64, 65, 67, 69, 71, 72]
"""

from musicrnn.abc.checking.checker import check
from musicrnn.abc.checking.diagnostics import Diagnostic, Edit, Fix
from musicrnn.abc.checking.fixer import Repair, Repaired, fix
from musicrnn.abc.checking.unwrap import Unwrapped, unwrap
from musicrnn.abc.from_score import from_score
from musicrnn.abc.repeats import expand_repeats, fold_repeats, part_bars
from musicrnn.abc.syntax.fields import parse_meter, parse_unit
from musicrnn.abc.syntax.keys import parse_key, spell_key
from musicrnn.abc.syntax.parser import parse, parse_tune
from musicrnn.abc.syntax.text import decode
from musicrnn.abc.syntax.tree import (
    Annotation,
    Bar,
    Broken,
    Chord,
    ChordName,
    Comment,
    Decoration,
    Directive,
    Ending,
    Field,
    Grace,
    LineBreak,
    MultiRest,
    Node,
    Note,
    Overlay,
    ParsedTune,
    Rest,
    Slur,
    Space,
    Spacer,
    TuneBook,
    Tuplet,
)
from musicrnn.abc.syntax.writer import write, write_body, write_book
from musicrnn.abc.timeline.build_timeline import measures, read_timeline
from musicrnn.abc.timeline.timeline import Event, Measure, Pitch, Timeline, Voice
from musicrnn.abc.to_score import to_score
from musicrnn.abc.transform import extract_voice, standalone, transpose, voices, with_unit

__all__ = [
    "Annotation",
    "Bar",
    "Broken",
    "Chord",
    "ChordName",
    "Comment",
    "Decoration",
    "Diagnostic",
    "Directive",
    "Edit",
    "Ending",
    "Event",
    "Field",
    "Fix",
    "Grace",
    "LineBreak",
    "Measure",
    "MultiRest",
    "Node",
    "Note",
    "Overlay",
    "ParsedTune",
    "Pitch",
    "Repair",
    "Repaired",
    "Rest",
    "Slur",
    "Space",
    "Spacer",
    "Timeline",
    "TuneBook",
    "Tuplet",
    "Unwrapped",
    "Voice",
    "check",
    "decode",
    "expand_repeats",
    "extract_voice",
    "fix",
    "fold_repeats",
    "from_score",
    "measures",
    "parse",
    "parse_key",
    "parse_meter",
    "parse_tune",
    "parse_unit",
    "part_bars",
    "read_timeline",
    "spell_key",
    "standalone",
    "to_score",
    "transpose",
    "unwrap",
    "voices",
    "with_unit",
    "write",
    "write_body",
    "write_book",
]
