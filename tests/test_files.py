"""Files appear whole or not at all, under plain names, and nothing of anybody else's is touched."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from musicrnn.errors import UsageError
from musicrnn.files import (
    is_address,
    is_temporary,
    plain_name,
    read_limited,
    remove_temporary_files,
    replaced,
    replaced_folder,
    require_name,
    temporary_name,
    write_whole,
)


def abandoned(target: Path, end: str | None = None) -> Path:
    """A temporary name of a process that has ended."""
    code = (
        "import sys; from pathlib import Path; from musicrnn.files import temporary_name as name; "
        "print(name(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))"
    )
    words = [sys.executable, "-c", code, str(target), *([end] if end else [])]
    return Path(subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip())


CANARIES = (".env", ".git/config", ".tune.3f2a9c8d7e6f.mid", ".musicrnn-1234", ".x.musicrnn-y.abc")


def test_only_what_a_dead_process_of_ours_left_is_removed(tmp_path: Path) -> None:
    for name in CANARIES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    alive = temporary_name(tmp_path / "tune.abc")
    alive.write_text("half")
    left = abandoned(tmp_path / "tune.abc")
    left.write_text("half")
    folder = abandoned(tmp_path / "best", ".new")
    (folder / "inside").mkdir(parents=True)
    remove_temporary_files(tmp_path)
    assert not left.exists()
    assert not folder.exists()
    assert alive.exists()
    assert all((tmp_path / name).read_text() == "mine" for name in CANARIES)


def test_a_link_under_a_temporary_name_is_removed_and_not_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    abandoned(tmp_path / "best", ".new").symlink_to(tmp_path / "mine")
    remove_temporary_files(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine" / "file").exists()


def test_a_folder_that_was_moved_aside_is_put_back(tmp_path: Path) -> None:
    """A kill between the two renames of `replaced_folder` loses nothing."""
    aside = abandoned(tmp_path / "best", ".old")
    aside.mkdir()
    (aside / "weights").touch()
    remove_temporary_files(tmp_path)
    assert (tmp_path / "best" / "weights").exists()


@pytest.mark.parametrize("killed", [False, True], ids=["whole", "killed between"])
def test_what_is_somebody_else_s_stays_in_a_folder_that_is_replaced(
    tmp_path: Path, killed: bool
) -> None:
    target = tmp_path / "model"
    (target / ".git").mkdir(parents=True)
    (target / ".git" / "config").write_text("mine")
    (target / "notes").mkdir()
    (target / ".env").write_text("mine")
    (target / "weights").write_text("old")
    (target / "index").write_text("old")
    if killed:
        target.rename(abandoned(target, ".old"))
        target.mkdir()
        (target / "weights").write_text("new")
        remove_temporary_files(tmp_path)
    else:
        with replaced_folder(target) as temporary:
            (temporary / "weights").write_text("new")
    assert {path.name for path in target.iterdir()} == {".git", "notes", ".env", "weights"}
    assert (target / ".git" / "config").read_text() == "mine"
    assert (target / "weights").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(
    "kind",
    ["file", pytest.param("pipe", marks=pytest.mark.skipif(os.name != "posix", reason="none"))],
)
def test_no_folder_takes_the_place_of_a_file(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "mine"
    if kind == "pipe":
        os.mkfifo(target)
    else:
        target.write_text("mine")
    with (
        pytest.raises(UsageError, match="a file; give the name of a folder"),
        replaced_folder(target) as temporary,
    ):
        (temporary / "weights").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert not target.is_dir()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no such file here")
def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(OSError, match="mem") as caught:
        read_limited("/proc/self/mem", 1000)
    assert caught.value.filename == "/proc/self/mem"


def test_temporary_names_keep_the_extension_and_are_known_again(tmp_path: Path) -> None:
    for name in ("tune.abc", "no extension", "x" * 200 + ".mid"):
        made = temporary_name(tmp_path / name)
        assert made.suffix == Path(name).suffix or not Path(name).suffix
        assert is_temporary(made.name)
        assert len(made.name) < 255


def test_an_error_names_the_file_and_not_the_temporary_one(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"missing/tune\.abc") as caught:
        write_whole(tmp_path / "missing" / "tune.abc", "X:1")
    assert "musicrnn-" not in str(caught.value)


def test_a_full_disk_is_reported_with_the_file(tmp_path: Path) -> None:
    target = tmp_path / "tune.abc"
    with pytest.raises(OSError, match=r"No space left on device.*tune\.abc"), replaced(target):
        raise OSError(errno.ENOSPC, "No space left on device")  # as file.write raises it
    assert not list(tmp_path.iterdir())


def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.abc")
    (tmp_path / "link.abc").symlink_to(os.devnull)
    for name in ("pipe.abc", "link.abc"):
        with pytest.raises(UsageError, match=f"{name}: a pipe or device"):
            write_whole(tmp_path / name, "X:1")
    assert (tmp_path / "pipe.abc").is_fifo()
    assert (tmp_path / "link.abc").is_symlink()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "mine")
    write_whole(tmp_path / "log.jsonl", "{}")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").touch()
    with pytest.raises(KeyboardInterrupt), replaced_folder(tmp_path / "b"):
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["old"]


@pytest.mark.parametrize("name", ["folk", "my tunes 2", "O_Neill-1850+x.v2", "Čech"])
def test_a_plain_name(name: str) -> None:
    assert require_name(name, "its name") == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "/x", "x\0", "a\nb", "\x1b[31m", ".git", "-rf", "x ",
     "CON", "nul.abc", "COM¹", "con .abc", "a" * 101, 3, None],
)  # fmt: skip
def test_what_is_no_plain_name(name: object) -> None:
    with pytest.raises(UsageError, match="its name is"):
        require_name(name, "its name")


@pytest.mark.parametrize("text", ["../../x", "\x1b[31mred", "", "...", "é" * 200, "a/b\\c", "con"])
def test_any_text_is_made_a_plain_name(text: str) -> None:
    assert require_name(plain_name(text, "tune"), "its name")


def test_addresses() -> None:
    assert is_address("s3://bucket/x")
    assert is_address(r"\\host\share")
    assert is_address("simplecache::ftp://host/x")
    assert not is_address("C:/tunes/x.abc")
    assert not is_address("/tunes/x.abc")


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 11)
    assert read_limited(tmp_path / "f", 11) == b"x" * 11
    with pytest.raises(UsageError, match="larger than"):
        read_limited(tmp_path / "f", 10)


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes as files")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with pipes")
def test_a_limit_far_above_the_file_takes_no_memory(tmp_path: Path) -> None:
    """All of a file is read, also where its size is not what the system says (/proc, a pipe)."""
    import tracemalloc

    (tmp_path / "small").write_bytes(b"x" * 1000)
    tracemalloc.start()
    assert read_limited(tmp_path / "small", 1 << 32) == b"x" * 1000
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", "head -c 3000000 /dev/zero > pipe"], cwd=tmp_path):
        assert read_limited(tmp_path / "pipe", 1 << 32) == bytes(3_000_000)
    if Path("/proc/self/status").is_file():
        assert len(read_limited("/proc/self/status", 1 << 20)) > 100


def test_pipes_and_devices_are_read_within_limits_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="larger than"):
        read_limited("/dev/zero", 1000)
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    with pytest.raises(UsageError, match="not an ordinary file"):
        read_limited(tmp_path / "pipe", 1000, regular=True)
