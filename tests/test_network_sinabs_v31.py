"""What sinabs 3.1.3 makes of networks with branches, merges and poolings, and what is right.

Each of five graphs is shown right here by a sum that is worked out by hand and by the model itself, and
wrong in sinabs where it is installed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import peer
from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.export import export
from dynapspec.network import load
from dynapspec.network.conversion import DoesNotFitError
from peer import Peer

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn

SPECS = Path(__file__).resolve().parents[1] / "specs"
SHAPE = (1, 4, 4)
quiet = pytest.mark.filterwarnings("ignore:.*become:UserWarning")


class Library:
    """The parts that a model is made of, ours or those of sinabs."""

    def __init__(self, layers: Any) -> None:
        self.layers = layers

    def neurons(self, threshold: float = 1.0) -> Any:
        return self.layers.IAFSqueeze(batch_size=1, spike_threshold=torch.tensor(threshold), min_v_mem=-1.0)

    def add(self) -> Any:
        merge = getattr(self.layers, "Merge", None)
        return Add() if merge is None else merge()


class Add(nn.Module):  # type: ignore[name-defined, misc]
    """What sinabs calls a Merge, for two or more."""

    def forward(self, *maps: Any) -> Any:
        total = maps[0]
        for one in maps[1:]:
            total = total + one
        return total


OURS = Library(dynapcnn)


@pytest.fixture(scope="module")
def theirs() -> Iterator[Library]:
    with peer.loaded(peer.V31) as found, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert isinstance(found, Peer)
        yield Library(found.layers)


def ones(inputs: int, outputs: int, kernel: int = 1, value: float = 1.0) -> Any:
    """A convolution that passes on what it receives; the kernel keeps the map."""
    made = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    nn.init.constant_(made.weight, value)
    return made


class Residual(nn.Module):  # type: ignore[name-defined, misc]
    """B5: neurons feed a convolution as they are and a sum behind it pooled."""

    def __init__(self, of: Library) -> None:
        super().__init__()
        self.c1, self.s1 = ones(1, 1), of.neurons()
        self.c2, self.s2 = ones(1, 1), of.neurons()
        self.pool1, self.pool2 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.add, self.c3, self.s3 = of.add(), ones(1, 1), of.neurons()

    def forward(self, x: Any) -> Any:
        a = self.s1(self.c1(x))
        b = self.s2(self.c2(a))
        return self.s3(self.c3(self.add(self.pool1(a), self.pool2(b))))


class Padded(nn.Module):  # type: ignore[name-defined, misc]
    """B6: an average with padding, which no core has."""

    def __init__(self, of: Library) -> None:
        super().__init__()
        self.row = nn.Sequential(
            ones(1, 1), of.neurons(), nn.AvgPool2d((2, 2), padding=1), ones(1, 1), of.neurons()
        )

    def forward(self, x: Any) -> Any:
        return self.row(x)


class PooledExit(nn.Module):  # type: ignore[name-defined, misc]
    """B7: the last layer pools."""

    def __init__(self, of: Library) -> None:
        super().__init__()
        self.c1, self.s1, self.pool = ones(1, 1), of.neurons(), of.layers.SumPool2d((2, 2))

    def forward(self, x: Any) -> Any:
        return self.pool(self.s1(self.c1(x)))


class TwoScales(nn.Module):  # type: ignore[name-defined, misc]
    """B9: a mean over four is added to a branch that is not pooled."""

    def __init__(self, of: Library) -> None:
        super().__init__()
        self.c1, self.s1, self.pool = ones(1, 1), of.neurons(), nn.AvgPool2d(2)
        self.c2, self.s2 = nn.Conv2d(1, 1, 2, 2, bias=False), of.neurons()
        nn.init.constant_(self.c2.weight, 0.25)
        self.add, self.c3, self.s3 = of.add(), ones(1, 1), of.neurons()

    def forward(self, x: Any) -> Any:
        return self.s3(self.c3(self.add(self.pool(self.s1(self.c1(x))), self.s2(self.c2(x)))))


class Three(nn.Module):  # type: ignore[name-defined, misc]
    """B10: three branches are added."""

    def __init__(self, of: Library) -> None:
        super().__init__()
        self.c0, self.s0 = ones(1, 1), of.neurons()
        for i in (1, 2, 3):
            setattr(self, f"c{i}", ones(1, 1))
            setattr(self, f"s{i}", of.neurons())
        self.c4, self.s4 = ones(1, 1), of.neurons()

    def branches(self, x: Any) -> list[Any]:
        a = self.s0(self.c0(x))
        arms = [(self.c1, self.s1, a), (self.c2, self.s2, a), (self.c3, self.s3, x)]
        return [s(c(start)) for c, s, start in arms]

    def forward(self, x: Any) -> Any:
        a, b, c = self.branches(x)
        return self.s4(self.c4(a + b + c))


class ThreeMerged(Three):
    """The same with a module that joins, as sinabs's documentation asks for."""

    def __init__(self, of: Library) -> None:
        super().__init__(of)
        self.add = of.add()

    def forward(self, x: Any) -> Any:
        return self.s4(self.c4(self.add(*self.branches(x))))


