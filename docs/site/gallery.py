"""Tunes to look at and listen to, drawn when the site is built."""

from __future__ import annotations

import shlex

#: heading, what is asked, and the command that gives the same tune
TUNES: tuple[tuple[str, dict[str, object]], ...] = (
    ("A jig in D", {"key": "D", "meter": "6/8", "rhythm": "jig", "seed": 3}),
    ("A reel in A dorian", {"key": "Ador", "meter": "4/4", "rhythm": "reel", "seed": 4}),
    ("A hornpipe in G", {"key": "G", "rhythm": "hornpipe", "seed": 5}),
    ("A waltz in G", {"key": "G", "meter": "3/4", "rhythm": "waltz", "seed": 2}),
    ("A slip jig in E minor", {"key": "Em", "meter": "9/8", "rhythm": "slip jig", "seed": 8}),
    (
        "A polka on the whistle",
        {"key": "D", "rhythm": "polka", "instrument": "whistle-D", "seed": 6},
    ),
)


def gallery(fragments: dict[str, str], *, drawn: bool) -> str:
    """The page; scores and players go into `fragments`."""
    import musicrnn
    from musicrnn import render

    parts = [
        "# Gallery",
        "",
        "Every tune is the first that its command gives: none was chosen.",
        "",
    ]
    model = musicrnn.load("folk")
    for number, (heading, asked) in enumerate(TUNES, 1):
        parts += [f"## {heading}", "", f"```sh\n{_command(asked)}\n```", ""]
        if drawn:
            tune = model.generate(**asked)  # type: ignore[arg-type]
            name = f"FRAGMENT-gallery-{number}"
            fragments[name] = render.player_html(tune.text, tune.played)
            parts += [name, "", '??? note "The tune in ABC"', ""]
            parts += [*(f"    {line}" for line in ["```text", *tune.text.splitlines(), "```"]), ""]
    return "\n".join(parts)


def _command(asked: dict[str, object]) -> str:
    words = [f"--{name} {shlex.quote(str(value))}" for name, value in asked.items()]
    return f"musicrnn generate {' '.join(words)}"
