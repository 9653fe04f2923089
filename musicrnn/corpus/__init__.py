"""Corpora: read, clean, deduplicate, split.

>>> names = open("dinosaurs")
>>> names.format, sorted(names.parts)
('text', ['test', 'train', 'validation'])
>>> next(names.pieces("train")).content.islower()
False
"""

from musicrnn.corpus.corpus import Corpus, available, open  # noqa: A004 - as in gzip, tarfile
from musicrnn.corpus.rules import Manifest

__all__ = ["Corpus", "Manifest", "available", "open"]
