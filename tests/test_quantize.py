"""The quantization report: scales, words and losses that a hand computes, and spikes that a hand counts."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from torch import nn

import silicon
from dynapcnn import IAFSqueeze
from dynapcnn.quantization import quantize
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.network import quantization_report
from dynapspec.quantize import LayerQuantization, QuantizationReport
from dynapspec.quantize.schema import quantize_schema
from dynapspec.quantize.show import bars
from export_kit import SPECS, conv, layer

VALIDATOR = Draft202012Validator(quantize_schema())
BUILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_quantize import floats, nn

def biased(): return floats([0.1, -0.1], bias=[2.0], threshold=1)
def faint(): return floats([1.0, 0.1], threshold=0.92)
def two(): return nn.Sequential(*faint(), *floats([1.0], threshold=1))
"""


def floats(
    weights: list[float], bias: list[float] | None = None, threshold: float = 1, floor: float | None = -1.0
) -> Any:
    """One neuron that receives a feature over each weight."""
    made = nn.Conv2d(len(weights), 1, 1, bias=bias is not None)
    made.weight.data = torch.tensor(weights).reshape(1, -1, 1, 1)
    if bias is not None and made.bias is not None:
        made.bias.data = torch.tensor(bias)
    return nn.Sequential(made, IAFSqueeze(batch_size=1, spike_threshold=threshold, min_v_mem=floor))


def report(model: Any, **options: Any) -> QuantizationReport:
    found = quantization_report(model, input_shape=options.pop("shape", None) or (2, 1, 1), **options)
    assert not list(VALIDATOR.iter_errors(json.loads(json.dumps(found.data(), allow_nan=False))))
    return found


def one(*arguments: Any, **options: Any) -> LayerQuantization:
    specs = options.pop("specs", None)
    (found,) = report(floats(*arguments, **options), specs=specs).layers
    return found


def words(found: LayerQuantization, name: str = "weight") -> list[int]:
    """The words that a histogram of single words says there are."""
    (part,) = (part for part in found.words if part.name == name)
    assert part.histogram.step == 1
    return [part.histogram.low + i for i, n in enumerate(part.histogram.counts) for _ in range(n)]


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────


def test_weights_that_set_the_scale() -> None:
    found = one([0.5, -0.25])  # 127 / 0.5; -63.5 goes to the even -64
    assert found.scale == 254
    assert words(found) == [-64, 127]
    assert found.levels == {"threshold": 254, "v_floor": -254}
    assert found.scales == {"weights": 254, "thresholds": 32767}
    setter = found.set_by
    assert setter is not None
    assert (setter.group, setter.name, setter.value, setter.absent) == ("weights", "weight", 0.5, False)
    assert setter.bits_lost == 0


def test_a_negative_weight_that_sets_the_scale() -> None:
    found = one([0.25, -1.0])  # 128 / 1
    assert found.scale == 128
    assert words(found) == [-128, 32]
    assert found.set_by is not None
    assert found.set_by.value == -1


def test_a_bias_that_sets_the_scale() -> None:
    found = one([0.1, -0.1], bias=[2.0])  # 127 / 2, where the weights alone allow 127 / 0.1
    assert found.scale == 63.5
    assert (words(found), words(found, "bias")) == ([-6, 6], [127])
    assert found.levels == {"threshold": 64, "v_floor": -64}
    assert found.scales["weights"] == pytest.approx(1270)
    setter = found.set_by
    assert setter is not None
    assert (setter.group, setter.name, setter.value) == ("biases", "bias", 2.0)
    assert setter.bits_lost == pytest.approx(math.log2(20))


def test_a_threshold_that_sets_the_scale_takes_every_weight() -> None:
    found = one([0.001, -0.0005], threshold=500, floor=-500.0)
    assert found.scale == pytest.approx(32767 / 500)
    assert words(found) == [0, 0]
    assert (found.weights.zeroed, found.weights.zeros) == (2, 0)
    assert found.weights.snr_db == 0  # all of the signal is lost
    assert found.set_by is not None
    assert (found.set_by.group, found.set_by.name) == ("thresholds", "threshold")


