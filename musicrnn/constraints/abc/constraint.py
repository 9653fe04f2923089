"""Which tokens may come next, so that every finished tune is well formed and as asked.

The constraint is the grammar (`constraints.abc.grammar`) walked as a graph: a node is a state, its
mask a row of a table, its edges the tokens that were taken from it before. Nodes are made when
first reached and shared by all walks, so that most steps are one dictionary look-up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from musicrnn.abc.beams import beams_on_beats
from musicrnn.constraints.abc.compile import GrammarCompiler
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.grammar.bar_lines import FINISH, BarLineState
from musicrnn.constraints.abc.grammar.form import FormState
from musicrnn.constraints.abc.grammar.header import Header, Heading
from musicrnn.constraints.abc.grammar.state import BarState
from musicrnn.constraints.abc.grammar.tune import BodyGrammar
from musicrnn.constraints.abc.repertoire import Repertoire
from musicrnn.errors import UsageError, VocabularyError
from musicrnn.piece import Piece
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.model_text import MODEL_FIELDS
from musicrnn.tokens.tonic import moved_body
from musicrnn.tokens.vocabulary import END, Vocabulary

__all__ = ["AbcConstraint", "Walk"]

#: a place in the header, in the body (each grammar has its own), or None: the free body
_State: TypeAlias = Any

#: nodes kept before the graph is thrown away and grown anew: some 100 MB
_MOST_NODES = 100_000

#: what is typed of a bar line where it may end
_CHECKPOINTS = ("|", ":|", "::")

BoolArray = npt.NDArray[np.bool_]


class _Node:
    """A state of the grammar, the row of its mask, and where known tokens lead; `masked` as in
    `sampling.Constraint`, `checkpoint` for the place after a bar line."""

    __slots__ = ("after", "checkpoint", "masked", "row", "state")

    def __init__(self, state: _State, row: int) -> None:
        self.state = state
        self.row = row
        # Between bars each character is a choice of its own, which the mask does not bend.
        self.masked = not isinstance(state, BarState)
        self.checkpoint = isinstance(state, BarLineState) and state.typed in _CHECKPOINTS
        #: by token, or by token and plan where a bar line leads on by the plan
        self.after: dict[int | tuple[int, FormState | None], _Edge] = {}


#: where a token leads, the plan from then on (None: the same), whether it completed a note in
#: or outside of the scale (None: neither)
_Edge: TypeAlias = tuple[_Node, FormState | None, bool | None]


class Walk:
    """One tune on its way: its node and what the node does not say."""

    __slots__ = (
        "body", "body_from", "checkpoint", "done", "generator", "grammar", "node", "notes",
        "outside", "plan", "taken", "values",
    )  # fmt: skip

    def __init__(self, node: _Node) -> None:
        self.node = node
        self.done = False
        self.checkpoint = 0
        self.plan: FormState | None = None
        self.grammar: BodyGrammar | None = None
        #: draws the form, once the header is done
        self.generator: np.random.Generator | None = None
        #: header letter → value, once the header is done
        self.values: dict[str, str] = {}
        #: tokens taken since the start, and how many of them were the header
        self.taken = 0
        self.body_from = 0
        #: the body so far, where a part of it is to come again
        self.body = ""
        #: notes written, and those of them outside of the scale
        self.notes = 0
        self.outside = 0

    def __copy__(self) -> Walk:
        """An independent walk from the same place."""
        other = Walk.__new__(Walk)
        for name in Walk.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    @property
    def masked(self) -> bool:
        """Whether the mask chooses here (see `sampling.Constraint`)."""
        return self.node.masked


class AbcConstraint:
    """The grammar of well-formed ABC over a character vocabulary, under `controls`.

    Works for any vocabulary that holds what a tune needs at least: line break, space, a bar
    line, a final bar line, a note; characters it does not know how to use are never offered.
    With `free`, the header is still as asked and the body is whatever the model writes.
    Raises `VocabularyError` or `UsageError` when no tune can be written as asked.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        controls: Controls | None = None,
        *,
        free: bool = False,
        repertoire: Repertoire | None = None,
        one_tonic: bool = False,
        pickups: bool = False,
        fields: Sequence[str] = MODEL_FIELDS,
    ) -> None:
        self.free = free
        self.one_tonic = one_tonic
        self.vocabulary = vocabulary
        self.controls = controls or Controls()
        if END not in vocabulary:
            raise VocabularyError(f"a model of tunes knows the token {END}; train it again")
        self._characters = frozenset(t for t in vocabulary.tokens if len(t) == 1)
        self._ids = {c: vocabulary.id(c) for c in self._characters} | {FINISH: vocabulary.id(END)}
        self._named = {i: c for c, i in self._ids.items()}
        self.compiler = GrammarCompiler(
            self.controls,
            self._characters,
            repertoire,
            one_tonic=one_tonic,
            pickups=pickups,
            fields=fields,
        )
        self._header = Header(self._characters, self.compiler.choices, fields, self.compiler.drawn)
        self._nodes: dict[tuple[int, _State], _Node] = {}
        self._rows: dict[str, int] = {}
        self._masks: BoolArray = np.zeros((64, len(vocabulary)), np.bool_)
        self._share = self.controls.in_scale if 0 < self.controls.in_scale < 1 else None
        form = self.controls.form or ()
        self._comes_back = not free and self.controls.parts < len(form)
        self._first = self._forced()
        self.prefix = tuple(self._prefix)

    @classmethod
    def of(
        cls,
        tokenizer: CharTokenizer,
        controls: Controls,
        *,
        free: bool = False,
        repertoire: Repertoire | None = None,
    ) -> Self:
        """The constraint for a model with that tokenizer, which learned that repertoire."""
        return cls(
            tokenizer.vocabulary,
            controls,
            free=free,
            repertoire=repertoire,
            one_tonic=tokenizer.one_tonic,
            pickups=tokenizer.pickups,
            fields=tokenizer.fields,
        )

    # --- the protocol -----------------------------------------------------------------------

    def start(self, batch: int, generators: Sequence[np.random.Generator] = ()) -> list[Walk]:
        """Walks after `prefix`; without `generators` each has the most usual form."""
        walks = [copy(self._first) for _ in range(batch)]
        for walk, generator in zip(walks, generators, strict=False):
            walk.generator = generator
            if isinstance(walk.node.state, Heading):
                title = self.compiler.title(generator)
                walk.node = self._node(None, self._header.drawn(walk.node.state, title, generator))
            if walk.grammar is not None and walk.grammar.forms > 1:
                self._begin(walk, walk.grammar)
        return walks

    def mask(self, states: Sequence[Walk]) -> BoolArray:
        """(batch, V): what may come next."""
        return np.asarray(self._masks[[walk.node.row for walk in states]])

    def advance(self, states: Sequence[Walk], ids: Sequence[int]) -> None:
        """Move each walk over its token, in place."""
        for walk, token in zip(states, ids, strict=True):
            self._advance(walk, int(token))

    def piece(self, state: Walk, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The tune that `ids`, taken after `prefix`, spell."""
        values = state.values
        return Piece(
            "abc",
            self.text(state, ids, number=number),
            title=values.get("T", ""),
            key=values.get("K", ""),
            meter=values.get("M", ""),
            rhythm=values.get("R", ""),
        )

    def text(self, walk: Walk, ids: Sequence[int], *, number: int = 1) -> str:
        """The finished tune: header with what was asked for, body as written.

        `ids` are the tokens taken after `prefix`.
        """
        tokens = [*self.prefix, *ids][walk.body_from :]
        body = "".join(self._named[i] for i in tokens if self._named.get(i, FINISH) != FINISH)
        if self.one_tonic:
            body = moved_body(body, walk.values["K"], 1)
        start = self.compiler.start
        given = ""
        if start is not None:
            given = _numbered(start.header, number) + start.body
            text = given + body
        else:
            text = "\n".join([f"X:{number}", *self._header_lines(walk), body])
        return beams_on_beats(text, start=len(given)) if walk.done and not self.free else text

    def _header_lines(self, walk: Walk) -> Iterator[str]:
        for letter, value in walk.values.items():
            if letter == "O" and self.controls.style is None:
                continue  # what the model was told, and nobody asked
            if letter == "P":
                continue  # the form, which the body shows
            if letter == "K" and self.controls.tempo is not None:
                yield f"Q:{self.controls.tempo}"
            yield f"{letter}:{value}"

    # --- walking ----------------------------------------------------------------------------

    def _forced(self) -> Walk:
        """A walk over all that leaves no choice; its tokens are the prefix."""
        at = self._header.start()
        walk = Walk(self._node(None, None))
        if self._header.done(at):
            self._enter(walk, at)
        else:
            walk.node = self._node(None, at)
        self._prefix: list[int] = []
        self._take_forced(walk, header=True)
        if self.compiler.start is not None:
            body = self.compiler.start.model_body
            if self.one_tonic:
                body = moved_body(body, walk.values["K"], -1)
            self._prefix += [self._ids[c] for c in body if c in self._ids]
            walk.taken = walk.body_from = len(self._prefix)
        if walk.grammar is None or walk.grammar.forms == 1:
            self._take_forced(walk, header=False)
        return walk

    def _take_forced(self, walk: Walk, *, header: bool) -> None:
        """Go on, in the header or from there, while there is one way only."""
        while not walk.done and (not header or isinstance(walk.node.state, Heading)):
            allowed = np.flatnonzero(self._masks[walk.node.row])
            if len(allowed) != 1:
                return
            self._prefix.append(int(allowed[0]))
            self._advance(walk, int(allowed[0]))

    def _advance(self, walk: Walk, token: int) -> None:
        if not self._masks[walk.node.row, token]:
            raise UsageError(f"{self.vocabulary.tokens[token]!r} cannot stand here")
        walk.taken += 1
        if self._named[token] == FINISH:
            walk.done = True
            return
        after = walk.node.after
        edge = after.get(token) or after.get((token, walk.plan))
        if edge is None:
            edge = self._step(walk, token)
            if edge is None:
                return
        walk.node, plan, written = edge
        walk.checkpoint += walk.node.checkpoint
        if plan is not None:
            walk.plan = plan
        if self._comes_back and walk.grammar is not None:
            walk.body += self._named[token]
            place = walk.grammar.recall(walk.node.state, walk.body)
            if place is not None:
                walk.node = self._node(walk.grammar, place)
        if written is not None and self._share is not None:
            self._count(walk, written)

    def _step(self, walk: Walk, token: int) -> _Edge | None:
        """Where `token` leads; None when it completed the header, which moves the walk itself."""
        node, character = walk.node, self._named[token]
        state = node.state
        if state is None:
            return node, None, None
        if isinstance(state, Heading):
            after = self._header.step(state, character)
            if self._header.done(after):
                self._enter(walk, after)
                return None
            node.after[token] = self._node(None, after), None, None
            return node.after[token]
        grammar = walk.grammar
        if grammar is None or walk.plan is None:
            raise UsageError("a tune's body is walked after its header")
        written = grammar.completes_note(state, character)
        place, plan = grammar.step(state, walk.plan, character)
        edge: _Edge = self._node(grammar, place), plan, written
        if grammar.leaves_bar(state, character):
            node.after[token, walk.plan] = edge
        else:
            # Inside a bar the plan stays as it is, whichever it is.
            new = None if plan == walk.plan else plan
            edge = node.after[token] = edge[0], new, written
        return edge

    def _enter(self, walk: Walk, heading: Heading) -> None:
        """From the header into the body."""
        walk.values = self._header.values(heading)
        walk.body_from = walk.taken
        if self.free:
            walk.node = self._node(None, None)
            return
        walk.grammar = self.compiler.grammar(walk.values)
        self._begin(walk, walk.grammar)

    def _begin(self, walk: Walk, grammar: BodyGrammar) -> None:
        """To the start of the body, with a form for the tune."""
        walk.checkpoint = 1
        form = 0 if walk.generator is None else grammar.draw_form(walk.generator)
        place, walk.plan = grammar.start(form)
        if self._share is not None:
            place = grammar.with_chromatic(place, False)
        walk.node = self._node(grammar, place)

    def _count(self, walk: Walk, in_scale: bool) -> None:
        """Keep the account of notes outside of the scale, and allow one when there is room.

        Room is kept for two: the note being written now may be one that is not counted yet. In a
        part that comes back a note counts as often as it will stand in the tune.
        """
        state = walk.node.state
        if (
            self._share is None
            or walk.grammar is None
            or state is None
            or isinstance(state, Heading)
        ):
            return
        times = walk.grammar.multiplicity(walk.plan) if walk.plan is not None else 1
        walk.notes += 1
        walk.outside += 0 if in_scale else times
        allowed = math.floor((1 - self._share) * walk.notes + 1e-9)
        place = walk.grammar.with_chromatic(state, walk.outside + 2 * times <= allowed)
        if place != state:
            walk.node = self._node(walk.grammar, place)

    # --- nodes ------------------------------------------------------------------------------

    def _node(self, grammar: BodyGrammar | None, state: _State) -> _Node:
        """The node of a state; None is the free body, in which any character may come."""
        key = (id(grammar), state)
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= _MOST_NODES:
                self._nodes.clear()
            node = self._nodes[key] = _Node(state, self._row(self._options(grammar, state)))
        return node

    def _options(self, grammar: BodyGrammar | None, state: _State) -> str:
        if isinstance(state, Heading):
            return self._header.options(state)
        if state is None or grammar is None:
            return "".join(self._ids)
        return grammar.options(state)

    def _row(self, options: str) -> int:
        row = self._rows.get(options)
        if row is None:
            row = self._rows[options] = len(self._rows)
            if row == len(self._masks):
                self._masks = np.concatenate([self._masks, np.zeros_like(self._masks)])
            self._masks[row, [self._ids[c] for c in options]] = True
        return row


def _numbered(header: str, number: int) -> str:
    """A header of a user's own, its ``X:`` replaced where several tunes are made from it."""
    if number == 1:
        return header
    return re.sub(r"^X:.*$", f"X:{number}", header, count=1, flags=re.MULTILINE)
