"""``musicrnn fix``: repair ABC with the smallest edits, and say each one."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict
from typing import Any

import typer
from rich.text import Text

from musicrnn.cli.app import SafeConsole, console, print_text
from musicrnn.cli.batch import (
    MOST_FINDINGS,
    STDIN,
    FileBatch,
    display_name,
    left_out,
    read_bytes,
    refuse_overwriting,
    say,
    say_written,
)
from musicrnn.errors import UsageError

app = typer.Typer()


@app.command()
def fix(
    files: list[str] = typer.Argument(help="ABC files; - is standard input."),
    output: str = typer.Option(
        "-", "-o", "--output", help="Write the repaired text here; - is standard output."
    ),
    in_place: bool = typer.Option(False, "--in-place", "-i", help="Write over the files."),
    diff: bool = typer.Option(False, "--diff", help="Print what would change, and write nothing."),
    join_bars: bool = typer.Option(
        False, help="Also take out a bar line where that leaves a bar longer than the metre."
    ),
    as_json: bool = typer.Option(
        False, "--json", help="Print the edits and what is left as JSON, and write nothing."
    ),
) -> None:
    """Repair ABC with the smallest edits. Each edit is listed, and what is a guess is marked.

    Exits with 1 when something is wrong that only a person can decide.
    """
    from musicrnn import abc
    from musicrnn.files import write_whole

    if len(files) > 1 and not (in_place or diff or as_json):
        raise UsageError("several files: repair them --in-place, or look at the --diff")
    if not (in_place or diff or as_json):
        refuse_overwriting(output, files, "; to repair it in its place: --in-place")
    batch = FileBatch()
    rows: list[dict[str, Any]] = []
    left = 0
    for file in files:
        with batch.step():
            text = _text(file)
            repair = abc.fix(text, file=display_name(file), join_bars=join_bars)
            left += len(repair.left)
            if as_json:
                rows.append(
                    {
                        "file": display_name(file),
                        "edits": [asdict(edit) for edit in repair.edits],
                        "left": [asdict(finding) for finding in repair.left],
                    }
                )
                continue
            for edit in repair.edits:
                console.print(Text(f"{display_name(file)}:{edit}", "green"), soft_wrap=True)
            for finding in repair.left[:MOST_FINDINGS]:
                console.print(Text(f"{finding} (left alone)", "yellow"), soft_wrap=True)
            if len(repair.left) > MOST_FINDINGS:
                console.print(Text(left_out(file, len(repair.left)), "yellow"), soft_wrap=True)
            if repair.remark:
                say(f"{display_name(file)}: {repair.remark}")
            if diff:
                _print_diff(text, repair.text, display_name(file))
            elif in_place and file != STDIN:
                if repair.edits:
                    write_whole(file, repair.text)
                    say_written(file)
            elif output == STDIN:
                print_text(repair.text, nl=False)
            else:
                write_whole(output, repair.text)
                say_written(output)
    if as_json:
        print_text(json.dumps(rows, ensure_ascii=False, indent=1))
    batch.finish(len(files))
    if left:
        raise typer.Exit(1)


def _text(file: str) -> str:
    from musicrnn import abc

    name = display_name(file)
    return abc.decode(read_bytes(file), file=name, tell=lambda line: say(f"{name}: {line}"))


def _print_diff(before: str, after: str, name: str) -> None:
    out = SafeConsole(soft_wrap=True)
    styles = {"+": "green", "-": "red", "@": "cyan"}
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, f"{name} (repaired)", lineterm="", n=1
    )
    for line in lines:
        out.print(Text(line, styles.get(line[:1], "")))
