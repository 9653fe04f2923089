"""Build the documentation as a site: one command, nothing fetched.

    python docs/site/build.py                 into site/, with the gallery and the lessons
    python docs/site/build.py --quick         without what has to be drawn or played

The pages are docs/*.md. What can go out of date is made from its source: the command reference
from the commands' own help, the Python reference from docstrings, the lessons from the notebooks
with their outputs, the gallery from the model that ships. Zensical lays it out; then every link is
followed, and a page that asks anything of another host is an error.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gallery import gallery  # the modules beside this script
from lessons import lessons
from linkcheck import faults
from reference import command_reference, python_reference

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(__file__).parent
#: pages of the repository that are part of the site
PROJECT = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
#: where the docs point outside of their folder → where that is on the site
MOVED = {
    "../SECURITY.md": "project/security.md",
    "../CONTRIBUTING.md": "project/contributing.md",
    "../CHANGELOG.md": "project/changelog.md",
    "../benchmarks/RESULTS.md": "project/results.md",
    "../benchmarks/history/": "project/history/",
}
Fragments = dict[str, str]


def main() -> int:
    """Build, check, and say what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "site")
    parser.add_argument("--quick", action="store_true", help="without gallery and lessons' outputs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        fragments = stage(work / "docs", quick=options.quick)
        (work / "zensical.toml").write_text(configured(work / "docs"), "utf-8")
        zensical = [sys.executable, "-m", "zensical", "build", "--clean"]
        done = subprocess.run(zensical, cwd=work, check=False)
        if done.returncode:
            return done.returncode
        put_in(work / "site", fragments)
        wrong = list(faults(work / "site"))
        if options.output.exists():
            shutil.rmtree(options.output)
        shutil.copytree(work / "site", options.output)
    for line in wrong:
        print(line, file=sys.stderr)
    pages = len(list(options.output.rglob("*.html")))
    print(f"{pages} pages in {options.output}; {len(wrong)} faults")
    return 1 if wrong else 0


def stage(folder: Path, *, quick: bool) -> Fragments:
    """Write all pages as Markdown into `folder`; returns name → HTML that Markdown cannot hold."""
    folder.mkdir(parents=True)
    for page in sorted((ROOT / "docs").glob("*.md")):
        (folder / page.name).write_text(moved(page.read_text("utf-8")), "utf-8")
    for file in sorted((ROOT / "docs").iterdir()):
        if file.is_file() and file.suffix != ".md":
            shutil.copy(file, folder / file.name)
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    for own in ("index.md", "site.css"):
        shutil.copy(SITE / own, folder / own)
    project = folder / "project"
    project.mkdir()
    for name in PROJECT:
        (project / name.lower()).write_text(outward((ROOT / name).read_text("utf-8")), "utf-8")
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text("utf-8")
    results = outward(results.replace("](history/", "](../project/history/"))
    (project / "results.md").write_text(results, "utf-8")
    (project / "history").mkdir()
    for page in sorted((ROOT / "benchmarks" / "history").glob("*.md")):
        text = page.read_text("utf-8").replace("](../RESULTS.md", "](../../project/results.md")
        (project / "history" / page.name).write_text(outward(text), "utf-8")
    (folder / "reference").mkdir()
    (folder / "reference" / "commands.md").write_text(command_reference(), "utf-8")
    (folder / "reference" / "python.md").write_text(python_reference(), "utf-8")
    fragments: Fragments = {}
    (folder / "lessons").mkdir()
    for name, text in lessons(ROOT / "notebooks", fragments, outputs=not quick):
        (folder / "lessons" / name).write_text(text, "utf-8")
    (folder / "gallery.md").write_text(gallery(fragments, drawn=not quick), "utf-8")
    return fragments


def configured(docs: Path) -> str:
    """The configuration, with the pages that it does not name put into the guide."""
    text = (SITE / "zensical.toml").read_text("utf-8")
    pages = [page for page in sorted(docs.glob("*.md")) if f'"{page.name}"' not in text]
    chapters = [page for page in sorted((docs / "lessons").glob("*.md")) if page.stem != "index"]
    text = text.replace("#MORE#", "\n".join(_entry(page, page.name) for page in pages))
    return text.replace("#LESSONS#", "\n".join(_entry(c, f"lessons/{c.name}") for c in chapters))


def _entry(page: Path, address: str) -> str:
    title = page.read_text("utf-8").partition("\n")[0].lstrip("# ").replace('"', "'")
    return f'    {{ "{title}" = "{address}" }},'


def moved(text: str) -> str:
    """A page of docs/ with its links to the repository's other files turned to the site's pages."""
    for old, new in MOVED.items():
        text = text.replace(f"]({old}", f"]({new}")
    # What has no page on the site is named, not linked.
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", text)


def outward(text: str) -> str:
    """A page of the repository's root with its links into docs/ turned to the site's pages."""
    text = re.sub(r"\]\(docs/([\w-]+\.md)", r"](../\1", text)
    return re.sub(r"\[([^\]]+)\]\((?!\.\./|https?://|#)[^)]*\)", r"\1", text)


def put_in(site: Path, fragments: Fragments) -> None:
    """Put the HTML where its name stands."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        for name in re.findall(r"<p>(FRAGMENT-[\w-]+)</p>", text):
            text = text.replace(f"<p>{name}</p>", fragments[name])
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
