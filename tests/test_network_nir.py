"""NIR graphs: the network that a real chip was recorded with, and graphs that no chip can hold."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network
from golden import recorded

nir = pytest.importorskip("nir")
np = pytest.importorskip("numpy")

SPECS = Path(__file__).resolve().parents[1] / "specs"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def chain(model: Model) -> Chain:
    return Chain(model)


@pytest.fixture
def recording() -> Path:
    return recorded("DYNAPSPEC_SILICON", "silicon", "the recording of a chip") / "nmnist_scnn.nir"


def test_recorded_network(chain: Chain, recording: Path) -> None:
    network = read_network(recording, chain)
    assert network.input_shape == (2, 34, 34)
    assert [layer.label for layer in network.layers] == [
        "conv 2->16 k5 s2 p1",
        "conv 16->16 k3 p1, pool 2",
        "conv 16->8 k3 p1, pool 2",
        "linear 128->256",
        "linear 256->10",
    ]
    first = network.layers[0]
    assert first.description is not None
    assert first.parameters is not None
    # README of the recording: threshold 72 and floor -72, weights from -128 to 37, the bias is zero
    assert first.description.neurons == {"spike_threshold": 72, "min_v_mem": -72}
    assert first.description.synapses["weight"] == {"min": -128, "max": 37}
    assert first.description.synapses["bias"] is True
    assert first.parameters.weight.shape == (16, 2, 5, 5)
    assert not first.parameters.bias.any()


def test_recorded_network_on_all_chips(model: Model, chain: Chain, recording: Path) -> None:
    report = fit(read_network(recording, chain), fitters(model))
    assert {chip.chip: chip.fits for chip in report.chips} == {
        "dynapcnndevkit": True,
        "speck2b": True,
        "speck2btiny": True,
        "speck2cmini": False,
        "speck2dmini": False,
        "speck2e": True,
        "speck2f": True,
    }
    for chip in report.chips:
        words = [[use.words for use in layer.memories.values()] for layer in chip.layers]
        assert words == [
            [1024, 4096, 16],
            [4096, 4096, 16],
            [2048, 512, 8],
            [32768, 256, 256],
            [4096, 10, 10],
        ]
        if chip.fits:
            assert [layer.core for layer in chip.layers] == [0, 1, 2, 3, 4]
        else:
            (violation,) = chip.violations
            assert (violation.rule, violation.layer) == ("placement", None)
            assert (violation.actual, violation.limit) == ([0, 1, 2, 3, 4], [3, 4])
            assert "layers 0, 1, 2, 3, 4 compete for cores 3, 4" in violation.message
            assert "too little bias memory" in violation.message


# ── Small graphs ────────────────────────────────────────────────────────────────────────────────


def uniform(value: float, *shape: int) -> Any:
    return np.full(shape, value, np.float32)


def neurons(*shape: int, threshold: float = 1.0, reset: float = 0.0, r: float = 1.0) -> Any:
    return nir.IF(uniform(r, *shape), uniform(threshold, *shape), uniform(reset, *shape))


def conv(features: int = 4, inputs: int = 2, **changes: Any) -> Any:
    fields: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "input_shape": (8, 8)}
    weight = uniform(0.5, features, inputs, 3, 3)
    return nir.Conv2d(weight=weight, bias=uniform(0, features), **(fields | changes))


def sequence(*middle: Any) -> dict[str, Any]:
    """Nodes in a row from a 2x8x8 input to an output."""
    named = {str(i): node for i, node in enumerate(middle)}
    return {"input": nir.Input(np.array([2, 8, 8])), **named, "output": nir.Output(leaving(middle))}


def leaving(middle: Any) -> Any:
    """The shape of the last neurons, for want of a better one that of the input."""
    last = [node.v_threshold.shape for node in middle if isinstance(node, nir.IF)]
    return np.array(last[-1] if last else [2, 8, 8])


def read(
    chain: Chain, tmp_path: Path, nodes: dict[str, Any], edges: list[tuple[str, str]] | None = None
) -> Network:
    names = list(nodes)
    path = tmp_path / "net.nir"
    links = list(pairwise(names)) if edges is None else edges
    nir.write(path, nir.NIRGraph(nodes, links, type_check=False))
    return read_network(path, chain)


def test_a_small_chain(chain: Chain, tmp_path: Path) -> None:
    pool = nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))
    flatten = nir.Flatten({"input": np.array([4, 3, 3])}, 0, -1)
    nodes = sequence(conv(), neurons(4, 6, 6), pool, flatten, nir.Linear(uniform(1, 5, 36)), neurons(5))
    network = read(chain, tmp_path, nodes)
    assert [layer.label for layer in network.layers] == ["conv 2->4 k3, pool 2", "linear 36->5"]
    last = network.layers[1].description
    assert last is not None
    assert last.synapses["bias"] is False
    assert last.synapses["kernel_size"] == (3, 3)
    assert any("minus the threshold" in note for note in network.notes)


def test_floor_may_be_told(chain: Chain, tmp_path: Path) -> None:
    path = tmp_path / "net.nir"
    nodes = sequence(conv(), neurons(4, 6, 6, threshold=2.0))
    read(chain, tmp_path, nodes)
    told = read_network(path, chain, min_v_mem=-0.5).layers[0].description
    # the largest weight 0.5 becomes 127, so one unit is 254 words
    assert told is not None
    assert told.neurons == {"spike_threshold": 508, "min_v_mem": -127}


def test_padding_by_name(chain: Chain, tmp_path: Path) -> None:
    network = read(chain, tmp_path, sequence(conv(padding="same"), neurons(4, 8, 8)))
    described = network.layers[0].description
    assert described is not None
    assert described.synapses["padding"] == (1, 1)


def test_average_pooling_divides_the_next_weights(chain: Chain, tmp_path: Path) -> None:
    pool = nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))
    network = read(chain, tmp_path, sequence(conv(), neurons(4, 6, 6), pool, conv(3, 4), neurons(3, 1, 1)))
    (first, second) = (layer.parameters for layer in network.layers)
    assert first is not None
    assert second is not None
    assert (first.rescale, second.rescale) == (1, 4)


def lif(*shape: int) -> Any:
    return nir.LIF(uniform(1, *shape), uniform(1, *shape), uniform(0, *shape), uniform(1, *shape))


def uneven(*shape: int) -> Any:
    node = neurons(*shape)
    node.v_threshold.reshape(-1)[0] = 2
    return node


def changed(node: Any, **fields: Any) -> Any:
    """The node with values that its constructor would not take."""
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def flattened(start: int, end: int) -> dict[str, Any]:
    flatten = nir.Flatten({"input": np.array([4, 6, 6])}, start, end)
    return sequence(conv(), neurons(4, 6, 6), flatten, nir.Linear(uniform(1, 5, 144)), neurons(5))


REFUSED: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "LIF": (lambda: sequence(conv(), lif(4, 6, 6)), r"node '1' \(LIF\): the cores of the chip have nothing"),
    "uneven threshold": (
        lambda: sequence(conv(), uneven(4, 6, 6)),
        r"node '1' \(IF\): v_threshold differs from neuron to neuron",
    ),
    "reset": (lambda: sequence(conv(), neurons(4, 6, 6, reset=0.5)), r"node '1' \(IF\): v_reset is not 0"),
    "resistance": (lambda: sequence(conv(), neurons(4, 6, 6, r=2)), r"node '1' \(IF\): r is not 1"),
    "neurons twice": (
        lambda: sequence(conv(), neurons(4, 6, 6), neurons(4, 6, 6)),
        r"node '2' \(IF\): the layer has neurons already, node '1' \(IF\)",
    ),
    "neurons first": (lambda: sequence(neurons(2, 8, 8)), r"node '0' \(IF\): neurons without synapses"),
    "linear of the wrong size": (
        lambda: sequence(nir.Linear(uniform(1, 5, 100)), neurons(5)),
        r"node '0' \(Linear\) takes 100 values, and its map holds 2x8x8 = 128",
    ),
    "infinite weights": (
        lambda: sequence(nir.Linear(uniform(np.inf, 5, 128)), neurons(5)),
        r"weights of node '0' \(Linear\) are infinite or not a number",
    ),
    "no layers": (lambda: sequence(), "the model has no layers"),
    "bias of a convolution": (
        lambda: sequence(changed(conv(), bias=uniform(0, 3)), neurons(4, 6, 6)),
        r"node '0' \(Conv2d\): its bias has the shape \(3,\), and its weight 4 outputs",
    ),
    "bias of an affine": (
        lambda: sequence(
            changed(nir.Affine(uniform(1, 5, 128), uniform(0, 5)), bias=uniform(0, 4)), neurons(5)
        ),
        r"node '0' \(Affine\): its bias has the shape \(4,\), and its weight 5 outputs",
    ),
    "axes of a weight": (
        lambda: sequence(changed(conv(), weight=uniform(1, 4, 2, 3)), neurons(4, 6, 6)),
        r"node '0' \(Conv2d\): its weight has 3 axes, and must have 4",
    ),
    "axes of a linear weight": (
        lambda: sequence(changed(nir.Linear(uniform(1, 5, 128)), weight=uniform(1, 5, 2, 64)), neurons(5)),
        r"node '0' \(Linear\): its weight has 3 axes, and must have 2",
    ),
    "complex weights": (
        lambda: sequence(changed(conv(), weight=np.full((4, 2, 3, 3), 1j)), neurons(4, 6, 6)),
        r"node '0' \(Conv2d\): its weight holds no real numbers",
    ),
    "three strides": (
        lambda: sequence(changed(conv(), stride=np.array([1, 1, 1])), neurons(4, 6, 6)),
        r"node '0' \(Conv2d\): its stride is \[1, 1, 1\], and must be one whole number or two",
    ),
    "half a stride": (
        lambda: sequence(changed(conv(), stride=np.array([1.5, 1.5])), neurons(4, 6, 6)),
        r"node '0' \(Conv2d\): its stride is \[1.5, 1.5\]",
    ),
    "padding by name with a stride": (
        lambda: sequence(conv(padding="same", stride=2), neurons(4, 4, 4)),
        r"node '0' \(Conv2d\): padding 'same' with a stride of \(2, 2\)",
    ),
    "neurons of another map": (
        lambda: sequence(conv(), neurons(4, 5, 6)),
        r"the neurons of node '0' \(Conv2d\) are a map of 4x6x6, and the model states 4x5x6",
    ),
    "another output": (
        lambda: sequence(conv(), neurons(4, 6, 6)) | {"output": nir.Output(np.array([4, 6, 7]))},
        r"the outputs of node '0' \(Conv2d\) are a map of 4x6x6, and the model states 4x6x7",
    ),
    "a threshold that is no number": (
        lambda: sequence(conv(), neurons(4, 6, 6, threshold=np.nan)),
        r"node '1' \(IF\): v_threshold is infinite or not a number",
    ),
    "flatten from the second axis": (lambda: flattened(1, 2), r"node '2' \(Flatten\): it joins axes 1 to 2"),
    "flatten to the second axis": (lambda: flattened(0, 1), r"node '2' \(Flatten\): it joins axes 0 to 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_node(chain: Chain, tmp_path: Path, case: str) -> None:
    nodes, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        read(chain, tmp_path, nodes())


EDGES = {
    "a branch": (
        [("input", "0"), ("0", "1"), ("0", "output"), ("1", "output")],
        r"node '0' \(Conv2d\): what it computes goes to several places before its neurons",
    ),
    "a loop": (
        [("input", "0"), ("0", "1"), ("1", "0")],
        r"node '0' \(Conv2d\): recurrence: the graph leads back to it \(.*#/errata/recurrence",
    ),
    "a node apart": ([("input", "0"), ("0", "output")], r"not reached from the input: node '1' \(IF\)"),
}


@pytest.mark.parametrize("case", EDGES)
def test_refused_graph(chain: Chain, tmp_path: Path, case: str) -> None:
    edges, message = EDGES[case]
    with pytest.raises(InputError, match=message):
        read(chain, tmp_path, sequence(conv(), neurons(4, 6, 6)), edges)


def test_an_edge_from_nowhere(chain: Chain, tmp_path: Path) -> None:
    edges = [("input", "0"), ("nowhere", "0"), ("0", "1"), ("1", "output")]
    message = "an edge leads from 'nowhere' to '0', and there is no node 'nowhere'"
    with pytest.raises(InputError, match=message):
        read(chain, tmp_path, sequence(conv(), neurons(4, 6, 6)), edges)


def test_a_graph_without_an_output(chain: Chain, tmp_path: Path) -> None:
    nodes = sequence(conv(), neurons(4, 6, 6))
    del nodes["output"]
    with pytest.raises(InputError, match=r"node '1' \(IF\): the graph ends here, and not in an Output"):
        read(chain, tmp_path, nodes)


def test_the_output_has_to_be_the_end(chain: Chain, tmp_path: Path) -> None:
    nodes = sequence(conv(), neurons(4, 6, 6)) | {"second": nir.Output(np.array([4, 6, 6]))}
    edges = [("input", "0"), ("0", "output"), ("output", "1"), ("1", "second")]
    with pytest.raises(InputError, match=r"node 'output' \(Output\): nodes stand behind the output"):
        read(chain, tmp_path, nodes, edges)


def test_groups_count_in_the_inputs(chain: Chain, tmp_path: Path) -> None:
    network = read(chain, tmp_path, sequence(conv(4, 1, groups=2), neurons(4, 6, 6)))
    described = network.layers[0].description
    assert described is not None
    assert described.synapses["in_channels"] == 2
    assert described.synapses["groups"] == 2


def test_another_input_makes_another_map(chain: Chain, tmp_path: Path) -> None:
    """The arrays of the file are then of another size, and are read as one value."""
    read(chain, tmp_path, sequence(conv(), neurons(4, 6, 6)))
    assert read_network(tmp_path / "net.nir", chain, (2, 6, 6)).layers[0].label == "conv 2->4 k3"


def test_input_that_is_no_map(chain: Chain, tmp_path: Path) -> None:
    nodes = sequence(nir.Linear(uniform(1, 5, 128)), neurons(5)) | {"input": nir.Input(np.array([128]))}
    with pytest.raises(InputError, match="--input-shape"):
        read(chain, tmp_path, nodes)
    network = read_network(tmp_path / "net.nir", chain, (2, 8, 8))
    assert network.layers[0].label == "linear 128->5"


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"nothing of the kind"])
def test_broken_file(chain: Chain, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.nir"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.nir is no NIR graph"):
        read_network(path, chain)


def test_missing_file_and_folder(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_network(tmp_path / "none.nir", chain)
    (tmp_path / "folder.nir").mkdir()
    with pytest.raises(InputError, match="Is a directory"):
        read_network(tmp_path / "folder.nir", chain)


def test_missing_package(chain: Chain, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nir", None)
    with pytest.raises(InputError, match=r"dynapspec\[nir\]"):
        read_network(recording, chain)
