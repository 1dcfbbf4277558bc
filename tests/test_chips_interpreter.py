"""The generated validators and the interpreter of the specs give the same verdict on every layer."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dynapcnn import DynapcnnLayer, IAFSqueeze, SumPool2d, rules
from dynapcnn.chips import CHIPS
from dynapcnn.shapes import LayerDims, Pool, describe
from dynapspec.diagnostics import InputError
from dynapspec.interpret import Description, Judge, LayerInterpreter, Layout
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"


@cache
def judges() -> dict[str, Judge]:
    model = load_model(SPECS)
    layer = LayerInterpreter(model.layers["dynapcnn"])
    return {name: Judge(chip, layer) for name, chip in model.chips.items() if name in CHIPS}


def near(*limits: int, low: int = 1, high: int = 65536) -> st.SearchStrategy[int]:
    """Small numbers, the limits and one beyond, and now and then anything in the domain."""
    edges = {n for limit in limits for n in (limit - 1, limit, limit + 1) if low <= n <= high}
    return st.sampled_from(sorted(edges)) | st.integers(low, low + 12) | st.integers(low, high)


FEATURES = near(64, 128, 1024, 2**24, high=2**24)
LEVELS = st.none() | st.sampled_from([-32769, -32768, -129, -128, -1, 0, 1, 127, 128, 32767, 32768])
SIDE = near(64, 65, 66, 128, 65536)
WINDOW = st.sampled_from([1, 1, 1, 2, 3, 4, 5, 8, 65536])
squares = WINDOW.map(lambda n: Pool(n, n, n, n))
pools = squares | st.builds(Pool, WINDOW, WINDOW, WINDOW, WINDOW)


FEW = st.sampled_from([1, 2, 16, 17, 32, 64])
plain = st.builds(
    LayerDims,
    c=st.shared(FEW, key="features"),
    c_in=st.shared(FEW, key="features"),
    f=FEW,
    h=st.sampled_from([8, 64, 66, 128, 129]),
    w=st.sampled_from([8, 64, 66, 128, 129]),
    kh=st.shared(st.sampled_from([1, 3, 4]), key="kernel"),
    kw=st.shared(st.sampled_from([1, 3, 4]), key="kernel"),
    sy=st.sampled_from([1, 2, 4]),
    sx=st.sampled_from([1, 2, 4]),
    has_bias=st.booleans(),
    v_floor=st.sampled_from([-1, -32768, None]),
)


@st.composite
def layers(draw: Any) -> LayerDims:
    """Layers over the whole domain; some are plain, and others keep both axes alike, as most real ones do."""
    if draw(st.integers(0, 3)) == 0:
        ordinary: LayerDims = draw(plain)
        return ordinary
    alike = draw(st.integers(0, 2)) > 0

    def both(one: st.SearchStrategy[int]) -> tuple[int, int]:
        first = draw(one)
        return first, first if alike else draw(one)

    (kh, kw), (sy, sx), (h, w) = both(near(16)), both(near(2, 4, 8)), both(SIDE)
    (py, px), (dy, dx) = both(near(7, low=0)), both(st.sampled_from([1, 1, 1, 2, 65536]))
    destinations = tuple(draw(st.lists(pools, max_size=4)))
    c = draw(FEATURES)
    return LayerDims(
        c=c,
        c_in=c if alike else draw(FEATURES),
        f=draw(FEATURES),
        h=h,
        w=w,
        kh=kh,
        kw=kw,
        sy=sy,
        sx=sx,
        py=py,
        px=px,
        dy=dy,
        dx=dx,
        groups=draw(st.sampled_from([1, 1, 1, 2, 2**24])),
        padding_mode=draw(st.sampled_from(["zeros", "zeros", "circular", "reflect", "replicate"])),
        has_bias=draw(st.booleans()),
        weight_min=draw(LEVELS),
        weight_max=draw(LEVELS),
        threshold=draw(LEVELS),
        v_floor=draw(LEVELS),
        decimation=draw(st.sampled_from([1, 1, 2, 3, 64, 512, 513, 65536])),
        destinations=len(destinations),
        pools=destinations,
    )


def layout(dims: LayerDims) -> Layout:
    values = {field.name: getattr(dims, field.name) for field in fields(dims)}
    leaving = tuple({f.name: getattr(p, f.name) for f in fields(p)} for p in values.pop("pools"))
    return Layout({name: value for name, value in values.items() if value is not None}, leaving)


def flat(violations: Any) -> list[tuple[Any, ...]]:
    return [(v.rule, v.message, v.actual, v.limit, v.clause, v.remedy) for v in violations]


@given(layers())
@settings(max_examples=600, deadline=None, database=None)
def test_the_same_verdict(dims: LayerDims) -> None:
    for name, judge in judges().items():
        chip = CHIPS[name]
        verdict = judge.judge_layout(layout(dims))
        values, violations = rules.evaluate(dims, chip)
        assert flat(violations) == flat(chip.check(dims)) == flat(verdict.violations)
        assert chip.cores_for(dims) == list(verdict.cores)
        for size in ("fy", "fx", "kernel", "neuron", "bias"):
            assert getattr(values, size) == verdict.values.get(size), size


def test_the_random_layers_break_and_keep_every_rule() -> None:
    """The comparison above would be empty if its layers never met some rule."""
    broken: set[str] = set()
    kept = 0
    placed: set[int] = set()

    @given(layers())
    @settings(max_examples=500, deadline=None, database=None, derandomize=True)
    def play(dims: LayerDims) -> None:
        nonlocal kept
        chip = CHIPS["speck2f"]
        found = {violation.rule for violation in chip.check(dims)}
        broken.update(found)
        kept += not found
        placed.update(chip.cores_for(dims))

    play()
    assert broken == set(rules.RULES)
    assert kept > 20
    assert placed == set(range(9))


def test_every_chip_of_the_package_is_compared() -> None:
    assert set(judges()) == set(CHIPS)


@pytest.mark.parametrize(
    ("conv", "pool", "floor"),
    [
        (nn.Conv2d(2, 3, 3), 2, -1.0),
        (nn.Conv2d(2, 3, (2, 4), (1, 3), (0, 8), bias=False), None, 0.0),
        (nn.Conv2d(2, 4, 3, dilation=2, groups=2, padding_mode="reflect", padding=1), 3, None),
        (nn.Conv2d(2, 3, 3, padding="same"), SumPool2d(4), -0.5),
    ],
)
@pytest.mark.parametrize("discretize", [True, False])
@pytest.mark.filterwarnings("ignore:.*become")
def test_a_layer_is_read_as_its_description(
    conv: nn.Conv2d, pool: Any, floor: float | None, discretize: bool
) -> None:
    torch.manual_seed(0)
    spk = IAFSqueeze(1, min_v_mem=floor, spike_threshold=1.5)
    layer = DynapcnnLayer(conv, spk, (2, 12, 9), pool, discretize=discretize)
    made = layer.conv_layer
    synapses = {
        name: getattr(made, name)
        for name in ("in_channels", "out_channels", "stride", "dilation", "groups", "padding_mode")
    }
    synapses |= {"kernel_size": list(made.kernel_size), "padding": list(made.padding)}
    synapses |= {"bias": None if made.bias is None else made.bias.tolist()}
    synapses |= {"weight": {"min": made.weight.min().item(), "max": made.weight.max().item()}}
    bound = layer.spk_layer.min_v_mem
    neurons = {
        "spike_threshold": layer.spk_layer.spike_threshold.item(),
        "min_v_mem": None if bound is None else bound.item(),
    }
    size = 1 if layer.pool_layer is None else layer.pool_layer.kernel_size[0]
    destinations = ({"kernel_size": size, "stride": size},)
    description = Description((2, 12, 9), synapses, neurons, destinations)
    for name, judge in judges().items():
        verdict = judge.judge(description)
        assert flat(CHIPS[name].check(layer)) == flat(verdict.violations)
        assert layer.memory_summary() == {n: verdict.values[n] for n in ("kernel", "neuron", "bias")}
    assert layout(describe(layer)) == judges()["speck2f"].interpreter.read(description)


DOMAINS = {
    "in_channels": (1, 2**24, "c"),
    "out_channels": (1, 2**24, "f"),
    "kernel_size": (1, 65536, "kh"),
    "stride": (1, 65536, "sy"),
    "padding": (0, 65536, "py"),
    "dilation": (1, 65536, "dy"),
    "groups": (1, 2**24, "groups"),
}


@pytest.mark.parametrize("name", DOMAINS)
def test_both_refuse_one_beyond_the_domain(name: str) -> None:
    low, high, dim = DOMAINS[name]
    judge = judges()["speck2f"]
    small: dict[str, Any] = {"c": 1, "f": 1, "c_in": 1, "h": 1, "w": 1, "kh": 1, "kw": 1}
    fitting = {"in_channels": 1, "out_channels": 1, "kernel_size": 1, "bias": False}
    for inside in (low, high):
        judge.judge(Description((1, 1, 1), {**fitting, name: inside}))
        LayerDims(**{**small, dim: inside})
    for outside in (low - 1, high + 1):
        with pytest.raises(InputError, match=f"{outside}, and must be {low} to {high}"):
            judge.judge(Description((1, 1, 1), {**fitting, name: outside}))
        with pytest.raises(ValueError, match=f"{outside}, and must be {low} to {high}"):
            LayerDims(**{**small, dim: outside})
