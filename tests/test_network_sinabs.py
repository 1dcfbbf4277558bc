"""Sequential networks become the words of sinabs 2.0.0 to 3.0.4, and spike as they do: bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import peer
from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.network import load
from dynapspec.network.network import Preprocessing
from peer import Peer
from sequences import Sequence, Stage, built, sequences, spikes

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn

SPECS = Path(__file__).resolve().parents[1] / "specs"
WORDS = ("conv_layer.weight", "conv_layer.bias", "spk_layer.spike_threshold", "spk_layer.min_v_mem")
quiet = pytest.mark.filterwarnings("ignore:.*become:UserWarning")  # that weights vanish is told elsewhere
quick = settings(max_examples=8, deadline=None, database=None, derandomize=True)
long = settings(max_examples=1500, deadline=None, database=None)
HAND_MADE = {
    "mnist": Sequence(
        (1, 28, 28),
        (
            Stage(20, (5, 5), pools=(("avg", 2),)),
            Stage(32, (5, 5), pools=(("avg", 2),)),
            Stage(128, pools=(("avg", 2),), extra="dropout"),
            Stage(500, linear=True, bias=True),
            Stage(10, linear=True, bias=True),
        ),
    ),
    "strides": Sequence(
        (2, 34, 34),
        (
            Stage(8, (5, 5), (2, 2), (1, 1)),
            Stage(16, (3, 3), (1, 1), (1, 1), pools=(("sum", 2),)),
            Stage(8, (3, 3), (1, 1), (1, 1), pools=(("sum", 2),), fires="SingleSpike"),
            Stage(32, linear=True),
            Stage(10, linear=True),
        ),
    ),
    "pools in a row": Sequence(
        (2, 24, 20),
        (
            Stage(4, bias=True, pools=(("avg", 2), ("avg", 2)), padding=(1, 1)),
            Stage(3, (2, 2), threshold=0.7, floor=-0.35),
        ),
    ),
    "a map that is not square": Sequence(
        (2, 6, 10), (Stage(5, padding=(1, 1), pools=(("avg", 2),)), Stage(7, linear=True, bias=True))
    ),
    "thresholds": Sequence(
        (1, 9, 9), (Stage(3, threshold=2.5, floor=-5.0), Stage(4, (1, 1), threshold=0.2, floor=-0.1))
    ),
    "nothing but linear": Sequence(
        (1, 4, 6), (Stage(16, linear=True, bias=True), Stage(8, linear=True), Stage(2, linear=True))
    ),
}


@pytest.fixture(scope="module")
def sinabs() -> Iterator[Peer]:
    with peer.loaded() as one:
        yield one


def theirs_of(model: Any, shape: tuple[int, int, int]) -> Any:
    """The network of sinabs, and its layers."""
    from sinabs.backend.dynapcnn import DynapcnnNetwork

    return DynapcnnNetwork(model, input_shape=shape, discretize=True)


def layers_of(net: Any) -> list[Any]:
    return [one for one in getattr(net, "sequence", net) if type(one).__name__ == "DynapcnnLayer"]


def bits(value: Any) -> Any:
    return value.detach().float().contiguous().view(torch.int32)


def value_of(layer: Any, path: str) -> Any:
    part, name = path.split(".")
    return getattr(getattr(layer, part), name)


def assert_same(network: Sequence, sinabs: Peer) -> float:
    """Words, spikes and potentials of both, bit for bit; returns how many spikes left."""
    model = built(network, sinabs.layers, sinabs.activation)
    theirs, ours = theirs_of(model, network.shape), networks.convert(model, network.shape, None, SPECS)
    mine, other = layers_of(ours), layers_of(theirs)
    assert len(mine) == len(other) == len(network.stages)
    for one, two in zip(mine, other, strict=True):
        for path in WORDS:
            a, b = value_of(one, path), value_of(two, path)
            assert (a is None) == (b is None), path
            assert a is None or torch.equal(bits(a), bits(b)), path
    x, total = spikes(network), 0.0
    for _ in range(2):  # the second time with the potentials that the first has left
        expected = theirs(x)
        found = ours(x)
        assert torch.equal(found.reshape(expected.shape), expected)
        for one, two in zip(mine, other, strict=True):
            v, w = one.spk_layer.v_mem, two.spk_layer.v_mem
            assert torch.equal(v.reshape(w.shape), w)
        total += float(expected.detach().sum())
    return total


@quiet
@pytest.mark.parametrize("name", HAND_MADE)
def test_words_spikes_and_potentials(name: str, sinabs: Peer) -> None:
    assert assert_same(HAND_MADE[name], sinabs) > 0


@quiet
def test_random_networks(sinabs: Peer, request: pytest.FixtureRequest) -> None:
    fired = []

    @(long if request.config.getoption("--long") else quick)
    @given(sequences())
    def campaign(network: Sequence) -> None:
        fired.append(assert_same(network, sinabs) > 0)

    campaign()
    assert sum(fired) > len(fired) // 2  # else silence alone is compared


@quiet
@pytest.mark.parametrize("name", HAND_MADE)
def test_the_float_output_is_that_of_the_model(name: str, sinabs: Peer) -> None:
    """Without rounding. All weights are 64ths, so that the order of a sum tips no potential."""
    network = HAND_MADE[name]
    model = built(network, sinabs.layers, sinabs.activation)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = (parameter.data * 64).round() / 64
    ours = networks.convert(model, network.shape, None, SPECS, discretize=False)
    x = spikes(network)
    expected = model(x)
    assert expected.sum() > 0
    torch.testing.assert_close(ours(x).reshape(expected.shape), expected)


# ── What sinabs has made already ────────────────────────────────────────────────────────────────


@quiet
@pytest.mark.parametrize("name", ["mnist", "pools in a row", "thresholds"])
def test_a_network_of_the_backend_is_read(name: str, sinabs: Peer) -> None:
    """Its words are taken as they are, in layers of the generated class, and so is its shape."""
    network = HAND_MADE[name]
    theirs = theirs_of(built(network, sinabs.layers, sinabs.activation), network.shape)
    ours = networks.convert(theirs, specs=SPECS)
    for mine, other in zip(layers_of(ours), layers_of(theirs), strict=True):
        assert isinstance(mine, dynapcnn.DynapcnnLayer)
        assert mine.discretize
        for path in WORDS:
            a, b = value_of(mine, path), value_of(other, path)
            assert a is b is None or torch.equal(a, b)
    x = spikes(network)
    expected = theirs(x)
    assert expected.sum() > 0
    assert torch.equal(ours(x), expected)


@quiet
def test_the_result_of_from_model_is_read(sinabs: Peer) -> None:
    """The spiking model is meant, with the shape that sinabs was told, and not the one with ReLU."""
    from sinabs.from_torch import from_model

    torch.manual_seed(2)
    modules = [nn.Conv2d(2, 3, 3), nn.ReLU(), nn.AvgPool2d((2, 2)), nn.Flatten(), nn.Linear(24, 4), nn.ReLU()]
    rectified = nn.Sequential(*modules)
    for parameter in rectified.parameters():
        parameter.data += 0.05
    made = from_model(rectified, input_shape=(2, 6, 10), spike_threshold=torch.tensor(0.5), batch_size=1)
    made.reset_states()  # to find the shapes, sinabs has run it
    network = load(made, specs=SPECS)
    assert network.input_shape == (2, 6, 10)
    assert [layer.parameters and layer.parameters.spike_threshold for layer in network.layers] == [0.5, 0.5]
    theirs, ours = theirs_of(made, (2, 6, 10)), networks.convert(made, specs=SPECS)
    x = torch.randint(0, 3, (30, 2, 6, 10)).float()
    expected = theirs(x)
    assert expected.sum() > 0
    assert torch.equal(ours(x).reshape(expected.shape), expected)


# ── The block of the sensor ─────────────────────────────────────────────────────────────────────


def behind(sensor: Any, sinabs: Peer, inputs: int) -> Any:
    torch.manual_seed(3)
    synapses = nn.Conv2d(inputs, 4, 2, bias=False)
    return nn.Sequential(sensor, synapses, sinabs.layers.IAFSqueeze(batch_size=1, min_v_mem=-1.0))


SENSORS: dict[str, tuple[dict[str, Any], Preprocessing, tuple[int, int, int]]] = {
    "pooling": ({"pool": (2, 2)}, Preprocessing((2, 8, 12), (2, 2)), (2, 4, 6)),
    "a crop": ({"crop": ((1, 5), (2, 9))}, Preprocessing((2, 8, 12), (1, 1), (1, 2, 4, 7)), (2, 4, 7)),
    "pooling and a crop": (
        {"pool": (2, 2), "crop": ((0, 3), (1, 5))},
        Preprocessing((2, 8, 12), (2, 2), (0, 1, 3, 4)),
        (2, 3, 4),
    ),
    "a crop beyond the map": (
        {"crop": ((4, 99), (0, 99))},
        Preprocessing((2, 8, 12), (1, 1), (4, 0, 4, 12)),
        (2, 4, 12),
    ),
    "rows": ({"flip_y": True}, Preprocessing((2, 8, 12), mirror=(True, False)), (2, 8, 12)),
    "columns": ({"flip_x": True}, Preprocessing((2, 8, 12), mirror=(False, True)), (2, 8, 12)),
    "swapped": ({"swap_xy": True}, Preprocessing((2, 8, 12), swap=True), (2, 12, 8)),
    "polarities": ({"merge_polarities": True}, Preprocessing((2, 8, 12), merge=True), (1, 8, 12)),
    "all of it": (
        {"merge_polarities": True, "pool": (2, 2), "crop": ((1, 4), (0, 4)), "flip_x": True, "flip_y": True}
        | {"swap_xy": True},
        Preprocessing((2, 8, 12), (2, 2), (1, 0, 3, 4), merge=True, mirror=(True, True), swap=True),
        (1, 4, 3),
    ),
}


@quiet
@pytest.mark.parametrize("case", SENSORS)
def test_the_block_of_the_sensor(case: str, sinabs: Peer) -> None:
    """An array of 8 rows and 12 columns: what the first layer receives, and the same spikes."""
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    given, before, shape = SENSORS[case]
    model = behind(DVSLayer((8, 12), **given), sinabs, shape[0])
    network = load(model, specs=SPECS)
    assert (network.preprocessing, network.input_shape) == (before, shape)
    x = torch.randint(0, 3, (20, 2, 8, 12), generator=torch.Generator().manual_seed(1)).float()
    expected = model(x)
    assert expected.sum() > 0
    found: Any = networks.convert(model, specs=SPECS, discretize=False)
    torch.testing.assert_close(found(x), expected)


@quiet
@pytest.mark.parametrize("case", SENSORS)
def test_the_block_is_exported_as_sinabs_writes_it(case: str, sinabs: Peer) -> None:
    """Region, pooling, mirrors, swap and merge; a crop beyond the map ends with the map here."""
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    from dynapspec.export import Options, Sensor, export

    given, _, shape = SENSORS[case]
    block = DVSLayer((8, 12), **given)
    theirs = block.get_config_dict()
    if case == "a crop beyond the map":
        assert theirs["cut"] == {"x": 98, "y": 98}
        theirs["cut"] = {"x": 11, "y": 7}
    found = export(behind(block, sinabs, shape[0]), "speck2f", None, Options(sensor=Sensor()), SPECS)
    ours = found["dvs_layer"]
    assert ours["pass_sensor_events"] is True
    del theirs["pass_sensor_events"]
    assert {name: ours[name] for name in theirs} == theirs


@quiet
def test_the_block_within_a_network_of_the_backend(sinabs: Peer) -> None:
    """A leading pooling and a crop become its DVSLayer, which is read back."""
    from sinabs.backend.dynapcnn.crop2d import Crop2d

    torch.manual_seed(4)
    neurons = sinabs.layers.IAFSqueeze(batch_size=1, min_v_mem=-1.0)
    modules = [sinabs.layers.SumPool2d((2, 2)), Crop2d(((0, 4), (1, 5))), nn.Conv2d(2, 3, 3), neurons]
    model = nn.Sequential(*modules)
    expected = Preprocessing((2, 8, 12), (2, 2), (0, 1, 4, 4))
    for one in (model, theirs_of(model, (2, 8, 12))):
        network = load(one, (2, 8, 12), SPECS)
        assert (network.preprocessing, network.input_shape) == (expected, (2, 4, 4))


def test_the_block_stands_first(sinabs: Peer) -> None:
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer
    from sinabs.backend.dynapcnn.flipdims import FlipDims

    neurons, synapses = sinabs.layers.IAFSqueeze(batch_size=1), nn.Conv2d(2, 2, 1)
    for late in (DVSLayer((8, 12)), FlipDims(flip_x=True)):
        with pytest.raises(InputError, match=r"module 2, \w+: work of the sensor's block behind the first"):
            load(nn.Sequential(synapses, neurons, late, synapses, neurons), (2, 8, 12), SPECS)
    turned = nn.Sequential(FlipDims(flip_x=True), sinabs.layers.SumPool2d((2, 2)), synapses, neurons)
    with pytest.raises(InputError, match="module 1, SumPool2d: module 0, FlipDims turns the map before it"):
        load(turned, (2, 8, 12), SPECS)


@quiet
def test_the_input_of_a_traced_model_may_pass_the_block(sinabs: Peer) -> None:
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    class Model(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.sensor = DVSLayer((8, 12), pool=(2, 2), flip_x=True)
            self.rest = behind(nn.Identity(), sinabs, 2)

        def forward(self, x: Any) -> Any:
            return self.rest(self.sensor(x))

    network = load(Model(), specs=SPECS)
    assert network.preprocessing == Preprocessing((2, 8, 12), (2, 2), mirror=(False, True))
