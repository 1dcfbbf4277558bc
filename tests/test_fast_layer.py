"""Whole layers: convolution event by event, convolution of torch and plain torch give the same bits."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import dynapcnn_v31
from dynapcnn import DynapcnnLayer, IAFSqueeze, MaxSpike, MembraneReset, MultiSpike, SingleSpike, fast
from dynapcnn.fast import using
from exact import same

GENERATED = Path(__file__).resolve().parents[1] / "generated"
pytestmark = pytest.mark.skipif(not fast.AVAILABLE, reason="NOT TESTED: numba is not installed")
if fast.AVAILABLE:
    importlib.import_module("dynapcnn.fast.kernels")  # small inputs alone would not load them

layers = st.fixed_dictionaries(
    {
        "channels": st.sampled_from([(1, 1), (2, 3), (3, 16), (2, 20)]),
        "kernel": st.sampled_from([(1, 1), (3, 3), (2, 5), (4, 1)]),
        "stride": st.sampled_from([1, 2, (1, 3)]),
        "padding": st.integers(0, 2),
        "dilation": st.sampled_from([1, 2]),
        "bias": st.booleans(),
        "pool": st.sampled_from([None, 1, 2, 3, (2, 1)]),
    }
)


def built(options: dict[str, Any], spk: IAFSqueeze, shape: tuple[int, int, int], seed: int) -> DynapcnnLayer:
    torch.manual_seed(seed)
    rest: dict[str, Any] = {name: options[name] for name in ("stride", "padding", "dilation", "bias")}
    features_in, features_out = options["channels"]
    conv = nn.Conv2d(features_in, features_out, options["kernel"], **rest)
    return DynapcnnLayer(conv, spk, shape, options["pool"])


def paths(layer: Any, inputs: list[Tensor]) -> dict[str, list[Tensor]]:
    """Outputs and final state of each way."""
    found = {}
    for path in ("plain", "dense", "sparse", "auto"):
        one = deepcopy(layer)
        with using(path), torch.no_grad():
            outputs = [one(x) for x in inputs]
        found[path] = [*outputs, one.spk_layer.v_mem]
    return found


@given(
    layers,
    st.sampled_from([MultiSpike, SingleSpike, MaxSpike(2)]),
    st.sampled_from([None, MembraneReset()]),
    st.sampled_from([(7, 9), (12, 8)]),
    st.integers(1, 3),
    st.integers(0, 999),
    st.sampled_from([0.02, 0.5, 1.0]),
)
@settings(max_examples=30, deadline=None)
def test_all_ways_give_the_same_bits(
    options: dict[str, Any],
    spike_fn: Any,
    reset: Any,
    size: tuple[int, int],
    batch: int,
    seed: int,
    density: float,
) -> None:
    neurons = {"spike_fn": spike_fn, "min_v_mem": -1.0} | ({"reset_fn": reset} if reset else {})
    shape = (options["channels"][0], *size)
    try:
        layer = built(options, IAFSqueeze(batch_size=batch, **neurons), shape, seed)
    except ValueError:  # no neuron is left, or the pooling is larger than the map
        return
    x = torch.randint(-2, 4, (batch * 4, *shape)) * (torch.rand(batch * 4, *shape) < density)
    found = paths(layer, [x.float(), x.float().flip(0)])
    for path in ("dense", "sparse", "auto"):
        for one, other in zip(found["plain"], found[path], strict=True):
            assert same(one, other), path


def events_taken(layer: Any, x: Tensor, path: str = "sparse") -> bool:
    """Whether the convolution was made event by event; torch's convolution is gone while we look."""

    def refuse(*_: Any) -> None:
        raise AssertionError("the convolution of torch was called")

    before, torch.conv2d = torch.conv2d, refuse  # type: ignore[assignment]
    try:
        with using(path), torch.no_grad():
            deepcopy(layer)(x)
    except AssertionError:
        return False
    finally:
        torch.conv2d = before
    return True


def exact_layer(weight: float = 3.0, bias: float | None = None) -> DynapcnnLayer:
    """One tap in each of four channels; every weight is the same."""
    conv = nn.Conv2d(4, 2, 1, bias=bias is not None)
    nn.init.constant_(conv.weight, weight)
    if conv.bias is not None:
        nn.init.constant_(conv.bias, bias or 0.0)
    spk = IAFSqueeze(batch_size=1, spike_threshold=5.0, min_v_mem=-5.0)
    return DynapcnnLayer(conv, spk, (4, 3, 3), None, discretize=False)


def test_the_certificate_is_exact() -> None:
    """Four weights of 2**20 take inputs of up to 3: 4 * 2**20 * 4 is 2**24, which is refused."""
    layer = exact_layer(float(2**20))
    assert events_taken(layer, torch.full((2, 4, 3, 3), 3.0))
    assert not events_taken(layer, torch.full((2, 4, 3, 3), 4.0))
    assert not events_taken(layer, torch.full((2, 4, 3, 3), -4.0))
    with_bias = exact_layer(float(2**20), bias=float(2**22))
    assert not events_taken(with_bias, torch.full((2, 4, 3, 3), 3.0))
    assert events_taken(with_bias, torch.full((2, 4, 3, 3), 2.0))


