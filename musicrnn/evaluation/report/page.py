"""One or two studies as a page: a sentence, a picture, a table for everything measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from musicrnn.evaluation.headline import headline
from musicrnn.evaluation.report import sections, sections_music
from musicrnn.evaluation.report.html import document, escape, meaning, section, table
from musicrnn.evaluation.study import Study

__all__ = ["page"]

#: The sections of a report in their order; one that does not apply is an empty text.
_SECTIONS = (
    sections_music.music,
    sections_music.voice_leading,
    sections.likelihood,
    sections.validity,
    sections.constraint,
    sections_music.features,
    sections_music.memorisation,
    sections_music.verbatim,
    sections.controls,
)


def page(studies: Sequence[Study], players: Sequence[Mapping[str, str]] = ()) -> str:
    """The report of one study, or of two side by side.

    `players` holds, for each study, a heading and the HTML of a tune that can be seen and heard.
    """
    names = " and ".join(study.name for study in studies)
    body = [_title(studies), *(_headline(study) for study in studies)]
    body += [part(studies) for part in _SECTIONS]
    body += [_players(study.name, tunes) for study, tunes in zip(studies, players, strict=False)]
    body.append(_how(studies[0]))
    return document(f"musicrnn: {names}", body)


def _title(studies: Sequence[Study]) -> str:
    names = " beside ".join(escape(study.name) for study in studies)
    lines = [f"<h1>{names}: is it good, is it valid, is it new?</h1>"]
    for study in studies:
        about = study.about
        beside = (
            f", compared with the {about.pieces} pieces of {about.corpus}'s {about.split} split"
            if about.corpus
            else ""
        )
        lines.append(
            meaning(
                f"{study.name}: {about.network}, {about.parameters:,} parameters, "
                f"{about.samples} samples{beside}"
            )
        )
    return "\n".join(lines)


def _headline(study: Study) -> str:
    figures = headline(study)
    rows = [(name, figure.said, figure.real_said) for name, figure in figures.items()]
    return table((study.name, "", "real"), rows) if rows else ""


def _players(name: str, tunes: Mapping[str, str]) -> str:
    parts = [f"<h3>{escape(heading)}</h3>{player}" for heading, player in tunes.items()]
    return (
        section(
            f"Hear {name}",
            meaning(
                "Samples ranked by the probability per note that the model gives to them: the "
                "likeliest is rarely the most interesting, the least likely shows where it fails."
            ),
            *parts,
        )
        if parts
        else ""
    )


def _how(study: Study) -> str:
    about = study.about
    command = f"musicrnn evaluate {study.name} --samples {about.samples} --seed {about.seed}"
    command += f" --style {about.style}" if about.style else ""
    return section(
        "How this was measured",
        f"<pre>{escape(command)}</pre>",
        meaning(
            "Samples are drawn at temperature 1, one candidate a tune; the tunes whose music is "
            "judged, with default settings. All definitions stand in docs/evaluation.md; the same "
            "figures are in the JSON file beside this page."
        ),
    )
