"""What is installed with musicrnn, as a CycloneDX 1.5 list on standard output, or as a table.

    python .ci/sbom.py > sbom.cdx.json          in the environment that is to be listed
    python .ci/sbom.py --table > THIRD_PARTY.md

Only musicrnn and what it requires, with the extras named by `--extras`, are listed: not what else
happens to be installed. Nothing is asked of the network.
"""

from __future__ import annotations

import argparse
import json
import re
import uuid
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement

EXTRAS = (
    "train",
    "jax",
    "corpora",
    "score",
    "notebook",
    "web",
    "mcp",
    "onnx",
    "evaluate",
    "midi-tokens",
    "play",
    "live",
    "cluster",
)

#: licence → words that stand in it and no other
WORDS = {
    "Apache-2.0": "Apache License Version 2.0",
    "MIT": "Permission is hereby granted, free of charge, to any person obtaining a copy",
    "MPL-2.0": "Mozilla Public License Version 2.0",
    "BSD": "Redistribution and use in source and binary forms",
}


def canonical(name: str) -> str:
    """A distribution's name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(root: str, extras: set[str]) -> dict[str, metadata.Distribution]:
    """Canonical name → distribution of `root` and all that it requires, sorted."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [(root, extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, frozenset(wanted)) in seen:
            continue
        seen.add((name, frozenset(wanted)))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another platform, or an extra that is not installed
        found[canonical(name)] = distribution
        for line in distribution.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in ("", *wanted)):
                waiting.append((requirement.name, set(requirement.extras)))
    return dict(sorted(found.items()))


def licence(distribution: metadata.Distribution) -> str:
    """What a distribution says of its licence, in one line."""
    about = distribution.metadata
    expression = about.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or ()
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    stated = str(about.get("License") or "").strip().split("\n")[0]
    return "; ".join(classifiers) or stated[:80] or headed(distribution) or "not stated"


def headed(distribution: metadata.Distribution) -> str:
    """What the licence is that a distribution brings, where its metadata name none."""
    for file in distribution.files or ():
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            text = " ".join(file.read_text(encoding="utf-8").split())
            return next((name for name, words in WORDS.items() if words in text), "")
    return ""


def cyclonedx(root: str, found: dict[str, metadata.Distribution]) -> dict[str, Any]:
    """The list in the form of CycloneDX 1.5; the same environment gives the same list."""

    def component(name: str, kind: str) -> dict[str, Any]:
        distribution = found[name]
        return {
            "type": kind,
            "bom-ref": f"pkg:pypi/{name}@{distribution.version}",
            "name": name,
            "version": distribution.version,
            "purl": f"pkg:pypi/{name}@{distribution.version}",
            "licenses": [{"license": {"name": licence(distribution)}}],
        }

    references = {name: f"pkg:pypi/{name}@{one.version}" for name, one in found.items()}
    depends = []
    for name, distribution in found.items():
        required = {canonical(Requirement(line).name) for line in distribution.requires or ()}
        on = sorted(references[other] for other in required & {*found})
        depends.append({"ref": references[name], "dependsOn": on})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(references))}",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": [component(name, "library") for name in found if name != root],
        "dependencies": depends,
    }


def table(root: str, found: dict[str, metadata.Distribution]) -> str:
    """The same as Markdown, without versions, for the repository."""
    rows = [f"| {name} | {licence(one)} |" for name, one in found.items() if name != root]
    return "\n".join(["| package | licence, as it states it |", "|---|---|", *rows]) + "\n"


def main() -> None:
    """Print the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="store_true", help="Markdown instead of CycloneDX")
    parser.add_argument("--extras", default=",".join(EXTRAS))
    options = parser.parse_args()
    found = installed("musicrnn", set(options.extras.split(",")))
    if options.table:
        print(table("musicrnn", found), end="")
    else:
        print(json.dumps(cyclonedx("musicrnn", found), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
