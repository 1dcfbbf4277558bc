"""The loads that ``fit`` computes from counts are those that ``simulate`` measured, spike by spike.

``fit`` knows a map of counts and the geometry of the next layer; ``simulate`` steps every event. They
share the network, and no arithmetic.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import silicon
from dynapspec.cli.main import cli
from export_kit import SPECS, nn, torch

CHIP = "speck2f"
MODEL = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_loads_measured import arms, chain
"""


def spiking(features: int, into: int, kernel: int, **fields: Any) -> Any:
    """Weights that let about every third event through."""
    import dynapcnn

    made = nn.Conv2d(into, features, kernel, bias=False, **fields)
    torch.nn.init.uniform_(made.weight, -0.5, 1.0)
    return nn.Sequential(made, dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0))


def chain() -> Any:
    """Strides, paddings and windows that leave rows over, on a map that is not square."""
    import dynapcnn

    torch.manual_seed(1)
    first = spiking(4, 2, 3, stride=2, padding=1)
    second = spiking(3, 4, 3, padding=1)
    last = spiking(5, 3, 2)
    return nn.Sequential(*first, *second, dynapcnn.SumPool2d(2), *last)


def arms() -> Any:
    """One layer sends to two, by windows of their own, and both come together again."""

    class Arms(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            import dynapcnn

            super().__init__()
            torch.manual_seed(2)
            self.stem, self.left, self.right = (
                spiking(4, 2, 3, padding=1),
                spiking(2, 4, 3, padding=1),
                spiking(3, 4, 1),
            )
            self.pool, self.last = dynapcnn.SumPool2d(2), spiking(2, 5, 3)

        def forward(self, x: Any) -> Any:
            x = self.stem(x)
            left, right = self.pool(self.left(x)), self.right(self.pool(x))
            return self.last(torch.cat([left, right], 1))

    return Arms()


def answered(*asked: object) -> dict[str, Any]:
    done = CliRunner().invoke(
        cli, [*map(str, asked), "--chip", CHIP, "--format", "json", "--specs", str(SPECS)]
    )
    assert done.exit_code == 0, done.output
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def measured_and_computed(
    model: str, events: Path, counts: Path, *shape: object
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the simulation counted, and the loads for the counts of its neurons."""
    told = answered("simulate", model, events, "--out", counts, *shape)
    loads: list[dict[str, Any]] = answered("fit", model, "--counts", counts, *shape)["chips"][0]["loads"]
    return told, loads


def agree(told: dict[str, Any], loads: list[dict[str, Any]]) -> None:
    seconds = told["duration_us"] / 1e6
    assert len(loads) == len(told["layers"])
    for layer, load in zip(told["layers"], loads, strict=True):
        assert layer["synops"] > 0
        assert load["events_per_second"] * seconds == pytest.approx(layer["received"], rel=1e-9)
        assert load["synops_per_second"] * seconds == pytest.approx(layer["synops"], rel=1e-9)
        assert load["share"] == pytest.approx(layer["load"], rel=1e-9)
        assert load["core"] == layer["core"]


@pytest.mark.parametrize("name", ["chain", "arms"])
def test_on_small_networks(tmp_path: Path, name: str) -> None:
    source, events, height, width = tmp_path / "net.py", tmp_path / "events.npy", 13, 10
    source.write_text(MODEL)
    rng = np.random.default_rng(3)
    shown = [rng.integers(0, n, 400) for n in (width, height, 2)]
    np.save(events, np.stack([*shown, np.sort(rng.integers(0, 10_000, 400))], 1))
    shape = ("--input-shape", f"2,{height},{width}")
    agree(*measured_and_computed(f"{source}:{name}", events, tmp_path / "c.npz", *shape))


def test_on_what_the_silicon_was_shown(tmp_path: Path) -> None:
    pytest.importorskip("nir", reason="NOT TESTED: the package nir is missing")
    folder = silicon.folder()
    told, loads = measured_and_computed(
        str(folder / "nmnist_scnn.nir"), folder / "digit0_60004.bs2", tmp_path / "c.npz"
    )
    agree(told, loads)
    assert sum(layer["synops"] for layer in told["layers"]) > 10_000_000
