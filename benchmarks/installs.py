"""What an installation costs: megabytes, packages and seconds, without and with each extra.

    python benchmarks/installs.py [EXTRA …]        all of them without names; "-" is the base
    python benchmarks/installs.py --python 3.13 - score
    python benchmarks/installs.py --here           sizes and packages of what is installed here

Each goes into a fresh environment with this checkout; pip's cache is warm from the second time on,
so the seconds are those of a fast network. A row is printed as soon as it is known.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
#: for who works on musicrnn, or for hardware that most machines lack
OTHERS = ("dev", "docs", "all", "gpu")


def extras() -> list[str]:
    """The base, then every extra that a user may want."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return ["-", *(name for name in project["optional-dependencies"] if name not in OTHERS)]


def megabytes(folder: Path) -> float:
    """The size of all files in a folder, links not followed."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def size_here(extra: str) -> str:
    """A row without seconds, from the distributions that are installed in this environment."""
    known: dict[str, metadata.Distribution] = {}
    waiting = [("musicrnn", "" if extra == "-" else extra)]
    seen = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        if name == "musicrnn":
            lines = _required(wanted)
        else:
            known[name] = metadata.distribution(name)
            lines = known[name].requires or []
        for requirement in map(Requirement, lines):
            if requirement.marker is None or requirement.marker.evaluate({"extra": wanted}):
                needed = canonicalize_name(requirement.name)
                waiting += [(needed, ""), *((needed, more) for more in requirement.extras)]
    files = [file.locate() for one in known.values() for file in one.files or ()]
    size = sum(Path(file).stat().st_size for file in files if Path(file).is_file()) / 1e6
    own = megabytes(ROOT / "musicrnn")
    return f"| {extra} | {size + own:.0f} MB | {len(known)} |"


def _required(extra: str) -> list[str]:
    """What musicrnn needs by itself, or with an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [*project["dependencies"], *(project["optional-dependencies"][extra] if extra else ())]


def install(extra: str, python: str) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"python{python}", "-m", "venv", folder], check=True)
        pip = Path(folder, "bin", "pip")
        packages = next(Path(folder, "lib").glob("python*/site-packages"))
        before = megabytes(packages)
        what = str(ROOT) if extra == "-" else f"{ROOT}[{extra}]"
        began = time.perf_counter()
        done = subprocess.run([pip, "install", "--quiet", what], capture_output=True, text=True,
                              check=False)  # fmt: skip
        seconds = time.perf_counter() - began
        if done.returncode:
            return f"| {extra} | {done.stderr.strip().splitlines()[-1]} | | |"
        listed = subprocess.run([pip, "list", "--format=freeze"], capture_output=True, text=True,
                                check=True).stdout.splitlines()  # fmt: skip
        names = {line.partition("==")[0] for line in listed} - {"pip", "setuptools", "musicrnn"}
        size = megabytes(packages) - before
    return f"| {extra} | {size:.0f} MB | {len(names)} | {seconds:.0f} s |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extras", nargs="*", help="names of extras; - is the base")
    parser.add_argument("--python", default="3", help="3.11, 3.12, 3.13")
    parser.add_argument("--here", action="store_true", help="of this environment; no installation")
    options = parser.parse_args()
    if options.here:
        print("| extra | size | packages |\n|---|---|---|")
        for extra in options.extras or extras():
            print(size_here(extra), flush=True)
        return
    print("| extra | size | packages | seconds |\n|---|---|---|---|", flush=True)
    for extra in options.extras or extras():
        print(install(extra, options.python), flush=True)


if __name__ == "__main__":
    main()