def test_an_absent_floor_counts_as_the_lowest_state() -> None:
    found = one([0.5, -0.25], floor=None)
    assert found.scale == 1
    assert found.weights.zeroed == 2
    setter = found.set_by
    assert setter is not None
    assert (setter.group, setter.name, setter.value, setter.absent) == ("thresholds", "v_floor", -32768, True)
    assert setter.bits_lost == pytest.approx(math.log2(254))


def test_signal_over_noise_of_two_weights() -> None:
    """1 becomes 127; 0.1 becomes 12.7, so 13, which is 0.3 / 127 too much: 1.01 over (0.3 / 127)^2."""
    found = one([1.0, 0.1])
    assert words(found) == [13, 127]
    assert found.weights.snr_db == pytest.approx(10 * math.log10(1.01 * (127 / 0.3) ** 2), abs=1e-3)
    assert found.weights.snr_db == pytest.approx(52.577, abs=1e-3)


def test_values_that_are_all_zero_set_no_scale() -> None:
    assert one([0.5, -0.25], bias=[0.0]).scales == {"weights": 254, "biases": None, "thresholds": 32767}


def test_what_rounding_does_not_change() -> None:
    found = one([1.0, 0.0])
    assert found.weights.snr_db is None
    assert (found.weights.zeroed, found.weights.zeros) == (0, 1)
    assert report(floats([1.0, 0.0])).worst is None


def test_words_beyond_their_bits_are_clipped() -> None:
    """A layer that is discretized already, and then changed by hand."""
    made = layer(conv([[[[300]], [[-129]], [[127]], [[-128]]]]), 500, -500, (4, 1, 1))
    (found,) = report(made, shape=(4, 1, 1)).layers
    assert (found.scale, found.set_by) == (1, None)
    assert found.weights.clipped == 2
    assert (found.weights.low, found.weights.high) == (-129, 300)
    assert words(found) == [-128, -128, 127, 127]  # at the ends of the histogram


def test_a_spec_that_takes_the_largest_scale_clips(tmp_path: Path) -> None:
    """The threshold alone allows 32767; 0.5 times that is far above 127, and 0.003 times it is 98.3."""
    specs = tmp_path / "specs"
    shutil.copytree(SPECS, specs)
    file = specs / "layers" / "dynapcnn.yaml"
    text = file.read_text()
    assert "  combine: min" in text
    file.write_text(text.replace("  combine: min", "  combine: max"))
    found = one([0.5, 0.003], specs=specs)
    assert found.scale == 32767
    assert found.weights.clipped == 1
    assert found.weights.low == 98
    assert found.set_by is not None
    assert (found.set_by.group, found.set_by.value) == ("thresholds", 1)


