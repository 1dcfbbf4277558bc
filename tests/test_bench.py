"""The benchmark's arithmetic; how fast anything is, no test says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from dynapspec import bench
from dynapspec.bench import Figure, Growth
from dynapspec.bench.commands import command_figures
from dynapspec.bench.variants import write_variants
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"


def test_a_ratio_is_the_median_over_pairs() -> None:
    figure = Figure("x", (1.0, 2.0, 4.0), "peer", (3.0, 2.0, 40.0))
    assert figure.median == 2.0
    assert figure.ratio == 3.0
    assert Figure("x", (1.0,)).ratio is None


def test_json_has_each_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "command_figures", lambda root, runs: [Figure("a", (0.5,) * runs)])
    monkeypatch.setattr(bench, "layer_figures", lambda runs: [Figure("b", (2e-6,), "peer", (4e-6,))])
    monkeypatch.setattr(bench, "design_figures", lambda runs: [])
    monkeypatch.setattr(bench, "neuron_figures", lambda runs: [])
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


def test_a_growth_is_what_one_chip_adds() -> None:
    growth = Growth("check", 4, (5.0, 3.0, 4.0), (2.0, 1.0, 9.0))
    assert growth.name == "check, 4 chips more"
    assert growth.each == 0.5


def test_growths_are_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "command_figures", lambda root, runs: [])
    monkeypatch.setattr(bench, "layer_figures", lambda runs: [])
    monkeypatch.setattr(bench, "design_figures", lambda runs: [])
    monkeypatch.setattr(bench, "neuron_figures", lambda runs: [])
    monkeypatch.setattr(
        bench,
        "growth_figures",
        lambda root, counts, runs: [Growth("check", n, (n + 1.0,), (1.0,)) for n in counts],
    )
    asked = ["bench", "--specs", str(SPECS), "--variants", "10", "--variants", "100"]
    rows = json.loads(CliRunner().invoke(cli, [*asked, "--format", "json"]).output)
    assert rows == [
        {"name": "check, 10 chips more", "seconds": 11.0, "seconds_per_chip": 1.0},
        {"name": "check, 100 chips more", "seconds": 101.0, "seconds_per_chip": 1.0},
    ]
    assert "1000.0 ms for each" in CliRunner().invoke(cli, asked).output


def test_made_chips_are_sound_and_each_is_another(tmp_path: Path) -> None:
    write_variants(SPECS, tmp_path / "specs", 24)
    model = load_model(tmp_path / "specs")
    made = [chip.spec for name, chip in model.chips.items() if name.startswith("made-")]
    facts = {
        repr((spec.cores, [limit.data for limit in spec.limits.values()], spec.devices)) for spec in made
    }
    assert len(made) == 24
    assert len(facts) == 24
    assert any(not spec.claims for spec in made)
    assert any(spec.limits["stride"].one_of != (1, 2, 4, 8) for spec in made)


def test_made_chips_are_the_same_each_time(tmp_path: Path) -> None:
    for name, count in (("few", 3), ("more", 9)):
        write_variants(SPECS, tmp_path / name, count)
    for path in sorted((tmp_path / "few" / "chips").glob("made-*.yaml")):
        assert path.read_bytes() == (tmp_path / "more" / "chips" / path.name).read_bytes()


def test_training_is_measured_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("command_figures", "layer_figures", "design_figures", "neuron_figures"):
        monkeypatch.setattr(bench, name, lambda *_: [])
    monkeypatch.setattr(bench, "training_figures", lambda runs: [Figure("backward", (1.0,) * runs)])
    found = [
        CliRunner().invoke(cli, ["bench", "--specs", str(SPECS), "--runs", "1", *more]).output
        for more in ([], ["--training"])
    ]
    assert ["backward" in output for output in found] == [False, True]


def test_answers_that_differ_are_no_figure() -> None:
    torch = pytest.importorskip("torch")
    from dynapspec.bench.neurons import _agree

    _agree(torch, torch.ones(3), torch.ones(3), "spikes")
    _agree(torch, torch.ones(3), None, "spikes")
    with pytest.raises(InputError, match="our spikes and the peer's differ"):
        _agree(torch, torch.ones(3), torch.zeros(3), "spikes")
