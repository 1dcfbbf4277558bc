"""DynapcnnLayer and IAFSqueeze as modules of PyTorch: saving, copying, moving, training."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dynapcnn import DynapcnnLayer, IAFSqueeze, PeriodicExponential, SingleSpike
from exact import same


def neurons(**options: Any) -> IAFSqueeze:
    return IAFSqueeze(batch_size=2, **{"min_v_mem": -1.0, **options})


def build(discretize: bool = False, bias: bool = True, seed: int = 0, **options: Any) -> DynapcnnLayer:
    torch.manual_seed(seed)
    conv = nn.Conv2d(2, 3, 3, bias=bias)
    return DynapcnnLayer(conv, neurons(**options), (2, 6, 6), 2, discretize=discretize)


def spikes(seed: int = 1) -> Tensor:
    return torch.randint(0, 3, (8, 2, 6, 6), generator=torch.Generator().manual_seed(seed)).float()


def through_pickle(layer: DynapcnnLayer) -> Any:
    return pickle.loads(pickle.dumps(layer))


def through_torch_save(layer: DynapcnnLayer) -> Any:
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.parametrize("copy", [deepcopy, through_pickle, through_torch_save])
@pytest.mark.parametrize("record", [False, True])
def test_a_copy_goes_on_where_the_original_was(copy: Callable[[Any], Any], record: bool) -> None:
    layer = build(record_states=record)
    layer(spikes())  # the state has a history now
    assert layer.spk_layer.v_mem.requires_grad
    other = copy(layer)
    assert layer.spk_layer.v_mem.requires_grad, "copying cut the history of the original"
    assert same(other.spk_layer.v_mem, layer.spk_layer.v_mem)
    expected, found = layer(spikes(2)), other(spikes(2))
    assert same(found, expected)
    assert same(other.spk_layer.v_mem, layer.spk_layer.v_mem)
    other.conv_layer.weight.data += 1
    assert not torch.equal(other.conv_layer.weight, layer.conv_layer.weight)


def test_a_copy_has_no_history() -> None:
    layer = build(record_states=True)
    layer(spikes())
    other = deepcopy(layer)
    assert not other.spk_layer.v_mem.requires_grad
    assert not other.spk_layer.recordings["v_mem"].requires_grad


def test_state_dict_round_trip_into_a_fresh_layer() -> None:
    used, fresh = build(discretize=True), build(discretize=True, seed=9)
    used(spikes())
    result = fresh.load_state_dict(used.state_dict())
    assert not result.missing_keys
    assert not result.unexpected_keys
    assert same(fresh(spikes(2)), used(spikes(2)))
    assert same(fresh.spk_layer.v_mem, used.spk_layer.v_mem)


def test_state_dict_of_a_fresh_layer_clears_a_used_one() -> None:
    used, fresh = build(discretize=True), build(discretize=True)
    used(spikes())
    used.load_state_dict(fresh.state_dict())
    assert not used.spk_layer.is_state_initialised()
    assert same(fresh(spikes(2)), used(spikes(2)))


def test_state_dict_as_weights_only_file_and_assigned() -> None:
    used = build(discretize=True)
    used(spikes())
    file = io.BytesIO()
    torch.save(used.state_dict(), file)
    file.seek(0)
    fresh = build(discretize=True, seed=9)
    fresh.load_state_dict(torch.load(file, weights_only=True), assign=True)
    assert same(fresh(spikes(2)), used(spikes(2)))


def test_thresholds_are_saved_and_never_trained() -> None:
    layer = build(discretize=True)
    assert [name for name, _ in layer.named_parameters()] == [
        "conv_layer.weight",
        "conv_layer.bias",
        "spk_layer.min_v_mem",
        "spk_layer.spike_threshold",
    ]
    trained = [name for name, parameter in layer.named_parameters() if parameter.requires_grad]
    assert trained == ["conv_layer.weight", "conv_layer.bias"]
    assert [name for name, _ in layer.named_buffers()] == ["spk_layer.v_mem"]


@pytest.mark.parametrize("discretize", [True, False])
def test_arguments_are_never_changed(discretize: bool) -> None:
    for conv in (nn.Conv2d(2, 3, 3), nn.Linear(2 * 36, 3)):
        spk = neurons(spike_threshold=0.7)
        if isinstance(conv, nn.Conv2d):
            spk(torch.rand(2, 3, 4, 4, requires_grad=True))
        before = {**conv.state_dict(), **spk.state_dict()}
        before = {name: value.clone() for name, value in before.items()}
        shape = [2, 6, 6]
        layer = DynapcnnLayer(conv, spk, shape, None, discretize=discretize, rescale_weights=3)
        nn.init.zeros_(layer.conv_layer.weight)
        layer(spikes())
        after = {**conv.state_dict(), **spk.state_dict()}
        assert all(same(after[name], value) for name, value in before.items())
        assert shape == [2, 6, 6]
        assert layer.input_shape is shape
        assert not set(layer.parameters()) & set(conv.parameters())


@pytest.mark.parametrize("trained", [True, False])
@pytest.mark.parametrize("conv", [nn.Conv2d(2, 3, 3), nn.Linear(72, 3)])
def test_requires_grad_and_mode_are_kept(conv: Any, trained: bool) -> None:
    for parameter in conv.parameters():
        parameter.requires_grad_(trained)
    layer = DynapcnnLayer(conv.eval(), neurons(), (2, 6, 6))
    assert {p.requires_grad for p in layer.conv_layer.parameters()} == {trained}
    assert not layer.conv_layer.training


def test_train_and_eval_make_no_difference() -> None:
    layer, other = build(discretize=True), build(discretize=True)
    assert same(layer.train()(spikes()), other.eval()(spikes()))


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(set_to_none: bool) -> None:
    layer = build()
    for _ in range(2):  # a second backward works because the history was cut
        layer(spikes()).sum().backward()
        weight = layer.conv_layer.weight
        assert weight.grad is not None
        first = weight.grad.clone()
        assert first.any()
        layer.zero_grad(set_to_none)
        assert weight.grad is None if set_to_none else not weight.grad.any()
        assert not layer.spk_layer.v_mem.requires_grad


def test_backward_reaches_the_first_time_step() -> None:
    layer = build(surrogate_grad_fn=PeriodicExponential())
    x = spikes().requires_grad_()
    layer(x).reshape(2, 4, -1)[:, -1].sum().backward()
    assert x.grad is not None
    per_step = x.grad.reshape(2, 4, -1).abs().sum((0, 2))
    assert (per_step > 0).all()


def test_a_weight_gradient_is_the_sum_over_calls() -> None:
    layer = build()
    layer(spikes()).sum().backward()
    assert layer.conv_layer.weight.grad is not None
    once = layer.conv_layer.weight.grad.clone()
    layer.spk_layer.reset_states()
    layer(spikes()).sum().backward()
    torch.testing.assert_close(layer.conv_layer.weight.grad, 2 * once)


def test_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    options: dict[str, Any] = {"batch_size": 8, "surrogate_grad_fn": PeriodicExponential()}
    layers = [
        DynapcnnLayer(
            nn.Conv2d(1, 4, 3), IAFSqueeze(**options, min_v_mem=-1.0), (1, 6, 6), 2, discretize=False
        ),
        DynapcnnLayer(nn.Linear(16, 2), IAFSqueeze(**options, min_v_mem=-1.0), (4, 2, 2), discretize=False),
    ]
    net = nn.Sequential(*layers)
    x = torch.zeros(8, 5, 1, 6, 6)
    x[:4, :, :, :3] = 1  # the class is the half of the map that is lit
    x[4:, :, :, 3:] = 1
    target = torch.tensor([0] * 4 + [1] * 4)
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.02)
    losses = []
    for _ in range(30):
        net.zero_grad()
        for layer in layers:
            layer.spk_layer.reset_states()
        rates = net(x.flatten(0, 1)).reshape(8, 5, 2).sum(1)
        loss: Any = nn.functional.cross_entropy(rates, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0], losses


def test_reset_states() -> None:
    spk = neurons()
    spk.reset_states(randomize=True)
    assert not spk.is_state_initialised()
    assert spk.shape is None
    spk(torch.rand(4, 1000, requires_grad=True))
    assert spk.shape == (2, 1000)
    spk.reset_states()
    assert not spk.v_mem.any()
    assert not spk.v_mem.requires_grad
    spk.reset_states(randomize=True)
    assert 0 <= spk.v_mem.min() < 0.1
    assert 0.9 < spk.v_mem.max() <= 1
    spk.reset_states(randomize=True, value_ranges={"v_mem": (-3.0, -1.0)})
    assert -3 <= spk.v_mem.min() < -2.9
    assert -1.1 < spk.v_mem.max() <= -1
    spk.reset_states(value_ranges={"v_mem": (5.0, 6.0)})
    assert not spk.v_mem.any()


def test_a_shape_gives_the_state_from_the_start() -> None:
    spk = neurons(shape=(2, 3))
    assert spk.is_state_initialised()
    assert spk.v_mem.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_another_map_starts_from_zero_and_another_batch_from_old_samples() -> None:
    spk = IAFSqueeze(num_timesteps=1)
    spk(torch.tensor([[0.25], [0.5]]))
    spk(torch.zeros(50, 1))
    assert set(spk.v_mem.flatten().tolist()) == {0.25, 0.5}
    spk(torch.zeros(50, 2))
    assert spk.v_mem.shape == (50, 2)
    assert not spk.v_mem.any()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_network_of_another_dtype(dtype: torch.dtype) -> None:
    net = nn.Sequential(build(), DynapcnnLayer(nn.Conv2d(3, 1, 1), neurons(), (3, 2, 2), discretize=False))
    net.to(dtype)
    for _ in range(2):
        assert net(spikes().to(dtype)).dtype is dtype
    assert {p.dtype for p in net.parameters()} == {dtype}


def test_a_network_under_autocast() -> None:
    net = nn.Sequential(build(), DynapcnnLayer(nn.Conv2d(3, 1, 1), neurons(), (3, 2, 2), discretize=False))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert net(spikes()).shape == (8, 1, 2, 2)


def test_doubles_give_the_same_spikes_of_a_discretized_layer() -> None:
    layer, other = build(discretize=True), build(discretize=True).double()
    assert torch.equal(layer(spikes()).double(), other(spikes().double()))


def test_meta_tensors() -> None:
    layer = DynapcnnLayer(nn.Conv2d(2, 3, 3, device="meta"), neurons(), (2, 6, 6), 2, discretize=False)
    layer.to("meta")
    assert layer.memory_summary() == {"kernel": 2 * 2**4 * 2**2, "neuron": 3 * 2**2 * 2**2, "bias": 3}
    assert layer(spikes().to("meta")).shape == (8, 3, 2, 2)
    with pytest.raises(ValueError, match=r"conv\.weight is on the meta device .* give discretize=False"):
        DynapcnnLayer(nn.Conv2d(2, 3, 3, device="meta"), neurons(), (2, 6, 6))
    real = DynapcnnLayer(nn.Conv2d(2, 3, 3, device="meta"), neurons(), (2, 6, 6), 2, discretize=False)
    real.load_state_dict(build().state_dict(), assign=True)
    assert same(real(spikes()), build()(spikes()))


def test_hooks() -> None:
    seen: list[str] = []
    layer = build()
    layer.register_forward_hook(lambda *_: seen.append("layer"))
    layer.conv_layer.register_forward_hook(lambda *_: seen.append("conv"))
    layer.spk_layer.register_forward_hook(lambda *_: seen.append("spk"))
    assert layer.pool_layer is not None
    layer.pool_layer.register_forward_hook(lambda *_: seen.append("pool"))
    layer(spikes())
    assert seen == ["conv", "spk", "pool", "layer"]


def test_repr_says_what_a_reader_looks_for() -> None:
    text = repr(build(spike_threshold=0.5))
    assert "Conv2d(2, 3, kernel_size=(3, 3)" in text
    assert "batch_size=2, num_timesteps=-1, spike_threshold=0.5, min_v_mem=-1.0" in text
    assert "SumPool2d(kernel_size=(2, 2)" in text
    assert "min_v_mem=None" in repr(IAFSqueeze(1))


def test_recordings() -> None:
    spk = neurons(record_states=True, spike_fn=SingleSpike)
    spk(torch.tensor([0.6, 0.6, 0.1, 0.1]))
    torch.testing.assert_close(spk.recordings["v_mem"], torch.tensor([[0.6, 0.2], [0.1, 0.2]]))
    spk.record_states = False
    spk(torch.zeros(4))
    assert not spk.recordings


def test_submodules_can_be_replaced() -> None:
    layer = build()
    layer.spk_layer = neurons(spike_threshold=1e9)
    assert not layer(spikes()).any()


def test_numbers_of_numpy_become_ints() -> None:
    two: Any = np.int64(2)
    layer = DynapcnnLayer(nn.Conv2d(2, 3, 3), neurons(), tuple(np.array([2, 6, 6])), two)
    assert layer.get_output_shape() == (3, 2, 2)
    assert {type(n) for n in (*layer.get_output_shape(), *layer.memory_summary().values())} == {int}


def test_a_copy_of_a_copy_in_one_list_stays_one() -> None:
    layer = build()
    first, second = deepcopy([layer, layer])
    assert first is second
    assert first.spk_layer is second.spk_layer


def test_copying_leaves_the_original_alone() -> None:
    """The state of the original is never touched, not even for a moment."""
    layer = build()
    layer(spikes())
    state = layer.spk_layer.v_mem
    seen: list[bool] = []

    class Watch:
        def __deepcopy__(self, memo: object) -> Watch:
            seen.append(layer.spk_layer.v_mem is state)
            return self

    layer.spk_layer.watch = Watch()
    deepcopy(layer)
    assert seen == [True]
    assert layer.spk_layer.v_mem is state


def test_a_state_is_loaded_after_inference_mode() -> None:
    layer = build()
    with torch.inference_mode():
        layer(spikes())
    saved = deepcopy(layer.state_dict())
    layer.load_state_dict(saved)
    assert same(layer.spk_layer.v_mem, saved["spk_layer.v_mem"])


def test_same_padding_of_a_kernel_with_two_sizes() -> None:
    conv = torch.nn.Conv2d(1, 1, (3, 5), padding="same", bias=False)
    layer = DynapcnnLayer(conv, IAFSqueeze(batch_size=1, min_v_mem=-1.0), (1, 6, 7), discretize=False)
    assert layer.conv_layer.padding == (1, 2)
    assert layer.get_neuron_shape() == (1, 6, 7)
