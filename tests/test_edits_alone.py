"""A made-up chip and changed arithmetic are YAML edits alone: everything generated follows."""

# ruff: noqa: E501  # an edit reads best on one line

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynapspec.interpret import Description, Judge, LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model, load_model

ROOT = Path(__file__).resolve().parents[1]

LAYER_EDITS: tuple[tuple[str, str], ...] = (
    # 4-bit weights, 12-bit states
    ("weight: {bits: 8,", "weight: {bits: 4,"),
    ("bias: {bits: 8,", "bias: {bits: 4,"),
    ("state: {bits: 16,", "state: {bits: 12,"),
    # kernel rows and columns are padded each for itself
    (
        "is: c * pow2(ceil_log2(kh*kw) + ceil_log2(f))",
        "is: c * pow2(ceil_log2(kh) + ceil_log2(kw) + ceil_log2(f))",
    ),
    # a neuron at its threshold stays silent
    ("is: v - threshold >= 0", "is: v - threshold > 0"),
    # halves go up
    ("value: round_half_even(x * scale)", "value: round_half_up(x * scale)"),
    # a new dimension
    (
        "  decimation: {kind: ratio",
        "  delay: {kind: count, domain: 0..255, from: synapses.axonal_delay, default: 0, doc: steps that a spike waits}\n"
        "  decimation: {kind: ratio",
    ),
    # a fourth memory, and the rules of both
    (
        "# ── Quantization",
        "  queue:\n    unit: word\n    is: words(f * delay)\n    used: words(f * delay)\n    doc: spikes that wait\n\n"
        "# ── Quantization",
    ),
    (
        "  kernel-memory:\n",
        "  axonal-delay:\n    must: delay in chip.axonal_delay\n    say: a delay of {delay}, the chip takes {chip.axonal_delay}\n"
        "  queue-memory:\n    some: cores\n    must: queue <= core.queue_words\n"
        '    say: "{queue} waiting spikes, and the largest core holds {core.queue_words}"\n'
        "  kernel-memory:\n",
    ),
    (
        "neuron <= core.neuron_words and bias <= core.bias_words\n    needs: kernel-memory,",
        "neuron <= core.neuron_words and bias <= core.bias_words and queue <= core.queue_words\n    needs: queue-memory, kernel-memory,",
    ),
)

# rules over the map that leaves the core are judged too
LAYER_EDITS += (
    (
        "  kernel-memory:\n",
        "  leaving-map:\n    each: destinations\n    must: oy in chip.leaving_map and ox in chip.leaving_map\n"
        "    say: a map of {oy}x{ox} leaves, the chip takes {chip.leaving_map}\n"
        "  kernel-memory:\n",
    ),
)

CHIP = """\
format: 1
chip: twelve
version: 0.1.0
extends: family
doc: A made-up chip of twelve cores.
cores:
  0..7: {kernel_words: 8192, neuron_words: 4096, bias_words: 64, queue_words: 100}
  8..11: {kernel_words: 2048, neuron_words: 16384, bias_words: 0, queue_words: 0}
limits:
  output_map: {max: 32, kind: pixel}
  destinations: {max: 3, kind: count}
  axonal_delay: {min: 0, max: 15, kind: count}
  leaving_map: {max: 30, kind: pixel}
widths:
  weight: {bits: 4}
  state: {bits: 12}
"""


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specs with the edits, and the made-up chip in the place of the others."""
    root = tmp_path_factory.mktemp("edited") / "specs"
    shutil.copytree(ROOT / "specs", root)
    layer = root / "layers" / "dynapcnn.yaml"
    text = layer.read_text()
    for old, new in LAYER_EDITS:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    layer.write_text(text)
    for chip in (root / "chips").glob("*.yaml"):
        if chip.stem != "family":
            chip.unlink()
    (root / "chips" / "twelve.yaml").write_text(CHIP)
    return root


@pytest.fixture(scope="module")
def model(specs: Path) -> Model:
    return load_model(specs)


@pytest.fixture(scope="module")
def generated(specs: Path) -> Path:
    out = specs.parent / "generated"
    run("-m", "dynapspec", "generate", "--specs", str(specs), "--out", str(out), path=ROOT / "generator")
    return out


def run(*args: str, path: Path) -> str:
    """Runs Python with one folder of packages before all others; returns what it printed."""
    folders = [str(path), str(ROOT / "generator"), str(ROOT / "tests")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run([sys.executable, *args], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def describe(delay: int = 0, pool: int = 2) -> Description:
    synapses = {"in_channels": 2, "out_channels": 8, "kernel_size": 3, "padding": 1, "axonal_delay": delay}
    return Description((2, 32, 32), synapses, destinations=({"kernel_size": pool, "stride": pool},))


def test_the_interpreter_follows(model: Model) -> None:
    layer = LayerInterpreter(model.layers["dynapcnn"])
    judge = Judge(model.chips["twelve"], layer)
    verdict = judge.judge(describe(delay=12))
    assert [violation.rule for violation in verdict.violations] == ["fits-a-core"]
    # rows and columns of a 3x3 kernel take 2 bits each: 2 * 2^(2+2+3); queue: 8 features wait 12 steps
    assert {name: verdict.values[name] for name in ("kernel", "neuron", "bias", "queue")} == {
        "kernel": 256,
        "neuron": 8192,
        "bias": 0,
        "queue": 96,
    }
    assert verdict.cores == ()  # the neurons need cores 8 to 11, which hold no queue
    broken = [violation.rule for violation in judge.judge(describe(delay=16)).violations]
    assert broken == ["axonal-delay", "queue-memory"]
    unpooled = judge.judge(describe(pool=1)).violations
    assert [(v.rule, v.actual, v.limit) for v in unpooled] == [("leaving-map", 32, 30)]


def test_quantization_and_neurons_follow(model: Model) -> None:
    layer = LayerInterpreter(model.layers["dynapcnn"])
    words = Quantizer(layer).quantize({"weight": [7.0, 2.5, -2.5], "threshold": [2.5], "v_floor": [-2.5]})
    assert words.values == {"weight": [7.0, 3.0, -2.0], "threshold": [3.0], "v_floor": [-2.0]}
    # the highest level of a 12-bit state is 2047, the lowest -2048
    wide = Quantizer(layer).quantize({"weight": [0.001], "threshold": [4000.0], "v_floor": [-1.0]})
    assert wide.values["threshold"] == [2047.0]
    assert Quantizer(layer).quantize({"weight": [1.0], "threshold": [1.0]}).values["v_floor"] == [-2048.0]
    single = Neuron(4.0, -4.0, "SingleSpike")
    assert Dynamics(layer).clocked([4.0, 1.0], single) == ([0.0, 1.0], [4.0, 1.0])
    assert Dynamics(layer).event(0, 4, Neuron(4)) == (0, 4)


CLASS_FOLLOWS = """
import torch
from torch import nn
from dynapcnn import DynapcnnLayer, IAFSqueeze, SingleSpike
from dynapcnn.chips import CHIPS, twelve
from dynapcnn.memory import kernel_words, queue_words
from dynapcnn.quantization import discretize_conv_spike

