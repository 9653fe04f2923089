"""Without Ray, asking for a cluster names the command that installs it."""

import os
import sys

import pytest

from musicrnn.cli.app import main
from musicrnn.errors import MissingExtraError
from musicrnn.parallel.ray import connected


def test_a_missing_ray_is_one_line_with_the_command(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    missing = pytest.raises(MissingExtraError, match=r"pip install .*\[cluster\]")
    with missing, connected("auto"):
        pass
    with pytest.raises(SystemExit) as stop:
        main(["corpus", "build", "dinosaurs", "-o", str(tmp_path / "out"), "--cluster", "auto"])
    error = capsys.readouterr().err
    assert (stop.value.code, error.count("\n")) == (1, 1)
    assert "[cluster]'" in error


@pytest.mark.parametrize(("address", "says_so"), [("auto", True), ("local", False)])
def test_who_has_a_token_brings_it_to_a_cluster_that_runs(monkeypatch, address, says_so):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    monkeypatch.setenv("RAY_AUTH_MODE", "")
    monkeypatch.delenv("RAY_AUTH_MODE")
    with pytest.raises(MissingExtraError), connected(address):
        pass
    assert ("RAY_AUTH_MODE" in os.environ) is says_so
