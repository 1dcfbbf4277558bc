"""The version 3.1 layer meets every answer recorded from sinabs 3.1.3: as its spec, and as its package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import dynapcnn_v31
from dynapcnn_v31 import DynapcnnLayer, IAFSqueeze
from dynapcnn_v31.chips import speck2e, speck2f
from dynapcnn_v31.quantization import quantize, rescaled
from dynapspec.interpret import Description, Judge, LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model, load_model
from exact import bits
from golden import golden_cases

SPECS = Path(__file__).resolve().parents[1] / "specs"
RESETS = {"subtract": "MembraneSubtract", "zero": "MembraneReset"}
MAXIMUM = {"max_num_spikes_per_bin": 2}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def layer(model: Model) -> LayerInterpreter:
    return LayerInterpreter(model.layers["dynapcnn_v31"])


def cases(topic: str, count: int) -> list[dict[str, Any]]:
    found = golden_cases(topic, "3.1.3")
    assert len(found) == count
    return found


def convolution(case: dict[str, Any], device: str = "cpu") -> nn.Conv2d:
    kernel, stride, padding = case["kernel"], case["stride"], case["padding"]
    channels = case["in_channels"], case["out_channels"]
    return nn.Conv2d(*channels, kernel, stride, padding, bias=bool(case["bias"]), device=device)


def test_memory_of_the_spec(model: Model, layer: LayerInterpreter) -> None:
    judge = Judge(model.chips["speck2f"], layer)
    for case in cases("memory", 56):
        fields = {name: case[name] for name in ("in_channels", "out_channels", "stride", "padding", "bias")}
        verdict = judge.judge(Description(tuple(case["in_shape"]), {**fields, "kernel_size": case["kernel"]}))
        assert [verdict.values[name] for name in ("f", "fy", "fx")] == case["neuron_shape"], case
        for name in ("kernel", "neuron", "bias"):
            assert verdict.values[name] == case[f"{name}_words"], case
        assert list(verdict.cores) == case["fits_cores_speck2f"], case


def test_memory_of_the_package() -> None:
    for case in cases("memory", 56):
        spk = IAFSqueeze(batch_size=1)
        made = DynapcnnLayer(convolution(case, "meta"), spk, case["in_shape"], [(1, 1)], discretize=False)
        assert made.memory_summary() == {name: case[f"{name}_words"] for name in ("kernel", "neuron", "bias")}
        assert list(made.get_neuron_shape()) == list(made.conv_out_shape) == case["neuron_shape"]
        assert made.get_output_shape() == [made.get_neuron_shape()]
        assert speck2f.cores_for(made) == speck2e.cores_for(made) == case["fits_cores_speck2f"]


def test_quantization_of_the_spec(layer: LayerInterpreter) -> None:
    quantizer = Quantizer(layer)
    for case in cases("quant", 40):
        tensors = {
            "weight": case["weight"],
            "bias": case["bias"],
            "threshold": [case["spike_threshold"]],
            "v_floor": None if case["min_v_mem"] is None else [case["min_v_mem"]],
            "v": case["v_mem"],
        }
        found, right = quantizer.quantize(tensors, case["rescale_weights"]).values, case["out"]
        assert found["weight"] == right["weight"], case["name"]
        assert found.get("bias") == right["bias"], case["name"]
        assert found["threshold"] == [right["spike_threshold"]], case["name"]
        assert found["v_floor"] == [right["min_v_mem"]], case["name"]
        assert found.get("v") == right["v_mem"], case["name"]


def test_quantization_of_the_package() -> None:
    for case in cases("quant", 40):
        right, weight = case["out"], torch.tensor(case["weight"])
        floor = case["min_v_mem"]
        tensors = {
            "weight": weight if case["rescale_weights"] == 1 else rescaled(weight, case["rescale_weights"]),
            "bias": None if case["bias"] is None else torch.tensor(case["bias"]),
            "threshold": torch.tensor(case["spike_threshold"]),
            "v_floor": None if floor is None else torch.tensor(floor),
            "v": None if case["v_mem"] is None else torch.tensor(case["v_mem"]),
        }
        found = quantize(tensors).values
        assert bits(found["weight"]) == bits(right["weight"]), case["name"]
        assert bits(found["threshold"]) == bits([right["spike_threshold"]]), case["name"]
        assert bits(found["v_floor"]) == bits([right["min_v_mem"]]), case["name"]
        for name, key in (("bias", "bias"), ("v", "v_mem")):
            assert (name in found) == (right[key] is not None), case["name"]
            assert name not in found or bits(found[name]) == bits(right[key]), case["name"]


def test_rescaling_has_the_opposite_sense_of_version_2() -> None:
    """Times 4 and by 4: the same words of weights, and thresholds 16 times apart."""
    old = {case["name"]: case["out"]["spike_threshold"] for case in golden_cases("quant")}
    new = {case["name"]: case["out"]["spike_threshold"] for case in golden_cases("quant", "3.1.3")}
    assert (old["rescale_4"], new["rescale_4"]) == (1016, 64)  # 254 * 4, and 63.5 to the even one
    differ = {name for name in old if old[name] != new[name]}
    assert differ
    assert all(case["rescale_weights"] != 1 for case in golden_cases("quant") if case["name"] in differ)


def test_dynamics_of_the_spec(layer: LayerInterpreter) -> None:
    dynamics = Dynamics(layer)
    for case in cases("dynamics", 48):
        name = case["spike_fn"].rstrip("2")
        parameters = MAXIMUM if name == "MaxSpike" else {}
        neuron = Neuron(case["threshold"], case["min_v_mem"], name, RESETS[case["reset"]], parameters)
        assert dynamics.clocked(case["input"], neuron) == (case["spikes"], case["v_mem_after"]), case


def test_dynamics_of_the_package() -> None:
    for case in cases("dynamics", 48):
        name = case["spike_fn"].rstrip("2")
        function = getattr(dynapcnn_v31, name)
        spk = IAFSqueeze(
            batch_size=1,
            spike_threshold=case["threshold"],
            spike_fn=function(**MAXIMUM) if name == "MaxSpike" else function,
            reset_fn=getattr(dynapcnn_v31, RESETS[case["reset"]])(),
            min_v_mem=case["min_v_mem"],
            record_states=True,
        )
        spikes = spk(torch.tensor(case["input"]).reshape(-1, 1))
        assert torch.equal(spikes.flatten(), torch.tensor(case["spikes"])), case
        assert torch.equal(spk.recordings["v_mem"].flatten(), torch.tensor(case["v_mem_after"])), case


def test_forward_of_the_package() -> None:
    for case in cases("forward", 4):
        conv = convolution({"kernel": 0, **case["conv"], "bias": case["conv"]["bias"] is not None})
        conv.weight.data = torch.tensor(case["conv"]["weight"]).reshape(conv.weight.shape)
        if conv.bias is not None:
            conv.bias.data = torch.tensor(case["conv"]["bias"])
        window = tuple(case["pool"] or (1, 1))
        made = DynapcnnLayer(conv, IAFSqueeze(batch_size=1, min_v_mem=-1.0), case["in_shape"], [window])
        assert bits(made.conv.weight) == bits(case["q_weight"])
        assert bits(made.spk.spike_threshold) == bits([case["q_threshold"]])
        assert bits(made.spk.min_v_mem) == bits([case["q_min_v_mem"]])
        output = made(torch.tensor(case["input"]).float().reshape(case["input_shape"]))
        assert isinstance(output, torch.Tensor)
        assert list(output.shape) == case["output_shape"]
        assert [tuple(output.shape[1:])] == made.get_output_shape()
        assert bits(output) == bits(case["output"])
        assert bits(made.spk.v_mem) == bits(case["v_mem_final"])
