"""The reference model against recorded results, values worked out by hand, and facts true of all inputs.

The recorded results are the folder `golden`, found by the variable DYNAPSPEC_GOLDEN or, without it, beside
the repository at ../shared/golden. They were made by running sinabs 3.0.4, by nothing in this repository.
"""

import ast
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from reference import layer, memory, neurons, placement, quantization, rules, shapes

VARIABLE = "DYNAPSPEC_GOLDEN"
# No example database: a test run leaves nothing behind in the working tree.
quick = settings(max_examples=100, deadline=None, database=None)

NAN = float("nan")
INF = float("inf")


def golden(name: str) -> list[dict[str, Any]]:
    """The recorded cases of one kind, for sinabs 3.0.4."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "golden"
    folder = Path(os.environ.get(VARIABLE) or beside)
    file = folder / f"{name}_v3.0.4.json"
    if not file.is_file():
        if os.environ.get(VARIABLE):
            pytest.fail(f"{VARIABLE} is {folder}, but {file} does not exist")
        pytest.skip(f"NO GOLDEN DATA, NOTHING COMPARED: set {VARIABLE} to the folder that holds {file.name}")
    cases: list[dict[str, Any]] = json.loads(file.read_text())["cases"]
    return cases


def bits(values: ArrayLike) -> list[int]:
    """Values as binary32 bit patterns: tells -0.0 from 0.0, and makes every NaN the same one."""
    array = np.asarray(values, np.float32).ravel()
    return [0x7FC00000 if np.isnan(v) else int(v.view(np.uint32)) for v in array]


def same(left: ArrayLike | None, right: ArrayLike | None) -> bool:
    """Whether both are absent, or equal bit for bit."""
    if left is None or right is None:
        return left is None and right is None
    return bits(left) == bits(right)


# --- memory ----------------------------------------------------------------------------------------------


def test_memory_golden() -> None:
    cases = golden("memory")
    assert len(cases) == 56
    for case in cases:
        c, h, w = case["in_shape"]
        f, k, s, p = (case[key] for key in ("out_channels", "kernel", "stride", "padding"))
        neuron = shapes.neuron_shape(f, h, w, kernel=(k, k), stride=(s, s), padding=(p, p))
        assert list(neuron) == case["neuron_shape"], case
        words = (
            memory.kernel_words(c, f, k, k),
            memory.neuron_words(*neuron),
            memory.bias_words(f, case["bias"]),
        )
        assert words == (case["kernel_words"], case["neuron_words"], case["bias_words"]), case
        assert rules.fitting_cores(*words) == case["fits_cores_speck2f"], case


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (9, 4),
        (64, 6),
        (65, 7),
        (1024, 10),
        (1025, 11),
        (2**40 + 1, 41),
    ],
)
def test_address_bits(size: int, expected: int) -> None:
    assert memory.address_bits(size) == expected


def test_kernel_addresses_by_hand() -> None:
    # 9 positions take 4 bits and 3 features 2 bits: one input channel is a block of 64 words.
    layout = memory.kernel_layout(2, 3, 3, 3)
    assert layout.address(0, 0, 2) == 2
    assert layout.address(0, 1, 0) == 4
    assert layout.address(1, 4, 2) == 64 + 16 + 2
    assert memory.kernel_address(layout, channel=1, feature=2, ky=1, kx=1, kw=3) == 82
    assert layout.space == 128
    assert memory.used_words(layout) == 54
    assert layout.indices(82) == (1, 4, 2)
    assert layout.indices(3) is None, "feature 3 of 3 is a hole"
    assert layout.indices(128) is None, "behind the last channel"


def test_neuron_addresses_by_hand() -> None:
    layout = memory.neuron_layout(5, 31, 15)
    assert layout.address(4, 30, 14) == (4 << 9) + (30 << 4) + 14
    assert layout.space == 5 * 32 * 16
    assert memory.used_words(layout) == 5 * 31 * 15


def test_a_map_wider_than_tall_keeps_its_neurons_apart() -> None:
    # 16 neurons; a published address helper maps them to 8 addresses by shifting with the wrong width.
    layout = memory.neuron_layout(1, 2, 8)
    assert len({address for _, address in memory.enumerate_addresses(layout)}) == 16
    assert layout.address(0, 1, 5) == 13


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((1, 1, 1, 1), 1),
        ((5, 3, 1, 1), 20),
        ((2, 2, 2, 2), 16),
        ((16, 32, 3, 3), 8192),
        ((20, 32, 5, 5), 20480),
        ((128, 500, 1, 1), 65536),
        ((33, 128, 3, 3), 67584),
        # 3 x 5 = 15 positions share one field of 4 bits; two fields would take 2 + 3.
        ((1, 1, 3, 5), 16),
        ((1, 1025, 1, 1), 2048),
    ],
)
def test_kernel_words_by_hand(sizes: tuple[int, int, int, int], words: int) -> None:
    assert memory.kernel_words(*sizes) == words


def test_neuron_and_bias_words_by_hand() -> None:
    assert memory.neuron_words(17, 64, 64) == 69632, "17 features are not rounded up to 32"
    assert memory.neuron_words(8, 63, 63) == 32768
    assert memory.neuron_words(8, 65, 63) == 65536
    assert memory.bias_words(500, True) == 500
    assert memory.bias_words(500, False) == 0


sizes = st.integers(1, 9)
layouts = st.builds(
    lambda outer, inner: memory.Layout(
        memory.Field("outer", outer), tuple(memory.Field(f"inner {i}", s) for i, s in enumerate(inner))
    ),
    sizes,
    st.lists(sizes, max_size=3),
)


@quick
@given(layouts)
def test_addresses_are_distinct_inside_the_space_and_lose_no_bit(layout: memory.Layout) -> None:
    words = dict(memory.enumerate_addresses(layout))
    assert len(words) == memory.used_words(layout)
    assert len(set(words.values())) == len(words)
    assert min(words.values()) == 0
    assert max(words.values()) < layout.space
    for indices, address in words.items():
        assert layout.indices(address) == indices
        # Each field has bits of its own: alone, the fields add up without a carry.
        alone = [
            layout.address(*(index if i == place else 0 for i, index in enumerate(indices)))
            for place in range(len(indices))
        ]
        assert sum(alone) == address
        assert all(a & b == 0 for i, a in enumerate(alone) for b in alone[:i])


@quick
@given(layouts)
def test_holes_are_the_rest_of_the_space(layout: memory.Layout) -> None:
    holes = [address for address in range(layout.space) if layout.indices(address) is None]
    assert len(holes) == layout.space - memory.used_words(layout)
    # No field has a bit too many, so the holes of k fields leave more than one word in 2**k used.
    assert memory.used_words(layout) << len(layout.inner) >= layout.space


@quick
@given(sizes, sizes, sizes, sizes, st.booleans())
def test_layouts_of_a_layer_hold_every_word(c: int, f: int, kh: int, kw: int, has_bias: bool) -> None:
    layout = memory.kernel_layout(c, f, kh, kw)
    kernel = {
        memory.kernel_address(layout, channel, feature, ky, kx, kw)
        for channel in range(c)
        for feature in range(f)
        for ky in range(kh)
        for kx in range(kw)
    }
    assert len(kernel) == c * f * kh * kw
    assert max(kernel) < memory.kernel_words(c, f, kh, kw)
    neuron = {address for _, address in memory.enumerate_addresses(memory.neuron_layout(f, kh, kw))}
    assert len(neuron) == f * kh * kw
    assert max(neuron) < memory.neuron_words(f, kh, kw)
    assert memory.bias_words(f, has_bias) == (f if has_bias else 0)


def test_memory_refuses_what_has_no_address() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        memory.neuron_words(4, 0, 3)
    with pytest.raises(ValueError, match="at least one value"):
        memory.bias_words(0, True)
    with pytest.raises(ValueError, match="at least one value"):
        memory.address_bits(0)
    with pytest.raises(ValueError, match="outside"):
        memory.neuron_layout(2, 3, 3).address(0, 3, 0)
    with pytest.raises(ValueError, match="column"):
        memory.kernel_address(memory.kernel_layout(1, 1, 2, 2), 0, 0, 0, 2, 2)
    with pytest.raises(ValueError, match="indices expected"):
        memory.neuron_layout(2, 3, 3).address(0, 1)
    with pytest.raises(ValueError, match="too many"):
        next(memory.enumerate_addresses(memory.neuron_layout(1024, 64, 64)))


# --- shapes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "expected"),
    [
        (28, 5, 1, 0, 1, 24),
        (128, 3, 2, 1, 1, 64),
        (128, 3, 2, 0, 1, 63),
        (128, 7, 4, 3, 1, 32),
        (65, 2, 2, 0, 1, 32),
        (5, 2, 2, 1, 1, 3),
        (9, 3, 1, 0, 2, 5),
        (16, 16, 1, 0, 1, 1),
        (4, 5, 1, 0, 1, 0),
        (4, 50, 8, 0, 3, 0),
        (65536, 1, 1, 65536, 1, 3 * 65536),
    ],
)
def test_positions_by_hand(
    size: int, kernel: int, stride: int, padding: int, dilation: int, expected: int
) -> None:
    assert shapes.conv_positions(size, kernel, stride, padding, dilation) == expected


axis = st.integers(1, 40)


@quick
@given(axis, axis, st.integers(1, 9), st.integers(0, 9), st.integers(1, 4))
def test_the_last_window_fits_and_one_more_does_not(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    count = shapes.conv_positions(size, kernel, stride, padding, dilation)
    padded = list(range(-padding, size + padding))
    window = dilation * (kernel - 1) + 1
    assert len(padded[count * stride :]) < window, "one more window would have room"
    if count:
        assert len(padded[(count - 1) * stride :]) >= window, "the last window has no room"


def test_shapes_of_maps() -> None:
    assert shapes.neuron_shape(7, 31, 45, kernel=(3, 3), stride=(2, 2), padding=(1, 1)) == (7, 16, 23)
    # Rows and columns keep to themselves.
    uneven = shapes.neuron_shape(2, 20, 30, kernel=(3, 5), stride=(1, 2), padding=(0, 1), dilation=(2, 1))
    assert uneven == (2, 16, 14)
    assert shapes.neuron_shape(3, 4, 9, kernel=(5, 5)) == (3, 0, 5)
    assert shapes.pooled_shape(7, 8, 2) == (3, 4)
    assert shapes.pooled_shape(8, 8, 2, stride=1) == (7, 7)
    assert shapes.pooled_shape(3, 8, 4) == (0, 2)


@pytest.mark.parametrize(
    "wrong", [(0, 1, 1, 0, 1), (4, 0, 1, 0, 1), (4, 1, 0, 0, 1), (4, 1, 1, -1, 1), (4, 1, 1, 0, 0)]
)
def test_shapes_refuse_what_is_no_window(wrong: tuple[int, int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="start at"):
        shapes.conv_positions(*wrong)


# --- quantization ----------------------------------------------------------------------------------------


def test_quantization_golden() -> None:
    cases = golden("quant")
    assert len(cases) == 40
    refused = {}
    for case in cases:
        given_values = (
            case["weight"],
            case["bias"],
            case["spike_threshold"],
            case["min_v_mem"],
            case["v_mem"],
        )
        made = quantization.quantize(*given_values, rescale=case["rescale_weights"])
        out = case["out"]
        assert same(made.weight, out["weight"]), case["name"]
        assert same(made.bias, out["bias"]), case["name"]
        assert same(made.threshold, out["spike_threshold"]), case["name"]
        assert same(made.floor, out["min_v_mem"]), case["name"]
        assert same(made.state, out["v_mem"]), case["name"]
        reason = quantization.refusal(*given_values, rescale=case["rescale_weights"])
        if reason is not None:
            refused[case["name"]] = reason
    assert refused == {"threshold_vanishes": "threshold-vanished"}


# weights, bias, threshold, floor, state, rescale -> weights, bias, threshold, floor, state, refusal
WORKED: dict[str, tuple[tuple[Any, ...], tuple[Any, ...], str | None]] = {
    "a tie goes to the even level": (
        ([0.5, -0.25, 0.1], None, 1, -1, None, 1),
        ([127, -64, 25], None, 254, -254, None),
        None,
    ),
    "the negative side has one level more": (
        ([0.5, -1, 0.25], None, 1, -1, None, 1),
        ([64, -128, 32], None, 128, -128, None),
        None,
    ),
    "equal sides use 127": (([1, -1], None, 1, -1, None, 1), ([127, -127], None, 127, -127, None), None),
    "inside the asymmetry": (([1, -1.005], None, 1, -1, None, 1), ([127, -128], None, 127, -127, None), None),
    "all negative": (([-0.5, -0.25], None, 1, -1, None, 1), ([-128, -64], None, 256, -256, None), None),
    "all negative and alike": (([-1, -1], None, 1, -1, None, 1), ([-127, -127], None, 127, -127, None), None),
    "zero and negative": (([0, -0.3], None, 1, -1, None, 1), ([0, -128], None, 427, -427, None), None),
    "a bias shrinks the weights": (
        ([0.1, -0.1], [2, -0.5], 1, -1, None, 1),
        ([6, -6], [127, -32], 64, -64, None),
        None,
    ),
    "a tiny bias does not": (
        ([1, -0.5], [0.001, -0.002], 1, -1, None, 1),
        ([127, -64], [0, -0.0], 127, -127, None),
        None,
    ),
    "no floor is the lowest level": (
        ([0.5, -0.25], None, 1, None, None, 1),
        ([0, -0.0], None, 1, -32768, None),
        None,
    ),
    "state": (
        ([0.001, -0.001], None, 1, -1, [-900, 10, 0], 1),
        ([0, -0.0], None, 36, -36, [-32768, 364, 0]),
        None,
    ),
    "zero state": (
        ([0.5, -0.25], None, 1, -1, [0, 0], 1),
        ([127, -64], None, 254, -254, [0, 0]),
        None,
    ),
    "no weights to scale": (([0, 0], None, 1, -1, None, 1), ([0, 0], None, 32767, -32767, None), None),
    "floor 0": (([0.5, -0.25], None, 1, 0, None, 1), ([127, -64], None, 254, 0, None), None),
    "floor above 0": (([0.5, -0.25], None, 1, 0.5, None, 1), ([127, -64], None, 254, 127, None), None),
    "rescale divides weights alone": (
        ([0.5, -0.25, 0.1], [0.1, 0, -0.1], 1, -1, None, 4),
        ([127, -64, 25], [102, 0, -102], 1016, -1016, None),
        None,
    ),
    "everything zero": (
        ([0], None, 0, 0, None, 1),
        ([NAN], None, NAN, NAN, None),
        "not-finite",
    ),
    "threshold zero": (
        ([0.5, -0.5], None, 0, 0, None, 1),
        ([127, -127], None, 0, 0, None),
        "threshold-vanished",
    ),
    "huge weight": (
        ([1000, -3], None, 1, -1, None, 1),
        ([127, -0.0], None, 0, -0.0, None),
        "threshold-vanished",
    ),
    "infinite weight": (([INF, 1], None, 1, -1, None, 1), ([NAN, 0], None, 0, -0.0, None), "not-finite"),
    "NaN weight": (([NAN, 1], None, 1, -1, None, 1), ([NAN, NAN], None, NAN, NAN, None), "not-finite"),
    "NaN bias": (([1], [NAN], 1, -1, None, 1), ([NAN], [NAN], NAN, NAN, None), "not-finite"),
    "infinite floor": (([1], None, 1, -INF, None, 1), ([0], None, 0, NAN, None), "not-finite"),
    "rescale by zero": (
        ([0.5, -0.25], None, 1, -1, None, 0),
        ([NAN, NAN], None, 0, -0.0, None),
        "not-finite",
    ),
}


@pytest.mark.parametrize("name", WORKED)
def test_quantization_worked_examples(name: str) -> None:
    (weight, bias, threshold, floor, state, rescale), expected, reason = WORKED[name]
    made = quantization.quantize(weight, bias, threshold, floor, state, rescale=rescale)
    got = (made.weight, made.bias, made.threshold, made.floor, made.state)
    for value, wanted in zip(got, expected, strict=True):
        assert same(value, wanted), (name, got)
    assert quantization.refusal(weight, bias, threshold, floor, state, rescale=rescale) == reason


def test_the_scale_is_a_reciprocal_and_a_product() -> None:
    # 127 / 0.762 is 166.66665649 in float32 and makes 20 of 0.123; the chip's tool chain makes 21.
    made = quantization.quantize([0.762, -0.33, 0.123, 0.293], None, 1, -1)
    assert float(made.scale) == pytest.approx(166.66667175, abs=1e-8)
    assert made.weight.tolist() == [127, -55, 21, 49]


@pytest.mark.parametrize(
    ("values", "width", "scale"),
    [
        ([0.5, -0.25], 8, 254.0),
        ([0.5, -1.0], 8, 128.0),
        ([1.0, -1.01], 8, 126.732674),
        ([0.0, -0.3], 8, 426.666656),
        ([-1.0, 1.0], 16, 32767.0),
        ([-1000.0, 1.0], 16, 32.768),
        ([0.0, 0.0], 8, INF),
        ([4.0, -4.0], 4, 1.75),
    ],
)
def test_scale_by_hand(values: list[float], width: int, scale: float) -> None:
    assert float(quantization.tensor_scale(np.array(values, np.float32), width)) == pytest.approx(
        scale, rel=1e-7
    )


def test_asymmetry_is_compared_in_float32() -> None:
    # Just above 128/127 the negative side decides; the float32 bound itself does not.
    bound = np.float32(128) / np.float32(127)
    above = np.nextafter(bound, np.float32(2))
    assert quantization.tensor_scale(np.array([1, -bound], np.float32), 8) == np.float32(127)
    assert quantization.tensor_scale(np.array([1, -above], np.float32), 8) < np.float32(127)
    # On the bound the positive side decides, although the two scales differ in their last bits here.
    edge = np.float32(0.375) * bound
    assert (
        float(quantization.tensor_scale(np.array([0.375, -edge], np.float32), 8)).hex()
        == "0x1.52aaac0000000p+8"
    )


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("place", ["weight", "bias", "threshold", "floor", "state"])
def test_whatever_is_not_finite_is_refused(place: str, bad: float) -> None:
    values: dict[str, Any] = {"weight": [1, 0], "bias": [1, 0], "threshold": 1, "floor": -1, "state": [1, 0]}
    assert quantization.refusal(**values) is None
    values[place] = bad if place in ("threshold", "floor") else [0, bad]
    assert quantization.refusal(**values) == "not-finite"


TIES = [127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.5]


def test_rounding_of_ties() -> None:
    even = quantization.quantize(TIES, None, 1, -1).weight
    assert same(even, [127, 0, 2, 2, -0.0, -2, -2, 4])
    up = quantization.quantize(TIES, None, 1, -1, rounding="half_up").weight
    assert up.tolist() == [127, 1, 2, 3, 0, -1, -2, 4]
    below = np.nextafter(np.float32(0.5), np.float32(0))
    assert quantization.rounded(np.array([below]), "half_up").tolist() == [0], "no tie, however near"


def test_bits_are_parameters() -> None:
    narrow = quantization.quantize([1, -1, 0.5], None, 2, -2, weight_bits=4)
    assert narrow.weight.tolist() == [7, -7, 4]
    assert (float(narrow.threshold), float(narrow.floor)) == (14, -14)
    # With 8 bits the bias of 2 decides the scale, with 16 bits it does not.
    wide = quantization.quantize([1, -1], [2], 1, -1, bias_bits=16)
    assert wide.weight.tolist() == [127, -127]
    assert wide.bias is not None
    assert wide.bias.tolist() == [254]
    # An 8-bit state lets the floor decide.
    low = quantization.quantize([1], None, 1, -1000, state_bits=8)
    assert (float(low.floor), float(low.threshold)) == (-128, 0)
    assert quantization.quantize([1], None, 1, None, state_bits=8).floor == -128


@pytest.mark.parametrize("width", [0, 1, 26])
def test_bits_that_make_no_levels(width: int) -> None:
    with pytest.raises(ValueError, match="levels"):
        quantization.levels(width)


def test_quantize_leaves_its_arguments_alone() -> None:
    weight, bias = np.array([[0.5, -0.3]], np.float32), np.array([0.25], np.float32)
    made = quantization.quantize(weight, bias, 1, -1, rescale=2)
    assert weight.tolist() == np.array([[0.5, -0.3]], np.float32).tolist()
    assert bias.tolist() == [0.25]
    assert made.weight.shape == (1, 2)


ordinary = st.floats(-100, 100, width=32).filter(lambda v: v == 0 or abs(v) > 1e-3)
layers = st.tuples(
    st.lists(ordinary, min_size=1, max_size=12),
    st.none() | st.lists(ordinary, min_size=1, max_size=4),
    st.floats(0.0625, 100, width=32),
    st.none() | st.floats(-100, -0.0625, width=32),
    st.none() | st.lists(ordinary, min_size=1, max_size=4),
)


@quick
@given(layers, st.sampled_from(["half_even", "half_up"]))
def test_levels_are_in_range_and_near(values: Any, rounding: quantization.Rounding) -> None:
    weight, bias, threshold, floor, state = values
    made = quantization.quantize(weight, bias, threshold, floor, state, rounding=rounding)
    pairs: list[tuple[Any, Any, int]] = [
        (weight, made.weight, 8),
        ([threshold, -32768 if floor is None else floor], [made.threshold, made.floor], 16),
    ]
    pairs += [(bias, made.bias, 8)] if bias is not None else []
    pairs += [(state, made.state, 16)] if state is not None else []
    for given_values, made_values, width in pairs:
        exact = np.asarray(given_values, np.float64) * float(made.scale)
        got = np.asarray(made_values, np.float64)
        assert np.array_equal(got, np.trunc(got))
        assert got.min() >= -(2 ** (width - 1))
        assert got.max() <= 2 ** (width - 1) - 1
        # Half a level, and the one float32 rounding of the product.
        assert np.all(np.abs(got - exact) <= 0.5 + np.abs(exact) * 2.0**-24)


@quick
@given(layers)
def test_one_group_fills_its_range(values: Any) -> None:
    weight, bias, threshold, floor, state = values
    made = quantization.quantize(weight, bias, threshold, floor, state)
    groups: list[tuple[Any, int]] = [
        (made.weight, 7),
        (0 if made.bias is None else made.bias, 7),
        ([made.threshold, made.floor], 15),
        (0 if made.state is None else made.state, 15),
    ]
    assert any(np.max(np.abs(group)) >= 2**w - 1 for group, w in groups)


@quick
@given(layers.filter(lambda values: values[3] is not None), st.sampled_from([0.5, 2.0, 8.0]))
def test_units_of_a_power_of_two_do_not_matter(values: Any, factor: float) -> None:
    def times(group: Any) -> Any:
        return None if group is None else (np.asarray(group, np.float32) * np.float32(factor))

    plain = quantization.quantize(*values)
    other = quantization.quantize(*(times(group) for group in values))
    for name in ("weight", "bias", "threshold", "floor", "state"):
        assert same(getattr(plain, name), getattr(other, name))


# --- neurons, clocked ------------------------------------------------------------------------------------

SPIKES = {
    "MultiSpike": neurons.multi_spike,
    "SingleSpike": neurons.single_spike,
    "MaxSpike2": neurons.max_spike(2),
}
RESETS = {"subtract": neurons.subtract, "zero": neurons.to_zero}


def test_dynamics_golden() -> None:
    cases = golden("dynamics")
    assert len(cases) == 48
    for case in cases:
        spike, reset = SPIKES[case["spike_fn"]], RESETS[case["reset"]]
        threshold, floor = case["threshold"], case["min_v_mem"]
        state: ArrayLike = 0.0
        for drive, spikes, after in zip(case["input"], case["spikes"], case["v_mem_after"], strict=True):
            got, state = neurons.clocked_step(
                state, drive, threshold=threshold, floor=floor, spike=spike, reset=reset
            )
            # The record does not tell -0.0 spikes from 0.0; the state is compared to the bit.
            assert float(got) == spikes, case
            assert same(state, after), case
        whole, final = neurons.run_clocked(
            case["input"], threshold=threshold, floor=floor, spike=spike, reset=reset
        )
        assert whole.tolist() == case["spikes"]
        assert same(final, case["v_mem_after"][-1])


def test_the_threshold_itself_fires() -> None:
    for spike in SPIKES.values():
        spikes, state = neurons.clocked_step(0, 1, threshold=1, floor=None, spike=spike)
        assert (float(spikes), float(state)) == (1, 0)


def test_a_negative_state_spikes_minus_zero() -> None:
    assert same(
        neurons.multi_spike(np.array([-2.5, -0.3, 0.0, 0.3], np.float32), np.float32(1)), [-0.0, -0.0, 0, 0]
    )
    assert same(neurons.single_spike(np.array([-2.5, 0.3], np.float32), np.float32(1)), [0, 0])


def test_the_floor_comes_after_spike_and_reset() -> None:
    # Were the floor first, -5 would be -1 before the drive of the next step, as it is here; but within a step
    # the drive meets the old state: -1 + 2 = 1 fires.
    spikes, state = neurons.run_clocked([-5, 2], threshold=1, floor=-1)
    assert spikes.tolist() == [0, 1]
    assert float(state) == 0
    # A floor above what the reset leaves lifts the state afterwards.
    spikes, state = neurons.clocked_step(0, 4, threshold=4, floor=2)
    assert (float(spikes), float(state)) == (1, 2)


def test_the_floor_rounds_as_written() -> None:
    # 0.1 + 2**24 is 2**24 in float32: the state loses its fraction although it is far above the floor.
    _, state = neurons.clocked_step(0, 0.1, threshold=1, floor=-(2.0**24))
    assert same(state, 0.0)
    _, state = neurons.clocked_step(0, 0.1, threshold=1, floor=None)
    assert same(state, 0.1)


def test_max_spike_leaves_the_rest_in_the_state() -> None:
    spikes, state = neurons.clocked_step(0, 5.5, threshold=1, floor=None, spike=neurons.max_spike(2))
    assert (float(spikes), float(state)) == (2, 3.5)


def test_reset_to_zero_forgets_the_rest() -> None:
    spikes, state = neurons.run_clocked([[2.5, 0.5, -3.0]], threshold=1, floor=None, reset=neurons.to_zero)
    assert spikes.tolist() == [[2, 0, 0]]
    assert state.tolist() == [0, 0.5, -3]


def test_the_vendors_reset_leaves_no_minus_zero() -> None:
    for reset in RESETS.values():
        _, state = neurons.clocked_step(-0.0, -0.0, threshold=1, floor=None, reset=reset)
        assert same(state, 0.0)


def test_a_vanished_threshold_makes_infinity() -> None:
    spikes, state = neurons.clocked_step(0, 1, threshold=0, floor=None)
    assert float(spikes) == INF
    assert math.isnan(float(state))


def test_the_state_goes_on() -> None:
    drive = np.array([0.4, 0.7, -2.0, 1.9, 0.3], np.float32)
    whole, end = neurons.run_clocked(drive, threshold=1, floor=-1)
    first, middle = neurons.run_clocked(drive[:2], threshold=1, floor=-1)
    second, resumed = neurons.run_clocked(drive[2:], threshold=1, floor=-1, v=middle)
    assert same(whole, np.concatenate([first, second]))
    assert same(end, resumed)


# --- neurons, event-driven -------------------------------------------------------------------------------


def arrivals(*weights: int) -> list[neurons.Happening]:
    return [neurons.Arrival(weight) for weight in weights]


def test_one_spike_per_event_and_the_rest_waits() -> None:
    assert neurons.run_events(arrivals(25), threshold=10, floor=-10) == ([1], 15)
    assert neurons.run_events(arrivals(25, 0, 0), threshold=10, floor=-10) == ([1, 1, 0], 5)
    clocked, state = neurons.clocked_step(0, 25, threshold=10, floor=-10)
    assert (float(clocked), float(state)) == (2, 5), "the clocked simulation emits both at once"


def test_events_by_hand() -> None:
    assert neurons.run_events(arrivals(9, 1, -4), threshold=10, floor=-3) == ([0, 1, 0], -3)
    assert neurons.run_events(arrivals(-50, 12), threshold=10, floor=-3) == ([0, 0], 9)
    assert neurons.run_events(arrivals(25, 9), threshold=10, floor=-3, reset="zero") == ([1, 0], 9)
    # The floor is the last step, so one above zero lifts what a reset leaves.
    assert neurons.run_events(arrivals(10), threshold=10, floor=4) == ([1], 4)
    assert neurons.run_events([], threshold=10, floor=-3, v=7) == ([], 7)


def test_leak_as_measured() -> None:
    # A published measurement: bias -13, state 127, once a second: ..., 101, 88, 75.
    states = [127]
    for _ in range(4):
        states.append(neurons.leak(states[-1], -13, floor=-127))
    assert states[2:] == [101, 88, 75]
    assert neurons.leak(-120, -13, floor=-127) == -127


def test_a_tick_makes_no_spike() -> None:
    ticks: list[neurons.Happening] = [neurons.Arrival(9), neurons.LeakTick(), neurons.Arrival(0)]
    assert neurons.run_events(ticks, threshold=10, floor=-10, bias=5) == ([0, 0, 1], 4)


@quick
@given(
    st.lists(st.integers(-128, 127), max_size=30),
    st.integers(1, 300),
    st.integers(-300, -1),
    st.sampled_from(["subtract", "zero"]),
)
def test_one_event_per_bin_is_single_spike(
    weights: list[int], threshold: int, floor: int, reset: neurons.Reset
) -> None:
    """Where a bin holds one event, the two ways of running agree: all numbers are small integers."""
    spikes, state = neurons.run_events(arrivals(*weights), threshold=threshold, floor=floor, reset=reset)
    clocked, end = neurons.run_clocked(
        np.array(weights, np.float32),
        threshold=threshold,
        floor=floor,
        spike=neurons.single_spike,
        reset=RESETS[reset],
    )
    assert clocked.tolist() == spikes
    assert float(end) == state
    assert state >= floor


# --- layer -----------------------------------------------------------------------------------------------


def test_forward_golden() -> None:
    cases = golden("forward")
    assert len(cases) == 4
    for case in cases:
        conv = case["conv"]
        k, s, p = conv["kernel"], conv["stride"], conv["padding"]
        weight = np.array(conv["weight"]).reshape(conv["out_channels"], conv["in_channels"], k, k)
        made = quantization.quantize(weight, conv["bias"], 1, -1)
        assert made.weight.ravel().tolist() == case["q_weight"]
        assert (made.threshold, made.floor) == (case["q_threshold"], case["q_min_v_mem"])
        run = layer.run_layer(
            np.array(case["input"]).reshape(case["input_shape"]),
            made.weight,
            made.bias,
            threshold=float(made.threshold),
            floor=float(made.floor),
            stride=(s, s),
            padding=(p, p),
            pool=1 if case["pool"] is None else case["pool"][0],
        )
        assert list(run.output.shape) == case["output_shape"]
        assert run.output.ravel().tolist() == case["output"]
        assert same(run.v, case["v_mem_final"])


NINE = np.arange(1, 10).reshape(1, 1, 3, 3)
FOUR = np.array([[1, 2], [3, 4]]).reshape(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "expected"),
    [
        ((1, 1), (0, 0), (1, 1), [[37, 47], [67, 77]]),
        ((2, 2), (1, 1), (1, 1), [[4, 18], [36, 77]]),
        ((1, 2), (0, 1), (1, 1), [[18, 47], [36, 77]]),
        ((1, 1), (0, 0), (2, 2), [[64]]),
        ((1, 1), (0, 0), (2, 1), [[58, 68]]),
        ((1, 1), (0, 0), (3, 1), []),
    ],
)
def test_convolution_by_hand(
    stride: tuple[int, int], padding: tuple[int, int], dilation: tuple[int, int], expected: list[list[int]]
) -> None:
    out = layer.convolve(NINE, FOUR, stride=stride, padding=padding, dilation=dilation)
    assert out[0, 0].tolist() == expected


def test_convolution_sums_channels_and_adds_the_bias() -> None:
    x = np.concatenate([NINE, 10 * NINE], axis=1)
    weight = np.array([[[[1]], [[2]]], [[[0]], [[-1]]]])
    out = layer.convolve(x, weight, [100, 7])
    assert out[0, :, 0, 1].tolist() == [2 + 40 + 100, -20 + 7]


def test_an_impulse_returns_the_kernel_mirrored() -> None:
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 2] = 1
    assert np.array_equal(layer.convolve(x, NINE)[0, 0], NINE[0, 0, ::-1, ::-1])


@quick
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.randoms())
def test_a_linear_layer_is_a_convolution(c: int, h: int, w: int, f: int, random: Any) -> None:
    matrix = np.array([[random.randint(-128, 127) for _ in range(c * h * w)] for _ in range(f)])
    x = np.array([random.randint(0, 3) for _ in range(2 * c * h * w)]).reshape(2, c, h, w)
    out = layer.convolve(x, layer.linear_as_convolution(matrix, (c, h, w)))
    assert out.shape == (2, f, 1, 1)
    assert np.array_equal(out[:, :, 0, 0], x.reshape(2, -1) @ matrix.T)


def test_flatten_order_by_hand() -> None:
    taps = layer.linear_as_convolution(np.arange(12).reshape(1, 12), (2, 2, 3))
    assert taps[0].tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]
    with pytest.raises(ValueError, match="linear inputs"):
        layer.linear_as_convolution(np.zeros((1, 11)), (2, 2, 3))


def test_sum_pooling_by_hand() -> None:
    assert layer.sum_pool(NINE, 1).tolist() == NINE.tolist()
    assert layer.sum_pool(NINE, 2).tolist() == [[[[12]]]], "the last row and column fill no window"
    assert layer.sum_pool(NINE, 2, stride=1).tolist() == [[[[12, 16], [24, 28]]]]
    wide = np.arange(8).reshape(1, 2, 4)
    assert layer.sum_pool(wide, 2).tolist() == [[[10, 18]]]


def test_a_layer_by_hand() -> None:
    # One tap of 3, bias 1, threshold 5: 4 | 4 + 10 = 14 -> 2 spikes, 4 left | 4 + 1 = 5 -> 1 spike, 0 left.
    x = np.array([1, 3, 0]).reshape(3, 1, 1, 1)
    run = layer.run_layer(x, [[[[3]]]], [1], threshold=5, floor=-5)
    assert run.spikes.ravel().tolist() == [0, 2, 1]
    assert run.v.ravel().tolist() == [0]
    resumed = layer.run_layer(x[1:], [[[[3]]]], [1], threshold=5, floor=-5, v=[[[4]]])
    assert resumed.spikes.ravel().tolist() == [2, 1]
    single = layer.run_layer(
        x, [[[[3]]]], [1], threshold=5, floor=-5, spike=neurons.single_spike, reset=neurons.to_zero
    )
    assert single.spikes.ravel().tolist() == [0, 1, 0]


def test_a_layer_takes_whole_and_exact_numbers_only() -> None:
    with pytest.raises(ValueError, match="quantize"):
        layer.convolve(NINE, FOUR * 0.5)
    with pytest.raises(ValueError, match="exact"):
        layer.run_layer(NINE[:, :, :1, :1], [[[[2**24 + 1]]]], None, threshold=1, floor=None)


# --- placement -------------------------------------------------------------------------------------------


def test_placement_by_hand() -> None:
    assert placement.smallest_placement([]) == []
    assert placement.smallest_placement([[2, 1], [1]]) == [2, 1]
    assert placement.smallest_placement([[0, 1], [0, 1], [1, 0]]) is None
    assert placement.smallest_placement([[3], []]) is None
    assert placement.smallest_placement([[1, 0], [2, 0]]) == [0, 2]
    assert placement.violates_hall([[0, 1], [0, 1], [1, 0]]) == {0, 1, 2}
    assert placement.violates_hall([[3], []]) == {1}
    assert placement.violates_hall([[0, 1], [2], [2, 3], [2], [3]]) == {1, 3}
    assert placement.violates_hall([[1, 0], [2, 0]]) is None


# Kernel and neuron words of networks that are known to map, or not, onto the nine cores.
MNIST = [(1024, 20480), (20480, 2048), (65536, 512), (65536, 500), (8000, 10)]
LARGE = [
    (128, 65536),
    (4096, 65536),
    (8192, 32768),
    (16384, 8192),
    (32768, 4096),
    (65536, 1024),
    (65536, 256),
    (32768, 128),
    (128, 1),
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (MNIST, [0, 3, 5, 6, 1]),
        (LARGE, [0, 1, 2, 7, 3, 5, 6, 4, 8]),
        ([(256, 65536)] * 3, [0, 1, 2]),
        ([(256, 65536)] * 4, None),
        ([(1, 1)] * 9, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ([(1, 1)] * 10, None),
        ([*MNIST, (10485760, 999999)], None),
        ([(1, 1), (1, 1), (1, 1), (1, 65536)], [0, 1, 3, 2]),
    ],
)
def test_known_networks(words: list[tuple[int, int]], expected: list[int] | None) -> None:
    candidates = [rules.fitting_cores(kernel, neuron, 0) for kernel, neuron in words]
    assert placement.smallest_placement(candidates) == expected
    assert (placement.violates_hall(candidates) is None) == (expected is not None)


MINI = (
    rules.Core(16384, 65536, 0),
    rules.Core(32768, 32768, 0),
    rules.Core(32768, 32768, 0),
    rules.Core(65536, 16384, 1024),
    rules.Core(16384, 16384, 1024),
)


def test_a_mini_chip_holds_two_biased_layers() -> None:
    biased = rules.fitting_cores(1, 1, 1, MINI)
    assert placement.smallest_placement([biased] * 2) == [3, 4]
    assert placement.smallest_placement([biased] * 3) is None
    assert placement.violates_hall([biased] * 3) == {0, 1, 2}


def matched(candidates: Sequence[Sequence[int]]) -> bool:
    """Whether networkx finds a matching of all layers."""
    graph = networkx.Graph()
    layers_ = [("layer", number) for number in range(len(candidates))]
    graph.add_nodes_from(layers_)
    graph.add_edges_from(
        (node, ("core", core)) for node, cores in zip(layers_, candidates, strict=True) for core in cores
    )
    matching = networkx.bipartite.maximum_matching(graph, top_nodes=layers_)
    return sum(node in matching for node in layers_) == len(candidates)


choices = st.lists(st.lists(st.integers(0, 5), max_size=4, unique=True), max_size=6)


@quick
@given(choices)
def test_a_placement_exists_when_a_maximum_matching_is_perfect(candidates: list[list[int]]) -> None:
    found = placement.smallest_placement(candidates)
    group = placement.violates_hall(candidates)
    assert (found is not None) == matched(candidates) == (group is None)
    if group is not None:
        # The witness stands by itself, and every one of its layers is needed.
        assert not matched([candidates[number] for number in sorted(group)])
        for spared in group:
            assert matched([candidates[number] for number in sorted(group - {spared})])


@quick
@given(choices)
def test_a_placement_is_legal_and_the_smallest(candidates: list[list[int]]) -> None:
    found = placement.smallest_placement(candidates)
    assume(found is not None)
    assert found is not None
    assert len(set(found)) == len(candidates)
    assert all(core in allowed for core, allowed in zip(found, candidates, strict=True))
    for number, core in enumerate(found):
        head = [[earlier] for earlier in found[:number]]
        for smaller in (other for other in candidates[number] if other < core):
            assert not matched([*head, [smaller], *candidates[number + 1 :]])


# --- rules -----------------------------------------------------------------------------------------------

# 256 kernel words, 32768 neuron words: legal, on cores 0 to 4.
GOOD: dict[str, Any] = {"c": 2, "f": 8, "h": 34, "w": 34, "kh": 3, "kw": 3, "py": 1, "px": 1}


@pytest.mark.parametrize(
    ("changes", "violated"),
    [
        ({}, set()),
        ({"kw": 5}, {"kernel-square"}),
        ({"kh": 17, "kw": 17, "f": 1}, {"kernel-size"}),
        ({"kh": 3, "kw": 17, "f": 1}, {"kernel-square", "kernel-size"}),
        ({"sy": 3}, {"stride"}),
        ({"sx": 3}, {"stride"}),
        ({"sy": 16, "sx": 16}, {"stride"}),
        ({"py": 8}, {"padding"}),
        ({"px": 8}, {"padding"}),
        ({"groups": 2}, {"groups"}),
        ({"dy": 2}, {"dilation"}),
        ({"dx": 2}, {"dilation"}),
        ({"h": 1, "w": 1, "f": 1025}, {"features"}),
        ({"h": 1, "w": 1, "f": 1025, "c": 1, "has_bias": True}, {"features", "bias-memory"}),
        ({"c": 1025, "f": 1, "kh": 1, "kw": 1, "py": 0, "px": 0}, {"features"}),
        ({"h": 129, "sy": 4}, {"input-map"}),
        ({"w": 129, "sx": 4}, {"input-map"}),
        ({"h": 65, "f": 1}, {"output-map"}),
        ({"w": 65, "f": 1}, {"output-map"}),
        ({"pool": 3}, {"pooling"}),
        ({"pool": 8}, {"pooling"}),
        ({"c": 33, "f": 128, "h": 8, "w": 8}, {"kernel-memory"}),
        ({"c": 16, "f": 32, "h": 64, "w": 64}, {"neuron-memory"}),
        ({"c": 32, "f": 128, "h": 16, "w": 16}, {"fits-a-core"}),
        ({"c": 33, "f": 128, "h": 64, "w": 64}, {"kernel-memory", "neuron-memory"}),
        ({"floor": 0}, {"floor-below-zero"}),
        ({"floor": 5}, {"floor-below-zero"}),
        ({"floor": None}, set()),
        ({"kh": 5, "kw": 5, "h": 4, "w": 4, "py": 0, "px": 0}, {"map-not-empty"}),
        ({"kh": 5, "kw": 5, "h": 4, "py": 0}, {"map-not-empty"}),
        ({"kh": 5, "kw": 5, "w": 4, "px": 0}, {"map-not-empty"}),
        # A dilated window of 5 pixels on 4.
        ({"h": 4, "py": 0, "dy": 2}, {"dilation", "map-not-empty"}),
        ({"w": 4, "px": 0, "dx": 2}, {"dilation", "map-not-empty"}),
        # Without a map, 80 columns break nothing; the kernel memory needs no map and is still judged.
        (
            {"kh": 5, "kw": 5, "h": 4, "w": 80, "py": 0, "c": 900, "f": 1000, "sx": 3},
            {"map-not-empty", "stride", "kernel-memory"},
        ),
        # The edges themselves are legal.
        (
            {"c": 1, "f": 64, "h": 128, "w": 128, "kh": 16, "kw": 16, "sy": 8, "sx": 8, "py": 0, "px": 0},
            set(),
        ),
        ({"kh": 16, "kw": 16, "py": 7, "px": 7, "pool": 4, "f": 1}, set()),
        ({"c": 16, "f": 1024, "h": 1, "w": 1, "kh": 1, "kw": 1, "py": 0, "px": 0, "has_bias": True}, set()),
        ({"c": 1024, "f": 16, "h": 1, "w": 1, "kh": 1, "kw": 1, "py": 0, "px": 0}, set()),
        ({"f": 16, "h": 64, "w": 64, "pool": 2}, set()),
        # Refused by a published validator that does not floor the map size; 64 by 64 it is.
        ({"h": 128, "w": 128, "sy": 2, "sx": 2}, set()),
    ],
)
def test_rules_by_hand(changes: dict[str, Any], violated: set[str]) -> None:
    assert rules.legal(**(GOOD | changes)) == violated


def test_groups_do_not_shrink_the_kernel_memory() -> None:
    layer_ = GOOD | {"c": 64, "f": 128, "h": 8, "w": 8, "groups": 2}
    assert rules.legal(**layer_) == {"groups", "kernel-memory"}


def test_bias_memory_of_a_mini_chip() -> None:
    plain = GOOD | {"f": 1}
    assert rules.legal(**plain, has_bias=True, cores=MINI) == set()
    assert rules.legal(**plain, has_bias=True, cores=MINI[:3]) == {"bias-memory"}
    # 32768 neurons and a bias: no mini core has both.
    assert rules.legal(**GOOD, has_bias=True, cores=MINI) == {"fits-a-core"}


def test_cores_of_speck_2f() -> None:
    assert len(rules.SPECK_2F) == 9
    assert sum(core.kernel for core in rules.SPECK_2F) == 278528
    assert sum(core.neuron for core in rules.SPECK_2F) == 327680
    assert {core.bias for core in rules.SPECK_2F} == {1024}
    assert rules.fitting_cores(16384, 16384, 1024) == list(range(9))
    assert rules.fitting_cores(16385, 16384, 1024) == [3, 4, 5, 6]
    assert rules.fitting_cores(16384, 16385, 1024) == [0, 1, 2, 3, 4]
    assert rules.fitting_cores(16384, 16384, 1025) == []


# --- independence ----------------------------------------------------------------------------------------


def test_the_reference_imports_nothing_that_it_judges() -> None:
    allowed = {"collections", "dataclasses", "itertools", "typing", "numpy"}
    for file in sorted((Path(__file__).parent / "reference").glob("*.py")):
        imported: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level != 1:
                imported.add(str(node.module))
        assert {name.split(".")[0] for name in imported} <= allowed, file.name
