"""The rounding to words: recorded answers of sinabs 3.0.4, and a table of worked examples."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

from dynapcnn import DynapcnnLayer, IAFSqueeze
from dynapcnn.quantization import (
    discretize_conv_spike,
    discretize_conv_spike_,
    quantize,
    rescaled,
    tensors_of,
)
from exact import bits
from golden import golden_cases

NAN = float("nan")
INF = float("inf")


def convolution(weight: Any, shape: list[int], bias: list[float] | None) -> nn.Conv2d:
    features, channels, *kernel = shape
    conv = nn.Conv2d(channels, features, (kernel[0], kernel[1]), bias=bias is not None)
    conv.weight.data = torch.tensor(weight).reshape(shape)
    if conv.bias is not None:
        conv.bias.data = torch.tensor(bias)
    return conv


def neurons(threshold: float, floor: float | None, state: list[float] | None) -> IAFSqueeze:
    spk = IAFSqueeze(batch_size=1, spike_threshold=threshold, min_v_mem=floor)
    if state is not None:
        spk.v_mem = torch.tensor(state)
    return spk


def modules(case: dict[str, Any]) -> tuple[nn.Conv2d, IAFSqueeze]:
    conv = convolution(case["weight"], case["weight_shape"], case["bias"])
    return conv, neurons(case["spike_threshold"], case["min_v_mem"], case["v_mem"])


def assert_words(conv: nn.Conv2d, spk: Any, out: dict[str, Any]) -> None:
    assert bits(conv.weight) == bits(out["weight"])
    assert (conv.bias is None) == (out["bias"] is None)
    assert conv.bias is None or bits(conv.bias) == bits(out["bias"])
    assert bits(spk.spike_threshold.float()) == bits([out["spike_threshold"]])
    assert bits(spk.min_v_mem.float()) == bits([out["min_v_mem"]])
    assert bits(spk.v_mem) == bits(out["v_mem"] or [])


def snapshot(conv: nn.Module, spk: nn.Module) -> dict[str, list[int]]:
    return {
        f"{i}.{k}": bits(v) for i, module in enumerate((conv, spk)) for k, v in module.state_dict().items()
    }


def integer_thresholds(out: dict[str, Any]) -> dict[str, Any]:
    """As ``out``, with the thresholds as whole numbers without a sign of zero."""
    return {**out, **{key: float(int(out[key])) for key in ("spike_threshold", "min_v_mem")}}


@pytest.mark.parametrize("to_int", [True, False])
def test_every_recorded_case_bit_for_bit(to_int: bool) -> None:
    cases = golden_cases("quant")
    assert len(cases) == 40
    for case in cases:
        conv, spk = modules(case)
        conv.weight.data = rescaled(conv.weight.data, case["rescale_weights"])
        before = snapshot(conv, spk)
        one, other = discretize_conv_spike(conv, spk, to_int=to_int)
        assert snapshot(conv, spk) == before, "the copying form changed its arguments"
        expected = integer_thresholds(case["out"]) if to_int else case["out"]
        assert_words(one, other, expected)
        assert one is not conv
        assert other is not spk
        for value in (other.spike_threshold, other.min_v_mem):
            assert value is not None
            assert value.dtype is (torch.int32 if to_int else torch.float32)
            assert isinstance(value, nn.Parameter)
            assert not value.requires_grad
        same_conv, same_spk = discretize_conv_spike_(conv, spk, to_int=to_int)
        assert same_conv is conv
        assert same_spk is spk
        assert_words(conv, spk, expected)


def test_every_recorded_case_through_the_class() -> None:
    refused = 0
    for case in golden_cases("quant"):
        conv, spk = modules(case)
        before = snapshot(conv, spk)
        if case["out"]["spike_threshold"] == 0:
            refused += 1
            with pytest.raises(ValueError, match="threshold becomes 0"):
                DynapcnnLayer(conv, spk, case["in_shape"], rescale_weights=case["rescale_weights"])
        else:
            with warning_of(wiped_out(case["weight"], case["out"]["weight"])):
                layer = DynapcnnLayer(conv, spk, case["in_shape"], rescale_weights=case["rescale_weights"])
            assert_words(layer.conv_layer, layer.spk_layer, case["out"])
        assert snapshot(conv, spk) == before
    assert refused == 1


@dataclass(frozen=True)
class Row:
    """A worked example: what goes in, the scales that each group allows, what comes out."""

    weight: list[float]
    words: list[float]
    threshold: float
    floor: float
    bias: list[float] | None = None
    bias_words: list[float] | None = None
    given: tuple[float, float | None] = (1.0, -1.0)
    state: list[float] | None = None
    state_words: list[float] | None = None
    rescale: float = 1
    scales: dict[str, float] | None = None
    refused: str | None = None


S1 = {"weights": 254.0, "thresholds": 32767.0}
MIX = [0.5, -0.25, 0.1]
TIES = [127.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.5]
TIES_OUT = [127.0, 0.0, 2.0, 2.0, -0.0, -2.0, -2.0, 4.0]
NOT_FINITE = "NaN or infinite"
VANISHES = "threshold becomes"
ROWS = {
    "1 plain": Row(MIX, [127, -64, 25], 254, -254, scales=S1),
    "2 negative extreme": Row([0.5, -1, 0.25], [64, -128, 32], 128, -128, scales={"weights": 128.0}),
    "3 equal magnitudes": Row([1, -1], [127, -127], 127, -127, scales={"weights": 127.0}),
    "4 inside the ratio": Row([1, -1.005], [127, -128], 127, -127, scales={"weights": 127.0}),
    "5 outside the ratio": Row([1, -1.01], [127, -128], 127, -127, scales={"weights": 126.732674}),
    "6 all negative": Row([-0.5, -0.25], [-128, -64], 256, -256, scales={"weights": 256.0}),
    "7 zero and negative": Row([0, -0.3], [0, -128], 427, -427, scales={"weights": 426.666656}),
    "8 bias dominates": Row(
        [0.1, -0.1], [6, -6], 64, -64, [2, -0.5], [127, -32], scales={"weights": 1270.0, "biases": 63.5}
    ),
    "9 tiny bias": Row(
        [1, -0.5], [127, -64], 127, -127, [0.001, -0.002], [0.0, -0.0], scales={"biases": 63999.996}
    ),
    "10 threshold dominates": Row(
        [0.001, -0.0005],
        [0.0, -0.0],
        32767,
        -32767,
        given=(500, -500),
        scales={"weights": 126999.992, "thresholds": 65.534004},  # not 65.533997 = 32767 / 500
    ),
    "11 lower bound dominates": Row(
        [0.001, -0.0005], [0.0, -0.0], 33, -32768, given=(1, -1000), scales={"thresholds": 32.768}
    ),
    "12 no lower bound": Row(
        [0.5, -0.25], [0.0, -0.0], 1, -32768, given=(1, None), scales={"thresholds": 1.0}
    ),
    "13 none, big weights": Row(
        [200, -100],
        [127, -64],
        95,
        -20808,
        given=(150, None),
        scales={"weights": 0.635, "thresholds": 1.0},
    ),
    "14 small state": Row(
        [0.5, -0.25],
        [127, -64],
        254,
        -254,
        state=[0.3, -0.7, 0.1],
        state_words=[76, -178, 25],
        scales={"weights": 254.0, "potentials": 46811.43},
    ),
    "15 state dominates": Row(
        [0.001, -0.001],
        [0.0, -0.0],
        36,
        -36,
        state=[-900, 10, 0],
        state_words=[-32768, 364, 0],
        scales={"potentials": 36.40889},
    ),
    "16 zero state": Row(
        [0.5, -0.25],
        [127, -64],
        254,
        -254,
        state=[0, 0],
        state_words=[0, 0],
        scales={"potentials": INF},
    ),
    "17 ties": Row(TIES, TIES_OUT, 1, -1, scales={"weights": 1.0}),
    "18 zero weights": Row([0, 0], [0, 0], 32767, -32767, scales={"weights": INF, "thresholds": 32767.0}),
    "19 zero weights and a bias": Row(
        [0, 0], [0, 0], 127, -127, [1, 0.5], [127, 64], scales={"biases": 127.0}
    ),
    "20 everything zero": Row([0], [NAN], NAN, NAN, given=(0, 0), refused=NOT_FINITE),
    "21 zero threshold": Row([0.5, -0.5], [127, -127], 0, 0, given=(0, 0), refused=VANISHES),
    "22 lower bound 0": Row([0.5, -0.25], [127, -64], 254, 0, given=(1, 0)),
    "23 lower bound above 0": Row([0.5, -0.25], [127, -64], 254, 127, given=(1, 0.5)),
    "24 huge weight": Row([1000, -3], [127, -0.0], 0, -0.0, scales={"weights": 0.127}, refused=VANISHES),
    "25 infinite weight": Row([INF, 1], [NAN, 0], 0, -0.0, refused=NOT_FINITE),
    "26 NaN weight": Row([NAN, 1], [NAN, NAN], NAN, NAN, refused=NOT_FINITE),
    "27 divided by 4": Row(MIX, [127, -64, 25], 1016, -1016, rescale=4),
    "28 times 4": Row(MIX, [127, -64, 25], 64, -64, rescale=0.25),
    "29 divided, bias untouched": Row(
        MIX, [127, -64, 25], 1016, -1016, [0.1, 0, -0.1], [102, 0, -102], rescale=4
    ),
    "30 times 4, bias untouched": Row(MIX, [127, -64, 25], 64, -64, [0.1, 0, -0.1], [6, 0, -6], rescale=0.25),
    "31 rescale 0": Row(MIX, [NAN] * 3, 0, 0, rescale=0, refused="rescale_weights is 0"),
}


def build(row: Row) -> tuple[nn.Conv2d, IAFSqueeze]:
    conv = convolution([float(w) for w in row.weight], [len(row.weight), 1, 1, 1], row.bias)
    return conv, neurons(*row.given, row.state)


def without_nan(values: list[Any]) -> list[int]:
    """Bit patterns, with one pattern for every NaN."""
    return bits(torch.nan_to_num(torch.tensor(values, dtype=torch.float32), nan=12345.0))


@pytest.mark.parametrize("name", [name for name in ROWS if name != "31 rescale 0"])
def test_worked_examples_of_the_arithmetic(name: str) -> None:
    row = ROWS[name]
    conv, spk = build(row)
    conv.weight.data = rescaled(conv.weight.data, row.rescale)
    scales = quantize(tensors_of(conv, spk)).scales
    for group, scale in (row.scales or {}).items():
        assert bits(scales[group]) == bits([scale]), group
    assert ("biases" in scales) == (row.bias is not None)
    assert ("potentials" in scales) == (row.state is not None)
    discretize_conv_spike_(conv, spk, to_int=False)
    assert without_nan(conv.weight.flatten().tolist()) == without_nan(row.words)
    assert conv.bias is None or bits(conv.bias) == bits(row.bias_words or [])
    assert spk.min_v_mem is not None
    found = [spk.spike_threshold.item(), spk.min_v_mem.item()]
    assert without_nan(found) == without_nan([row.threshold, row.floor])
    assert bits(spk.v_mem) == bits(row.state_words or [])


@pytest.mark.parametrize("name", ROWS)
def test_worked_examples_through_the_class(name: str) -> None:
    row = ROWS[name]
    conv, spk = build(row)
    if row.refused:
        with pytest.raises(ValueError, match=row.refused):
            DynapcnnLayer(conv, spk, (1, 1, 1), rescale_weights=row.rescale)
        return
    with warning_of(wiped_out(row.weight, row.words)):
        layer = DynapcnnLayer(conv, spk, (1, 1, 1), rescale_weights=row.rescale)
    assert bits(layer.conv_layer.weight) == bits(row.words)
    assert layer.conv_layer.bias is None or bits(layer.conv_layer.bias) == bits(row.bias_words or [])
    assert bits(layer.spk_layer.spike_threshold) == bits([row.threshold])
    assert bits(layer.spk_layer.min_v_mem) == bits([row.floor])
    assert bits(layer.spk_layer.v_mem) == bits(row.state_words or [])


def wiped_out(weight: list[float], words: list[float]) -> bool:
    return any(weight) and not any(words)


@contextmanager
def warning_of(expected: bool) -> Iterator[None]:
    """A block that warns that every weight becomes 0, or of nothing at all."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield
    assert ["every weight becomes 0" in str(one.message) for one in found] == [True] * expected


