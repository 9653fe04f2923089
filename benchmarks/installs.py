"""What an installation costs: megabytes, packages and seconds, without and with each extra.

    python benchmarks/installs.py [EXTRA …]        all of them without names; "-" is the base
    python benchmarks/installs.py --python 3.13 - score

Each goes into a fresh environment with this checkout; pip's cache is warm from the second time on,
so the seconds are those of a fast network. A row is printed as soon as it is known.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path

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
    options = parser.parse_args()
    print("| extra | size | packages | seconds |\n|---|---|---|---|", flush=True)
    for extra in options.extras or extras():
        print(install(extra, options.python), flush=True)


if __name__ == "__main__":
    main()
