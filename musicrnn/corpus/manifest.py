"""What a corpus is made of: a TOML file that names sources and says how they are cleaned.

A manifest holds no music. Its sources are found at run time: in an installed package
(``package = "music21"``, found without importing it), or at a path, folder, glob, archive or
fsspec address. Any such path is a corpus of its own, with the default cleaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TypeVar

from musicrnn.config_values import from_values
from musicrnn.corpus import places
from musicrnn.corpus.archives import ARCHIVES
from musicrnn.corpus.rules import NOT_IN_FILES, Clean, Manifest, RhythmRange, Source, Split
from musicrnn.corpus.sources import SUFFIXES, guess_format
from musicrnn.errors import CorpusError, UsageError, choices
from musicrnn.files import is_address, plain_name, read_limited
from musicrnn.formats import FORMATS
from musicrnn.resources import data_folder
from musicrnn.stored import from_toml

__all__ = ["load", "manifest_files"]

#: Bytes that a manifest may have.
MOST_BYTES = 1 << 20


def manifest_files() -> dict[str, Path]:
    """Name → file of the manifests that come with the package."""
    return {path.stem: path for path in sorted(data_folder("corpora").glob("*.toml"))}


def load(name_or_path: str, *, remote: bool = False) -> Manifest:
    """A manifest by its name, from a ``.toml`` file, or made up for any other path.

    With `remote`, the path and the manifest's sources may be addresses on the network. Say so
    only where a person named the address, never of what a file says. Raises `CorpusError` for a
    name that is neither, or that is an address without `remote`, and for a file with a source
    that it may not name (`places`).
    """
    manifest = _load(name_or_path, remote)
    for source in manifest.sources:
        if is_address(source.path) and not remote:
            raise _on_the_network(source.path)
        if manifest.confined:
            _check_place(source, name_or_path, manifest.base)
    if name_or_path not in manifest_files():
        places.remember(name_or_path)
    return replace(manifest, remote=remote)


def _check_place(source: Source, file: str, base: Path) -> None:
    """Raise `CorpusError` for a source that lies elsewhere than a stranger's file may say."""
    if source.package:
        parts = PurePath(source.path).parts
        if PurePath(source.path).is_absolute() or ".." in parts:
            raise CorpusError(f"{file}: {source.path} lies outside of {source.package}")
    elif not is_address(source.path):
        places.require_allowed(source.address(base), file=file, beside=base)


def _load(name_or_path: str, remote: bool) -> Manifest:
    known = manifest_files()
    if name_or_path in known:
        return _read(known[name_or_path])
    if is_address(name_or_path) and not remote:
        raise _on_the_network(name_or_path)
    if name_or_path.endswith(".toml"):
        return replace(_read(Path(name_or_path)), confined=True)
    kind = guess_format(name_or_path)
    if kind is None:
        raise _no_corpus(name_or_path, known)
    name = plain_name(Path(name_or_path).stem, "corpus")
    path = name_or_path if is_address(name_or_path) else str(Path(name_or_path).absolute())
    return Manifest(name=name, format=kind, sources=(Source(name=name, path=path),))


def _no_corpus(name: str, known: Iterable[str]) -> CorpusError:
    """What is wrong with a name that leads to no pieces."""
    endings = ", ".join(dict.fromkeys(ending for kinds in SUFFIXES.values() for ending in kinds))
    path = Path(name)
    if path.is_file() and name.lower().endswith(ARCHIVES):
        return CorpusError(f"{name}: there is no music in this archive ({endings})")
    if path.is_file():
        return CorpusError(
            f"{name}: the ending {path.suffix or '(none)'} is unknown; a corpus is read from "
            f"{endings}: if this is plain text, call it {path.stem}.txt"
        )
    if path.is_dir():
        return CorpusError(f"{name}: there is no music in this folder ({endings})")
    return CorpusError(f"there is no corpus, file, folder or glob {name!r}; {choices(name, known)}")


def _on_the_network(address: str) -> CorpusError:
    return CorpusError(
        f"{address}: an address on the network, which a file may not have opened; name it "
        "yourself, or build the corpus with musicrnn corpus build --remote"
    )


def _read(path: Path) -> Manifest:
    try:
        content = from_toml(read_limited(path, MOST_BYTES, regular=True))
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise CorpusError(f"{path}: no corpus manifest: {error}") from error
    sources = content.pop("source", [])
    if not sources or not isinstance(sources, list):
        raise CorpusError(f"{path}: a corpus needs at least one [[source]]")
    content["sources"] = tuple(_source(item, path) for item in sources)
    content["split"] = _section(Split, content.get("split", {}), path, "split")
    content["clean"] = _section(Clean, content.get("clean", {}), path, "clean")
    for ours in NOT_IN_FILES:
        if ours in content:
            raise CorpusError(f"{path}: [corpus] knows no {ours!r}")
    manifest = _section(Manifest, {"format": "abc", "base": path.parent} | content, path, "corpus")
    if manifest.format not in FORMATS:
        raise CorpusError(f"{path}: format {manifest.format!r} is none of {', '.join(FORMATS)}")
    return manifest


_T = TypeVar("_T")


def _source(item: object, path: Path) -> Source:
    if not isinstance(item, Mapping):
        raise CorpusError(f"{path}: [[source]] is no table")
    ranges = item.get("rhythms", [])
    if not isinstance(ranges, list):
        raise CorpusError(f"{path}: source.rhythms is no list")
    rhythms = tuple(_section(RhythmRange, entry, path, "rhythms") for entry in ranges)
    return _section(Source, {**item, "rhythms": rhythms}, path, "source")


def _section(kind: type[_T], values: object, path: Path, section: str) -> _T:
    try:
        return from_values(kind, values, section)
    except UsageError as error:
        raise CorpusError(f"{path}: {error}") from None
