"""DynapcnnLayer, the memory functions and a chip meet what sinabs 3.0.4 answered."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from dynapcnn import DynapcnnLayer, IAFSqueeze, SumPool2d
from dynapcnn.chips import speck2e, speck2f
from dynapcnn.memory import bias_words, kernel_words, neuron_words
from exact import bits
from golden import golden_cases


def convolution(case: dict[str, Any], device: str = "cpu") -> nn.Conv2d:
    """The convolution of a recorded case; its values are set elsewhere."""
    return nn.Conv2d(
        case["in_channels"],
        case["out_channels"],
        case["kernel"],
        case["stride"],
        case["padding"],
        bias=bool(case["bias"]),
        device=device,
    )


def test_memory_and_cores() -> None:
    cases = golden_cases("memory")
    assert len(cases) == 56
    for case in cases:
        conv = convolution(case, "meta")  # large ones too, without their weights
        layer = DynapcnnLayer(conv, IAFSqueeze(batch_size=1), case["in_shape"], discretize=False)
        words = {name: case[f"{name}_words"] for name in ("kernel", "neuron", "bias")}
        assert layer.memory_summary() == words
        assert all(type(count) is int for count in layer.memory_summary().values())
        assert list(layer.get_neuron_shape()) == case["neuron_shape"]
        assert layer.get_output_shape() == layer.get_neuron_shape()
        f, fy, fx = case["neuron_shape"]
        kernel = case["kernel"], case["kernel"]
        assert kernel_words(case["in_channels"], f, *kernel) == words["kernel"]
        assert neuron_words(f, fy, fx) == words["neuron"]
        assert bias_words(f, case["bias"]) == words["bias"]
        assert speck2f.cores_for(layer) == case["fits_cores_speck2f"]
        assert speck2e.cores_for(layer) == case["fits_cores_speck2f"]


def test_forward() -> None:
    cases = golden_cases("forward")
    assert len(cases) == 4
    for case in cases:
        conv = convolution({"kernel": 0, **case["conv"], "bias": case["conv"]["bias"] is not None})
        conv.weight.data = torch.tensor(case["conv"]["weight"]).reshape(conv.weight.shape)
        if conv.bias is not None:
            conv.bias.data = torch.tensor(case["conv"]["bias"])
        pool = SumPool2d(tuple(case["pool"])) if case["pool"] else None
        layer = DynapcnnLayer(conv, IAFSqueeze(batch_size=1, min_v_mem=-1.0), case["in_shape"], pool)
        assert bits(layer.conv_layer.weight) == bits(case["q_weight"])
        assert bits(layer.spk_layer.spike_threshold) == bits([case["q_threshold"]])
        assert bits(layer.spk_layer.min_v_mem) == bits([case["q_min_v_mem"]])
        output = layer(torch.tensor(case["input"]).float().reshape(case["input_shape"]))
        assert list(output.shape) == case["output_shape"]
        assert output.shape[1:] == layer.get_output_shape()
        assert bits(output) == bits(case["output"])
        assert bits(layer.spk_layer.v_mem) == bits(case["v_mem_final"])


def test_examples_of_the_data_sheet_formulas_by_hand() -> None:
    # kernel: 5 channels x 2^(4 bits for 9 taps + 2 bits for 3 features); neurons: 3 x 2^(3 + 3)
    layer = DynapcnnLayer(nn.Conv2d(5, 3, 3, padding=1), IAFSqueeze(1, min_v_mem=-1.0), (5, 8, 8), 2)
    assert layer.memory_summary() == {"kernel": 5 * 64, "neuron": 3 * 64, "bias": 3}
    assert layer.get_neuron_shape() == (3, 8, 8)
    assert layer.get_output_shape() == (3, 4, 4)
    assert layer.summary() == {"pool": [2, 2], "kernel": [3, 5, 3, 3], "neuron": (3, 8, 8)}
    # rows and columns are padded each for itself: 5 x 9 neurons take 8 x 16 words
    flat = DynapcnnLayer(nn.Conv2d(1, 3, 2, bias=False), IAFSqueeze(1, min_v_mem=-1.0), (1, 6, 10))
    assert flat.memory_summary() == {"kernel": 4 * 4, "neuron": 3 * 8 * 16, "bias": 0}


def test_a_linear_layer_is_one_kernel_over_the_whole_map() -> None:
    linear = nn.Linear(3 * 2 * 5, 7)
    layer = DynapcnnLayer(linear, IAFSqueeze(1, min_v_mem=-1.0), (3, 2, 5), discretize=False)
    assert layer.get_neuron_shape() == (7, 1, 1)
    assert layer.memory_summary() == {"kernel": 3 * 2**4 * 2**3, "neuron": 7, "bias": 7}
    x = torch.randn(4, 3, 2, 5)
    torch.testing.assert_close(layer.conv_layer(x).flatten(1), linear(x.flatten(1)))
