"""``musicrnn corpus``, as a user runs it."""

import json

import pytest

from musicrnn.cli.app import main
from musicrnn.corpus import available
from musicrnn.score import Note, Score

TUNE = "X:{0}\nT:Tune {0}\nM:4/4\nL:1/4\nK:C\n{1}|GABc|CDEF|GABc|]\n"
NOTES = ["CDEF", "DEFG", "EFGA", "FGAB", "GABc"]


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.abc"
    tunes = [TUNE.format(number, notes) for number, notes in enumerate(NOTES, 1)]
    path.write_text("\n".join([*tunes, TUNE.format(6, "CDEF"), TUNE.format(7, "CDEFG")]))
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["corpus", *map(str, arguments)])
    shown = capsys.readouterr()
    return stop.value.code, shown.out, shown.err


def test_list_names_every_corpus(capsys):
    code, out, err = run(capsys, "list")
    assert (code, err) == (0, "")
    assert all(name in out for name in available())
    code, out, _ = run(capsys, "list", "--json")
    assert [entry["name"] for entry in json.loads(out)] == list(available())


def test_info_shows_what_was_kept_and_why_not_the_rest(book, capsys):
    code, out, _ = run(capsys, "info", book)
    assert code == 0
    words = out.split()
    assert words[words.index("all") + 1 :][:5] == ["7", "5", "1", "1", "0"]
    assert "bar-length 1" in out
    assert "keys: C 5" in out


def test_info_for_programs(book, capsys):
    code, out, _ = run(capsys, "info", book, "--json")
    assert code == 0
    described = json.loads(out)
    assert described["counts"]["kept"] == 5
    assert described["meters"] == {"4/4": 5}


def test_info_on_a_midi_file_names_the_melody_and_says_why(tmp_path, capsys):
    from fractions import Fraction

    from musicrnn.render import to_midi

    notes = [Note(Fraction(i), pitch, Fraction(1)) for i, pitch in enumerate([60, 62, 64, 65])]
    (tmp_path / "scale.mid").write_bytes(to_midi(Score.of(notes)))
    code, out, err = run(capsys, "info", tmp_path / "scale.mid")
    assert (code, err) == (0, "")
    assert "melody: track" in out
    code, out, _ = run(capsys, "info", tmp_path / "scale.mid", "--json")
    assert json.loads(out)["voices"][0]["notes"] == 4


def test_build_writes_pieces_and_a_report_tune_by_tune(book, tmp_path, capsys):
    code, _, err = run(capsys, "build", book, "-o", tmp_path / "built")
    assert code == 0
    assert "report.json" in err
    report = json.loads((tmp_path / "built" / "report.json").read_text())
    assert [entry["outcome"] for entry in report["pieces"]] == [
        *["kept"] * 5, "duplicate", "rejected"
    ]  # fmt: skip
    lines = [(tmp_path / "built" / f"{part}.jsonl").read_text() for part in report["parts"]]
    assert sum(text.count("\n") for text in lines) == 5


@pytest.mark.parametrize("name", ["no-such-corpus", "/no/such/folder"])
def test_what_is_not_there_is_one_line(name, capsys):
    code, out, err = run(capsys, "info", name)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("musicrnn: there is no corpus")


def test_an_unwritable_folder_is_one_line(book, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    code, _, err = run(capsys, "build", book, "-o", tmp_path / "file" / "folder")
    assert (code, err.count("\n")) == (1, 1)


def test_build_packs_token_ids_where_asked_to(book, tmp_path, capsys):
    from musicrnn.corpus.shards import Shards

    code, _, err = run(capsys, "build", book, "-o", tmp_path / "built", "--tokens", "char")
    assert code == 0
    assert "packed" in err
    shards = Shards(tmp_path / "built" / "tokens")
    assert len(shards.part("train")) == 3
    assert "T:Tune" in shards.tokenizer.decode(shards.part("train")[0]).content


def test_stats_measures_a_collection(book, tmp_path, capsys):
    code, out, _ = run(capsys, "stats", book)
    assert code == 0
    assert "key: C 5" in out
    code, out, _ = run(capsys, "stats", book, "--json", "-o", tmp_path / "page.html")
    assert json.loads(out)["pieces"] == 5
    assert "<html" in (tmp_path / "page.html").read_text()
    code, _, err = run(capsys, "stats", book, "-o", tmp_path / "page.pdf")
    assert (code, "name it .html" in err) == (1, True)


def test_build_says_what_share_of_the_notes_is_learned_and_what_learns_the_rest(tmp_path, capsys):
    from fractions import Fraction

    from musicrnn.render import to_midi

    (tmp_path / "duets").mkdir()
    for shift in range(3):
        notes = [
            Note(Fraction(at), pitch + shift * at % 5, Fraction(1))
            for at in range(16)
            for pitch in (60, 64, 67, 72)
        ]
        (tmp_path / "duets" / f"{shift}.mid").write_bytes(to_midi(Score.of(notes)))
    code, _, err = run(capsys, "build", tmp_path / "duets", "-o", tmp_path / "built")
    assert code == 0
    assert "25% of the notes are in the melody of each piece" in err
    assert "--tokens remi" in err
