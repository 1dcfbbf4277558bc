"""Neurons and layers under transforms of torch.func and under torch.compile; inputs without samples."""

from __future__ import annotations

import logging
import shutil
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev, vmap

from dynapcnn import DynapcnnLayer, IAFSqueeze, MaxSpike, MultiSpike, SingleSpike, fast
from dynapcnn.fast import using
from exact import same

SPIKE_FNS = [MultiSpike, SingleSpike, MaxSpike(2)]


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def fired(x: Tensor, spike_fn: Any = MultiSpike) -> Tensor:
    """Spikes from rest: neurons of their own for each call, so that no state comes out of a transform."""
    spikes: Tensor = IAFSqueeze(batch_size=1, min_v_mem=-1.0, spike_fn=spike_fn)(x)
    return spikes


def slope(x: Tensor, spike_fn: Any = MultiSpike) -> Tensor:
    """The gradient of the number of spikes, by autograd."""
    leaf = x.clone().requires_grad_()
    (found,) = torch.autograd.grad(fired(leaf, spike_fn).sum(), leaf)
    return found


@pytest.mark.parametrize("spike_fn", SPIKE_FNS)
def test_vmap_is_one_sample_after_another(spike_fn: Any) -> None:
    x = drawn(3, 20, 4)
    found = vmap(lambda one: fired(one, spike_fn))(x)
    assert found.sum() > 0
    assert same(found, torch.stack([fired(one, spike_fn) for one in x]))


@pytest.mark.parametrize("spike_fn", SPIKE_FNS)
def test_grad_is_that_of_autograd(spike_fn: Any) -> None:
    x = drawn(3, 20, 4)
    found = grad(lambda one: fired(one, spike_fn).sum())(x[0])
    assert found.abs().max() > 0
    torch.testing.assert_close(found, slope(x[0], spike_fn))
    each = vmap(grad(lambda one: fired(one, spike_fn).sum()))(x)
    torch.testing.assert_close(each, torch.stack([slope(one, spike_fn) for one in x]))


def test_jacobians_know_that_a_neuron_has_no_future() -> None:
    """Spikes depend on what came before them, of the same neuron alone; they add up to the gradient."""
    x = drawn(6, 2)
    found = jacrev(fired)(x)
    for spike in range(6):
        assert found[spike, :, spike + 1 :].abs().sum() == 0
        assert found[spike, 0, :, 1].abs().sum() == 0
    torch.testing.assert_close(found.sum((0, 1)), slope(x))


def a_layer() -> DynapcnnLayer:
    torch.manual_seed(0)
    spk = IAFSqueeze(batch_size=2, min_v_mem=-1.0)
    return DynapcnnLayer(nn.Conv2d(2, 3, 3), spk, (2, 6, 6), 2, discretize=False)


def test_the_gradient_of_a_layer_by_its_weights() -> None:
    layer, x = a_layer(), torch.randint(0, 3, (6, 2, 6, 6)).float()
    layer.spk_layer.init_state_with_shape((2, 3, 4, 4))
    kept = {"spk_layer.v_mem": torch.zeros(2, 3, 4, 4)}

    def loss(weight: Tensor) -> Tensor:
        spikes: Tensor = functional_call(layer, {"conv_layer.weight": weight, **kept}, (x,))
        return spikes.sum()

    found = grad(loss)(layer.conv_layer.weight.detach())
    assert same(layer.spk_layer.v_mem, kept["spk_layer.v_mem"])  # nothing came out of the transform
    layer(x).sum().backward()
    assert layer.conv_layer.weight.grad is not None
    torch.testing.assert_close(found, layer.conv_layer.weight.grad)


@pytest.mark.parametrize("path", ["plain", "auto"])
def test_compiled_neurons_are_one_graph(path: str) -> None:
    spk = IAFSqueeze(batch_size=2, min_v_mem=-1.0)
    spk.init_state_with_shape((2, 4))
    x, again = (drawn(6, 4).requires_grad_() for _ in range(2))
    torch.compiler.reset()
    with using(path):
        compiled: Any = torch.compile(deepcopy(spk), fullgraph=True, backend="aot_eager")
        found, expected = compiled(again), spk(x)
        assert same(found, expected)
        (found.sum() + expected.sum()).backward()
    assert x.grad is not None
    assert again.grad is not None
    assert same(again.grad, x.grad)


@pytest.mark.skipif(shutil.which("g++") is None, reason="NOT TESTED: inductor needs a C++ compiler, g++")
def test_a_layer_compiles_with_inductor() -> None:
    layer, x = a_layer(), torch.randint(0, 3, (6, 2, 6, 6)).float()
    layer.spk_layer.init_state_with_shape((2, 3, 4, 4))
    torch.compiler.reset()
    with torch.no_grad():
        compiled: Any = torch.compile(deepcopy(layer), fullgraph=True)
        assert same(compiled(x), layer(x))


@pytest.mark.parametrize("sizes", [{"batch_size": 2}, {"num_timesteps": 2}])
def test_an_input_without_samples_is_refused(sizes: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="the first axis has 0 entries"):
        IAFSqueeze(**sizes)(torch.zeros(0, 3))
    with pytest.raises(RuntimeError, match="the first axis has 0 entries"):
        a_layer()(torch.zeros(0, 2, 6, 6))


@pytest.mark.skipif(not fast.AVAILABLE, reason="NOT TESTED: numba is not installed")
def test_the_first_compile_says_what_it_does(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """One line when nothing is kept in the cache, and none when something is."""
    from dynapcnn.fast import kernels, run

    class Kept:
        cache_path = str(tmp_path)

    monkeypatch.setattr(kernels, "forward", type("Forward", (), {"stats": Kept})())
    told: list[int] = []
    with caplog.at_level(logging.INFO, "dynapcnn.fast"):
        for _ in range(2):
            run.compiled.cache_clear()
            run.compiled()
            told.append(sum("compiling the neurons" in one.getMessage() for one in caplog.records))
            (tmp_path / "kernels.forward-1.py311.nbi").touch()
    run.compiled.cache_clear()
    assert told == [1, 1]
    assert str(tmp_path) in caplog.text
