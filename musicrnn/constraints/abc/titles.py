"""Titles made of the words of known ones, in the order in which these use them.

A network that spells titles letter by letter writes gibberish, for it hears a few thousand of them.
So a title is drawn word by word, each following the one before as in some known title (a Markov
chain of the first order), until it is none of the known ones.

>>> titles = Titles(["The Maid of Kildare", "The Rose of the Glen", "The Glen of Kildare"])
>>> titles.draw(np.random.default_rng(3))
'The Maid of the Glen'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import numpy as np

__all__ = ["Titles"]

_MOST_WORDS, _MOST_CHARACTERS, _MOST_DRAWS = 6, 36, 200
_WORD: Final = r"(?:[^\W\d_]+(?:['’-][^\W\d_]+)*[.,]?|&)"
#: a line of two words or more and nothing else
_WORDS: Final = re.compile(rf"^{_WORD}(?: {_WORD})+$", re.MULTILINE)
_NO_LETTERS: Final = re.compile(r"(?:(?!\n)[\W\d_])+")
_FIRST_ARTICLE: Final = re.compile(r"^ ?(?:the|a|an) |^ ", re.MULTILINE)
_LAST_ARTICLE: Final = re.compile(r" (?:the|a|an) ?$| $", re.MULTILINE)
#: words that name a dance: in the title of another they would mislead
_DANCES: Final = frozenset(
    """reel jig jigg slip hornpipe march waltz strathspey polka quickstep quick step fling
    schottische minuet mazurka clog air song slide galop gallop gavotte cotillion quadrille
    breakdown highland planxty lament lamentation lullaby ballad medley allemande dance
    trot""".split()  # noqa: SIM905
)
#: words that end no title, whatever a known one does
_OPEN: Final = frozenset(
    "a an and at by for from in my of on or the to with your o' his her".split()  # noqa: SIM905
)


class Titles:
    """The words of `known` titles, and which follows which."""

    def __init__(self, known: Iterable[str]) -> None:
        # All at once, a line each: one search in a long text is much faster than thousands.
        text = "\n".join(" ".join(title.split()) for title in known)
        self._known = set(_plain(text).split("\n"))
        self._after: dict[str, list[str]] = {}
        for title in _WORDS.findall(text):
            words = title.split()
            for word, following in zip(["", *words], [*words, ""], strict=True):
                self._after.setdefault(word, []).append(following)

    def draw(self, generator: np.random.Generator, rhythm: str = "") -> str:
        """A title that no known tune has, for a tune of that rhythm; ``""`` where the words do not
        give one."""
        own = set(rhythm.lower().split())
        for _ in range(_MOST_DRAWS if self._after else 0):
            words = self._walk(generator)
            if self._good(words, own):
                title = " ".join(words)
                return title[0].upper() + title[1:]
        return ""

    def _walk(self, generator: np.random.Generator) -> list[str]:
        words: list[str] = []
        word = ""
        while len(words) <= _MOST_WORDS:
            following = self._after[word]
            word = following[int(generator.random() * len(following))]
            if not word:
                break
            words.append(word)
        return words

    def _good(self, words: list[str], own: set[str]) -> bool:
        lower = [word.lower().strip(".,") for word in words]
        content = [word for word in lower if word not in _OPEN]
        title = " ".join(words)
        return (
            2 <= len(words) <= _MOST_WORDS
            and len(title) <= _MOST_CHARACTERS
            and len(set(content)) == len(content) > 0
            and lower[-1] not in _OPEN
            and not title.endswith((",", "&"))
            and not (_DANCES - own) & {word.removesuffix("s") for word in lower}
            and _plain(title) not in self._known
        )


def _plain(titles: str) -> str:
    """What makes two titles the same: letters, without an article before or after; of each line."""
    letters = _NO_LETTERS.sub(" ", titles.lower())
    return _LAST_ARTICLE.sub("", _FIRST_ARTICLE.sub("", letters))
