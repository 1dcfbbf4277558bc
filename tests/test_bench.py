"""The benchmark's arithmetic; how fast anything is, no test says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from dynapspec import bench
from dynapspec.bench import Figure
from dynapspec.bench.commands import command_figures
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError

SPECS = Path(__file__).resolve().parents[1] / "specs"


def test_a_ratio_is_the_median_over_pairs() -> None:
    figure = Figure("x", (1.0, 2.0, 4.0), "peer", (3.0, 2.0, 40.0))
    assert figure.median == 2.0
    assert figure.ratio == 3.0
    assert Figure("x", (1.0,)).ratio is None


def test_json_has_each_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "command_figures", lambda root, runs: [Figure("a", (0.5,) * runs)])
    monkeypatch.setattr(bench, "layer_figures", lambda runs: [Figure("b", (2e-6,), "peer", (4e-6,))])
    result = CliRunner().invoke(cli, ["bench", "--specs", str(SPECS), "--runs", "1", "--format", "json"])
    assert json.loads(result.output) == [
        {"name": "a", "seconds": 0.5, "peer": "", "ratio": None},
        {"name": "b", "seconds": 2e-6, "peer": "peer", "ratio": 2.0},
    ]
    text = CliRunner().invoke(cli, ["bench", "--specs", str(SPECS), "--runs", "1"]).output
    assert "2.0 us   peer takes 2.00 times as long" in text


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    shutil.copytree(SPECS, tmp_path / "specs")
    chip = tmp_path / "specs" / "chips" / "speck2f.yaml"
    chip.write_text(chip.read_text().replace("extends: speck2", "extends: nothing"))
    with pytest.raises(InputError, match="dynapspec generate failed"):
        next(command_figures(tmp_path / "specs", 1))
