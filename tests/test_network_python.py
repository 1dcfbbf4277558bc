"""PyTorch models: the modules that a chip has, those it has not, and code that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network

torch = pytest.importorskip("torch")
nn = torch.nn

SPECS = Path(__file__).resolve().parents[1] / "specs"


class SumPool2d(nn.LPPool2d):  # type: ignore[name-defined, misc]
    """As in sinabs: power pooling with the power 1."""

    def __init__(self, size: Any, stride: Any = None) -> None:
        super().__init__(1, size, stride)


class IAFSqueeze(nn.Module):  # type: ignore[name-defined, misc]
    """As in sinabs: thresholds are tensors, the floor may be missing."""

    def __init__(self, threshold: Any = 1.0, floor: float | None = -1.0) -> None:
        super().__init__()
        self.spike_threshold = torch.as_tensor(threshold)
        self.min_v_mem = None if floor is None else torch.as_tensor(floor)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def chain(model: Model) -> Chain:
    return Chain(model)


def labels(network: Network) -> list[str]:
    return [layer.label for layer in network.layers]


def test_a_rectified_network(chain: Chain) -> None:
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Dropout2d(0.5),
        nn.Sequential(nn.Identity(), nn.Conv2d(4, 8, (3, 1), stride=2, padding="valid"), nn.ReLU()),
        nn.Flatten(),
        nn.Linear(24, 10),
        nn.ReLU(),
    )
    network = read_network(net, chain, (2, 8, 10))
    # 8x10 pools to 4x5, of which a 3x1 kernel with stride 2 leaves 1x3, and 8 * 1 * 3 = 24
    assert labels(network) == ["conv 2->4 k3 p1, pool 2", "conv 4->8 k3x1 s2", "linear 24->10"]
    assert [layer.place for layer in network.layers] == [
        "module 0, Conv2d",
        "module 4.1, Conv2d",
        "module 6, Linear",
    ]
    assert [layer.parameters.rescale for layer in network.layers if layer.parameters] == [1, 4, 1]
    assert [layer.description.synapses["bias"] for layer in network.layers if layer.description] == [
        False,
        True,
        True,
    ]
    assert network.notes == ("ReLU stands for neurons with a threshold of 1 and a lower bound of -1",)


def test_words_of_neurons(chain: Chain) -> None:
    synapses = nn.Linear(32, 1, bias=False)
    synapses.weight.data = torch.linspace(-0.25, 0.5, 32)[None]
    network = read_network(nn.Sequential(synapses, IAFSqueeze(2.0, -1.0)), chain, (2, 4, 4))
    described = network.layers[0].description
    assert described is not None
    # 0.5 becomes 127: 254 words for one unit; -0.25 becomes -63.5, which rounds to the even -64
    assert described.neurons == {"spike_threshold": 508, "min_v_mem": -254}
    assert described.synapses["weight"] == {"min": -64, "max": 127}


def test_words_behind_an_average(chain: Chain) -> None:
    """0.5 / (2 * 2) = 0.125 becomes 127, so one unit is 1016 words."""
    synapses = nn.Linear(8, 1, bias=False)
    synapses.weight.data.fill_(0.5)
    net = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), synapses, nn.ReLU())
    described = read_network(net, chain, (1, 4, 4)).layers[1].description
    assert described is not None
    assert described.neurons == {"spike_threshold": 1016, "min_v_mem": -1016}


def test_two_linear_layers_say_why_they_do_not_fit(model: Model, chain: Chain) -> None:
    net = nn.Sequential(nn.Linear(3136, 6272, bias=False), nn.Linear(6272, 1000, bias=False))
    network = read_network(net, chain, (1, 56, 56))
    assert labels(network) == ["linear 3136->6272", "linear 6272->1000"]
    assert network.notes[0].startswith("module 0, Linear: the input is read as flat")
    assert [note.split(":")[0] for note in network.notes[1:]] == ["module 0, Linear", "module 1, Linear"]
    (chip,) = fit(network, fitters(model, "speck2f")).chips
    assert [layer.data()["kernel_words"] for layer in chip.layers] == [33554432, 6422528]
    assert [(v.layer, v.rule) for v in chip.violations] == [
        (0, "kernel-size"),
        (0, "features"),
        (0, "kernel-memory"),
        (1, "features"),
        (1, "kernel-memory"),
    ]


def test_input_shape_of_the_model(chain: Chain) -> None:
    net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU())
    with pytest.raises(InputError, match="--input-shape"):
        read_network(net, chain)
    net.input_shape = (2, 6, 7)
    assert read_network(net, chain).input_shape == (2, 6, 7)
    assert read_network(net, chain, (2, 5, 5)).input_shape == (2, 5, 5)


def test_features_that_do_not_match_break_a_rule(model: Model, chain: Chain) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    (chip,) = fit(read_network(net, chain, (2, 6, 6)), fitters(model, "speck2f")).chips
    assert [(v.rule, v.actual, v.limit) for v in chip.violations] == [("channels-match", 3, 2)]


def test_a_threshold_that_vanishes(model: Model, chain: Chain) -> None:
    synapses = nn.Linear(32, 1, bias=False)
    synapses.weight.data.fill_(1000.0)  # 127 / 1000 words for a unit: the threshold rounds to 0
    (chip,) = fit(
        read_network(nn.Sequential(synapses, nn.ReLU()), chain, (2, 4, 4)), fitters(model, "speck2f")
    ).chips
    broken = {v.rule: v for v in chip.violations}
    assert broken["threshold-vanished"].actual == 0
    assert broken["threshold-vanished"].clause == "dynapcnn@2.1.0#/quantization/refuse/threshold-vanished"
    assert not chip.fits


def test_pools_in_a_row_are_one(chain: Chain) -> None:
    net = nn.Sequential(nn.Conv2d(2, 4, 1), nn.ReLU(), SumPool2d(2), SumPool2d((2, 2)))
    assert labels(read_network(net, chain, (2, 8, 8))) == ["conv 2->4 k1, pool 4"]


def conv() -> Any:
    return nn.Conv2d(2, 4, 3)


class DynapcnnLayer(nn.Module):  # type: ignore[name-defined, misc]
    """As in sinabs 3.1: pooling is a list, which must not be overlooked."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_layer, self.spk_layer = conv(), IAFSqueeze()
        self.in_shape, self.pool = (2, 6, 6), [[2, 2]]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "another API": (lambda: [DynapcnnLayer()], "module 0, DynapcnnLayer: it has no pool_layer"),
    "MaxPool2d": (lambda: [conv(), nn.ReLU(), nn.Identity(), nn.MaxPool2d(2)], "module 3, MaxPool2d: "),
    "nested": (lambda: [conv(), nn.Sequential(nn.Tanh())], r"module 1\.0, Tanh: "),
    "BatchNorm2d behind neurons": (
        lambda: [conv(), nn.ReLU(), nn.BatchNorm2d(4)],
        "module 2, BatchNorm2d: it does not stand directly behind a convolution",
    ),
    "BatchNorm2d of other features": (
        lambda: [conv(), nn.BatchNorm2d(3)],
        "module 1, BatchNorm2d: it has 3 features, and module 0, Conv2d 4",
    ),
    "BatchNorm2d without statistics": (
        lambda: [conv(), nn.BatchNorm2d(4, track_running_stats=False)],
        "module 1, BatchNorm2d: it keeps no statistics",
    ),
    "lazy": (lambda: [nn.LazyConv2d(4, 3)], "module 0, LazyConv2d: "),
    "neurons first": (lambda: [nn.ReLU()], "module 0, ReLU: neurons without synapses"),
    "neurons twice": (
        lambda: [conv(), nn.ReLU(), IAFSqueeze()],
        "module 2, IAFSqueeze: the layer has neurons",
    ),
    "pool before neurons": (
        lambda: [conv(), SumPool2d(2), nn.ReLU()],
        "module 2, ReLU: the chip pools spikes",
    ),
    "overlapping pool first": (
        lambda: [SumPool2d(2, 1), conv()],
        "module 0, SumPool2d: windows that overlap before the first layer",
    ),
    "pool with padding": (lambda: [conv(), nn.ReLU(), nn.AvgPool2d(2, padding=1)], "module 2, .*padding"),
    "pool rounded up": (
        lambda: [conv(), nn.ReLU(), nn.AvgPool2d(2, ceil_mode=True)],
        "module 2, .*ceil_mode",
    ),
    "conv of a flat map": (
        lambda: [conv(), nn.ReLU(), nn.Flatten(), conv()],
        "module 2, Flatten: only a Linear",
    ),
    "flatten a part": (
        lambda: [conv(), nn.ReLU(), nn.Flatten(2)],
        "module 2, Flatten: it joins axes 2 to -1",
    ),
    "linear of the wrong size": (
        lambda: [nn.Linear(30, 2)],
        "module 0, Linear takes 30 values, .* 2x6x6 = 72",
    ),
    "thresholds": (lambda: [conv(), IAFSqueeze([1.0, 2.0])], "module 1, IAFSqueeze: spike_threshold differs"),
    "uneven padding": (lambda: [nn.Conv2d(2, 4, 2, padding="same")], "module 0, Conv2d: padding 'same'"),
    "empty": (lambda: [], "the model has no layers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_module(chain: Chain, case: str) -> None:
    modules, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        read_network(nn.Sequential(*modules()), chain, (2, 6, 6))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(chain: Chain, value: float) -> None:
    net = nn.Sequential(conv(), nn.ReLU())
    net[0].weight.data[0, 0, 0, 0] = value
    with pytest.raises(InputError, match="weights of module 0, Conv2d are infinite or not a number"):
        read_network(net, chain, (2, 6, 6))
