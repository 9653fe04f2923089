"""A jam with ports: devices by name, sockets, unplugging, recording."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import mido
import pytest
from mido.sockets import PortServer, connect

from musicrnn import midi
from musicrnn.cli import main
from musicrnn.errors import UsageError
from musicrnn.live.devices import (
    DeviceLostError,
    input_names,
    listen,
    open_input,
    open_output,
    sending,
)
from musicrnn.live.jam import Jam, Settings
from musicrnn.live.session import Recording, play_together
from tests.live import fake_midi
from tests.live.test_jam import AtOnce


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyboard and the instrument in memory."""
    fake_midi.plug_in()
    before = mido.backend
    mido.set_backend("tests.live.fake_midi")
    yield
    mido.set_backend(before)


@pytest.mark.usefixtures("devices")
def test_devices_by_a_part_of_their_name() -> None:
    assert input_names() == ["Keystation 49:0", "Digital Piano:0"]
    assert open_input("keystation").name == "Keystation 49:0"
    assert open_input().name == "Keystation 49:0"
    with pytest.raises(UsageError, match="there are: Keystation 49:0; Digital Piano:0"):
        open_output("organ")
    with pytest.raises(UsageError, match="fits several"):
        open_output(":0")
    fake_midi.CONNECTED.clear()
    with pytest.raises(UsageError, match="no MIDI keyboard is connected"):
        open_input()
    with pytest.raises(UsageError, match="nobody answers there"):
        open_input("localhost:1")


@pytest.mark.usefixtures("devices")
def test_a_keyboard_that_is_unplugged_says_so() -> None:
    port = open_input("Keystation")
    port.play(mido.Message("note_on", note=60))
    messages = listen(port, 0.01)
    assert next(messages).note == 60
    assert next(messages) is None
    fake_midi.CONNECTED.remove("Keystation 49:0")
    with pytest.raises(DeviceLostError, match="Keystation 49:0 was unplugged"):
        for _ in messages:
            pass


@pytest.mark.usefixtures("devices")
def test_an_instrument_that_is_unplugged_says_so() -> None:
    send = sending(open_output("Piano"))
    send(mido.Message("note_on", note=60))
    fake_midi.CONNECTED.clear()
    with pytest.raises(DeviceLostError, match="Digital Piano:0 was unplugged"):
        send(mido.Message("note_on", note=60))


class Room:
    """A player's end of two sockets, and what it hears."""

    def __init__(self) -> None:
        self.server = PortServer("localhost", free_port())
        port = self.server._socket.getsockname()[1]
        self.keyboard = connect("localhost", port)  # what the jam reads
        self.player = self.server.accept()

    def close(self) -> None:
        self.player._socket.shutdown(socket.SHUT_RDWR)  # its files keep it open otherwise
        self.player.close()
        self.server.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


def test_a_phrase_through_a_socket_is_answered_and_a_lost_one_leaves_no_note(
    tmp_path: Path,
) -> None:
    room = Room()
    sent: list[Any] = []
    recording = Recording(100)
    jam = Jam(AtOnce(), sent.append, Settings(qpm=600), recording.take, echo=sent.append)

    def perform() -> None:
        for pitch in (60, 64, 67):
            room.player.send(mido.Message("note_on", note=pitch))
            time.sleep(0.02)
            room.player.send(mido.Message("note_off", note=pitch))
        while not any(message.type == "note_on" and message.note == 72 for message in sent):
            time.sleep(0.005)
        room.player.send(mido.Message("note_on", note=50))
        room.close()

    thread = threading.Thread(target=perform)
    thread.start()
    with pytest.raises(DeviceLostError):
        play_together(jam, room.keyboard)
    thread.join()
    down: set[int] = set()
    for message in sent:
        if message.type == "note_on":
            down.add(message.note)
        elif message.type == "note_off":
            down.discard(message.note)
    assert down == set()
    assert recording.save(tmp_path / "jam.mid")
    score = midi.read(tmp_path / "jam.mid")
    assert [part.name for part in score.parts] == ["You", "Model"]
    assert [note.pitch for note in score.notes if not note.part][:3] == [60, 64, 67]


