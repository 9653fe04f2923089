"""Files, folders, globs and archives give the same pieces in the same order."""

import io
import json
import os
import random
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest

from musicrnn import corpus
from musicrnn.corpus import manifest, sources
from musicrnn.corpus.rules import Source
from musicrnn.corpus.sources import Item, blocks, guess_format, items, read
from musicrnn.errors import CorpusError
from musicrnn.piece import Piece, line_of, piece_of
from musicrnn.score import Note, Score

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


@pytest.mark.parametrize("kind", ["bomb", "cut", "without music"])
def test_why_an_archive_is_refused_is_said_when_it_is_named_alone(tmp_path, kind):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip" if kind == "without music" else "z.abc", bytes(60 << 20))
    if kind == "without music":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.zip", b"PK")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    why = {"bomb": "unpacks to more than", "cut": "not an archive that can be read",
           "without music": "there is no music in this archive"}[kind]  # fmt: skip
    with pytest.raises(CorpusError, match=why):
        manifest.load(str(path))
    (tmp_path / "tune.abc").write_text("X:1\nK:C\nCDEF|\n")
    assert guess_format(str(tmp_path)) == "abc"  # one among others is passed over


def test_a_link_in_a_circle_is_no_file(tmp_path):
    (tmp_path / "circle.abc").symlink_to(tmp_path / "circle.abc")
    (tmp_path / "tune.abc").write_text("X:1\nK:C\nCDEF|\n")
    listed = items(0, Source("s", str(tmp_path)), "abc", tmp_path)
    assert [item.name for item in listed] == ["tune.abc"]


def test_a_truncated_archive_says_so(tmp_path):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("x.abc")
        info.size = 30_000
        tar.addfile(info, io.BytesIO(random.Random(0).randbytes(info.size)))
    whole = (tmp_path / "x.tar.gz").read_bytes()
    (tmp_path / "x.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorpusError, match=r"x\.tar\.gz: .*(end|trunc)"):
        list(items(0, Source("s", str(tmp_path / "x.tar.gz")), "abc", tmp_path))


def test_a_member_of_a_zip_is_no_longer_than_it_says(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.abc", bytes(8 << 20))
    data = bytearray((tmp_path / "t.zip").read_bytes())
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")  # the size in the directory
    (tmp_path / "t.zip").write_bytes(data)
    (item,) = items(0, Source("s", str(tmp_path / "t.zip")), "abc", tmp_path)
    tracemalloc.start()
    try:
        with suppress(zipfile.BadZipFile):  # the checksum is of all of it
            assert len(read(item)) <= 10
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_zip_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.abc", bytes(40 << 20))
    with pytest.raises(CorpusError, match="unpacks to more than"):
        list(items(0, Source("s", str(tmp_path / "t.zip")), "abc", tmp_path))


def test_a_pattern_that_walks_the_disk_many_times_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"more than 2 \*\*"):
        list(items(0, Source("s", "/**/**/*/**/x.abc"), "abc", tmp_path))


@pytest.mark.parametrize(
    "text",
    ["source = [1]", "[[source]]\nname = 's'\npath = 'x'\nrhythms = 1", "x = " + "[" * 20_000,
     "seed = " + "9" * 5000, "[[source]]\nname = 's'\npath = 'x'\nrhythms = [1]"],
)  # fmt: skip
def test_a_manifest_that_makes_no_sense_is_an_error_in_one_line(tmp_path, text):
    (tmp_path / "m.toml").write_text(f"name = 'm'\n{text}\n")
    with pytest.raises(CorpusError) as error:
        manifest.load(str(tmp_path / "m.toml"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("address", [r"\\host\share", r"\\host\share\m.toml", "//host/share"])
def test_an_address_that_was_not_asked_for_is_not_even_looked_for(monkeypatch, address):
    asked = []
    stat = Path.stat

    def watched(path, **options):
        asked.append(str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", watched)
    with pytest.raises(CorpusError, match="on the network"):
        corpus.open(address)
    assert not [path for path in asked if "share" in path]


@pytest.mark.parametrize(
    "change", [{"parts": {"train": []}}, {"parts": "x"}, {"format": []}, {"digest": 1},
               {"manifest": 3}, {"parts": {"train": 10**30, "validation": 0, "test": 0}}]
)  # fmt: skip
def test_the_description_of_a_built_corpus_that_makes_no_sense(tmp_path, change):
    tune = "X:1\nT:A\nM:4/4\nL:1/8\nK:D\n" + "D2F2 A2d2|f2d2 A2F2|" * 4 + "|\n"
    (tmp_path / "a.abc").write_text(tune)
    folder = corpus.open(tmp_path / "a.abc").folder
    path = folder / "corpus.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CorpusError, match="build the corpus again"):
        corpus.open(folder)


@pytest.mark.parametrize(
    "content",
    [{"tempos": [[0, "1e99999999"]]}, {"ticks": 0}, {"meters": [[0, 4, 0]]}, {"title": {}},
     {"notes": [[0, 128, 1, 64, 0]]}, {"notes": [[0, 60, 1, 64, 5]]}, {"keys": [[0, "H", "x"]]},
     {"keys": [[0, "", "major"]]},
     {"notes": [["x", 60, 1, 64, 0]]}, {"parts": [["", 999, False]]}, {"chords": [[0, 1]]}],
)  # fmt: skip
def test_a_piece_that_no_corpus_holds(content):
    score = Score.of([Note(Fraction(0), 60, Fraction(1))], title="A")
    entry = json.loads(line_of(Piece("midi", score)))
    entry["content"] |= content
    with pytest.raises(CorpusError, match="damaged piece"):
        piece_of(json.dumps(entry))
