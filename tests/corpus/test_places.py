"""A stranger's file names no place of this machine but what lies beside it or is known here."""

import os
from pathlib import Path

import pytest

from musicrnn import corpus as corpora
from musicrnn.corpus import places, sources
from musicrnn.corpus.build import digest_of
from musicrnn.corpus.manifest import load
from musicrnn.errors import CorpusError
from musicrnn.workflow import recipe_of

TUNE = "X:1\nT:Air\nM:4/4\nL:1/8\nK:D\n" + "D2 F2 A2 d2|f2 d2 A2 F2|" * 4 + "|\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSICRNN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A book that no stranger is to read."""
    folder = tmp_path / "private"
    folder.mkdir()
    (folder / "book.abc").write_text(TUNE)
    return folder


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    folder = tmp_path / "stranger"
    (folder / "tunes").mkdir(parents=True)
    (folder / "tunes" / "own.abc").write_text(TUNE.replace("Air", "Own"))
    return folder


def manifest(folder: Path, path: str, package: str = "") -> str:
    file = folder / "m.toml"
    file.write_text(f'name = "m"\n[[source]]\nname = "s"\npath = "{path}"\npackage = "{package}"\n')
    return str(file)


@pytest.mark.parametrize("path", ["{}", "{}/*.abc", "../private", "tunes/../../private", "/net/x"])
def test_a_manifest_names_nothing_outside_of_its_folder(
    private: Path, stranger: Path, path: str
) -> None:
    with pytest.raises(CorpusError, match="which lies elsewhere"):
        load(manifest(stranger, path.format(private)))


def test_a_manifest_names_what_lies_beside_it(stranger: Path) -> None:
    assert digest_of(load(manifest(stranger, "tunes")))[1] == 1
    assert digest_of(load(manifest(stranger, f"{stranger}/*/*.abc")))[1] == 1


@pytest.mark.parametrize("path", ["../..", "/etc", "corpus/../../.."])
def test_a_manifest_does_not_lead_out_of_a_package(stranger: Path, path: str) -> None:
    with pytest.raises(CorpusError, match="outside of musicrnn"):
        load(manifest(stranger, path, "musicrnn"))


@pytest.mark.parametrize("link", ["tunes/x.abc", "more", "tunes/deep"])
def test_no_link_leads_out_of_the_folder_of_a_manifest(
    private: Path, stranger: Path, link: str
) -> None:
    target = private / "book.abc" if link.endswith(".abc") else private
    (stranger / link).symlink_to(target)
    with pytest.raises(CorpusError, match="elsewhere"):
        digest_of(load(manifest(stranger, "more" if link == "more" else "*/**/*.abc")))


def test_links_inside_of_the_folder_are_followed(stranger: Path) -> None:
    (stranger / "linked").symlink_to("tunes")
    (stranger / "tunes" / "again.abc").symlink_to("../linked/own.abc")
    source = load(manifest(stranger, "tunes")).sources[0]
    listed = sources.items(0, source, "abc", stranger, confined=True)
    assert [item.name for item in listed] == ["again.abc", "own.abc"]


def test_a_circle_of_links_leads_out(stranger: Path) -> None:
    (stranger / "a").symlink_to("b")
    (stranger / "b").symlink_to("a")
    assert places.leads_out(str(stranger / "a"), stranger)


def test_whoever_has_named_a_place_may_have_it_in_files(private: Path, stranger: Path) -> None:
    corpora.open(private)
    assert digest_of(load(manifest(stranger, f"{private}/*.abc")))[1] == 1
    assert recipe_of(recipe(stranger, private)).corpus == str(private)
    assert not places.was_named(private.parent)
    assert not places.was_named(f"{private}-too")


def test_a_link_that_was_named_is_followed(private: Path, stranger: Path) -> None:
    (stranger / "more").symlink_to(private)
    corpora.open(stranger / "more")
    assert digest_of(load(manifest(stranger, "more")))[1] == 1


def recipe(folder: Path, corpus: object) -> Path:
    file = folder / "r.toml"
    file.write_text(f'name = "r"\ncorpus = "{corpus}"\n')
    return file


def test_a_recipe_names_no_place_elsewhere(private: Path, stranger: Path) -> None:
    file = recipe(stranger, private)
    with pytest.raises(CorpusError, match="which lies elsewhere"):
        recipe_of(file)
    assert recipe_of(file, corpus="folk").corpus == "folk"
    assert recipe_of(file, settings=[f'corpus="{private}/book.abc"']).corpus.endswith("book.abc")
    assert recipe_of(recipe(stranger, stranger / "tunes")).corpus == str(stranger / "tunes")
    assert recipe_of(recipe(stranger, "folk")).corpus == "folk"


def test_a_link_beside_a_recipe_leads_nowhere(private: Path, stranger: Path) -> None:
    (stranger / "link").symlink_to(private)
    with pytest.raises(CorpusError, match="which lies elsewhere"):
        recipe_of(recipe(stranger, stranger / "link"))


def test_the_places_are_not_told(private: Path, cache: Path) -> None:
    places.remember(private)
    (mark,) = (cache / "named").iterdir()
    assert not mark.read_bytes()
    assert "private" not in mark.name


def test_nothing_is_remembered_of_nothing(cache: Path) -> None:
    places.remember("")
    places.remember("ftp://example.org/x")
    assert not cache.exists()
    assert not places.was_named("")


def test_the_advice_cannot_be_a_trap_of_the_shell(stranger: Path) -> None:
    with pytest.raises(CorpusError, match=r"corpus info '/x; rm -rf ~'$"):
        recipe_of(recipe(stranger, "/x; rm -rf ~"))


def test_without_a_place_to_remember_in_all_else_works(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSICRNN_CACHE", os.devnull)
    places.remember(private)
    assert not places.was_named(private)
