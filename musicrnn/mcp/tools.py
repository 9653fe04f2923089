"""What a language model may call: one row a tool, each a plain function from plain values.

They run in worker processes under the limits of the page. Whatever ABC comes in is taken out of
the text around it and repaired first, and whatever goes out has been checked: it is valid, or the
answer says where and why it is not.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from musicrnn import abc, render
from musicrnn.abc.checking.unwrap import unwrap
from musicrnn.errors import MissingExtraError, UsageError
from musicrnn.generation import Model, load
from musicrnn.generation.options import SamplingArguments
from musicrnn.mcp import folder
from musicrnn.mcp.answers import Answer, faults_in, music_answer, playable, repaired
from musicrnn.web.queries import OFFERED, TuneQuery
from musicrnn.web.settings import Settings
from musicrnn.web.work import played_at

__all__ = ["TOOLS", "Answer", "Tool", "call", "offered", "warm"]

#: pixels that a score picture is fitted to
_WIDTH = 900
_MODEL = "folk"

_limits = Settings()

Abc = Annotated[
    str,
    Field(
        min_length=1,
        max_length=_limits.abc_characters,
        description="ABC notation. Text or code fences around it and small mistakes do no harm.",
    ),
]
Seed = Annotated[
    int | None, Field(ge=0, le=2**32 - 1, description="The same seed gives the same music.")
]


@dataclass(frozen=True)
class Tool:
    """A row: the function, whose name, docstring and parameters are the tool's; whether it only
    reads, and whether it needs a folder of the user's."""

    run: Callable[..., Answer]
    reads: bool = True
    files: bool = False

    @property
    def name(self) -> str:
        """What the tool is called by."""
        return self.run.__name__


# --- the tools ----------------------------------------------------------------------------------


def check(text: Abc) -> Answer:
    """Say what is wrong with ABC, by line and column: bars that do not add up to the metre, repeats
    that do not match, unknown keys, characters that mean nothing. Changes nothing."""
    faults = faults_in(text)
    if not faults:
        return Answer(("valid",), {"valid": True, "findings": []})
    return Answer(("not valid", "\n".join(faults)), {"valid": False, "findings": faults})


def fix(text: Abc) -> Answer:
    """Make ABC valid: take it out of the text around it, put in missing headers, repair bars,
    repeats and brackets with the smallest edits, each listed. What only the writer can decide is
    left, with the reason."""
    tune, changes = repaired(text)
    return music_answer(tune, changes)


def transpose(
    text: Abc,
    key: Annotated[str, Field(max_length=30, description="The new key: D, Em, A dorian.")] = "",
    semitones: Annotated[int, Field(ge=-48, le=48, description="Or by how many semitones.")] = 0,
) -> Answer:
    """Transpose a tune to another key, or by semitones; chord symbols too."""
    if bool(key) == bool(semitones):
        raise UsageError("say the new key or the number of semitones, one of them")
    tune, changes = playable(text)
    target = abc.parse_key(key) if key else None
    moved = [
        abc.transpose(abc.standalone(one), to=target, semitones=semitones)
        for one in abc.parse(tune).tunes
    ]
    return music_answer("\n".join(map(abc.write, moved)), changes)


def complete(
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_limits.abc_characters,
            description="ABC in which ? stands for a bar to fill in (|?|), or ... at the end for "
            "the rest of the tune.",
        ),
    ],
    section: Annotated[
        str, Field(max_length=1, description="Or a section (A, B, …) whose bars to write anew.")
    ] = "",
    seed: Seed = None,
) -> Answer:
    """Fill the gaps of a tune, or write one of its sections anew; every other character stays."""
    unwrapped = unwrap(text)
    model = _model()
    how: SamplingArguments = {} if seed is None else {"seed": seed}
    if section:
        tune = model.rewrite(playable(text)[0], section, **how)
    else:
        tune = model.complete(unwrapped.text, **how)
    return music_answer(tune.text, [*unwrapped.remarks, f"seed {tune.seed}"])


def generate(**controls: Any) -> Answer:
    """Write a new tune in the style of Irish, Scottish, English and American dance music. It is
    always valid and meets whatever is asked; leave out what does not matter."""
    seed = controls.pop("seed")
    options = {name: value for name, value in controls.items() if value not in ("", None, False)}
    tune = _model().generate(seed=seed, **options)
    return music_answer(tune.text, [f"seed {tune.seed}"])


