"""The tools for language models, called by the official SDK's own client over standard input."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

from musicrnn import abc
from musicrnn.cli import main

pytestmark = pytest.mark.needs("mcp", "pebble")

TUNE = "X:1\nT:Air\nM:3/4\nL:1/4\nK:D\n|:D F A|d2 A|F A d|A3:|\n"
BROKEN = "Sure! Here it is:\n\n```abc\nT:Air\nM:3/4\nL:1/4\nK:D\nD F♯ A|d2 A|F A|d3\n```\nEnjoy!"


class Session:
    """A client and its server, in a thread of their own."""

    def __init__(self, folder: Path | None) -> None:
        self.loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._folder = folder
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._ready.wait(300)

    async def _run(self) -> None:
        from mcp import StdioServerParameters
        from mcp.client.client import Client
        from mcp.client.stdio import stdio_client

        arguments = ["-m", "musicrnn", "mcp", "--time-limit", "300"]
        arguments += ["--folder", str(self._folder)] if self._folder else []
        server = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
        try:
            async with Client(stdio_client(server)) as self.client:
                self._ready.set()
                await self._over.wait()
        finally:
            self._ready.set()

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(300)

    def call(self, tool: str, /, **arguments: Any) -> Any:
        return self.do(self.client.call_tool(tool, arguments))

    def data(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        answer = self.call(tool, **arguments)
        assert not answer.is_error, answer.content
        return dict(answer.structured_content)

    def refusal(self, tool: str, /, **arguments: Any) -> str:
        answer = self.call(tool, **arguments)
        assert answer.is_error
        return str(answer.content[0].text)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tunes")


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    session = Session(folder)
    yield session
    session.close()


def assert_valid(text: str) -> None:
    assert [found for found in abc.check(text) if found.severity != "info"] == []


def test_every_tool_is_offered_with_its_words(session: Session) -> None:
    offered = {tool.name: tool for tool in session.do(session.client.list_tools()).tools}
    assert {"check", "fix", "transpose", "complete", "chords", "second_voice", "vary", "generate",
            "novelty", "show", "list_files", "open_file", "save_file"} <= set(offered)  # fmt: skip
    for tool in offered.values():
        assert tool.description
        for schema in tool.input_schema.get("properties", {}).values():
            assert schema.get("description"), tool.name
    assert "key" in offered["generate"].input_schema["properties"]


def test_check(session: Session) -> None:
    assert session.data("check", text=TUNE)["valid"]
    found = session.data("check", text=TUNE.replace("d2 A", "d2"))
    assert not found["valid"]
    assert "bar 2 has 2 quarters" in found["findings"][0]


def test_fix(session: Session) -> None:
    answer = session.call("fix", text=BROKEN)
    found = answer.structured_content
    assert found["valid"]
    assert_valid(found["abc"])
    assert answer.content[0].text == found["abc"]  # for the reader as plain text
    assert "taken out of the text around it" in found["changes"]
    assert "^F" in found["abc"]


def test_what_cannot_be_mended_is_said(session: Session) -> None:
    found = session.data("fix", text="I cannot write music.")
    assert not found["valid"]
    assert "there is no tune here" in found["findings"][0]
    assert "there is no tune here" in session.refusal("show", text="I cannot write music.")


def test_transpose(session: Session) -> None:
    found = session.data("transpose", text=TUNE, key="G")
    assert "K:G" in found["abc"]
    assert "G B d" in found["abc"]
    assert "one of them" in session.refusal("transpose", text=TUNE)


def test_complete(session: Session) -> None:
    found = session.data("complete", text=TUNE.replace("d2 A", "?"), seed=1)
    assert_valid(found["abc"])
    assert found["abc"].startswith(TUNE[: TUNE.index("d2 A")])
    again = session.data("complete", text=TUNE, section="A", seed=1)["abc"]
    assert_valid(again)


def test_chords_over_a_melody(session: Session) -> None:
    with_chords = session.data("chords", text=TUNE, per="bar")["abc"]
    assert re.sub(r'"[^"]*"', "", with_chords) == TUNE
    assert '"D"' in with_chords


def test_second_voice_and_variation(session: Session) -> None:
    assert "V:2" in session.data("second_voice", text=TUNE, place="below")["abc"]
    varied = session.data("vary", text=TUNE, closeness=0.5, keep="1", seed=1)
    assert_valid(varied["abc"])
    assert "D F A" in varied["abc"]


def test_generate(session: Session) -> None:
    found = session.data("generate", key="G", meter="6/8", rhythm="jig", seed=3)
    assert_valid(found["abc"])
    assert "R:jig" in found["abc"]
    assert found["changes"] == ["seed 3"]


def test_novelty(session: Session) -> None:
    found = session.data("novelty", text=TUNE)
    assert 0 <= found["new"] <= 1
    assert len(found["nearest"]) <= 3


@pytest.mark.needs("score")
def test_show(session: Session) -> None:
    answer = session.call("show", text=TUNE, tempo=120)
    text, picture, sound = answer.content
    assert "Air" in text.text
    assert picture.mime_type == "image/png"
    assert base64.b64decode(picture.data).startswith(b"\x89PNG")
    assert sound.mime_type == "audio/mpeg"
    assert len(base64.b64decode(sound.data)) > 1000
    only = session.call("show", text=TUNE, picture=False).content
    assert [one.type for one in only] == ["text", "audio"]


def test_files_of_the_folder_and_no_others(session: Session, folder: Path) -> None:
    assert session.data("save_file", text=TUNE, name="air.mid")["bytes"] > 50
    assert mido.MidiFile(folder / "air.mid").length > 1
    assert session.data("list_files")["files"] == ["air.mid"]
    assert "K:D" in session.data("open_file", name="air.mid")["abc"]
    assert "is there already" in session.refusal("save_file", text=TUNE, name="air.mid")
    session.data("save_file", text=TUNE, name="air.mid", overwrite=True)
    outside = folder.parent / "secret.abc"
    outside.write_text(TUNE)
    (folder / "link.abc").symlink_to(outside)
    (folder / "circle.abc").symlink_to("circle.abc")
    for tool, more in (("open_file", {}), ("save_file", {"text": TUNE, "overwrite": True})):
        assert "leads out" in session.refusal(tool, name="circle.abc", **more)
    for name in ("../secret.abc", str(outside), "a/b.abc"):
        assert "a name is made of" in session.refusal("open_file", name=name)
        assert "a name is made of" in session.refusal("save_file", text=TUNE, name=name)
    assert "leads out of the folder" in session.refusal("open_file", name="link.abc")
    assert "leads out" in session.refusal("save_file", text=TUNE, name="link.abc", overwrite=True)
    assert "link.abc" not in session.data("list_files")["files"]
    assert "only music is read" in session.refusal("open_file", name="notes.txt")
    assert "no such kind" in session.refusal("save_file", text=TUNE, name="x.exe")


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("sing", {}, "there is no tool 'sing'"),
        ("fix", {}, "text: is missing"),
        ("fix", {"text": "x" * 50_001}, "at most 50,000 characters"),
        ("generate", {"metre": "6/8"}, "metre: there is no such choice"),
        ("generate", {"bars": 99}, "bars: 99 is too much; at most 64"),
        ("generate", {"key": "H"}, "'H' is not a key"),
        ("show", {"text": TUNE, "program": "loud"}, "'loud' is not a whole number"),
        ("second_voice", {"text": TUNE, "place": "beside"}, "is none of"),
    ],
)
def test_what_makes_no_sense_is_said(
    session: Session, tool: str, arguments: dict[str, Any], said: str
) -> None:
    assert said in session.refusal(tool, **arguments)


def test_without_a_folder_there_are_no_files() -> None:
    from musicrnn.mcp import tools

    assert not any(tool.files for tool in tools.offered(files=False))


def test_wrong_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["mcp", "--folder", "/no/such/folder"])
    assert stopped.value.code == 1
    assert "there is no such folder" in capsys.readouterr().err
