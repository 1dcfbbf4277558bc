"""Network files: what they say, and where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.model import load_model
from dynapspec.network.chain import Chain
from dynapspec.network.file import NetworkFile
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network

SPECS = Path(__file__).resolve().parents[1] / "specs"
HEAD = "name: net\ninput_shape: [2, 8, 8]\nlayers:\n"  # three lines: the layers begin in line 4
CONV = "  - conv: {out_channels: 4, kernel_size: 3}\n"


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain(load_model(SPECS))


def read(chain: Chain, tmp_path: Path, text: str) -> Network:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return read_network(path, chain)


def findings(chain: Chain, tmp_path: Path, text: str) -> list[tuple[str, int, int]]:
    """Code, line and column of each finding."""
    with pytest.raises(InputError) as caught:
        read(chain, tmp_path, text)
    spans = [(d.code, d.span) for d in caught.value.diagnostics]
    return sorted((code, span.line, span.column) for code, span in spans if span is not None)


def test_every_field_reaches_the_description(chain: Chain, tmp_path: Path) -> None:
    layers = """\
  - conv:
      {out_channels: 4, kernel_size: [3, 5], stride: [1, 2], padding: 2, dilation: 1, groups: 2, bias: true,
       weight: {min: -3, max: 7}}
    neurons: {spike_threshold: 9, min_v_mem: -1}
    decimate: 4
    pool: {kernel_size: 2, stride: 1}
  - linear: {out_features: 10}
