"""What ships with the package is named, with its licence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[1]


def canonical(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


#: extras for those who work on this, and that of one platform, whose libraries are NVIDIA's
NOT_LISTED = ("dev", "docs", "gpu")


def required() -> set[str]:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [
        *project["dependencies"],
        *(line for extra in extras if extra not in NOT_LISTED for line in extras[extra]),
    ]
    return {canonical(line) for line in lines} - {"musicrnn"}


def test_third_party_notices_name_everything_that_is_required() -> None:
    named = set(
        re.findall(r"^\| ([a-z0-9-]+) \|", (TOP / "THIRD_PARTY.md").read_text(), re.MULTILINE)
    )
    assert required() <= named


def test_the_list_of_components_is_cyclonedx() -> None:
    made = subprocess.run(
        [sys.executable, TOP / ".ci" / "sbom.py"], capture_output=True, text=True, check=True
    )
    listed = json.loads(made.stdout)
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.5")
    names = [component["name"] for component in listed["components"]]
    assert "numpy" in names
    assert len(names) == len(set(names))
    references = {
        one["bom-ref"] for one in [listed["metadata"]["component"], *listed["components"]]
    }
    assert {one["ref"] for one in listed["dependencies"]} == references


def test_the_model_of_four_voices_ships_small_enough_to_download() -> None:
    folder = TOP / "musicrnn" / "bundles" / "chorale"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 8_000_000
    config = json.loads((folder / "config.json").read_text())
    assert config["tokenizer"]["name"] == "voices"
    assert config["training"]["corpus"] == "chorales"  # the one that the package can build