def test_wider_words_share_bins(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    shutil.copytree(SPECS, specs)
    file = specs / "layers" / "dynapcnn.yaml"
    file.write_text(file.read_text().replace("  weight: {bits: 8", "  weight: {bits: 10"))
    histogram = one([0.5, -0.25], specs=specs).weights.histogram  # 511 and -255.5, so -256
    assert (histogram.low, histogram.step, len(histogram.counts)) == (-512, 4, 256)
    assert [i for i, n in enumerate(histogram.counts) if n] == [(512 - 256) // 4, 255]


def test_rescaled_weights_are_those_that_count() -> None:
    """An average over 2 x 2 becomes a sum, so the weights behind it are a quarter."""
    model = nn.Sequential(*floats([1.0]), nn.AvgPool2d(2), *floats([2.0]))
    second = report(model, shape=(1, 2, 2)).layers[1]
    assert second.scale == 127 / 0.5
    assert second.set_by is not None
    assert second.set_by.value == 0.5
    assert second.weights.snr_db is None  # 0.5 is exactly 127 steps


def test_the_noisiest_layer_is_the_worst() -> None:
    model = nn.Sequential(*floats([1.0, 0.1]), *floats([1.0]))
    assert report(model).worst == 0
    model = nn.Sequential(*floats([1.0, 0.0]), *floats([0.3], bias=[7.0]))
    assert report(model).worst == 1


def test_the_generated_arithmetic_has_the_same_words() -> None:
    """The report asks the interpreter, which needs no torch; training asks the generated package."""
    torch.manual_seed(5)
    for bias in (None, torch.randn(7) * 3):
        weight, model = torch.randn(7, 5, 3, 3), nn.Conv2d(5, 7, 3, bias=bias is not None)
        model.weight.data = weight
        if bias is not None and model.bias is not None:
            model.bias.data = bias
        spk = IAFSqueeze(batch_size=1, spike_threshold=1.3, min_v_mem=-2.0)
        (found,) = report(nn.Sequential(model, spk), shape=(5, 4, 4)).layers
        tensors = {"weight": weight, "bias": bias}
        levels = {"threshold": torch.tensor(1.3), "v_floor": torch.tensor(-2.0)}
        expected = quantize(tensors | levels)
        assert found.scale == expected.scale.item()
        assert found.set_by is not None
        assert found.set_by.group == expected.set_by
        assert words(found) == sorted(expected.values["weight"].int().flatten().tolist())
        assert found.levels["threshold"] == expected.values["threshold"].item()


def test_without_a_recording_it_needs_no_torch() -> None:
    code = """
import sys
sys.modules["torch"] = None
from pathlib import Path
from dynapspec.network import quantization_report
found = quantization_report(Path(sys.argv[1]))
print([layer.levels["threshold"] for layer in found.layers], found.worst)
"""
    nir = silicon.folder() / "nmnist_scnn.nir"
    done = subprocess.run([sys.executable, "-c", code, str(nir)], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("[72, "), done.stderr  # as the README of the recording has it


# ── On a recording ──────────────────────────────────────────────────────────────────────────────


def eighteen(tmp_path: Path) -> Path:
    """18 events of the second feature, one in each time bin."""
    path = tmp_path / "events.npy"
    np.save(path, np.array([(0, 0, 1, 1000 * i) for i in range(18)]))
    return path


def test_a_layer_that_fires_too_often_in_words(tmp_path: Path) -> None:
    """0.1 reaches 0.92 at the tenth event; its word 13 reaches the word 117 at the ninth and the eighteenth.

    The second layer is exact: alone it does what it did in floats, and behind the first it fires more.
    """
    model = nn.Sequential(*floats([1.0, 0.1], threshold=0.92), *floats([1.0]))
    found = report(model, events=eighteen(tmp_path))
    assert found.comparison is not None
    assert found.comparison.duration == 18_000
    first, second = found.comparison.layers
    assert (first.float_spikes, first.alone_spikes, first.clocked_spikes, first.event_spikes) == (1, 2, 2, 2)
    assert (second.float_spikes, second.alone_spikes, second.clocked_spikes, second.event_spikes) == (
        1,
        1,
        2,
        2,
    )
    assert (first.alone_moved, first.clocked_moved, first.event_moved) == (1, 1, 1)
    assert (second.alone_moved, second.clocked_moved, second.event_moved) == (0, 1, 1)
    assert first.float_rate == pytest.approx(1 / 0.018)
    assert first.event_rate == pytest.approx(2 / 0.017001)
    assert found.worst == 0
    assert found.comparison.classes == {"float": 0, "clocked": 0, "event": 0}


def test_one_spike_for_one_event_is_no_fault_of_the_words(tmp_path: Path) -> None:
    """Three thresholds at once (127 is three times 42, and 1 over): three spikes in a bin, else one."""
    np.save(tmp_path / "a.npy", np.array([(0, 0, 0, 5)]))
    found = report(floats([3.0, 1.0]), events=tmp_path / "a.npy")
    assert found.comparison is not None
    (only,) = found.comparison.layers
    assert (only.float_spikes, only.clocked_spikes, only.event_spikes) == (3, 3, 1)
    assert (only.alone_moved, only.event_moved) == (0, 2 / 3)
    assert found.worst is None


def test_a_layer_that_was_silent_in_floats(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([(0, 0, 1, 1000 * i) for i in range(9)]))
    found = report(floats([1.0, 0.1], threshold=0.92), events=tmp_path / "a.npy")
    assert found.comparison is not None
    (only,) = found.comparison.layers
    assert (only.float_spikes, only.alone_spikes, only.alone_moved) == (0, 1, None)
    assert found.worst == 0
    assert found.comparison.classes == {"float": None, "clocked": 0, "event": 0}


def test_layers_that_hold_words_are_the_same_in_every_run(tmp_path: Path) -> None:
    """They serve as the float network and as that in words: no run may leave a trace in another."""
    made = nn.Sequential(layer(conv([[[[13]], [[26]]]]), 117, -117, (2, 1, 1)))
    found = report(made, events=eighteen(tmp_path))
    assert found.comparison is not None
    (only,) = found.comparison.layers
    assert {only.float_spikes, only.alone_spikes, only.clocked_spikes, only.event_spikes} == {18 * 26 // 117}


# ── The command ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def source(tmp_path: Path) -> str:
    file = tmp_path / "model.py"
    file.write_text(BUILD)
    return str(file)


def run(*arguments: str | Path) -> Result:
    shape = ["--input-shape", "2,1,1", "--specs", str(SPECS)]
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli, ["quantize", *map(str, arguments), *shape])


def test_text(source: str) -> None:
    done = run(f"{source}:biased")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "biased"
    assert lines[1].startswith("most hurt: layer 0 (conv 2->1 k1), its weights are ")
    row = next(line for line in lines if line.startswith("0")).split()
    assert row[4:11] == ["63.5", "biases", "64", "-6", "to", "6", "-"]
    assert (
        "layer 0: the bias 2 sets the scale; the weights use 6 of 127 steps and lose 4.3 bits." in done.stdout
    )
    assert "hint: train with a smaller bias: 20 times smaller costs nothing" in done.stdout


def test_text_with_a_recording(source: str, tmp_path: Path) -> None:
    done = run(f"{source}:two", "--data", eighteen(tmp_path))
    assert done.exit_code == 0, done.output
    assert "most hurt: layer 0 (conv 2->1 k1), its words alone move 100.00% of its spikes" in done.stdout
    assert "spikes: 18 events of " in done.stdout
    assert "+100.0% (100.0%)" in done.stdout
    assert "class: float 0, words 0, event 0" in done.stdout


def test_json(source: str, tmp_path: Path) -> None:
    done = run(f"{source}:two", "--data", eighteen(tmp_path), "--format", "json", "--bin-us", "500")
    data = json.loads(done.stdout)
    assert not list(VALIDATOR.iter_errors(data))
    assert data["worst"] == 0
    assert data["comparison"]["bin_us"] == 500
    assert data["comparison"]["layers"][0]["clocked_spikes"] == 2
    assert json.loads(run(f"{source}:two", "--format", "json").stdout)["comparison"] is None


def test_bars_are_higher_where_words_are_more_frequent() -> None:
    (found,) = report(floats([1.0, 0.1])).layers
    drawn = bars(found.weights.histogram)
    assert len(drawn) == 24
    assert drawn.count("█") == 2
    assert drawn.strip() == drawn[drawn.index("█") : drawn.rindex("█") + 1]


def test_bad_usage_and_inputs(source: str, tmp_path: Path) -> None:
    done = run(f"{source}:two", "--bin-us", "5")
    assert done.exit_code == 2
    assert "which is not given" in done.stderr
    for model in (f"{source}:nothing", SPECS / "networks" / "sinabs-mnist.yaml", tmp_path / "none.nir"):
        assert isinstance(run(model).exception, InputError)
    done = run(f"{source}:two", "--data", tmp_path / "none.npy")
    assert isinstance(done.exception, InputError)
    assert done.exception.diagnostics[0].code == "unreadable"


def test_the_shipped_schema() -> None:
    Draft202012Validator.check_schema(quantize_schema())
    file = SPECS.parent / "generated" / "schemas" / "quantize.json"
    assert json.loads(file.read_text()) == quantize_schema()
