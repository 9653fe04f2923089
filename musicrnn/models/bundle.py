"""A bundle: one folder that is a whole model, read without TensorFlow.

    folk/
      config.json           what it is made of, how it was trained, what was measured
      vocabulary.json       the token ↔ id map, hashed
      weights.safetensors   named arrays, float32 or float16 (see `config` for the names)
      card.md               the same for people

A folder in the layout of hubs (`models.hub`) is read as well: its weights are called
`model.safetensors`, its card `README.md`, with a block of metadata before it.

No pickle and nothing executable. It is written to a temporary name and renamed, so it is there
whole or not at all; its weights are hashed, so a damaged one is refused rather than heard.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as _load_tensors
from safetensors.numpy import save as _save_tensors

from musicrnn.errors import ModelError, UsageError, choices, want
from musicrnn.files import read_limited, replaced_folder
from musicrnn.models.config import BundleConfig
from musicrnn.stored import from_json
from musicrnn.tokens import Tokenizer, from_config
from musicrnn.tokens.features import Features
from musicrnn.tokens.vocabulary import Vocabulary

__all__ = [
    "Bundle", "files_of", "find", "names", "read_config", "require_model_or_new", "signed_card",
]  # fmt: skip

FloatArray = npt.NDArray[np.float32]

CONFIG = "config.json"
VOCABULARY = "vocabulary.json"
WEIGHTS = "weights.safetensors"
CARD = "card.md"
HUB_WEIGHTS, HUB_CARD = "model.safetensors", "README.md"

#: Bytes that each file of a bundle may have.
MOST_BYTES = {
    CONFIG: 4 << 20, VOCABULARY: 16 << 20,
    WEIGHTS: 4 << 30, HUB_WEIGHTS: 4 << 30, CARD: 4 << 20, HUB_CARD: 4 << 20,
}  # fmt: skip
#: Bytes of any other file that goes with it.
MOST_OTHER = 1 << 30

#: The largest size of a weight: far above any that training gives, and so small that products
#: of three of them (a gamma, a kernel, a dense kernel), summed over a layer, stay inside float32.
MOST_WEIGHT = 1e7

#: Where the bundles that travel with the package lie.
SHIPPED = Path(__file__).resolve().parent.parent / "bundles"

#: A training run keeps its best bundle here, so that a run's folder is a model as well.
BEST = "best"


@dataclass(frozen=True)
class Bundle:
    """A model: configuration, vocabulary, weights (float32, by name) and card.

    `folder` is where it was read from, None for one that was just made.
    """

    config: BundleConfig
    vocabulary: Vocabulary
    weights: dict[str, FloatArray]
    card: str = ""
    folder: Path | None = field(default=None, compare=False)

    @property
    def parameters(self) -> int:
        """The number of trained numbers."""
        return sum(array.size for array in self.weights.values())

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """What turns pieces into the ids that the model knows, and back."""
        return from_config(self.config.tokenizer, self.vocabulary)

    @cached_property
    def features(self) -> Features | None:
        """The features that the network gets with each token. Raises `ModelError` where those of
        the tokenizer are not the ones that it learned with."""
        wanted = self.config.model.features
        if not wanted:
            return None
        features = self.tokenizer.features
        if features is None or tuple(features.sizes.items()) != wanted:
            raise ModelError(
                f"{self.config.name}: learned with other features than this musicrnn has; "
                "install the musicrnn it was made with, or train it again"
            )
        return features

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str]) -> Bundle:
        """Read a shipped bundle by name, or any bundle or training run by its folder.

        Raises `ModelError` when it is missing, damaged, of another version, or when its parts
        do not belong together.
        """
        folder = find(name_or_path)
        content, config = _read_config(folder)
        vocabulary = Vocabulary.from_json(
            _read(folder / VOCABULARY).decode("utf-8", "replace"), file=folder / VOCABULARY
        )
        if vocabulary.digest != config.vocabulary_digest:
            raise ModelError(
                f"{folder}: the vocabulary is not the one this model was trained with; "
                "install or train the model again"
            )
        path = _either(folder, WEIGHTS, HUB_WEIGHTS)
        data = _read(path)
        if hashlib.sha256(data).hexdigest() != content.get("weights_digest"):
            raise _damaged(path)
        weights = _weights(data, path)
        _check_shapes(weights, config, len(vocabulary), folder)
        card = ""
        if (path := _either(folder, CARD, HUB_CARD)).is_file():
            if _leads_out(path):  # a card is any text, and goes wherever the model does
                raise ModelError(f"{path}: a link that leads out of the model; put a file there")
            text = _METADATA.sub("", _read(path).decode("utf-8", "replace"))
            card, signed = _unsigned(text)
            if signed and signed != _digest_in(folder):
                raise ModelError(
                    f"{folder}: not the model that its card describes; install it again"
                )
        return cls(config, vocabulary, weights, card, folder)

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        half: bool = False,
        extra: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write the bundle to `folder`, replacing what is there; whole or not at all.

        `half` stores float16 (half the size; about three digits). `extra` holds further files
        by name, such as the novelty fingerprints. Raises `ModelError` for weights that are not
        finite or do not fit the configuration, `UsageError` where the folder holds anything else.
        """
        require_model_or_new(Path(folder))
        _check_shapes(self.weights, self.config, len(self.vocabulary), Path(folder))
        data = _save_tensors(_stored(self.weights, half=half))
        content = self.config.to_dict() | {"weights_digest": hashlib.sha256(data).hexdigest()}
        files = {
            CONFIG: (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode(),
            VOCABULARY: self.vocabulary.to_json().encode(),
            WEIGHTS: data,
        }
        files[CARD] = signed_card(self.card, [files[name] for name in _SIGNED]).encode()
        with replaced_folder(folder) as temporary:
            for name, bytes_ in {**files, **(extra or {})}.items():
                (temporary / name).write_bytes(bytes_)


def require_model_or_new(folder: Path) -> None:
    """Raise `UsageError` where a folder that is to be replaced by a model is none."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / CONFIG).is_file():
        raise UsageError(f"{folder} holds something else than a model; give a new folder")


# --- signing -----------------------------------------------------------------------------------

#: The files that a card's digest covers: `config.json` in turn names the digest of the weights.
_SIGNED = (CONFIG, VOCABULARY)
_SIGNATURE = "SHA-256 of configuration, vocabulary and weights: "


def signed_card(card: str, files: Sequence[bytes]) -> str:
    """A card with the digest of what it describes as its last line, in place of one it had."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data in files)).hexdigest()
    return f"{_unsigned(card)[0].rstrip()}\n\n{_SIGNATURE}`{digest}`\n"


#: the block before a hub's card
_METADATA = re.compile(r"\A---\n.*?\n---\n\n?", re.DOTALL)


def _either(folder: Path, usual: str, of_hubs: str) -> Path:
    """The file under its usual name, or, where it is not there, under that of hubs."""
    path = folder / usual
    return folder / of_hubs if not path.exists() and (folder / of_hubs).is_file() else path


def _unsigned(card: str) -> tuple[str, str]:
    """A card without its last line, and the digest that stands there (empty: there is none)."""
    text, signed, rest = card.rpartition(f"\n{_SIGNATURE}`")
    return (text, rest.strip().rstrip("`")) if signed else (card, "")


def _digest_in(folder: Path) -> str:
    return _unsigned(signed_card("", [_read(folder / name) for name in _SIGNED]))[1]


# --- finding -----------------------------------------------------------------------------------


def names() -> list[str]:
    """The names of the shipped bundles, sorted."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{CONFIG}"))


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder of a shipped bundle, of a bundle on disk or of a run's best bundle.

    Raises `ModelError` when there is none.
    """
    want(name_or_path, (str, os.PathLike), "a model is a name or a folder")
    text = os.fspath(name_or_path)
    if text in names():
        return SHIPPED / text
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # ~ of somebody who is not here
        path = Path(text)
    for folder in (path, path / BEST):
        if (folder / CONFIG).is_file():
            return folder
    if text and path.exists():
        raise ModelError(f"{text}: holds no model; name the folder of a training run or a bundle")
    raise ModelError(f"there is no model or folder {text!r}; {choices(text, names())}")


def files_of(folder: Path) -> dict[str, bytes]:
    """Name → content of a model's files, as they go with it wherever it goes.

    A link leads out of a stranger's folder to a file of one's own, so links are left out, but for
    those of a hub's cache, where all files are links into the folder ``blobs`` beside.
    """
    return {
        path.name: _read(path)
        for path in sorted(folder.iterdir())
        if path.is_file() and not _leads_out(path)
    }


def _leads_out(path: Path) -> bool:
    """Whether a file of a model is a link to one that goes with no model (`files_of`)."""
    blobs = path.parent.resolve().parent.parent / "blobs"
    return path.is_symlink() and path.resolve().parent not in (blobs, path.parent.resolve())


def read_config(name_or_path: str | os.PathLike[str]) -> BundleConfig:
    """The configuration alone, without reading the weights. Raises `ModelError`."""
    return _read_config(find(name_or_path))[1]


def _read_config(folder: Path) -> tuple[dict[str, Any], BundleConfig]:
    try:
        content = from_json(_read(folder / CONFIG))
    except ValueError as error:
        raise _damaged(folder / CONFIG) from error
    if not isinstance(content, dict):
        raise _damaged(folder / CONFIG)
    try:
        return content, BundleConfig.from_dict(content)
    except ModelError as error:
        raise ModelError(f"{folder / CONFIG}: {error}") from error


# --- reading and checking ----------------------------------------------------------------------


def _damaged(path: Path) -> ModelError:
    return ModelError(f"{path}: damaged; install or train the model again")


def _read(path: Path) -> bytes:
    """A bundle's file. A pipe or device in its place is not opened, and sizes are bounded."""
    try:
        return read_limited(path, MOST_BYTES.get(path.name, MOST_OTHER), regular=True)
    except UsageError as error:
        raise ModelError(str(error)) from None
    except OSError as error:
        raise ModelError(
            f"{path}: {error.strerror or error}; install or train the model again"
        ) from error


def _weights(data: bytes, path: Path) -> dict[str, FloatArray]:
    try:
        tensors = _load_tensors(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise _damaged(path) from error
    return {name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()}


def _check_shapes(
    weights: Mapping[str, FloatArray], config: BundleConfig, vocabulary: int, folder: Path
) -> None:
    """Every weight of the configuration, no other, each of its shape and finite."""
    wanted = config.model.weight_shapes(vocabulary)
    odd = sorted(set(wanted) ^ set(weights))
    if odd:
        raise ModelError(f"{folder}: the weight {odd[0]!r} is missing or one too many")
    for name, shape in wanted.items():
        if weights[name].shape != shape:
            raise ModelError(
                f"{folder}: the weight {name!r} has the shape {weights[name].shape}, not {shape}"
            )
        if not (np.abs(weights[name]) <= MOST_WEIGHT).all():
            raise ModelError(
                f"{folder}: the weight {name!r} holds numbers that are not finite or too large"
            )


def _stored(weights: Mapping[str, FloatArray], *, half: bool) -> dict[str, npt.NDArray[Any]]:
    """The arrays as they go to disk, sorted by name so that equal models give equal bytes."""
    dtype = np.float16 if half else np.float32
    with np.errstate(over="ignore"):
        stored = {name: np.ascontiguousarray(weights[name], dtype) for name in sorted(weights)}
    for name, array in stored.items():
        if not np.isfinite(array).all():
            raise ModelError(f"the weight {name!r} is too large for float16; save it as float32")
    return stored
