"""The interpreter alone, straight from the YAML, meets every answer recorded from sinabs 3.0.4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dynapspec.interpret import Description, Judge, LayerInterpreter
from dynapspec.interpret.forward import Maps, convolve, spike, sum_pool
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model, load_model
from golden import golden_cases

SPECS = Path(__file__).resolve().parents[1] / "specs"
RESETS = {"subtract": "MembraneSubtract", "zero": "MembraneReset"}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def layer(model: Model) -> LayerInterpreter:
    return LayerInterpreter(model.layers["dynapcnn"])


def test_memory(model: Model, layer: LayerInterpreter) -> None:
    judge = Judge(model.chips["speck2f"], layer)
    cases = golden_cases("memory")
    assert len(cases) == 56
    for case in cases:
        synapses = {
            "in_channels": case["in_channels"],
            "out_channels": case["out_channels"],
            "kernel_size": case["kernel"],
            "stride": case["stride"],
            "padding": case["padding"],
            "bias": case["bias"],
        }
        verdict = judge.judge(Description(tuple(case["in_shape"]), synapses))
        found = [verdict.values[name] for name in ("kernel", "neuron", "bias")]
        assert found == [case["kernel_words"], case["neuron_words"], case["bias_words"]], case
        assert [verdict.values[n] for n in ("f", "fy", "fx")] == case["neuron_shape"], case
        assert list(verdict.cores) == case["fits_cores_speck2f"], case


def test_quantization(layer: LayerInterpreter) -> None:
    quantizer = Quantizer(layer)
    cases = golden_cases("quant")
    assert len(cases) == 40
    for case in cases:
        tensors = {
            "weight": case["weight"],
            "bias": case["bias"],
            "threshold": [case["spike_threshold"]],
            "v_floor": None if case["min_v_mem"] is None else [case["min_v_mem"]],
            "v": case["v_mem"],
        }
        found = quantizer.quantize(tensors, case["rescale_weights"]).values
        expected = case["out"]
        assert found["weight"] == expected["weight"], case["name"]
        assert found.get("bias") == expected["bias"], case["name"]
        assert found["threshold"] == [expected["spike_threshold"]], case["name"]
        assert found["v_floor"] == [expected["min_v_mem"]], case["name"]
        assert found.get("v") == expected["v_mem"], case["name"]


def test_dynamics(layer: LayerInterpreter) -> None:
    dynamics = Dynamics(layer)
    cases = golden_cases("dynamics")
    assert len(cases) == 48
    for case in cases:
        name = case["spike_fn"]
        parameters = {"max_num_spikes_per_bin": 2} if name == "MaxSpike2" else {}
        neuron = Neuron(
            case["threshold"], case["min_v_mem"], name.rstrip("2"), RESETS[case["reset"]], parameters
        )
        spikes, potentials = dynamics.clocked(case["input"], neuron)
        assert spikes == case["spikes"], case
        assert potentials == case["v_mem_after"], case


def maps(flat: list[float], shape: list[int]) -> Any:
    """A flat list as nested lists of that shape."""
    if len(shape) == 1:
        return list(flat)
    size = len(flat) // shape[0]
    return [maps(flat[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]


def flat(nested: Any) -> list[float]:
    """Nested lists as one flat list."""
    return [x for item in nested for x in flat(item)] if isinstance(nested, list) else [nested]


def test_forward(model: Model, layer: LayerInterpreter) -> None:
    cases = golden_cases("forward")
    assert len(cases) == 4
    judge = Judge(model.chips["speck2f"], layer)
    for case in cases:
        output, state = run_layer(layer, judge, case)
        assert flat(output) == case["output"]
        assert flat(state) == case["v_mem_final"]


def run_layer(layer: LayerInterpreter, judge: Judge, case: dict[str, Any]) -> tuple[list[Maps], Maps]:
    conv = case["conv"]
    k = conv["kernel"]
    words = Quantizer(layer).quantize(
        {"weight": conv["weight"], "bias": conv["bias"], "threshold": [1.0], "v_floor": [-1.0]}
    )
    assert words.values["weight"] == case["q_weight"]
    assert words.values["threshold"] == [case["q_threshold"]]
    fields = {"in_channels": conv["in_channels"], "out_channels": conv["out_channels"], "kernel_size": k}
    fields |= {"stride": conv["stride"], "padding": conv["padding"], "bias": conv["bias"]}
    pool = {"kernel_size": case["pool"], "stride": case["pool"]} if case["pool"] else {}
    verdict = judge.judge(Description(tuple(case["in_shape"]), fields, destinations=(pool,)))
    shape = (verdict.values["fy"], verdict.values["fx"])
    weight = maps(words.values["weight"], [conv["out_channels"], conv["in_channels"], k, k])
    pair = {name: (conv[name], conv[name]) for name in ("stride", "padding")}
    currents = [
        convolve(x, weight, words.values.get("bias"), pair["stride"], pair["padding"], (1, 1), shape)
        for x in maps(case["input"], case["input_shape"])
    ]
    neuron = Neuron(words.values["threshold"][0], words.values["v_floor"][0])
    spikes, state = spike(currents, Dynamics(layer), neuron)
    one = verdict.destinations[0]
    window, out = (one["qy"], one["qx"]), (one["oy"], one["ox"])
    return [sum_pool(x, window, (one["ty"], one["tx"]), out) for x in spikes], state