def test_a_missing_lower_bound_that_costs_some_weights_says_how_many() -> None:
    conv = convolution([0.6, 0.3, -0.2, 0.0], [4, 1, 1, 1], None)
    with pytest.warns(UserWarning, match="2 of 4 weights become 0 .* min_v_mem is None") as found:
        layer = DynapcnnLayer(conv, IAFSqueeze(batch_size=1), (1, 1, 1))
    assert bits(layer.conv_layer.weight) == bits([1.0, 0.0, -0.0, 0.0])
    assert found[0].filename == __file__


def test_doubles_and_halves_become_words_in_f32() -> None:
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        conv = convolution([0.5, -0.25, 0.125], [3, 1, 1, 1], [0.25, 0.0, 0.0]).to(dtype)
        layer = DynapcnnLayer(conv, neurons(1.0, -1.0, None), (1, 1, 1))
        assert bits(layer.conv_layer.weight) == bits([127.0, -64.0, 32.0])  # -63.5 and 31.75
        assert layer.conv_layer.bias is not None
        assert bits(layer.conv_layer.bias) == bits([64.0, 0.0, 0.0])  # 63.5
        assert conv.weight.dtype is dtype


def test_a_threshold_of_one_entry_loses_its_axis() -> None:
    spk = IAFSqueeze(batch_size=1, spike_threshold=torch.ones(1), min_v_mem=-torch.ones(1, 1))
    layer = DynapcnnLayer(convolution([0.5], [1, 1, 1, 1], None), spk, (1, 1, 1))
    assert layer.spk_layer.spike_threshold.shape == layer.spk_layer.min_v_mem.shape == ()


@pytest.mark.parametrize(
    ("conv", "spk"), [(nn.Conv1d(1, 1, 1), IAFSqueeze(1)), (nn.Conv2d(1, 1, 1), nn.ReLU())]
)
def test_other_modules_are_refused(conv: Any, spk: Any) -> None:
    with pytest.raises(TypeError, match="expected"):
        discretize_conv_spike(conv, spk)
