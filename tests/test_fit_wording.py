"""Sentences that people read when something does not fit, or fits otherwise than they think."""

from __future__ import annotations

import warnings
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from dynapspec.network import convert
from dynapspec.network.chain import Chain
from dynapspec.network.fit import fitters
from dynapspec.network.loading import read_network
from dynapspec.network.report import show
from dynapspec.network.suggest import with_suggestions
from report_kit import SPECS, answer, layers, model


def text_of(path: Path, chip: str) -> str:
    report, chips = answer(read_network(path, Chain(model())), chip)
    made = with_suggestions(report, Chain(model()), [*chips, *fitters(model())])
    out = StringIO()
    show(made, Console(file=out, width=200))
    return out.getvalue()


def test_each_chip_is_told_its_own_change() -> None:
    """That the network fits others stands in the table above, and is no change."""
    text = text_of(SPECS / "networks" / "sinabs-mnist.yaml", "all")
    told = text.split("would fit\n")[1]
    assert "as it is" not in told
    assert "  speck2cmini kernel 3 -> 2 in layer 2" in told


def test_a_proof_counts_layers_and_cores(tmp_path: Path) -> None:
    biased = "conv: {out_channels: 1, kernel_size: 1, bias: true}"
    layers(tmp_path, *[biased] * 3)
    text = text_of(tmp_path / "net.yaml", "speck2cmini")
    assert "layers 0, 1, 2 fit no cores but 3, 4: 3 layers for 2 cores; layer 0 needs" in text
    text = text_of(SPECS / "networks" / "sinabs-mnist.yaml", "speck2cmini")
    assert "layers 2, 3 fit no core but 3: 2 layers for 1 core; layer 2 needs" in text


def test_neurons_without_a_floor_are_told_once_for_each_layer() -> None:
    torch = pytest.importorskip("torch")
    dynapcnn = pytest.importorskip("dynapcnn")
    torch.manual_seed(1)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, bias=False),
        dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=2.0),
        torch.nn.Flatten(),
        torch.nn.Linear(72, 4, bias=False),
        dynapcnn.IAFSqueeze(batch_size=1),
    )
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        convert(network, (1, 8, 8), specs=SPECS)
    told = [str(one.message) for one in found]
    assert len(told) == 2
    assert told[0].startswith("layer 0 (module 0, Conv2d, conv 1->2 k3): every weight becomes 0")
    assert told[0].endswith("give its neurons a lower bound, such as min_v_mem=-2")
    assert told[1].startswith("layer 1 (module 3, Linear, linear 72->4): every weight becomes 0")
    assert told[1].endswith("min_v_mem=-1")
    assert {Path(one.filename) for one in found} == {Path(__file__)}