"""
    first, last = read(chain, tmp_path, HEAD + layers).layers
    assert first.description is not None
    assert first.description.input_shape == (2, 8, 8)
    assert first.description.synapses == {
        "in_channels": 2,
        "out_channels": 4,
        "kernel_size": (3, 5),
        "stride": (1, 2),
        "padding": 2,
        "dilation": 1,
        "groups": 2,
        "bias": True,
        "weight": {"min": -3, "max": 7},
    }
    assert first.description.neurons == {"spike_threshold": 9, "min_v_mem": -1, "decimate": 4}
    assert first.description.destinations == ({"kernel_size": 2, "stride": 1},)
    assert first.label == "conv 2->4 k3x5 s1x2 p2 g2, pool 2 s1"
    # rows: (8 + 4 - 3) // 1 + 1 = 10, pooled (10 - 2) // 1 + 1 = 9
    # columns: (8 + 4 - 5) // 2 + 1 = 4, pooled (4 - 2) // 1 + 1 = 3
    assert last.description is not None
    assert last.description.input_shape == (4, 9, 3)
    assert last.description.synapses == {"in_channels": 4, "out_channels": 10, "kernel_size": (9, 3)}
    assert last.label == "linear 108->10"


@pytest.mark.parametrize("pool", ["2", "{kernel_size: 2}", "{kernel_size: [2, 2], stride: 2}"])
def test_a_window_steps_by_itself(chain: Chain, tmp_path: Path, pool: str) -> None:
    """A 6x6 map pools to 3x3."""
    network = read(chain, tmp_path, HEAD + CONV + f"    pool: {pool}\n" + CONV)
    assert network.layers[0].label == "conv 2->4 k3, pool 2"
    assert network.layers[1].description is not None
    assert network.layers[1].description.input_shape == (4, 3, 3)


def test_head_of_a_file(chain: Chain, tmp_path: Path) -> None:
    text = "doc: d\nsource: s\nlicense: MIT\ninput_shape: [1, 4, 4]\nlayers:\n" + CONV
    network = read(chain, tmp_path, text)
    assert (network.name, network.source, network.input_shape) == ("net", "s", (1, 4, 4))


def test_an_input_shape_that_is_asked_for_goes_first(chain: Chain, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(HEAD + CONV)
    assert read_network(path, chain, (3, 16, 8)).input_shape == (3, 16, 8)
    path.write_text("layers:\n" + CONV)
    assert read_network(path, chain, (3, 16, 8)).input_shape == (3, 16, 8)


def test_after_an_empty_map_nothing_is_known(chain: Chain, tmp_path: Path) -> None:
    network = read(chain, tmp_path, HEAD + "  - conv: {out_channels: 4, kernel_size: 9}\n" + CONV + CONV)
    assert [layer.description is None for layer in network.layers] == [False, True, True]
    assert network.layers[1].label == "conv ?->4 k3"


# Each wrong file with its findings: code, line, column.
WRONG = {
    "unknown key of a network": (HEAD + CONV + "colour: 3\n", [("unknown-key", 5, 1)]),
    "unknown key of a layer": (HEAD + CONV + "    poool: 2\n", [("unknown-key", 5, 5)]),
    "unknown key of a conv": (
        HEAD + "  - conv: {out_channels: 4, kernel_size: 3, strid: 2}\n",
        [("unknown-key", 4, 45)],
    ),
    "a misspelled conv": (HEAD + "  - cnov: {out_channels: 4, kernel_size: 3}\n", [("unknown-key", 4, 5)]),
    "in_channels of a linear": (
        HEAD + "  - linear: {out_features: 4, kernel_size: 3}\n",
        [("unknown-key", 4, 31)],
    ),
    "unknown key of neurons": (HEAD + CONV + "    neurons: {threshold: 2}\n", [("unknown-key", 5, 15)]),
    "no out_channels": (HEAD + "  - conv: {kernel_size: 3}\n", [("missing-key", 4, 5)]),
    "no kernel_size": (HEAD + "  - conv: {out_channels: 3}\n", [("missing-key", 4, 5)]),
    "no out_features": (HEAD + "  - linear: {bias: true}\n", [("missing-key", 4, 5)]),
    "no window": (HEAD + CONV + "    pool: {stride: 2}\n", [("missing-key", 5, 5)]),
    "no input_shape": ("name: net\nlayers:\n" + CONV, [("missing-key", 1, 1)]),
    "no layers": ("name: net\ninput_shape: [2, 8, 8]\n", [("missing-key", 1, 1)]),
    "an empty list of layers": ("input_shape: [2, 8, 8]\nlayers: []\n", [("wrong-type", 2, 9)]),
    "a mapping of layers": ("input_shape: [2, 8, 8]\nlayers: {conv: 3}\n", [("wrong-type", 2, 9)]),
    "two axes": ("input_shape: [8, 8]\nlayers:\n" + CONV, [("wrong-type", 1, 14)]),
    "a zero axis": ("input_shape: [2, 0, 8]\nlayers:\n" + CONV, [("out-of-domain", 1, 18)]),
    "a text axis": ("input_shape: [2, 8, wide]\nlayers:\n" + CONV, [("wrong-type", 1, 21)]),
    "a list as the network": ("- conv\n", [("wrong-type", 1, 1)]),
    "a number as a layer": (HEAD + "  - 7\n", [("wrong-type", 4, 5)]),
    "a number as a conv": (HEAD + "  - conv: 3\n", [("wrong-type", 4, 11)]),
    "text as a number": (HEAD + "  - linear: {out_features: ten}\n", [("wrong-type", 4, 28)]),
    "a fraction": (HEAD + "  - linear: {out_features: 1.5}\n", [("wrong-type", 4, 28)]),
    "truth as a number": (HEAD + "  - linear: {out_features: true}\n", [("wrong-type", 4, 28)]),
    "a number as truth": (HEAD + "  - linear: {out_features: 4, bias: 1}\n", [("wrong-type", 4, 37)]),
    "a fractional level": (HEAD + CONV + "    neurons: {min_v_mem: -0.5}\n", [("wrong-type", 5, 26)]),
    "an empty threshold": (HEAD + CONV + "    neurons: {spike_threshold: }\n", [("wrong-type", 5, 32)]),
    "three strides": (
        HEAD + "  - conv: {out_channels: 4, kernel_size: 3, stride: [1, 1, 1]}\n",
        [("wrong-type", 4, 53)],
    ),
    "a stride of zero": (
        HEAD + "  - conv: {out_channels: 4, kernel_size: 3, stride: 0}\n",
        [("out-of-domain", 4, 53)],
    ),
    "padding below zero": (
        HEAD + "  - conv: {out_channels: 4, kernel_size: 3, padding: [0, -1]}\n",
        [("out-of-domain", 4, 58)],
    ),
    "an unknown padding mode": (
        HEAD + "  - conv: {out_channels: 4, kernel_size: 3, padding_mode: zero}\n",
        [("out-of-domain", 4, 59)],
    ),
    "pool of zero": (HEAD + CONV + "    pool: 0\n", [("out-of-domain", 5, 11)]),
    "pool of nothing": (HEAD + CONV + "    pool:\n", [("wrong-type", 5, 10)]),
    "decimation twice": (
        HEAD + CONV + "    decimate: 2\n    neurons: {decimate: 2}\n",
        [("duplicate", 5, 5)],
    ),
    "both kinds": (HEAD + CONV + "    linear: {out_features: 4}\n", [("wrong-layer", 5, 5)]),
    "neither kind": (HEAD + "  - pool: 2\n", [("wrong-layer", 4, 5)]),
    "the id of the input": (HEAD + CONV + "    id: input\n", [("duplicate", 5, 5)]),
    "inputs that are not there": (HEAD + CONV + "    inputs: [first]\n", [("graph", 5, 14)]),
    "a merge of nothing": (HEAD + CONV + "    merge: add\n", [("missing-key", 5, 5)]),
    "a name that is no text": ("name: 3\n" + HEAD[10:] + CONV, [("wrong-type", 1, 7)]),
    "a map that outgrows the arithmetic": (
        HEAD + "  - conv: {out_channels: 4, kernel_size: 1, padding: 65536}\n" + CONV,
        [("out-of-domain", 5, 5)],
    ),
    "everything at once": (
        HEAD + "  - conv: {out_channels: x, kernel_size: 0}\n  - linear: {bias: 2}\n    id: b\nfoo: 1\n",
        [
            ("missing-key", 5, 5),
            ("out-of-domain", 4, 42),
            ("unknown-key", 7, 1),
            ("wrong-type", 4, 26),
            ("wrong-type", 5, 20),
        ],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_file(chain: Chain, tmp_path: Path, case: str) -> None:
    text, expected = WRONG[case]
    assert findings(chain, tmp_path, text) == expected


def test_messages_help(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(chain, tmp_path, HEAD + "  - conv: {out_channels: 4, kernel_sice: 3}\n    id: a\n")
    text = str(caught.value)
    assert "did you mean kernel_size?" in text
    assert "kernel_size is missing" in text
    assert (
        "    4 |   - conv: {out_channels: 4, kernel_sice: 3}\n      |                             ^^^^^^^^^^^"
        in text
    )


def test_a_new_dimension_is_a_new_key(tmp_path: Path) -> None:
    spec = load_model(SPECS).layers["dynapcnn"].spec
    dims = {
        **spec.dims,
        "leak": spec.dims["sy"].model_copy(update={"from_": type(spec.dims["sy"].from_)("neurons.leak")}),
    }
    path = tmp_path / "net.yaml"
    path.write_text(HEAD + CONV + "    neurons: {leak: 3}\n")
    with pytest.raises(InputError, match="leak means nothing in neurons"):
        NetworkFile(path, spec)
    read = NetworkFile(path, spec.model_copy(update={"dims": dims}))
    assert read.blocks[0].neurons == {"leak": 3}
