"""Real networks: their words, cores and verdicts, as they were recorded for a Speck 2f."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import ChipFit, fit, fitters
from dynapspec.network.loading import read_network
from golden import recorded

SPECS = Path(__file__).resolve().parents[1] / "specs"
NAMES = [
    "sinabs-gesture",
    "sinabs-mnist",
    "sinabs-nmnist-quickstart",
    "sinabs-nmnist-tutorial",
    "nir-paper-cnn",
    "sinabs-doorbell",
    "retina-64-paper-table",
    "retina-128",
    "tudelft-flow-16ch",
    "tudelft-flow-32ch",
    "synsense-optical-flow",
    "parkjjoe-nmnist-deeper",
    "parkjjoe-ann-deeper",
    "specktac",
    "dvsgesturenet-8",
    "lens-example",
    "vprtempo-2linear",
    "hackathon-simple-snn",
]
SHIPPED = sorted(path.stem for path in (SPECS / "networks").glob("*.yaml"))


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


def networks() -> dict[str, dict[str, Any]]:
    """The recorded networks by name."""
    path = recorded("DYNAPSPEC_NETWORKS", "networks.json", "the file of real networks")
    return {network["name"]: network for network in json.loads(path.read_text())}


def as_yaml(network: dict[str, Any]) -> str:
    """A recorded network as a network file; a decimation without an interval is by 2."""
    lines = [f"name: {network['name']}", f"input_shape: {network['input']}", "layers:"]
    bias = "true" if network["bias"] else "false"
    for layer in network["layers"]:
        if layer["op"] == "linear":
            lines.append(f"  - linear: {{out_features: {layer['out']}, bias: {bias}}}")
            continue
        size = f"kernel_size: {layer['k']}, stride: {layer['s']}, padding: {layer['p']}"
        lines.append(f"  - conv: {{out_channels: {layer['out']}, {size}, bias: {bias}}}")
        if layer["pool"] != 1:
            stride = layer.get("pool_stride", layer["pool"])
            lines.append(f"    pool: {{kernel_size: {layer['pool']}, stride: {stride}}}")
        if layer.get("decimation"):
            lines.append("    decimate: 2")
    return "\n".join(lines) + "\n"


def answer(model: Model, path: Path) -> ChipFit:
    """The answer for a Speck 2f."""
    (chip,) = fit(read_network(path, Chain(model)), fitters(model, "speck2f")).chips
    return chip


def test_the_list_is_whole() -> None:
    assert sorted(networks()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_recorded_network(model: Model, tmp_path: Path, name: str) -> None:
    network = networks()[name]
    path = tmp_path / "network.yaml"
    path.write_text(as_yaml(network))
    chip = answer(model, path)
    assert len(chip.layers) == len(network["layers"])
    check_layers(chip, network)
    assert chip.fits is (network["problems"] == [])
    # another mapping was found by sinabs, but one exists for the same networks
    placed = [layer.core for layer in chip.layers if layer.core is not None]
    assert len(set(placed)) == len(placed)
    if network["sinabs_mapping"] is not None:
        assert len(placed) == len(network["sinabs_mapping"])


def test_the_command_agrees(tmp_path: Path) -> None:
    """Verdict, memories and cores of each network, as ``dynapspec fit`` says them."""
    for name, network in networks().items():
        path = tmp_path / "network.yaml"
        path.write_text(as_yaml(network))
        asked = ["fit", str(path), "--chip", "speck2f", "--format", "json", "--specs", str(SPECS)]
        result = CliRunner().invoke(cli, asked)
        (chip,) = json.loads(result.stdout)["chips"]
        assert (result.exit_code, chip["fits"]) == ((1, False) if network["problems"] else (0, True)), name
        words = [
            [layer["neuron_shape"], *(layer[f"{memory}_words"] for memory in ("kernel", "neuron", "bias"))]
            for layer in chip["layers"][: len(network["memory"])]
        ]
        recorded_words = [
            [one[key] for key in ("shape", "kernel", "neuron", "bias")] for one in network["memory"]
        ]
        assert words == recorded_words, name
        cores = [layer["cores"] for layer in chip["layers"][: len(network["memory"])]]
        assert cores == [one["cores"] for one in network["memory"]], name


def check_layers(chip: ChipFit, network: dict[str, Any]) -> None:
    """The words and cores of each layer; what comes after an empty map is undefined."""
    for layer in chip.layers:
        if layer.index >= len(network["memory"]):
            assert layer.data() | {"index": 0} == {
                "index": 0,
                "neuron_shape": None,
                **dict.fromkeys(
                    ["kernel_words", "neuron_words", "bias_words", "kernel_waste", "neuron_waste"]
                ),
                "cores": [],
                "core": None,
            }
            continue
        expected = network["memory"][layer.index]
        data = layer.data()
        assert data["neuron_shape"] == expected["shape"]
        assert data["kernel_words"] == expected["kernel"]
        assert data["neuron_words"] == expected["neuron"]
        assert data["bias_words"] == expected["bias"]
        assert data["kernel_waste"] == expected["kernel"] - expected["real_kernel"]
        assert data["neuron_waste"] == expected["neuron"] - expected["real_neuron"]
        assert data["cores"] == expected["cores"]


def test_retina_names_every_problem(model: Model, tmp_path: Path) -> None:
    """Recorded: L0 map 128x128>64x64, L2 pool 16, L2 pool stride 2!=16, L3 empty map after pooling."""
    path = tmp_path / "network.yaml"
    path.write_text(as_yaml(networks()["retina-128"]))
    chip = answer(model, path)
    assert [(v.layer, v.rule) for v in chip.violations] == [
        (0, "output-map"),
        (2, "pooling"),
        (2, "pool-stride"),
        (3, "pooled-map-not-empty"),
    ]
    assert chip.violations[0].actual == 128
    assert chip.violations[0].limit == 64
    assert [layer.core for layer in chip.layers] == [0, 1, 2, 5, None, None, None, None, None]


def test_vprtempo_says_why(model: Model) -> None:
    """Recorded: L0 kernel 56>16, L0 features 6272>1024, no core for either layer."""
    chip = answer(model, SPECS / "networks" / "vprtempo-2linear.yaml")
    assert [(v.layer, v.rule) for v in chip.violations] == [
        (0, "kernel-size"),
        (0, "features"),
        (0, "kernel-memory"),
        (1, "features"),
        (1, "kernel-memory"),
    ]
    assert chip.violations[2].actual == 33554432
    assert chip.violations[2].limit == 65536


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_network_is_the_recorded_one(model: Model, name: str) -> None:
    network = networks()[name]
    chip = answer(model, SPECS / "networks" / f"{name}.yaml")
    assert len(chip.layers) == len(network["layers"])
    check_layers(chip, network)
    assert chip.fits is (network["problems"] == [])


def test_enough_networks_are_shipped() -> None:
    assert len(SHIPPED) == 11
    for name in SHIPPED:
        text = (SPECS / "networks" / f"{name}.yaml").read_text()
        assert f"\nname: {name}\n" in text
        assert "\nsource: " in text
        assert "\nlicense: " in text
