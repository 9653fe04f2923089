"""Without Ray, asking for a cluster names the command that installs it."""

import sys

import pytest

from musicrnn.cli.app import main
from musicrnn.cluster import connected
from musicrnn.errors import MissingExtraError


def test_a_missing_ray_is_one_line_with_the_command(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    missing = pytest.raises(MissingExtraError, match=r"pip install 'musicrnn\[cluster\]'")
    with missing, connected("auto"):
        pass
    with pytest.raises(SystemExit) as stop:
        main(["corpus", "build", "dinosaurs", "-o", str(tmp_path / "out"), "--cluster", "auto"])
    error = capsys.readouterr().err
    assert (stop.value.code, error.count("\n")) == (1, 1)
    assert "musicrnn[cluster]" in error
