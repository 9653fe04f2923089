"""A bundle as model hubs expect it: `README.md` with metadata, `config.json`, `model.safetensors`.

The metadata are the YAML block at the head of the README that hubs read (license, library_name,
pipeline_tag, tags, datasets, metrics, model-index; "Model Cards" in Hugging Face's documentation).
Nothing is sent anywhere: the folder is uploaded with the hub's own client. `musicrnn.load` reads
it as it reads any bundle.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from musicrnn.errors import ModelError, UsageError
from musicrnn.files import replaced_folder
from musicrnn.models.bundle import (
    CARD,
    CONFIG,
    HUB_CARD,
    HUB_WEIGHTS,
    VOCABULARY,
    WEIGHTS,
    Bundle,
    files_of,
    find,
    require_model_or_new,
    signed_card,
)

__all__ = ["export", "metadata"]

#: how hubs call what a model of each format does
_PIPELINES: Final = {"abc": "text-generation", "text": "text-generation", "midi": "other"}
_TAGS: Final = {
    "abc": ("music", "symbolic-music", "music-generation", "abc-notation", "folk-music"),
    "midi": ("music", "symbolic-music", "music-generation", "midi"),
    "text": (),
}
#: a licence as people write it → the name that hubs know it by; the first that stands in it
_LICENSES: Final = (
    ("cc0", "cc0-1.0"), ("cc-by-nc-sa", "cc-by-nc-sa-4.0"), ("cc-by-nc", "cc-by-nc-4.0"),
    ("cc-by-sa", "cc-by-sa-4.0"), ("cc-by", "cc-by-4.0"), ("apache", "apache-2.0"),
    ("agpl", "agpl-3.0"), ("lgpl", "lgpl-3.0"), ("gpl", "gpl-3.0"), ("bsd", "bsd-3-clause"),
    ("mit", "mit"),
)  # fmt: skip
#: bits of a token beyond which a figure is none
_MOST_BITS: Final = 64
_KNOWN: Final = re.compile(r"[a-z0-9][a-z0-9.\-]{0,40}")
_TOKENS: Final = {"abc": "character", "text": "character", "midi": "token"}
#: how a hub's git stores large files
_ATTRIBUTES: Final = (
    "*.safetensors filter=lfs diff=lfs merge=lfs -text\n*.npz filter=lfs diff=lfs merge=lfs -text\n"
)

_USE: Final = """## Use

```sh
pip install musicrnn
musicrnn generate --model FOLDER
```

```python
import musicrnn

model = musicrnn.load("FOLDER")  # the folder with these files
print(model.generate(seed=1).text)
```
"""


def metadata(bundle: Bundle, *, license: str = "") -> dict[str, Any]:  # noqa: A002 - hubs' word
    """The metadata of a bundle's card on a hub, by the hub's names.

    `license` is the hub's name of one (``mit``, ``cc-by-4.0``); without it that of the weights'
    licence, ``unknown`` where none was chosen. Raises `UsageError` for what cannot be such a name.
    """
    if license and not _KNOWN.fullmatch(license):
        raise UsageError(f"{license!r} is no licence's name as hubs write it: mit, cc-by-4.0, …")
    config, training, figures = bundle.config, bundle.config.training, bundle.config.figures
    entries: dict[str, Any] = {
        "license": license or _license(str(training.get("weights_licence", ""))),
        "library_name": "musicrnn",
        "pipeline_tag": _PIPELINES[config.format],
        "tags": [*_TAGS[config.format], "recurrent-neural-network", config.model.cell],
    }
    corpus = str(training.get("corpus", ""))
    dataset = Path(corpus).name
    if dataset:
        entries["datasets"] = [dataset]
    measured = _measured(config.format, figures)
    if measured:
        entries["metrics"] = [metric["type"] for metric in measured]
        entries["model-index"] = [
            {
                "name": config.name,
                "results": [
                    {
                        "task": {"type": _PIPELINES[config.format]},
                        "dataset": {"name": dataset or "own", "type": dataset or "own",
                                    "split": "test"},
                        "metrics": measured,
                    }
                ],
            }
        ]  # fmt: skip
    return entries


def _license(words: str) -> str:
    plain = words.lower().replace(" ", "-")
    return next((name for sign, name in _LICENSES if sign in plain), "unknown")


def _measured(format_: str, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures on the test split, as hubs list them."""
    bits = figures.get("test_bits_per_token")
    if not isinstance(bits, int | float) or not 0 <= bits <= _MOST_BITS:
        return []
    unit = _TOKENS[format_]
    return [
        {"type": f"bits_per_{unit}", "name": f"Bits per {unit}", "value": round(bits, 4)},
        {"type": "perplexity", "name": f"Perplexity per {unit}", "value": round(2.0**bits, 4)},
    ]


def export(
    model: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    license: str = "",  # noqa: A002 - hubs' word
) -> dict[str, Any]:
    """Write a bundle to `folder` in the layout of hubs, replacing what is there, whole or not at
    all; the metadata of its card. Raises `ModelError`, `UsageError`."""
    source = find(model)
    bundle = Bundle.load(source)
    target = Path(folder)
    if target.exists() and target.resolve() == source.resolve():
        raise UsageError(f"{folder} is the model itself; give another folder")
    require_model_or_new(target)
    entries = metadata(bundle, license=license)
    files = {k: v for k, v in files_of(source).items() if k not in (CARD, HUB_CARD)}
    if WEIGHTS in files:
        files[HUB_WEIGHTS] = files.pop(WEIGHTS)
    if not {CONFIG, VOCABULARY, HUB_WEIGHTS} <= set(files):
        raise ModelError(f"{source}: a file of the model is missing; install or train it again")
    use = _USE.replace("FOLDER", bundle.config.name)
    body = bundle.card.rstrip() or f"# {bundle.config.name}"
    card = f"---\n{to_yaml(entries)}---\n\n{body}\n\n{use}"
    files[HUB_CARD] = signed_card(card, [files[CONFIG], files[VOCABULARY]]).encode()
    files[".gitattributes"] = _ATTRIBUTES.encode()
    with replaced_folder(target) as temporary:
        for name, data in files.items():
            (temporary / name).write_bytes(data)
    return entries


def to_yaml(values: Mapping[str, Any]) -> str:
    """Plain values as block YAML; every text is quoted as JSON, which YAML reads.

    >>> print(to_yaml({"license": "mit", "tags": ["music", "a: b"]}), end="")
    license: "mit"
    tags:
    - "music"
    - "a: b"
    """
    return "\n".join(_lines(values)) + "\n"


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield f"{key}:"
                indent = "  " if isinstance(inner, Mapping) else ""
                yield from (indent + line for line in _lines(inner))
            else:
                yield f"{key}: {json.dumps(inner, ensure_ascii=False)}"
    elif isinstance(value, list):
        for inner in value:
            first, *rest = _lines(inner)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield json.dumps(value, ensure_ascii=False)