assert list(CHIPS) == ["twelve"] and len(twelve.cores) == 12
assert kernel_words(2, 8, 3, 3) == 256 and queue_words(8, 12) == 96
assert twelve.cores[11].queue_words == 0 and twelve.widths["weight"] == 4

conv = nn.Conv2d(1, 1, (1, 3), bias=False)
conv.weight.data = torch.tensor([7.0, 2.5, -2.5]).reshape(1, 1, 1, 3)
spk = IAFSqueeze(batch_size=1, spike_threshold=2.5, min_v_mem=-2.5, spike_fn=SingleSpike)
words, neurons = discretize_conv_spike(conv, spk)
assert words.weight.flatten().tolist() == [7, 3, -2], words.weight
assert (neurons.spike_threshold.item(), neurons.min_v_mem.item()) == (3, -2)

one = nn.Conv2d(1, 1, 1, bias=False)
one.weight.data.fill_(4.0)
layer = DynapcnnLayer(one, IAFSqueeze(batch_size=1, spike_threshold=4.0, min_v_mem=-4.0, spike_fn=SingleSpike), (1, 1, 1), discretize=False)
assert layer(torch.tensor([1.0, 0.25]).reshape(2, 1, 1, 1)).flatten().tolist() == [0, 1]
assert layer.memory_summary() == {"kernel": 1, "neuron": 1, "bias": 0, "queue": 0}

wide = nn.Conv2d(2, 8, 3, padding=1, bias=False)
wide.axonal_delay = 12
layer = DynapcnnLayer(wide, IAFSqueeze(batch_size=1, min_v_mem=-1.0), (2, 32, 32), 2)
assert layer.memory_summary() == {"kernel": 256, "neuron": 8192, "bias": 0, "queue": 96}
assert [v.rule for v in twelve.check(layer)] == ["fits-a-core"] and twelve.cores_for(layer) == []
assert -8 <= layer.conv_layer.weight.min() and layer.conv_layer.weight.max() <= 7
assert [v.rule for v in twelve.check(DynapcnnLayer(wide, IAFSqueeze(batch_size=1, min_v_mem=-1.0), (2, 32, 32)))] == ["leaving-map", "fits-a-core"]
layer.conv_layer.axonal_delay = 16
assert [v.rule for v in twelve.check(layer)] == ["axonal-delay", "queue-memory"]
print("followed")
"""


def test_the_class_and_the_validator_follow(generated: Path) -> None:
    assert run("-c", CLASS_FOLLOWS, path=generated) == "followed\n"


def test_the_generated_tests_follow(generated: Path) -> None:
    """The vectors and the tests that play them were made from the edited specs, and pass."""
    out = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(generated), str(generated / "conformance"),
        "--import-mode=importlib", "-k", "vector", path=generated,
    )  # fmt: skip
    assert " passed" in out
    assert "failed" not in out


def test_the_docs_follow(generated: Path) -> None:
    layer = (generated / "docs" / "layers" / "dynapcnn.md").read_text()
    assert "axonal-delay" in layer
    assert "round_half_up" in layer
    assert "twelve" in (generated / "docs" / "index.md").read_text()
    chip = (generated / "docs" / "chips" / "twelve.md").read_text()
    assert "queue" in chip


def test_a_network_file_has_the_new_dimension(specs: Path, tmp_path: Path) -> None:
    network = tmp_path / "net.yaml"
    network.write_text(
        "name: delayed\ninput_shape: [2, 16, 16]\nlayers:\n"
        "  - conv: {out_channels: 8, kernel_size: 3, padding: 1, axonal_delay: 12}\n"
    )
    out = run(
        "-m",
        "dynapspec",
        "fit",
        str(network),
        "--specs",
        str(specs),
        "--chip",
        "twelve",
        path=ROOT / "generator",
    )
    assert "twelve" in out
