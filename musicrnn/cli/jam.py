"""``musicrnn jam``: play a phrase on a MIDI keyboard, and the model answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console, print_text
from musicrnn.cli.batch import say
from musicrnn.constraints.controls import parse_controls
from musicrnn.errors import UsageError
from musicrnn.live.jam import Mode
from musicrnn.theory.instruments import program_named

if TYPE_CHECKING:
    from musicrnn.live.devices import Output
    from musicrnn.live.jam import Settings

app = typer.Typer()

#: bars that the model draws at once while it goes on
_ONWARD = 4


@app.command()
def jam(
    mode: Mode = typer.Option(
        Mode.ANSWER, help="answer each phrase, continue until you play, or trade bars."
    ),
    keyboard: str = typer.Option(
        "",
        "--input",
        help="MIDI keyboard, or a part of its name, or HOST:PORT. Default: the first.",
    ),
    output: str = typer.Option(
        "", "--output", help="MIDI instrument that plays the model. Default: the speakers."
    ),
    osc: str = typer.Option(
        "", help="Send all that is played as OSC to HOST:PORT; Sonic Pi is localhost:4560."
    ),
    devices: bool = typer.Option(False, "--devices", help="List the MIDI devices and stop."),
    tempo: str = typer.Option("100", help="Quarter notes a minute, or beats (3/8=110)."),
    meter: str = typer.Option("4/4", help="Metre of what you play."),
    key: str = typer.Option("", help="Key of what you play. Default: found in each phrase."),
    bars: int | None = typer.Option(
        None, min=1, max=32, help="Bars of an answer (as the phrase), or of a turn in trading (4)."
    ),
    rest: float = typer.Option(
        1.0, min=0.25, max=16, help="Quarters of silence that end a phrase."
    ),
    click: bool = typer.Option(False, "--click", help="Click on the beats; answers keep to them."),
    record: Path | None = typer.Option(None, help="Write what both played: jam.mid."),
    model: str = typer.Option("folk", help="A model of ABC."),
    temperature: float = typer.Option(0.9, min=0.1, max=2, help="Below 1 cautious, above daring."),
    seed: int | None = typer.Option(None, min=0, help="The same phrases get the same answers."),
    program: str = typer.Option("piano", help="Sound of the speakers: flute, fiddle, 73."),
    soundfont: str = typer.Option("", help="SoundFont of the speakers."),
) -> None:
    """Play with a model: you play a phrase on a MIDI keyboard, and it answers at once."""
    from musicrnn.live.devices import open_input, open_output, sending
    from musicrnn.live.osc import OscPlayer, osc_port

    if devices:
        _list_devices()
        return
    settings = _settings(mode, tempo, meter, key, bars, rest, click=click)
    number = program_named(program)
    if record is not None and record.suffix.lower() not in (".mid", ".midi"):
        raise UsageError(f"--record {record}: a jam is written as MIDI, such as jam.mid")
    with ExitStack() as stack:
        client = osc_port(osc) if osc else None
        notes = stack.enter_context(open_input(keyboard))
        send: list[Callable[[Any], None]] = []
        echo: list[Callable[[Any], None]] = []
        if client is not None:
            send.append(OscPlayer(client, "model").send)
            echo.append(OscPlayer(client, "you").send)
        if output:  # which the keyboard plays by itself, or is
            send.append(sending(stack.enter_context(open_output(output))))
        elif client is None:
            send.append(_speakers(stack, number, soundfont).send)
            echo.append(send[-1])
        draw = _draw(model, settings, bars, temperature, seed)
        _run(settings, draw, notes, _to_all(send), record, echo=_to_all(echo) if echo else None)


def _to_all(outputs: list[Callable[[Any], None]]) -> Callable[[Any], None]:
    """What sends a message to every one of the outputs."""

    def send(message: Any) -> None:
        for output in outputs:
            output(message)

    return send


def _settings(
    mode: Mode, tempo: str, meter: str, key: str, bars: int | None, rest: float, *, click: bool
) -> Settings:
    from musicrnn.live.jam import Settings

    music = parse_controls({"tempo": tempo, "meter": meter, "key": key or None}, "abc")
    time = music["meter"]
    trading = mode is Mode.TRADE
    return Settings(
        mode, float(music["tempo"].qpm), time, music.get("key"), rest, bars or 4, click or trading
    )


def _draw(
    name: str, settings: Settings, bars: int | None, temperature: float, seed: int | None
) -> Any:
    from musicrnn.generation import load
    from musicrnn.live.improviser import model_answers

    if settings.mode is Mode.TRADE:
        bars = settings.bars
    elif settings.mode is Mode.CONTINUE:
        bars = bars or _ONWARD
    return model_answers(
        load(name), bars=bars, temperature=temperature, seed=seed,
        home=settings.mode is not Mode.CONTINUE,
    )  # fmt: skip


def _speakers(stack: ExitStack, program: int, soundfont: str) -> Output:
    from musicrnn.live.speakers import speakers
    from musicrnn.live.synthesizer import Synthesizer

    synthesizer = Synthesizer(program, soundfont=soundfont or None)
    stack.enter_context(speakers(synthesizer, buffer=15))
    return synthesizer


def _run(
    settings: Settings,
    draw: Any,
    keyboard: Any,
    send: Callable[[Any], None],
    record: Path | None,
    *,
    echo: Callable[[Any], None] | None,
) -> None:
    from musicrnn.live.improviser import Improviser
    from musicrnn.live.jam import Jam
    from musicrnn.live.session import Recording, play_together

    recording = Recording(settings.qpm)
    together = Jam(Improviser(draw), send, settings, recording.take, echo=echo)
    console.print(
        f"Listening to {keyboard.name or 'the keyboard'}. Play a phrase; Ctrl-C ends.",
        markup=False, highlight=False,
    )  # fmt: skip
    try:
        play_together(together, keyboard)
    except KeyboardInterrupt:
        pass
    finally:
        if record is not None:
            say(f"wrote {record}" if recording.save(record) else "nothing was played to record")


def _list_devices() -> None:
    from musicrnn.live.devices import input_names, output_names

    for kind, names in (("keyboards", input_names()), ("instruments", output_names())):
        print_text(f"MIDI {kind}: {'; '.join(names) or 'none'}")