def chords(
    text: Abc,
    per: Annotated[Literal["beat", "bar"], Field(description="Where a chord may change.")] = "beat",
    sevenths: Annotated[bool, Field(description="Sevenths where they lead on: D7 G.")] = False,
    keep: Annotated[
        bool, Field(description="Leave the chords that are there, and go by them.")
    ] = False,
) -> Answer:
    """Write chord symbols over a melody, as players of dance music would accompany it. Not one
    other character changes."""
    from musicrnn.arranging.chords import harmonized

    tune, changes = playable(text)
    return music_answer(harmonized(tune, per=per, sevenths=sevenths, keep=keep), changes)


def second_voice(
    text: Abc,
    place: Annotated[
        Literal["auto", "below", "above", "bass"],
        Field(description="Where it lies; auto: whichever goes better."),
    ] = "auto",
    instrument: Annotated[
        str, Field(max_length=30, description="Stay in the range of fiddle, flute, whistle-D, …")
    ] = "",
    seed: Seed = None,
) -> Answer:
    """Write a second part to a melody: below it, above it, or a bass line. The melody stays."""
    from musicrnn.arranging.second_voice import second_voice as written

    tune, changes = playable(text)
    return music_answer(written(tune, place=place, instrument=instrument, seed=seed), changes)


def vary(
    text: Abc,
    closeness: Annotated[
        float, Field(ge=0, le=1, description="The share of the notes that stays.")
    ] = 0.8,
    keep: Annotated[
        str, Field(max_length=100, description="Bars that stay as they are: 1-4,8.")
    ] = "",
    ornaments: Annotated[
        bool, Field(description="Rewrite nothing; put in rolls, cuts and triplets.")
    ] = False,
    seed: Seed = None,
) -> Answer:
    """Rewrite a tune as near to it as asked; key, form, repeats and the bars to keep stay."""
    tune, changes = playable(text)
    if ornaments:
        from musicrnn.arranging.ornaments import ornamented

        return music_answer(ornamented(tune, keep=keep, seed=seed), changes)
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        how: SamplingArguments = {} if seed is None else {"seed": seed}
        made = _model().vary(tune, closeness, keep=keep, **how)
    notes = [str(remark.message) for remark in remarks]
    return music_answer(made.text, [*changes, *notes, f"seed {made.seed}"])


def novelty(text: Abc) -> Answer:
    """Name the known tunes nearest to a tune, and how much of it no known tune has."""
    from musicrnn.evaluation.known_tunes import index_of_model

    tune, changes = playable(text)
    result = index_of_model(_MODEL).novelty(abc.to_score(abc.parse(tune).tunes[0]), nearest=3)
    if not result.notes:
        raise UsageError("the tune has no notes")
    near = [{"title": one.title, "share": round(one.share, 3)} for one in result.nearest]
    lines = [
        f"{result.new:.0%} of the notes are in no passage of two bars that a known tune has",
        f"longest shared passage: {result.longest_notes} notes, {result.longest_bars:.1f} bars",
        *(f"{one['title']}: shares {one['share']:.0%} of the notes" for one in near),
    ]
    copied = result.copied
    if copied:
        lines.insert(0, f"a copy or variant of {copied.title}")
    data = {
        "new": round(result.new, 3),
        "longest_notes": result.longest_notes,
        "copy_of": copied.title if copied else None,
        "nearest": near,
        "changes": changes,
    }
    return Answer(("\n".join(lines),), data)


