"""NIR graphs with branches: read, written, and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.network import Network, load, write_nir
from golden import recorded
from test_network_traced import MODELS, SHAPE, SPECS, seeded, spikes

nir = pytest.importorskip("nir")
np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
preprocess = pytest.importorskip("dynapspec.network.graph").preprocess


def run(network: Network, x: Any) -> tuple[Any, ...]:
    """What leaves the network, without rounding."""
    out = networks.convert(network, specs=SPECS, discretize=False)(x)
    return out if isinstance(out, tuple) else (out,)


@pytest.mark.parametrize("name", MODELS)
def test_a_written_graph_does_the_same(name: str, tmp_path: Path) -> None:
    """All thresholds are 1 and all floors -1, which is what a reader of NIR takes them for."""
    network = load(seeded(MODELS[name]()), SHAPE, SPECS)
    notes = write_nir(network, tmp_path / "net.nir")
    assert notes == (
        ["what the sensor's block does before the first layer is not written"]
        if network.preprocessing
        else []
    )
    again = load(tmp_path / "net.nir", specs=SPECS)
    assert again.input_shape == network.input_shape
    assert len(again.layers) == len(network.layers)
    x = spikes(SHAPE)
    entering = preprocess(x, network.preprocessing) if network.preprocessing else x
    for one, other in zip(run(again, entering), run(network, x), strict=True):
        assert other.sum() > 20
        torch.testing.assert_close(one, other.reshape(one.shape))


def test_the_recorded_network_is_written_as_it_was_read(tmp_path: Path) -> None:
    path = recorded("DYNAPSPEC_SILICON", "silicon", "the recording of a chip") / "nmnist_scnn.nir"
    network = load(path, specs=SPECS)
    assert write_nir(network, tmp_path / "net.nir") == []
    again = load(tmp_path / "net.nir", specs=SPECS)
    assert [layer.label for layer in again.layers] == [layer.label for layer in network.layers]
    for one, other in zip(again.layers, network.layers, strict=True):
        assert one.parameters is not None
        assert other.parameters is not None
        assert np.array_equal(one.parameters.weight, other.parameters.weight)
        assert one.description == other.description


def test_another_floor_is_told(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), neurons(-2.0))
    (note,) = write_nir(load(model, (1, 4, 4), SPECS), tmp_path / "net.nir")
    assert note == (
        "module 0, Conv2d: its lower bound of -2.0 is not written; give min_v_mem when the graph is read"
    )
    again = load(tmp_path / "net.nir", specs=SPECS, min_v_mem=-2.0)
    assert again.layers[0].parameters is not None
    assert again.layers[0].parameters.min_v_mem == -2.0


def neurons(floor: float) -> Any:
    dynapcnn = pytest.importorskip("dynapcnn")
    return dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=floor)


def test_what_has_no_weights_is_not_written(tmp_path: Path) -> None:
    network = load(SPECS / "networks" / "sinabs-mnist.yaml", specs=SPECS)
    with pytest.raises(InputError, match="layer 0 has no weights or no neurons to write"):
        write_nir(network, tmp_path / "net.nir")


def test_leaky_neurons_are_refused_with_their_clause(tmp_path: Path) -> None:
    ones = np.ones((1, 4, 4), np.float32)
    nodes = {
        "input": nir.Input(np.array([1, 4, 4])),
        "conv": nir.Conv2d((4, 4), np.ones((1, 1, 1, 1), np.float32), 1, 0, 1, 1, np.zeros(1, np.float32)),
        "leaky": nir.LIF(ones, ones, 0 * ones, ones, 0 * ones),
        "output": nir.Output(np.array([1, 4, 4])),
    }
    edges = [("input", "conv"), ("conv", "leaky"), ("leaky", "output")]
    nir.write(tmp_path / "net.nir", nir.NIRGraph(nodes, edges, type_check=False))
    with pytest.raises(InputError, match=r"node 'leaky' \(LIF\): .*#/dynamics/event/steps, .*\.yaml:\d+"):
        load(tmp_path / "net.nir", specs=SPECS)
