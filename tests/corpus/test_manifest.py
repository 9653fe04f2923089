"""Manifests: those that come along, a user's own, and what is wrong with them."""

import pytest

from musicrnn.corpus import available, manifest
from musicrnn.errors import CorpusError


def test_every_manifest_that_comes_along_loads_and_is_described():
    for name in available():
        loaded = manifest.load(name)
        assert loaded.name == name
        assert loaded.title
        assert all(source.licence for source in loaded.sources)


def test_the_readme_of_the_corpora_names_each():
    text = next(iter(available().values())).with_name("README.md").read_text()
    assert all(f"`{name}`" in text for name in available())


def test_a_path_is_a_corpus(tmp_path):
    (tmp_path / "names.txt").write_text("a\n")
    loaded = manifest.load(str(tmp_path))
    assert (loaded.format, loaded.sources[0].path) == ("text", str(tmp_path))


GOOD = 'name = "x"\n[[source]]\nname = "s"\npath = "x.abc"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "no corpus manifest"),
        ('name = "x"\n', "at least one"),
        ("colour = 1\n" + GOOD, r"\[corpus\] knows no 'colour'"),
        ("[[source]]\npath='x'\n", r"\[source\] lacks 'name'"),
        (GOOD + "[clean]\nchord = true\n", r"\[clean\] knows no 'chord'"),
        (GOOD + "[split]\ntrain = 0.5\n", "add up to 1"),
        ('format = "wav"\n' + GOOD, "none of abc, midi, text"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_named(tmp_path, text, message):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(CorpusError, match=message):
        manifest.load(str(path))


def test_a_missing_package_is_named_but_no_file_may_have_any_installed(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(GOOD + 'package = "no_such_package"\n')
    with pytest.raises(CorpusError, match="no_such_package, which is not installed") as error:
        manifest.load(str(path)).sources[0].address(tmp_path)
    assert "pip" not in str(error.value)


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(CorpusError, match="did you mean jazz"):
        manifest.load("jazz!")
    with pytest.raises(CorpusError, match=r"dinosaurs.*folk"):
        manifest.load("nothing-of-that-name")
