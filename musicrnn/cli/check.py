"""``musicrnn check``: what is wrong, where, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias, cast

import typer
from rich.console import Console
from rich.text import Text

from musicrnn.cli.app import SafeConsole, print_text
from musicrnn.cli.batch import MOST_FINDINGS, FileBatch, display_name, left_out, naming, read

if TYPE_CHECKING:
    from musicrnn.abc.checking.diagnostics import Diagnostic as AbcDiagnostic
    from musicrnn.midi.diagnostics import Diagnostic as MidiDiagnostic

    Found: TypeAlias = AbcDiagnostic | MidiDiagnostic

app = typer.Typer()

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
#: characters of a long source line that are display_name around the place that is meant
_WINDOW = 100


@app.command()
def check(
    files: list[str] = typer.Argument(help="ABC, MIDI or MusicXML files; - is standard input."),
    strict: bool = typer.Option(False, "--strict", help="Let warnings count as faults too."),
    voice_leading: bool = typer.Option(
        False,
        "--voice-leading",
        help="Mark four voices as a teacher does: parallels, crossings, leaps; exit with 1 if any.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON list, for editors."),
) -> None:
    """Say what is wrong with ABC, MIDI or MusicXML files; exit with 1 if anything is."""
    batch = FileBatch()
    out = SafeConsole(soft_wrap=True)
    everything: list[Found] = []
    for file in files:
        with batch.step():
            music = read(file)
            source = music.text if music.kind == "abc" else ""
            if voice_leading:
                from musicrnn.theory.voice_leading import check_score

                with naming(file):
                    findings = cast("Sequence[Found]", check_score(music.score))
            else:
                findings = cast("Sequence[Found]", music.check(strict=strict))
            everything += findings
            if not as_json:
                _show(out, file, findings, source)
    if as_json:
        rows = [asdict(finding) | {"severity": finding.severity} for finding in everything]
        print_text(json.dumps(rows, ensure_ascii=False, indent=1))
    batch.finish(len(files))
    faults = {"error", "warning"} if strict or voice_leading else {"error"}
    if any(finding.severity in faults for finding in everything):
        raise typer.Exit(1)


def _show(out: Console, file: str, findings: Sequence[Found], source: str) -> None:
    lines = source.split("\n")
    for finding in findings[:MOST_FINDINGS]:
        place, severity, message = str(finding).partition(f"{finding.severity}: ")
        out.print(Text(place).append(severity, _STYLES[finding.severity]).append(message))
        line = getattr(finding, "line", 0)  # findings in MIDI files have none
        if line and line <= len(lines):
            _caret(out, lines[line - 1], cast("AbcDiagnostic", finding))
        fix = getattr(finding, "fix", None)
        if fix:
            out.print(Text(f"  fix: {fix.title}", "green"))
    if len(findings) > MOST_FINDINGS:
        out.print(Text(left_out(file, len(findings))))
    if not findings:
        out.print(Text(f"{display_name(file)}: nothing wrong"))


def _caret(out: Console, line: str, finding: AbcDiagnostic) -> None:
    """The source line, or the part of it around the place, and a caret under the place."""
    at = finding.column - 1
    first = max(0, at - _WINDOW // 2) if len(line) > _WINDOW else 0
    part = line[first : first + _WINDOW].replace("\t", " ").rstrip("\r")
    length = max(1, min(finding.length, len(part) - (at - first)))
    out.print(Text(f"  {part}"))
    out.print(Text("  " + " " * (at - first)).append("^" * length, _STYLES[finding.severity]))
