"""Sets: tunes played one after the other, in keys that follow each other well.

Players of dance music join two to four tunes of one kind. The next tune is in another key, one that
shares most of its notes with the last (a fifth away, or the relative minor), and better higher than
lower: the change is what dancers hear. The same key twice is dull, a far one a jolt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicrnn.abc.syntax.keys import parse_key
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.tree import Field, ParsedTune
from musicrnn.abc.syntax.writer import write
from musicrnn.abc.transform import standalone
from musicrnn.arranging.sequence import in_a_row
from musicrnn.errors import UsageError
from musicrnn.score import Key, Score

__all__ = [
    "Member", "best_order", "chosen_keys", "encode_set", "follows", "set_book", "shared_bars",
]  # fmt: skip

#: keys of sessions → how usual they are there
_KEYS = {
    "D": 3.0, "G": 3.0, "A": 2.0, "Em": 1.5, "Edor": 1.5, "Ador": 1.5, "Bm": 1.0, "Am": 1.0,
    "Dmix": 1.0, "Amix": 1.0,
}  # fmt: skip
#: by how many places on the line of fifths two signatures differ → how well one follows the other
_APART = (0.6, 1.0, 0.7, 0.0)
_FAR, _SAME, _LIFT = -1.0, -1.5, 0.3
#: a tone or a fourth up
_LIFTS = (2, 5)
#: bars that two tunes of a set may share before they are too much alike, and what more cost
MOST_SHARED, _ALIKE = 2, 3.0
_MOST_TIMES = 20


@dataclass(frozen=True)
class Member:
    """A tune that may be in a set: its ABC text and what sounds of it."""

    text: str
    score: Score

    @property
    def key(self) -> Key:
        """Its first key; C major where it has none."""
        return self.score.key or Key("C")


def follows(before: Key, after: Key) -> float:
    """How well one key follows another: −1.5 (the same again) to 1.3."""
    if before == after:
        return _SAME
    apart = abs(after.fifths - before.fifths)
    lift = (after.pitch_class - before.pitch_class) % 12 in _LIFTS
    return (_APART[apart] if apart < len(_APART) else _FAR) + _LIFT * lift


def chosen_keys(n: int, rng: np.random.Generator) -> list[str]:
    """Keys for a new set, each following the one before well."""
    names = list(_KEYS)
    keys = [parse_key(name) for name in names]
    odds = np.array(list(_KEYS.values()))
    chosen = [int(rng.choice(len(names), p=odds / odds.sum()))]
    while len(chosen) < n:
        fit = np.array([follows(keys[chosen[-1]], key) for key in keys])
        weights = odds * np.exp(2.5 * fit)
        weights[chosen] *= 0.2  # a key that was there already
        chosen.append(int(rng.choice(len(names), p=weights / weights.sum())))
    return [names[at] for at in chosen[:n]]


def shared_bars(one: Score, other: Score) -> int:
    """The longest run of bars that two tunes share, in whichever keys."""
    from musicrnn.novelty.index import Index

    return Index.build([one]).shared_bars(other)


def best_order(members: Sequence[Member], n: int) -> list[int]:
    """The indices of `n` of the members in the order in which they follow each other best: keys
    that go together, tunes that are not alike.

    Every tune is tried as the first, and the next one is always the best of the rest. Raises
    `UsageError` where there are fewer than `n`.
    """
    if n > len(members):
        raise UsageError(
            f"a set of {n} tunes wants as many; there "
            f"{'is' if len(members) == 1 else 'are'} {len(members)}"
        )
    alike: dict[tuple[int, int], int] = {}

    def cost(chosen: Sequence[int], after: int) -> float:
        total = follows(members[chosen[-1]].key, members[after].key)
        for other in chosen:
            pair = min(other, after), max(other, after)
            if pair not in alike:
                alike[pair] = shared_bars(members[pair[0]].score, members[pair[1]].score)
            total -= _ALIKE * max(alike[pair] - MOST_SHARED, 0)
        return total

    best: tuple[float, list[int]] = (-np.inf, [])
    for first in range(len(members)):
        chosen, total = [first], 0.0
        while len(chosen) < n:
            rest = [at for at in range(len(members)) if at not in chosen]
            # Only those in the keys that follow best are compared bar by bar.
            rest.sort(key=lambda at: -follows(members[chosen[-1]].key, members[at].key))
            gain, after = max((cost(chosen, at), -at) for at in rest[:12])
            chosen.append(-after)
            total += gain
        if total > best[0]:
            best = total, chosen
    return best[1]


# --- writing it down --------------------------------------------------------------------------


def set_book(texts: Sequence[str]) -> str:
    """The tunes as one book of ABC, numbered from 1."""
    tunes = [_numbered(standalone(parse(text).tunes[0]), n) for n, text in enumerate(texts, 1)]
    return "\n".join(write(tune) for tune in tunes)


def _numbered(tune: ParsedTune, number: int) -> ParsedTune:
    from dataclasses import replace

    rest = [item for item in tune.header if not (isinstance(item, Field) and item.letter == "X")]
    return replace(tune, header=(Field("X", str(number)), *rest))


def encode_set(
    members: Sequence[Member], extension: str, *, times: int = 1, paper: str = "A4", **options: Any
) -> bytes:
    """The set as one file: a book (``.abc``), all tunes on pages (``.pdf``), or played in a row,
    each so many `times` (``.mid``, ``.mp3`` and other sound; options as `render.encode` has them).

    Raises `UsageError` for another kind of file, and for a set without tunes.
    """
    from musicrnn.render import AUDIO_FORMATS, book_pdf, encode

    if not members:
        raise UsageError("a set wants a tune at least")
    if not 1 <= times <= _MOST_TIMES:
        raise UsageError(f"each tune {times} times: choose 1 to {_MOST_TIMES}")
    titles = [member.score.title for member in members]
    title = " / ".join(filter(None, titles))
    if extension == ".abc":
        return set_book([member.text for member in members]).encode()
    if extension == ".pdf":
        return book_pdf([member.text for member in members], paper=paper, title=title)
    if extension in (".mid", ".midi", *AUDIO_FORMATS):
        row = in_a_row([one.score for one in members for _ in range(times)], title=title)
        return encode(row, extension, **options)
    known = ", ".join((".abc", ".pdf", ".mid", *AUDIO_FORMATS))
    raise UsageError(f"a set is not written as {Path('set' + extension).name}: choose of {known}")
