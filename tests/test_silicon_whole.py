"""The network that a real chip ran, from its graph to a configuration, step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import silicon
from dynapspec.cli.main import cli
from dynapspec.export import read_configuration

pytest.importorskip("nir", reason="NOT TESTED: the package nir, which reads the network, is missing")

SPECS = Path(__file__).resolve().parents[1] / "specs"
DIGIT = 1  # the shortest recording


def asked(*arguments: str) -> Any:
    """What a command says, as JSON where it says that."""
    result = CliRunner().invoke(cli, [*arguments, "--specs", str(SPECS)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "json" in arguments else result.stdout


def test_from_the_graph_to_the_chip(tmp_path: Path) -> None:
    """Each step by its command; what is written spikes as the chip did, as near as is known."""
    model = str(silicon.folder() / "nmnist_scnn.nir")
    (digit,) = silicon.folder().glob(f"digit{DIGIT}_*.bs2")
    (chip,) = asked("fit", model, "--chip", "speck2f", "--format", "json")["chips"]
    assert chip["fits"]
    assert [layer["core"] for layer in chip["layers"]] == [0, 1, 2, 3, 4]
    run = asked("simulate", model, str(digit), "--chip", "speck2f", "--format", "json")
    measured = silicon.chip_counts()[DIGIT]
    assert run["layers"][0]["spikes"] == pytest.approx(measured.sum(), rel=0.003)
    file = tmp_path / "chip.json"
    asked("export", model, "--chip", "speck2f", "--out", str(file))
    found = read_configuration(json.loads(file.read_text()), "speck2f", SPECS)
    assert found.cores == (0, 1, 2, 3, 4)
    simulate = pytest.importorskip("dynapcnn.simulation").simulate_events
    result = simulate(found.layers(), silicon.events(DIGIT))
    assert [int(counts.sum()) for counts in result.counts] == [one["spikes"] for one in run["layers"]]
    assert result.counts[-1].sum((1, 2)).argmax() == DIGIT
    first = result.counts[0]
    assert (first == measured).mean() >= 0.959
    assert np.abs(first - measured).max() <= 2