def test_a_refusal_is_needed() -> None:
    """Beyond the certificate the order of a sum is seen: 2**24 + 1 - 2**24 is 0, 2**24 - 2**24 + 1 is 1."""
    assert float(torch.tensor(2.0**24) + 1 - 2.0**24) == 0.0
    layer = exact_layer(1.0)
    for value in (2.0**24, 0.5, float("nan"), float("inf")):
        x = torch.ones(20, 4, 3, 3)
        x[13, 2, 1, 1] = value  # met in the middle of the kernel
        assert not events_taken(layer, x)
        found = paths(layer, [x])
        assert torch.equal(found["plain"][0].nan_to_num(7.0), found["sparse"][0].nan_to_num(7.0))


@pytest.mark.parametrize("state", [0.5, float(2**24), -0.0, float("nan")])
def test_the_state_is_judged_too(state: float) -> None:
    layer = exact_layer()
    layer.spk_layer.init_state_with_shape((1, 2, 3, 3))
    assert events_taken(layer, torch.ones(2, 4, 3, 3))
    layer.spk_layer.v_mem[0, 0, 0, 0] = state
    assert not events_taken(layer, torch.ones(2, 4, 3, 3))


def test_the_measured_density_decides() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(4, 4, 3, padding=1, bias=False)
    layer = DynapcnnLayer(conv, IAFSqueeze(batch_size=2, min_v_mem=-1.0), (4, 16, 16), 2)
    x = torch.zeros(64, 4, 16, 16)
    x[:, :, 3, 4] = 1
    assert events_taken(layer, x, "auto")
    assert not events_taken(layer, x, "dense")
    assert not events_taken(layer, torch.ones_like(x), "auto")
    assert events_taken(layer, torch.ones_like(x), "sparse")
    late = x.clone()
    late[3] = 1  # a map that the first look does not see
    assert same(paths(layer, [late])["auto"][0], paths(layer, [late])["plain"][0])


def test_hooks_are_called() -> None:
    layer, seen = exact_layer(), []
    layer.spk_layer.register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
    layer.conv_layer.register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
    with torch.no_grad():
        layer(torch.ones(2, 4, 3, 3))
    assert len(seen) == 2


def test_the_version_31_layer_has_the_same_kernels() -> None:
    old, new = (
        (GENERATED / package / "fast" / "kernels.py").read_text().splitlines()[2:]
        for package in ("dynapcnn", "dynapcnn_v31")
    )
    assert len(old) == len(new)
    for one, other in zip(old, new, strict=True):
        assert one == other or "Clause: " in one or one.startswith("Source: ")


@pytest.mark.long
def test_the_version_31_layer_takes_the_same_ways() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 3, 3)
    x = torch.randint(0, 2, (8, 2, 9, 9)).float()
    for pools in ([2], [1], [1, 2], []):
        spk = dynapcnn_v31.IAFSqueeze(batch_size=2, min_v_mem=-1.0)
        layer = dynapcnn_v31.DynapcnnLayer(conv, spk, (2, 9, 9), pools)
        found = {}
        for path in ("plain", "sparse"):
            with dynapcnn_v31.fast.using(path), torch.no_grad():
                left = deepcopy(layer)(x)
            found[path] = [left] if isinstance(left, Tensor) else list(left)
        assert len(found["plain"]) == len(pools)
        assert all(same(one, other) for one, other in zip(found["plain"], found["sparse"], strict=True))


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of auto, plain, dense, sparse"), using("fastest"):
        pass


WITHOUT = """
import sys
sys.modules["numba"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numba" else found(name, *rest)
import torch
from dynapcnn import DynapcnnLayer, IAFSqueeze, fast
assert not fast.AVAILABLE
layer = DynapcnnLayer(torch.nn.Conv2d(1, 1, 2), IAFSqueeze(batch_size=1, min_v_mem=-1.0), (1, 4, 4), 2)
with fast.using("sparse"):
    layer(torch.ones(3, 1, 4, 4, requires_grad=True)).sum().backward()
print("fine")
"""
LAZY = """
import sys, torch, dynapcnn
layer = dynapcnn.DynapcnnLayer(torch.nn.Conv2d(1, 1, 1), dynapcnn.IAFSqueeze(batch_size=1), (1, 10, 10))
small, large = layer(torch.ones(10, 1, 10, 10)), torch.ones(1000, 1, 10, 10)
assert "numba" not in sys.modules
layer.spk_layer.reset_states()
assert torch.equal(layer(large)[:10], small)
assert "numba" in sys.modules
print("fine")
"""


@pytest.mark.parametrize("program", [WITHOUT, LAZY])
def test_numba_is_not_needed_and_imported_for_large_inputs(program: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(GENERATED)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "fine", done.stderr
