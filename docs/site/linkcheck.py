"""Whether every link of a built site leads somewhere, and no page asks anything of another host."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: attributes that a browser loads by itself
LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("audio", "src"), ("source", "src"),
          ("link", "href")}  # fmt: skip
#: links that say something of the page and load nothing
NOT_LOADED = {"canonical", "prev", "next", "edit"}


class Page(HTMLParser):
    """The links of a page, what it loads, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        given = {name: value or "" for name, value in attrs}
        self.names |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        for element, attribute in LOADED:
            passive = tag == "link" and set(given.get("rel", "").split()) & NOT_LOADED
            if tag == element and attribute in given and not passive:
                self.loaded.append(given[attribute])


def faults(site: Path) -> Iterator[str]:
    """A line for each link that leads nowhere and each thing that is loaded from elsewhere."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        shown = path.relative_to(site)
        for address in page.loaded:
            parts = urlsplit(address)
            if parts.netloc or parts.scheme in ("http", "https"):
                yield f"{shown}: loads {address}"
            elif not parts.scheme and not _target(site, path, parts.path).exists():
                yield f"{shown}: there is no {address[:100]}"
        if path.name == "404.html":
            continue
        for address in page.links:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = _target(site, path, parts.path) if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                yield f"{shown}: there is no {address}"
            elif (
                parts.fragment
                and target in pages
                and unquote(parts.fragment) not in pages[target].names
            ):
                yield f"{shown}: there is no place {address}"


def _target(site: Path, page: Path, path: str) -> Path:
    start = site if path.startswith("/") else page.parent
    return (start / unquote(path).lstrip("/")).resolve() if path else page