def jam(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["jam", *arguments])
    return stopped.value.code or 0


@pytest.mark.usefixtures("devices")
def test_the_command_lists_devices(capsys: pytest.CaptureFixture[str]) -> None:
    assert jam("--devices") == 0
    assert capsys.readouterr().out.splitlines() == [
        "MIDI keyboards: Keystation 49:0; Digital Piano:0",
        "MIDI instruments: Keystation 49:0; Digital Piano:0",
    ]


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "organ"], "no MIDI keyboard is called 'organ'"),
        (["--record", "jam.wav"], "written as MIDI"),
        (["--meter", "4/5"], "4/5"),
        (["--tempo", "0"], "tempo"),
        (["--key", "H"], "H"),
        (["--output", "Piano", "--model", "nothing"], "nothing"),
        (["--program", "flut"], "did you mean flute"),
    ],
)
def test_what_the_command_refuses(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert jam(*arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("devices")
def test_a_jam_with_the_shipped_model_that_ends_when_the_keyboard_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "jam.mid"

    def perform() -> None:
        while (
            "Keystation 49:0" not in fake_midi.OPENED or "Digital Piano:0" not in fake_midi.OPENED
        ):
            time.sleep(0.01)
        keyboard, piano = fake_midi.OPENED["Keystation 49:0"], fake_midi.OPENED["Digital Piano:0"]
        time.sleep(0.1)
        for pitch in (62, 66, 69, 74):
            keyboard.play(mido.Message("note_on", note=pitch))
            time.sleep(0.05)
            keyboard.play(mido.Message("note_off", note=pitch))
        while not any(message.type == "note_on" for message in piano.sent):
            time.sleep(0.01)
        fake_midi.CONNECTED.remove("Keystation 49:0")

    thread = threading.Thread(target=perform)
    thread.start()
    options = ["--input", "Keystation", "--output", "Piano", "--tempo", "240", "--seed", "1"]
    assert jam(*options, "--record", str(target)) == 1
    thread.join()
    assert "Keystation 49:0 was unplugged" in capsys.readouterr().err
    piano = fake_midi.OPENED["Digital Piano:0"]
    played = [message for message in piano.sent if message.type in ("note_on", "note_off")]
    assert {m.note for m in played if m.type == "note_on"} <= {
        m.note for m in played if m.type == "note_off"
    }
    assert midi.read(target).parts[1].name == "Model"


@pytest.mark.usefixtures("devices")
def test_generate_goes_on_from_what_is_played(capsys: pytest.CaptureFixture[str]) -> None:
    def perform() -> None:
        while "Keystation 49:0" not in fake_midi.OPENED:
            time.sleep(0.01)
        for pitch in (62, 66, 69, 74):
            fake_midi.OPENED["Keystation 49:0"].play(mido.Message("note_on", note=pitch))
            time.sleep(0.1)
            fake_midi.OPENED["Keystation 49:0"].play(mido.Message("note_off", note=pitch))
            time.sleep(0.05)

    thread = threading.Thread(target=perform)
    thread.start()
    with pytest.raises(SystemExit) as stopped:
        main(["generate", "--prime", "live", "--key", "D", "--seed", "1"])
    thread.join()
    said = capsys.readouterr()
    assert not stopped.value.code
    assert "play a phrase on Keystation 49:0" in said.err
    beginning = said.err.partition("heard: ")[2].splitlines()[0]
    assert beginning.replace(" ", "").removesuffix("|") in said.out.replace(" ", "")


def test_generate_without_a_keyboard(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicrnn.live.devices.input_names", list)
    with pytest.raises(SystemExit) as stopped:
        main(["generate", "--prime", "live"])
    assert stopped.value.code == 1
    assert "no MIDI keyboard is connected" in capsys.readouterr().err
