"""Where the version 3.1 layer departs from sinabs 3.1 on purpose: what each of the two does.

One test for each entry of ``differences`` of the resolved spec, under its name, for either side.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

import peer
from dynapcnn_v31 import DynapcnnLayer, IAFSqueeze, MembraneReset, SumPool2d
from dynapcnn_v31.chips import speck2f
from dynapspec.model import load_model
from peer import Peer

SPECS = Path(__file__).resolve().parents[1] / "specs"
ALONE = [(1, 1)]  # one destination, without pooling
ONE = (1, 1, 1)
NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def sinabs() -> Iterator[Peer]:
    with peer.loaded(peer.V31) as found:
        yield found


def convolution(value: float = 1.0, out: int = 1, kernel: int = 1, **options: Any) -> nn.Conv2d:
    """One input feature and equal weights, without a bias."""
    conv = nn.Conv2d(1, out, kernel, bias=False, **options)
    conv.weight.data.fill_(value)
    return conv


def neurons(**options: Any) -> IAFSqueeze:
    return IAFSqueeze(batch_size=1, **{"min_v_mem": -1.0, **options})


def theirs(sinabs: Peer, **options: Any) -> Any:
    return sinabs.layers.IAFSqueeze(batch_size=1, **{"min_v_mem": -1.0, **options})


def test_every_difference_of_the_spec_has_its_tests() -> None:
    stated = load_model(SPECS).layers["dynapcnn_v31"].spec.differences
    for side in ("ours", "sinabs"):
        tested = {name for name in stated if f"test_{side}_{name.replace('-', '_')}" in globals()}
        assert tested == set(stated), side


def gradients(layer: Any) -> tuple[bool, bool]:
    """After a backward pass and zero_grad: is there a weight gradient, does the state have a history."""
    layer(torch.ones(2, 1, 2, 2)).sum().backward()
    assert layer.conv.weight.grad.any()
    layer.zero_grad()
    weight = layer.conv.weight.grad
    return weight is not None and bool(weight.any()), layer.spk.v_mem.requires_grad


def test_sinabs_zero_grad(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(0.9), theirs(sinabs), (1, 2, 2), ALONE, discretize=False)
    assert gradients(layer) == (True, False)


def test_ours_zero_grad() -> None:
    layer = DynapcnnLayer(convolution(0.9), neurons(), (1, 2, 2), ALONE, discretize=False)
    assert gradients(layer) == (False, False)


def test_sinabs_floor_none(sinabs: Peer) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = sinabs.Layer(convolution(0.3), theirs(sinabs, min_v_mem=None), ONE, ALONE)
    assert layer.conv.weight.item() == 0


def test_ours_floor_none() -> None:
    with pytest.warns(UserWarning, match="every weight becomes 0 .* min_v_mem is None"):
        layer = DynapcnnLayer(convolution(0.3), neurons(min_v_mem=None), ONE, ALONE)
    assert layer.conv.weight.item() == 0


def test_sinabs_threshold_vanished(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(1000.0), theirs(sinabs), ONE, ALONE)
    assert layer(torch.ones(1, 1, 1, 1)).item() == INF


def test_ours_threshold_vanished() -> None:
    with pytest.raises(ValueError, match=r"threshold becomes 0.*make the largest weight or bias smaller"):
        DynapcnnLayer(convolution(1000.0), neurons(), ONE, ALONE)


@pytest.mark.parametrize("value", [NAN, INF])
def test_sinabs_not_finite(sinabs: Peer, value: float) -> None:
    assert sinabs.Layer(convolution(value), theirs(sinabs), ONE, ALONE).conv.weight.isnan().all()


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_ours_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match=r"conv\.weight holds NaN"):
        DynapcnnLayer(convolution(value), neurons(), ONE, ALONE)


def grouped() -> nn.Conv2d:
    return nn.Conv2d(4, 4, 1, groups=4, bias=False)


def test_sinabs_groups(sinabs: Peer) -> None:
    layer = sinabs.Layer(grouped(), theirs(sinabs), (4, 1, 1), ALONE)
    assert layer.memory_summary()["kernel"] == 1 * 4


def test_ours_groups() -> None:
    layer = DynapcnnLayer(grouped(), neurons(), (4, 1, 1), ALONE)
    assert layer.memory_summary()["kernel"] == 4 * 4
    assert "groups" in [violation.rule for violation in speck2f.check(layer)]


def test_sinabs_reset_value(sinabs: Peer) -> None:
    spk = theirs(sinabs, reset_fn=sinabs.activation.MembraneReset(0.2))
    spk(torch.zeros(1, 1))
    assert spk.v_mem.item() == pytest.approx(0.2)


def test_ours_reset_value() -> None:
    spk = neurons(reset_fn=MembraneReset(0.2))
    spk(torch.zeros(1, 1))
    assert spk.v_mem.item() == 0
    spk(torch.ones(1, 1))
    assert spk.v_mem.item() == pytest.approx(0.2)


def test_sinabs_pool_int(sinabs: Peer) -> None:
    with pytest.raises(TypeError, match="not subscriptable"):
        sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4), [2])


@pytest.mark.parametrize("pool", [2, (2, 2), [2, 2], SumPool2d(2), nn.LPPool2d(1, 2)])
def test_ours_pool_int(pool: Any) -> None:
    layer = DynapcnnLayer(convolution(), neurons(), (1, 4, 4), [pool])
    assert layer.pool == layer.summary()["pool"] == [(2, 2)]
    leaving: Any = layer(torch.ones(1, 1, 4, 4))
    assert leaving.tolist() == [[[[4.0, 4.0], [4.0, 4.0]]]]


def test_sinabs_empty_map(sinabs: Peer) -> None:
    layer = sinabs.Layer(nn.Conv2d(1, 1, 5), theirs(sinabs), (1, 4, 4), ALONE)
    assert layer.get_neuron_shape() == (1, 0, 0)


def test_ours_empty_map() -> None:
    with pytest.raises(ValueError, match=r"map-not-empty: .*larger than the padded input of 4x4"):
        DynapcnnLayer(nn.Conv2d(1, 1, 5), neurons(), (1, 4, 4), ALONE)


def test_sinabs_input_shape(sinabs: Peer) -> None:
    for shape in ((4, 4), (3, 4, 4), (-1, 4, 4)):
        sinabs.Layer(convolution(), theirs(sinabs), shape, ALONE)


@pytest.mark.parametrize("shape", [(4, 4), (3, 4, 4), (-1, 4, 4)])
def test_ours_input_shape(shape: Any) -> None:
    with pytest.raises(ValueError, match=r"in_shape"):
        DynapcnnLayer(convolution(), neurons(), shape, ALONE)


def weight_gradient(layer: Any) -> float:
    """Of a layer whose four neurons stay below their threshold."""
    output = layer(torch.ones(1, 1, 2, 2))
    assert not output.any()
    output.sum().backward()
    return float(layer.conv.weight.grad)


@pytest.mark.parametrize("size", [1, 2])
def test_sinabs_pool_gradient(sinabs: Peer, size: int) -> None:
    layer = sinabs.Layer(convolution(0.4), theirs(sinabs), (1, 2, 2), [(size, size)], discretize=False)
    assert weight_gradient(layer) == 0


@pytest.mark.parametrize("size", [1, 2])
def test_ours_pool_gradient(size: int) -> None:
    layer = DynapcnnLayer(convolution(0.4), neurons(), (1, 2, 2), [size], discretize=False)
    # 2 exp(-0.6 / 0.5) at each of the four neurons, from SingleExponential
    assert weight_gradient(layer) == pytest.approx(4 * 2 * 2.718281828 ** (-1.2))


def test_sinabs_memory_type(sinabs: Peer) -> None:
    words = sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4), ALONE).memory_summary()
    assert not isinstance(words["kernel"], int)


def test_ours_memory_type() -> None:
    words = DynapcnnLayer(convolution(), neurons(), (1, 4, 4), ALONE).memory_summary()
    assert {type(count) for count in words.values()} == {int}


def test_sinabs_caller_parameters(sinabs: Peer) -> None:
    assert theirs(sinabs, min_v_mem=-1).min_v_mem.dtype is torch.int64


def test_ours_caller_parameters() -> None:
    spk = neurons(min_v_mem=-1)
    assert spk.min_v_mem is not None
    assert spk.min_v_mem.dtype is torch.float32


def counts() -> list[torch.Tensor]:
    """Maps of 5x5 with 0 to 25 spikes."""
    return [(torch.arange(25) < n).float().reshape(1, 1, 5, 5) for n in range(26)]


def test_sinabs_pool_rounding(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(), theirs(sinabs), (1, 5, 5), [(5, 5)], discretize=False)
    assert [layer(x).item() for x in counts()] != list(range(26))


def test_ours_pool_rounding() -> None:
    layer: Any = DynapcnnLayer(convolution(), neurons(), (1, 5, 5), [5], discretize=False)
    assert [layer(x).item() for x in counts()] == list(range(26))


def test_sinabs_rescale(sinabs: Peer) -> None:
    assert sinabs.Layer(convolution(), theirs(sinabs), ONE, ALONE, rescale_weights=0).conv.weight.item() == 0


@pytest.mark.parametrize("rescale", [0, -1, NAN, INF, "4", None])
def test_ours_rescale(rescale: Any) -> None:
    with pytest.raises(ValueError, match=r"rescale_weights is .*must be a number above 0"):
        DynapcnnLayer(convolution(), neurons(), ONE, ALONE, rescale_weights=rescale)


def test_sinabs_spike_dtype(sinabs: Peer) -> None:
    assert theirs(sinabs)(torch.ones(1, 1, dtype=torch.float64)).dtype is torch.float32


def test_ours_spike_dtype() -> None:
    assert neurons()(torch.ones(1, 1, dtype=torch.float64)).dtype is torch.float64


def same_padding() -> nn.Conv2d:
    return nn.Conv2d(1, 1, 3, padding="same")


def test_sinabs_padding_same(sinabs: Peer) -> None:
    layer = sinabs.Layer(same_padding(), theirs(sinabs), (1, 4, 4), ALONE)
    with pytest.raises(TypeError):
        layer.get_neuron_shape()


def test_ours_padding_same() -> None:
    layer = DynapcnnLayer(same_padding(), neurons(), (1, 4, 4), ALONE)
    assert layer.get_neuron_shape() == (1, 4, 4)


def used_and_fresh(layer: Any, spk: Any) -> tuple[Any, Any]:
    used, fresh = (layer(convolution(0.5), spk, (1, 2, 2), ALONE, discretize=False) for _ in range(2))
    used(torch.ones(1, 1, 2, 2))
    return used, fresh


def test_sinabs_state_load(sinabs: Peer) -> None:
    used, fresh = used_and_fresh(sinabs.Layer, theirs(sinabs))
    with pytest.raises(RuntimeError, match="size mismatch"):
        fresh.load_state_dict(used.state_dict())


def test_ours_state_load() -> None:
    used, fresh = used_and_fresh(DynapcnnLayer, neurons())
    fresh.load_state_dict(used.state_dict())
    assert fresh.spk.v_mem.flatten().tolist() == [0.5] * 4


def pruned() -> nn.Conv2d:
    conv = convolution(0.5, out=2)
    cut: Any = prune.l1_unstructured
    cut(conv, "weight", 1)
    return conv


def test_sinabs_computed_weights(sinabs: Peer) -> None:
    with pytest.raises(Exception, match=r"unpack|deepcopy|leaf|graph"):
        sinabs.Layer(pruned(), theirs(sinabs), ONE, ALONE)


def test_ours_computed_weights() -> None:
    with pytest.raises(ValueError, match="make it permanent first"):
        DynapcnnLayer(pruned(), neurons(), ONE, ALONE)


def double() -> nn.Conv2d:
    """Times 127 / 2.286 the last weight is 14.5, or not quite."""
    conv = nn.Conv2d(1, 4, 1, bias=False).double()
    conv.weight.data = torch.tensor([-0.163, -0.549, 2.286, 0.261], dtype=torch.float64).reshape(4, 1, 1, 1)
    return conv


def test_sinabs_quantize_double(sinabs: Peer) -> None:
    weight = sinabs.Layer(double(), theirs(sinabs), ONE, ALONE).conv.weight
    assert weight.flatten().tolist() == [-9, -31, 127, 15]


def test_ours_quantize_double() -> None:
    weight = DynapcnnLayer(double(), neurons(), ONE, ALONE).conv.weight
    assert weight.flatten().tolist() == [-9, -30, 127, 14]


def test_sinabs_output_shape(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4), [(2, 2)])
    with pytest.raises(TypeError):
        layer.get_output_shape()


def test_ours_output_shape() -> None:
    layer = DynapcnnLayer(convolution(out=3), neurons(), (1, 5, 4), [2, 1, 4])
    assert layer.get_output_shape() == [(3, 2, 2), (3, 5, 4), (3, 1, 1)]


def test_sinabs_replaced_part(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(), theirs(sinabs), ONE, ALONE)
    layer.conv_layer = convolution(7.0)
    assert layer.conv_layer is layer.conv
    assert layer.conv.weight.item() == 127
    assert "conv_layer.weight" in layer.state_dict()


def test_ours_replaced_part() -> None:
    layer = DynapcnnLayer(convolution(), neurons(), ONE, ALONE)
    keys = set(layer.state_dict())
    new, spk = convolution(7.0), neurons()
    layer.conv_layer, layer.spk_layer = new, spk  # type: ignore[misc]  # a property to read
    assert layer.conv is layer.conv_layer is new
    assert layer.spk is layer.spk_layer is spk
    assert set(layer.state_dict()) - {"spk.min_v_mem"} == keys - {"spk.min_v_mem"}


FLAT = nn.Linear(2 * 3, 2)


def test_sinabs_square_kernel(sinabs: Peer) -> None:
    for conv, shape in ((nn.Conv2d(1, 1, (1, 2)), (1, 4, 4)), (FLAT, (1, 2, 3))):
        with pytest.raises(ValueError, match="same height and width"):
            sinabs.Layer(conv, theirs(sinabs), shape, ALONE)


def test_ours_square_kernel() -> None:
    layer = DynapcnnLayer(FLAT, neurons(), (1, 2, 3), ALONE)
    assert [violation.rule for violation in speck2f.check(layer)] == ["kernel-square"]


def test_what_sinabs_has_mended_is_no_difference(sinabs: Peer) -> None:
    """Dilation in the shape, other neurons refused, a state of four dimensions kept behind a Linear."""
    used, also = theirs(sinabs), neurons()
    for spk in (used, also):
        spk(torch.ones(1, 3, 1, 1))
    for layer, spk in ((sinabs.Layer, used), (DynapcnnLayer, also)):
        dilated = layer(nn.Conv2d(1, 1, 3, dilation=2), spk, (1, 9, 9), ALONE, discretize=False)
        assert dilated.get_neuron_shape() == (1, 5, 5)
        linear = layer(nn.Linear(4, 3), spk, (1, 2, 2), ALONE)
        assert linear.spk.v_mem.shape == (1, 3, 1, 1)
        with pytest.raises(TypeError):
            layer(convolution(), nn.ReLU(), ONE, ALONE, discretize=False)
