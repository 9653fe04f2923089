"""Files, folders, globs and archives give the same pieces in the same order."""

import io
import os
import random
import tarfile
import zipfile

import pytest

from musicrnn.corpus import manifest, sources
from musicrnn.corpus.rules import Source
from musicrnn.corpus.sources import Item, blocks, guess_format, items, read
from musicrnn.errors import CorpusError

FILES = {"a.abc": b"X:1\nK:C\nc|]\n", "b/c.abc": b"X:2\nK:D\nd|]\n", "b/note.md": b"no music\n"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICRNN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        path = tmp_path / "tunes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "tunes"


def found(address):
    source = Source("test", str(address))
    return [(item.name, read(item)) for item in items(0, source, "abc", address)]


def test_a_folder_is_read_depth_first_in_order_of_names(folder):
    assert found(folder) == [("a.abc", FILES["a.abc"]), ("b/c.abc", FILES["b/c.abc"])]


def test_hidden_files_are_passed_over(folder):
    (folder / ".a.abc").write_bytes(b"X:9\n")
    assert len(found(folder)) == 2


def test_a_glob_names_files_from_its_first_star(folder):
    assert found(folder / "**" / "*.abc") == found(folder)


def test_a_file_given_by_name_is_read_whatever_it_is_called(folder):
    assert found(folder / "b" / "note.md") == [("note.md", b"no music\n")]


def test_a_zip_archive_holds_the_same(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    assert found(tmp_path / "t.zip") == [(f"t.zip/{name}", data) for name, data in found(folder)]


def write_tar(path, contents=FILES):
    compression = {"gz": "gz", "tgz": "gz", "bz2": "bz2", "xz": "xz"}.get(path.suffix[1:], "")
    with tarfile.open(path, f"w:{compression}") as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize("name", ["t.tar", "t.tar.gz", "t.tgz", "t.tar.bz2", "t.tar.xz"])
def test_a_tar_archive_holds_the_same(folder, tmp_path, name):
    write_tar(tmp_path / name)
    assert found(tmp_path / name) == [(f"{name}/{path}", data) for path, data in found(folder)]


@pytest.mark.parametrize("name", ["t.zip", "t.tar.gz"])
def test_an_archive_that_changes_is_read_anew(tmp_path, name):
    for content in (b"X:1\nK:C\nc|]\n", b"X:1\nK:C\ndd|]\n"):
        if name == "t.zip":
            with zipfile.ZipFile(tmp_path / name, "w") as archive:
                archive.writestr("a.abc", content)
        else:
            write_tar(tmp_path / name, {"a.abc": content})
        assert found(tmp_path / name) == [(f"{name}/a.abc", content)]


@pytest.mark.parametrize("name", ["t.zip", "t.tar", "t.tar.gz", "t.tar.xz"])
def test_a_damaged_archive_is_an_error_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"not an archive " * 100)
    with pytest.raises(CorpusError, match="not an archive"):
        found(tmp_path / name)


@pytest.mark.needs("fsspec")
def test_an_fsspec_address_is_read_like_a_folder(folder):
    import fsspec

    memory = fsspec.filesystem("memory")
    for name, data in FILES.items():
        memory.pipe(f"/tunes/{name}", data)
    assert [data for _, data in found("memory://tunes")] == [data for _, data in found(folder)]
    assert [data for _, data in found("memory://tunes/*.abc")] == [FILES["a.abc"]]


def test_nothing_there_says_what_would_do(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        found(tmp_path / "gone")
    with pytest.raises(CorpusError, match="name a file, folder, glob"):
        found(tmp_path)


def test_the_format_is_that_of_the_first_known_file(folder):
    assert guess_format(str(folder)) == "abc"
    assert guess_format("x.mid") == "midi"
    assert guess_format(str(folder / "gone")) is None


def test_a_long_tune_book_is_cut_between_tunes(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "BOOK_BYTES", 100)
    monkeypatch.setattr(sources, "BLOCK_BYTES", 60)
    header = b"M:3/4\n\n"
    tunes = [b"X:%d\nT:Tune\nK:C\ncde|\n\n" % number for number in range(20)]
    book = header + b"".join(tunes)
    (tmp_path / "book.abc").write_bytes(book)
    stretches = list(items(0, Source("s", str(tmp_path / "book.abc")), "abc", tmp_path))
    assert len(stretches) > 3
    read_back = [read(item) for item in stretches]
    assert all(data.startswith(header) for data in read_back)
    assert header + b"".join(data.removeprefix(header) for data in read_back) == book
    for item in stretches[1:]:
        assert book[: item.start].count(b"\n") + 1 == item.first_line
        assert book[item.start :].startswith(b"X:")


def test_blocks_depend_on_the_files_alone():
    stream = [Item(0, f"{i}", f"{i}", size=30_000) for i in range(7)]
    assert [len(block.items) for block in blocks(stream)] == [2, 2, 2, 1]
    assert [block.index for block in blocks(stream)] == [0, 1, 2, 3]


def test_a_file_too_large_to_be_music_is_not_read(tmp_path):
    with pytest.raises(CorpusError, match="more than a file of music has"):
        read(Item(0, "big", str(tmp_path / "big"), size=1 << 30))


# --- a stranger's files -------------------------------------------------------------------------


def test_a_file_cannot_have_an_address_opened(tmp_path):
    (tmp_path / "m.toml").write_text(
        'name = "m"\n[[source]]\nname = "s"\npath = "ftp://example.org/x.abc"\n'
    )
    for name in ("ftp://example.org/x.abc", str(tmp_path / "m.toml")):
        with pytest.raises(CorpusError, match="address on the network"):
            manifest.load(name)
    assert manifest.load(str(tmp_path / "m.toml"), remote=True).remote


def test_a_manifest_cannot_allow_itself_addresses(tmp_path):
    (tmp_path / "m.toml").write_text(
        'name = "m"\nremote = true\n[[source]]\nname = "s"\npath = "s3://b/x.abc"\n'
    )
    with pytest.raises(CorpusError, match="knows no 'remote'"):
        manifest.load(str(tmp_path / "m.toml"))


@pytest.mark.parametrize("name", ["../../x", "/x", "a/b"])
def test_a_manifest_s_name_is_no_path(tmp_path, name):
    (tmp_path / "m.toml").write_text(f'name = "{name}"\n[[source]]\nname = "s"\npath = "x.abc"\n')
    with pytest.raises(CorpusError, match="name"):
        manifest.load(str(tmp_path / "m.toml"))


def test_a_file_whose_name_is_not_utf8_is_read_like_any_other(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"na\xefve.abc")).write_text("X:1\nK:C\nCDEF|]\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    (item,) = items(0, Source("s", str(tmp_path)), "abc", tmp_path)
    assert item.name == "na\ufffdve.abc"
    assert read(item).startswith(b"X:1")


def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICRNN_CACHE", str(tmp_path / "cache"))
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("x.abc")
        info.size = 100 << 20
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    with pytest.raises(CorpusError, match="unpacks to more than"):
        list(items(0, Source("s", str(tmp_path / "bomb.tar.gz")), "abc", tmp_path))
    assert not list((tmp_path / "cache" / "unpacked").iterdir())


def test_a_truncated_archive_says_so(tmp_path):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("x.abc")
        info.size = 30_000
        tar.addfile(info, io.BytesIO(random.Random(0).randbytes(info.size)))
    whole = (tmp_path / "x.tar.gz").read_bytes()
    (tmp_path / "x.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorpusError, match=r"x\.tar\.gz: .*(end|trunc)"):
        list(items(0, Source("s", str(tmp_path / "x.tar.gz")), "abc", tmp_path))