def show(
    text: Abc,
    picture: Annotated[bool, Field(description="The score as a PNG picture.")] = True,
    sound: Annotated[bool, Field(description="The sound as MP3.")] = True,
    tempo: Annotated[int | None, Field(ge=20, le=400, description="Beats a minute.")] = None,
    program: Annotated[
        int | None, Field(ge=0, le=127, description="General MIDI instrument: 40 violin, 73 flute.")
    ] = None,
) -> Answer:
    """Engrave and play a tune: the first tune's score as a picture, and its sound."""
    tune, changes = playable(text)
    played = played_at(tune, tempo, program)
    seconds = played.seconds(played.length)
    if seconds > _limits.sound_seconds:
        raise UsageError(f"that lasts more than {_limits.sound_seconds // 60} minutes; send less")
    media = []
    if picture:
        media.append(("image/png", render.encode(tune, ".png", picture="score", width=_WIDTH)))
    if sound:
        media.append(("audio/mpeg", render.encode(tune, ".mp3", played=played)))
    if not media:
        raise UsageError("ask for the picture or the sound")
    data = {"seconds": round(seconds, 1), "changes": changes}
    return Answer(
        (f"{abc.parse_tune(tune).title}: {seconds:.0f} seconds", *changes), data, tuple(media)
    )


def list_files() -> Answer:
    """Name the music files in the folder that the user gave."""
    names = folder.names()
    return Answer(("\n".join(names) or "there is no music in the folder",), {"files": names})


def open_file(
    name: Annotated[str, Field(max_length=200, description="As list_files gives it.")],
) -> Answer:
    """Read a file of the folder (ABC, MIDI, MusicXML) as ABC."""
    text = folder.read(name)
    if len(text) > _limits.abc_characters:
        raise UsageError(f"{name} is longer than {_limits.abc_characters:,} characters")
    return music_answer(text, [])


def save_file(
    text: Abc,
    name: Annotated[
        str,
        Field(
            max_length=200,
            description="The file's name; its ending decides what is written: .abc .mid .mp3 .wav "
            ".flac .ogg .svg .png .pdf .musicxml .ly .rb",
        ),
    ],
    overwrite: Annotated[bool, Field(description="Write over a file that is there.")] = False,
) -> Answer:
    """Write a tune into the folder that the user gave, as a file of any kind."""
    tune, changes = playable(text)
    played = played_at(tune)
    if played.seconds(played.length) > _limits.sound_seconds:
        raise UsageError(f"that lasts more than {_limits.sound_seconds // 60} minutes; send less")
    size = folder.write(name, lambda ending: render.encode(tune, ending), overwrite=overwrite)
    return Answer((f"wrote {name}, {size:,} bytes", *changes), {"file": name, "bytes": size})


def _with_controls(run: Callable[..., Answer]) -> Callable[..., Answer]:
    """Give `run` a parameter for each control that the page offers for ABC."""
    names = [name for name, control in OFFERED.items() if control.taken_by("abc", "char")]
    parameters = []
    for name in (*names, "prime", "temperature", "new", "seed"):
        info = TuneQuery.model_fields[name]
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=info.default,
                annotation=Annotated[
                    info.annotation,
                    *info.metadata,
                    Field(description=info.description),
                ],
            )
        )
    run.__signature__ = inspect.Signature(parameters, return_annotation=Answer)  # type: ignore[attr-defined]
    return run


#: name → tool
TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(check),
        Tool(fix),
        Tool(transpose),
        Tool(complete),
        Tool(chords),
        Tool(second_voice),
        Tool(vary),
        Tool(_with_controls(generate)),
        Tool(novelty),
        Tool(show),
        Tool(list_files, files=True),
        Tool(open_file, files=True),
        Tool(save_file, reads=False, files=True),
    )
}


def offered(*, files: bool) -> list[Tool]:
    """The tools; those that need a folder only where there is one."""
    return [tool for tool in TOOLS.values() if files or not tool.files]


# --- in the worker ------------------------------------------------------------------------------

_models: dict[str, Model] = {}


def warm(root: str) -> None:
    """Load what every call needs, and remember the folder that the user named ("": none)."""
    folder.set_root(root)
    next(_model().stream(1, seed=0))
    tune = "X:1\nT:Warm\nM:4/4\nL:1/8\nK:C\nC8|]\n"
    with suppress(MissingExtraError):  # it is said when a picture is asked for
        render.engrave(tune)
    render.encode(tune, ".mp3")


def call(name: str, arguments: Mapping[str, Any]) -> Answer:
    """Run a tool. Raises `MusicRNNError` with the reason where it cannot do what is asked."""
    return TOOLS[name].run(**arguments)


def _model() -> Model:
    if _MODEL not in _models:
        _models[_MODEL] = load(_MODEL)
    return _models[_MODEL]
