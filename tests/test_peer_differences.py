"""Where the layer departs from sinabs on purpose: what each of the two does.

One test for each entry of ``differences`` in the layer spec, under its name. Where sinabs is not at hand,
its half of a test is left out and the run says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import nn
from torch.nn.utils import prune

import peer
from dynapcnn import DynapcnnLayer, IAFSqueeze, MembraneReset, SumPool2d
from dynapcnn.chips import speck2f
from peer import Peer

SPEC = Path(__file__).resolve().parents[1] / "specs" / "layers" / "dynapcnn.yaml"


@pytest.fixture(scope="module")
def sinabs() -> Iterator[Peer]:
    with peer.loaded() as found:
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


def two_by_two(sinabs: Peer) -> Any:
    return sinabs.layers.SumPool2d((2, 2))


def test_every_difference_of_the_spec_has_its_tests() -> None:
    stated = set(yaml.safe_load(SPEC.read_text())["differences"])
    for side in ("ours", "sinabs"):
        tested = {
            name.removeprefix(f"test_{side}_").replace("_", "-")
            for name in globals()
            if name.startswith(f"test_{side}_")
        }
        assert stated <= tested, (side, stated - tested)


# --- zero-grad -------------------------------------------------------------------------------------------


def gradients(layer: Any) -> tuple[bool, bool]:
    """After a backward pass and zero_grad: is there a weight gradient, does the state have a history."""
    layer(torch.ones(2, 1, 2, 2)).sum().backward()
    assert layer.conv_layer.weight.grad.any()
    layer.zero_grad()
    weight = layer.conv_layer.weight.grad
    return weight is not None and bool(weight.any()), layer.spk_layer.v_mem.requires_grad


def test_sinabs_zero_grad(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(0.9), theirs(sinabs), (1, 2, 2), discretize=False)
    assert gradients(layer) == (True, False)


def test_ours_zero_grad() -> None:
    layer = DynapcnnLayer(convolution(0.9), neurons(), (1, 2, 2), discretize=False)
    assert gradients(layer) == (False, False)


# --- floor-none ------------------------------------------------------------------------------------------


def test_sinabs_floor_none(sinabs: Peer) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = sinabs.Layer(convolution(0.3), theirs(sinabs, min_v_mem=None), (1, 1, 1))
    assert layer.conv_layer.weight.item() == 0


def test_ours_floor_none() -> None:
    with pytest.warns(UserWarning, match="every weight becomes 0 .* min_v_mem is None"):
        layer = DynapcnnLayer(convolution(0.3), neurons(min_v_mem=None), (1, 1, 1))
    assert layer.conv_layer.weight.item() == 0
    assert layer.spk_layer.min_v_mem.item() == -32768


# --- threshold-vanished ----------------------------------------------------------------------------------


def test_sinabs_threshold_vanished(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(1000.0), theirs(sinabs), (1, 1, 1))
    assert layer(torch.ones(1, 1, 1, 1)).item() == float("inf")
    assert layer.spk_layer.v_mem.isnan().all()


def test_ours_threshold_vanished() -> None:
    with pytest.raises(ValueError, match=r"threshold becomes 0.*make the largest weight or bias smaller"):
        DynapcnnLayer(convolution(1000.0), neurons(), (1, 1, 1))
    with pytest.raises(ValueError, match="threshold becomes 0"):
        DynapcnnLayer(convolution(), neurons(spike_threshold=0.0), (1, 1, 1), discretize=False)


# --- not-finite ------------------------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [NAN, INF])
def test_sinabs_not_finite(sinabs: Peer, value: float) -> None:
    layer = sinabs.Layer(convolution(value), theirs(sinabs), (1, 1, 1))
    assert layer.conv_layer.weight.isnan().all()


@pytest.mark.parametrize("discretize", [True, False])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_ours_not_finite(value: float, discretize: bool) -> None:
    with pytest.raises(ValueError, match=r"conv\.weight holds NaN"):
        DynapcnnLayer(convolution(value), neurons(), (1, 1, 1), discretize=discretize)
    with pytest.raises(ValueError, match=r"spk\.spike_threshold holds NaN"):
        DynapcnnLayer(convolution(), neurons(spike_threshold=value), (1, 1, 1), discretize=discretize)
    spk = neurons()
    spk.v_mem = torch.tensor([[0.0, value]])
    with pytest.raises(ValueError, match=r"spk\.v_mem holds NaN"):
        DynapcnnLayer(convolution(), spk, (1, 1, 1), discretize=discretize)


def test_ours_not_finite_after_scaling() -> None:
    """1 / weight overflows to infinity when everything is tiny, and 0 * infinity is NaN."""
    tiny = neurons(spike_threshold=1e-40, min_v_mem=-1e-40)
    with pytest.raises(ValueError, match=r"conv\.weight gets, when it is discretized, NaN"):
        DynapcnnLayer(convolution(1e-40), tiny, (1, 1, 1))
    with pytest.raises(ValueError, match=r"conv\.weight holds NaN or infinite"):
        DynapcnnLayer(convolution(3e38), neurons(), (1, 1, 1), rescale_weights=0.01)


# --- dilation --------------------------------------------------------------------------------------------


def dilated() -> nn.Conv2d:
    return nn.Conv2d(1, 1, 3, dilation=2)


def test_sinabs_dilation(sinabs: Peer) -> None:
    layer = sinabs.Layer(dilated(), theirs(sinabs), (1, 9, 9))
    assert layer.get_neuron_shape() == (1, 7, 7)
    assert layer(torch.ones(1, 1, 9, 9)).shape == (1, 1, 5, 5)


def test_ours_dilation() -> None:
    layer = DynapcnnLayer(dilated(), neurons(), (1, 9, 9))
    assert layer.get_neuron_shape() == (1, 5, 5)
    assert layer(torch.ones(1, 1, 9, 9)).shape == (1, 1, 5, 5)
    assert layer.memory_summary()["neuron"] == 8 * 8


# --- groups ----------------------------------------------------------------------------------------------


def grouped() -> nn.Conv2d:
    return nn.Conv2d(4, 4, 1, groups=4, bias=False)


def test_sinabs_groups(sinabs: Peer) -> None:
    layer = sinabs.Layer(grouped(), theirs(sinabs), (4, 2, 2))
    assert layer.memory_summary()["kernel"] == 1 * 4


def test_ours_groups() -> None:
    layer = DynapcnnLayer(grouped(), neurons(), (4, 2, 2))
    assert layer.memory_summary()["kernel"] == 4 * 4
    (violation,) = speck2f.check(layer)
    assert (violation.rule, violation.actual, violation.limit) == ("groups", 4, [1])


# --- reset-value -----------------------------------------------------------------------------------------


def test_sinabs_reset_value(sinabs: Peer) -> None:
    spk = theirs(sinabs, reset_fn=sinabs.activation.MembraneReset(0.25))
    spk(torch.tensor([[0.5, 1.5]]))
    assert spk.v_mem.tolist() == [[0.75, 0.25]]


def test_ours_reset_value() -> None:
    spk = neurons(reset_fn=MembraneReset(0.25))
    spk(torch.tensor([[0.5, 1.5]]))
    assert spk.v_mem.tolist() == [[0.5, 0.25]]


# --- pool-int --------------------------------------------------------------------------------------------


def test_sinabs_pool_int(sinabs: Peer) -> None:
    with pytest.raises(TypeError, match="not subscriptable"):
        sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4), sinabs.layers.SumPool2d(2))
    with pytest.raises(AttributeError):
        sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4), 2)


@pytest.mark.parametrize("pool", [2, (2, 2), [2, 2], SumPool2d(2), SumPool2d((2, 2)), nn.LPPool2d(1, 2)])
def test_ours_pool_int(pool: Any) -> None:
    layer = DynapcnnLayer(convolution(), neurons(), (1, 4, 4), pool)
    assert layer.summary()["pool"] == [2, 2]
    assert layer(torch.ones(1, 1, 4, 4)).tolist() == [[[[4.0, 4.0], [4.0, 4.0]]]]


def test_ours_take_a_pool_of_sinabs_with_an_int(sinabs: Peer) -> None:
    layer = DynapcnnLayer(convolution(), neurons(), (1, 4, 4), sinabs.layers.SumPool2d(2))
    assert layer.get_output_shape() == (1, 2, 2)


# --- pool-stride -----------------------------------------------------------------------------------------


def test_sinabs_pool_stride(sinabs: Peer) -> None:
    pool = sinabs.layers.SumPool2d((2, 2), stride=(1, 1))
    layer = sinabs.Layer(convolution(), theirs(sinabs), (1, 8, 8), pool)
    assert layer.get_output_shape() == (1, 4, 4)
    assert layer(torch.ones(1, 1, 8, 8)).shape == (1, 1, 7, 7)


def test_ours_pool_stride() -> None:
    with pytest.raises(ValueError, match=r"pool-stride: .*leave the stride of the pooling out"):
        DynapcnnLayer(convolution(), neurons(), (1, 8, 8), SumPool2d(2, stride=1))


# --- linear-state ----------------------------------------------------------------------------------------


def run_before(spk: Any, shape: tuple[int, ...]) -> Any:
    spk(torch.ones(shape))
    return spk


def test_sinabs_linear_state(sinabs: Peer) -> None:
    spk = run_before(theirs(sinabs), (1, 3, 1, 1))
    layer = sinabs.Layer(nn.Linear(4, 3), spk, (1, 2, 2))
    assert layer.spk_layer.v_mem.dim() == 6
    expanded = sinabs.Layer(nn.Linear(4, 3), run_before(theirs(sinabs), (1, 3)), (1, 2, 2))
    with pytest.raises(RuntimeError, match="detach views"):
        expanded.spk_layer.reset_states()


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1)])
def test_ours_linear_state(shape: tuple[int, ...]) -> None:
    layer = DynapcnnLayer(nn.Linear(4, 3), run_before(neurons(), shape), (1, 2, 2))
    assert layer.spk_layer.v_mem.shape == (1, 3, 1, 1)
    before = layer.spk_layer.v_mem.clone()
    layer(torch.zeros(1, 1, 2, 2))
    assert layer.conv_layer.bias is not None
    bias = layer.conv_layer.bias.detach()[None, :, None, None]
    assert layer.spk_layer.v_mem.shape == (1, 3, 1, 1)
    assert torch.equal(
        layer.spk_layer.v_mem % layer.spk_layer.spike_threshold,
        (before + bias).clamp(min=layer.spk_layer.min_v_mem.item()) % layer.spk_layer.spike_threshold,
    )
    layer.spk_layer.reset_states()
    assert not layer.spk_layer.v_mem.any()


# --- neuron-type -----------------------------------------------------------------------------------------


def test_sinabs_neuron_type(sinabs: Peer) -> None:
    for spk in (nn.ReLU(), sinabs.layers.LIFSqueeze(tau_mem=10.0, batch_size=1)):
        sinabs.Layer(convolution(), spk, (1, 1, 1), discretize=False)


@pytest.mark.parametrize("discretize", [True, False])
@pytest.mark.parametrize("spk", [nn.ReLU(), nn.Identity(), None, "IAF", IAFSqueeze])
def test_ours_neuron_type(spk: Any, discretize: bool) -> None:
    with pytest.raises(TypeError, match=r"spk is a .*give an IAFSqueeze"):
        DynapcnnLayer(convolution(), spk, (1, 1, 1), discretize=discretize)


def test_ours_refuse_other_neurons_of_sinabs(sinabs: Peer) -> None:
    kinds = [sinabs.layers.LIFSqueeze(tau_mem=10.0, batch_size=1), sinabs.layers.IAF()]
    for spk in kinds:
        with pytest.raises(TypeError, match=r"spk is a (LIFSqueeze|IAF), .*give an IAFSqueeze"):
            DynapcnnLayer(convolution(), spk, (1, 1, 1))
    with pytest.raises(ValueError, match="tau_syn"):
        DynapcnnLayer(convolution(), theirs(sinabs, tau_syn=10.0), (1, 1, 1))
    with pytest.raises(ValueError, match="spk has no spike function"):
        DynapcnnLayer(convolution(), theirs(sinabs, spike_fn=None), (1, 1, 1))


# --- empty-map -------------------------------------------------------------------------------------------


def test_sinabs_empty_map(sinabs: Peer) -> None:
    layer = sinabs.Layer(nn.Conv2d(1, 1, 5), theirs(sinabs), (1, 4, 4))
    assert layer.get_neuron_shape() == (1, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert layer.memory_summary()["neuron"] == 0


@pytest.mark.parametrize("kernel", [5, 6, (1, 5), (5, 1)])
def test_ours_empty_map(kernel: Any) -> None:
    with pytest.raises(ValueError, match=r"map-not-empty: .*larger than the padded input of 4x4"):
        DynapcnnLayer(nn.Conv2d(1, 1, kernel), neurons(), (1, 4, 4))


# --- input-shape -----------------------------------------------------------------------------------------


def test_sinabs_input_shape(sinabs: Peer) -> None:
    for shape in ((4, 4), (3, 4, 4), (-1, 4, 4)):
        sinabs.Layer(convolution(), theirs(sinabs), shape)


@pytest.mark.parametrize(
    "shape", [(4, 4), (1, 4, 4, 4), (-1, 4, 4), (1, 0, 4), (1.0, 4, 4), "144", 4, None, (True, 4, 4), ()]
)
def test_ours_input_shape(shape: Any) -> None:
    with pytest.raises(ValueError, match=r"in_shape is .*must be \(features, height, width\)"):
        DynapcnnLayer(convolution(), neurons(), shape)


def test_ours_input_features() -> None:
    with pytest.raises(ValueError, match=r"takes 1 input features and the input map has 3; give in_shape"):
        DynapcnnLayer(convolution(), neurons(), (3, 4, 4))


# --- average-pool ----------------------------------------------------------------------------------------


def test_sinabs_average_pool(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(), theirs(sinabs), (1, 2, 2), nn.AvgPool2d((2, 2)))
    assert layer(torch.ones(1, 1, 2, 2)).item() == 1


@pytest.mark.parametrize(
    "pool", [nn.AvgPool2d(2), nn.AvgPool2d((2, 2)), nn.MaxPool2d(2), nn.LPPool2d(2, 2), "2", 2.0, True]
)
def test_ours_average_pool(pool: Any) -> None:
    with pytest.raises(TypeError, match=r"pool is a .*the chip sums: give a SumPool2d, an int, or None"):
        DynapcnnLayer(convolution(), neurons(), (1, 2, 2), pool)


# --- pool-gradient ---------------------------------------------------------------------------------------


def silent_gradient(pool: nn.Module) -> list[float]:
    """The gradient of four inputs whose sum is 0."""
    x = torch.tensor([[[[1.0, -1.0], [2.0, -2.0]]]], requires_grad=True)
    pool(x).sum().backward()
    assert x.grad is not None
    return x.grad.flatten().tolist()


def test_sinabs_pool_gradient(sinabs: Peer) -> None:
    assert silent_gradient(two_by_two(sinabs)) == [0, 0, 0, 0]


def test_ours_pool_gradient() -> None:
    assert silent_gradient(SumPool2d(2)) == [1, 1, 1, 1]
    for pool in (2, nn.LPPool2d(1, 2)):
        layer = DynapcnnLayer(convolution(0.4), neurons(), (1, 2, 2), pool, discretize=False)
        x = torch.ones(1, 1, 2, 2)
        output = layer(x)
        assert output.item() == 0
        output.sum().backward()
        # 2 exp(-0.6 / 0.5) at each of the four neurons, from SingleExponential
        assert layer.conv_layer.weight.grad is not None
        assert layer.conv_layer.weight.grad.item() == pytest.approx(4 * 2 * 2.718281828 ** (-1.2))


# --- memory-type -----------------------------------------------------------------------------------------


def test_sinabs_memory_type(sinabs: Peer) -> None:
    words = sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4)).memory_summary()
    assert not isinstance(words["kernel"], int)
    assert not isinstance(words["neuron"], int)


def test_ours_memory_type() -> None:
    words = DynapcnnLayer(convolution(), neurons(), (1, 4, 4)).memory_summary()
    assert {type(count) for count in words.values()} == {int}


# --- caller-parameters -----------------------------------------------------------------------------------


def test_sinabs_caller_parameters(sinabs: Peer) -> None:
    assert theirs(sinabs, min_v_mem=-1).min_v_mem.dtype is torch.int64


def test_ours_caller_parameters() -> None:
    spk = neurons(min_v_mem=-1, spike_threshold=torch.tensor(2))
    assert spk.min_v_mem is not None
    assert spk.min_v_mem.dtype is spk.spike_threshold.dtype is torch.float32


# --- not in the spec's list ------------------------------------------------------------------------------


def test_sinabs_pool_ceil(sinabs: Peer) -> None:
    """What the map leaves of a window is averaged, and multiplied by the size of the whole window."""
    pool = sinabs.layers.SumPool2d((2, 2), ceil_mode=True)
    layer = sinabs.Layer(convolution(), theirs(sinabs), (1, 3, 3), pool)
    assert layer.get_output_shape() == (1, 1, 1)
    assert layer(torch.ones(1, 1, 3, 3)).tolist() == [[[[4.0, 4.0], [4.0, 4.0]]]]


def test_ours_pool_ceil() -> None:
    with pytest.raises(ValueError, match=r"pool has ceil_mode .* map of 3x3 .*leave ceil_mode out"):
        DynapcnnLayer(convolution(), neurons(), (1, 3, 3), SumPool2d(2, ceil_mode=True))
    layer = DynapcnnLayer(convolution(), neurons(), (1, 4, 4), SumPool2d(2, ceil_mode=True))
    assert layer(torch.ones(1, 1, 4, 4)).shape[1:] == layer.get_output_shape() == (1, 2, 2)


def test_sinabs_pool_rounding(sinabs: Peer) -> None:
    """An average times its size: 24 / 25 * 25 and the like need not come out whole in binary32."""
    pool = sinabs.layers.SumPool2d((5, 5))
    sums = torch.stack([pool((torch.arange(25) < n).float().reshape(1, 1, 5, 5)) for n in range(26)])
    assert (sums.flatten() != torch.arange(26)).any()


def test_ours_pool_rounding() -> None:
    sums = [SumPool2d(5)((torch.arange(25) < n).float().reshape(1, 1, 5, 5)).item() for n in range(26)]
    assert sums == list(range(26))


def test_sinabs_rescale(sinabs: Peer) -> None:
    layer = sinabs.Layer(convolution(), theirs(sinabs), (1, 1, 1), rescale_weights=0)
    assert layer.conv_layer.weight.isnan().all()


@pytest.mark.parametrize("rescale", [0, -1, NAN, INF, "4", None, [4]])
def test_ours_rescale(rescale: Any) -> None:
    with pytest.raises(ValueError, match=r"rescale_weights is .*must be a number above 0"):
        DynapcnnLayer(convolution(), neurons(), (1, 1, 1), rescale_weights=rescale)


def test_sinabs_spike_dtype(sinabs: Peer) -> None:
    assert theirs(sinabs)(torch.ones(1, 1, dtype=torch.float64)).dtype is torch.float32


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_ours_spike_dtype(dtype: torch.dtype) -> None:
    assert neurons()(torch.ones(1, 1, dtype=dtype)).dtype is dtype


def test_sinabs_padding_same(sinabs: Peer) -> None:
    layer = sinabs.Layer(nn.Conv2d(1, 1, 3, padding="same"), theirs(sinabs), (1, 4, 4))
    with pytest.raises(ValueError, match=r"invalid literal|unpack|values"):
        layer.get_neuron_shape()


def test_ours_padding_same() -> None:
    for dilation, padding in ((1, 1), (2, 2)):
        conv = nn.Conv2d(1, 1, 3, padding="same", dilation=dilation)
        layer = DynapcnnLayer(conv, neurons(), (1, 6, 6))
        assert layer.get_neuron_shape() == (1, 6, 6)
        assert layer.conv_layer.padding == (padding, padding)
        assert layer(torch.ones(1, 1, 6, 6)).shape == (1, 1, 6, 6)
    assert DynapcnnLayer(nn.Conv2d(1, 1, 3, padding="valid"), neurons(), (1, 4, 4)).get_neuron_shape() == (
        1,
        2,
        2,
    )
    with pytest.raises(ValueError, match=r"padding='same' of a .* kernel is not the same on both sides"):
        DynapcnnLayer(nn.Conv2d(1, 1, 2, padding="same"), neurons(), (1, 4, 4))


def test_sinabs_pool_square(sinabs: Peer) -> None:
    with pytest.raises(ValueError, match="square"):
        sinabs.Layer(convolution(), theirs(sinabs), (1, 4, 4), sinabs.layers.SumPool2d((2, 4)))


def test_ours_pool_square() -> None:
    with pytest.raises(ValueError, match=r"pool-square: .*2x4"):
        DynapcnnLayer(convolution(), neurons(), (1, 4, 4), SumPool2d((2, 4)))


def test_sinabs_state_dict(sinabs: Peer) -> None:
    used, fresh = (sinabs.Layer(convolution(), theirs(sinabs), (1, 2, 2)) for _ in range(2))
    used(torch.ones(1, 1, 2, 2))
    with pytest.raises(RuntimeError, match="size mismatch"):
        fresh.load_state_dict(used.state_dict())


def test_ours_state_dict() -> None:
    used, fresh = (DynapcnnLayer(convolution(), neurons(), (1, 2, 2)) for _ in range(2))
    used(torch.ones(1, 1, 2, 2))
    fresh.load_state_dict(used.state_dict())
    assert torch.equal(fresh.spk_layer.v_mem, used.spk_layer.v_mem)


# --- state-load ------------------------------------------------------------------------------------------


def used_and_fresh(layer: Any, spk: Any) -> tuple[Any, Any]:
    used, fresh = (layer(convolution(0.5), spk, (1, 2, 2), discretize=False) for _ in range(2))
    used(torch.ones(1, 1, 2, 2))
    return used, fresh


def test_sinabs_state_load(sinabs: Peer) -> None:
    used, fresh = used_and_fresh(sinabs.Layer, theirs(sinabs))
    with pytest.raises(RuntimeError, match="size mismatch"):
        fresh.load_state_dict(used.state_dict())


def test_ours_state_load() -> None:
    used, fresh = used_and_fresh(DynapcnnLayer, neurons())
    fresh.load_state_dict(used.state_dict())
    assert fresh.spk_layer.v_mem.flatten().tolist() == [0.5] * 4


# --- computed-weights ------------------------------------------------------------------------------------


def pruned() -> nn.Conv2d:
    conv = convolution(0.5, out=2)
    cut: Any = prune.l1_unstructured
    cut(conv, "weight", 1)
    return conv


def test_sinabs_computed_weights(sinabs: Peer) -> None:
    with pytest.raises(Exception, match=r"unpack|deepcopy|leaf|graph"):
        sinabs.Layer(pruned(), theirs(sinabs), (1, 1, 1))


def test_ours_computed_weights() -> None:
    with pytest.raises(ValueError, match="weight"):
        DynapcnnLayer(pruned(), neurons(), (1, 1, 1))


# --- quantize-double -------------------------------------------------------------------------------------

NEAR_TIES = (-0.163, -0.549, 2.286, 0.261)  # times 127 / 2.286 the last one is 14.5


def double() -> nn.Conv2d:
    conv = nn.Conv2d(1, 4, 1, bias=False).double()
    conv.weight.data = torch.tensor(NEAR_TIES, dtype=torch.float64).reshape(4, 1, 1, 1)
    return conv


def test_sinabs_quantize_double(sinabs: Peer) -> None:
    weight = sinabs.Layer(double(), theirs(sinabs), (1, 1, 1)).conv_layer.weight
    assert weight.flatten().tolist() == [-9, -31, 127, 15]


def test_ours_quantize_double() -> None:
    weight = DynapcnnLayer(double(), neurons(), (1, 1, 1)).conv_layer.weight
    assert weight.flatten().tolist() == [-9, -30, 127, 14]