def frames(steps: int = 4) -> Any:
    """One spike on each place in each bin."""
    return torch.ones(steps, *SHAPE)


def convert(model: Any, discretize: bool = False) -> Any:
    return networks.convert(model, SHAPE, specs=SPECS, discretize=discretize)


def converted_by(theirs: Library, model: Any, discretize: bool = False) -> Any:
    from sinabs.backend.dynapcnn import DynapcnnNetwork

    return DynapcnnNetwork(model, input_shape=SHAPE, batch_size=1, discretize=discretize)


# Each graph, and the spikes that leave it for four bins of ones, worked out by hand:
#   B5: the means of two maps of ones, added: 2 on 2x2 places, in 4 bins.
#   B7: sums over four, on 2x2 places, in 4 bins.
#   B9: a mean of 1 and a sum of 4 * 0.25 = 1: 2 on 2x2 places, in 4 bins.
#   B10: three ones added on 4x4 places, in 4 bins.
RIGHT: dict[str, tuple[Callable[[Library], Any], int]] = {
    "B5 residual": (Residual, 2 * 4 * 4),
    "B7 pooled exit": (PooledExit, 4 * 4 * 4),
    "B9 two scales": (TwoScales, 2 * 4 * 4),
    "B10 three branches": (Three, 3 * 16 * 4),
}


@quiet
@pytest.mark.parametrize("discretize", [False, True])
@pytest.mark.parametrize("name", RIGHT)
def test_ours_is_right(name: str, discretize: bool) -> None:
    made, expected = RIGHT[name]
    model = made(OURS)
    assert model(frames()).sum() == expected
    found = convert(made(OURS), discretize)(frames())
    assert found.sum() == expected
    assert torch.equal(found, made(OURS)(frames()))


def test_ours_refuses_padded_averages() -> None:
    """B6: it is told in place of being dropped, with the line of the model."""
    told = r"module row\.2, AvgPool2d \(.*test_network_sinabs_v31\.py:\d+\): pooling with padding"
    with pytest.raises(InputError, match=told):
        convert(Padded(OURS))


def test_ours_exports_the_pooling_of_an_exit() -> None:
    """B7: the destination of the output has it."""
    core = export(convert(PooledExit(OURS), True), "speck2f", specs=SPECS)["cnn_layers"][0]
    assert core["destinations"][0]["pooling"] == 2


def test_ours_tells_of_a_third_destination() -> None:
    """B10: three destinations are told as such, with the layer, its limit and the clause."""

    class Fan(Three):
        def branches(self, x: Any) -> list[Any]:
            a = self.s0(self.c0(x))
            return [self.s1(self.c1(a)), self.s2(self.c2(a)), self.s3(self.c3(a))]

    with pytest.raises(DoesNotFitError, match="layer 0: 3 destinations, the chip takes at most 2") as caught:
        networks.convert(Fan(OURS), SHAPE, "speck2f", SPECS)
    (violation,) = caught.value.report.chips[0].violations
    assert (violation.rule, violation.layer, violation.actual, violation.limit) == ("fan-out", 0, 3, 2)
    assert "#/" in violation.clause


# ── What sinabs makes of them ───────────────────────────────────────────────────────────────────


def test_sinabs_residual(theirs: Library) -> None:
    with pytest.raises(IndexError):
        converted_by(theirs, Residual(theirs))


def test_sinabs_padded(theirs: Library) -> None:
    """It tells the next layer that it receives 3x3, and hands it the 2x2 of a pooling without padding."""
    net = converted_by(theirs, Padded(theirs))
    first, second = (net.dynapcnn_layers[i] for i in (0, 1))
    assert tuple(second.in_shape[1:]) == (3, 3)
    assert tuple(first(frames()).shape[2:]) == (2, 2)


def test_sinabs_pooled_exit(theirs: Library) -> None:
    """Its simulation pools, and the destination that says so is not written."""
    from sinabs.backend.dynapcnn.chips.dynapcnn import DynapcnnConfigBuilder as Builder

    net = converted_by(theirs, PooledExit(theirs), discretize=True)
    assert tuple(net(frames()).shape[2:]) == (2, 2)
    (ends,) = net.layer_destination_map.values()
    written = Builder.get_dynapcnn_layer_config_dict(net.dynapcnn_layers[0], {0: 0}, ends)
    assert written["destinations"] == []


def test_sinabs_two_scales(theirs: Library) -> None:
    net = converted_by(theirs, TwoScales(theirs))
    expected = RIGHT["B9 two scales"][1]
    assert TwoScales(theirs)(frames()).sum() == expected
    assert net(frames()).sum() < expected


def test_sinabs_three_branches(theirs: Library) -> None:
    with pytest.raises(TypeError):
        converted_by(theirs, ThreeMerged(theirs))(frames())


# ── Networks of its backend ─────────────────────────────────────────────────────────────────────


class Branched(nn.Module):  # type: ignore[name-defined, misc]
    """Two arms that it gets right: both with neurons, pooled alike."""

    def __init__(self, of: Library) -> None:
        super().__init__()
        torch.manual_seed(8)
        self.c0, self.s0 = nn.Conv2d(1, 3, 3, padding=1, bias=False), of.neurons(0.5)
        self.c1, self.s1 = nn.Conv2d(3, 2, 1, bias=False), of.neurons(0.5)
        self.c2, self.s2 = nn.Conv2d(3, 2, 3, padding=1, bias=False), of.neurons(0.5)
        self.p1, self.p2 = of.layers.SumPool2d((2, 2)), of.layers.SumPool2d((2, 2))
        self.add, self.c3, self.s3 = of.add(), nn.Conv2d(2, 2, 2, bias=False), of.neurons(0.5)
        for one in (self.c0, self.c1, self.c2, self.c3):
            one.weight.data += 0.2

    def forward(self, x: Any) -> Any:
        a = self.s0(self.c0(x))
        return self.s3(self.c3(self.add(self.p1(self.s1(self.c1(a))), self.p2(self.s2(self.c2(a))))))


@quiet
def test_a_network_of_the_backend_is_read(theirs: Library) -> None:
    """Its layers, the ways between them and the pooling on each; the words as they are."""
    net = converted_by(theirs, Branched(theirs), discretize=True)
    network = load(net, specs=SPECS)
    assert network.input_shape == SHAPE
    assert {(e.source, e.target) for e in network.edges} == {
        *((None, 0), (0, 1), (0, 2), (1, 3), (2, 3), (3, None))
    }
    ours: Any = networks.convert(net, specs=SPECS)
    assert all(isinstance(layer, dynapcnn.DynapcnnLayer) for layer in ours.layers)
    x = (torch.rand(30, *SHAPE, generator=torch.Generator().manual_seed(2)) < 0.5).float()
    import sinabs

    sinabs.reset_states(net)
    expected = net(x)
    assert expected.sum() > 0
    assert torch.equal(ours(x), expected)


@quiet
def test_a_sequence_of_the_backend_is_read(theirs: Library) -> None:
    """With the block of the sensor, which its map of destinations calls by a name of its own."""
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    torch.manual_seed(9)
    block = DVSLayer((8, 8), pool=(2, 2), flip_y=True)
    model = nn.Sequential(block, nn.Conv2d(2, 3, 2, bias=False), theirs.neurons(0.5))
    from sinabs.backend.dynapcnn import DynapcnnNetwork

    net = DynapcnnNetwork(model, batch_size=1, discretize=True)
    network = load(net, specs=SPECS)
    assert network.preprocessing is not None
    assert (network.preprocessing.shape, network.preprocessing.pool) == ((2, 8, 8), (2, 2))
    assert network.preprocessing.mirror == (True, False)
    x = torch.randint(0, 3, (20, 2, 8, 8), generator=torch.Generator().manual_seed(2)).float()
    import sinabs

    sinabs.reset_states(net)
    expected = net(x)
    assert expected.sum() > 0
    assert torch.equal(networks.convert(net, specs=SPECS)(x), expected)
