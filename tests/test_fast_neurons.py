"""Compiled neurons against plain torch: the same bits forward, the same gradients backward."""

from __future__ import annotations

import importlib
import pickle
from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import dynapcnn
from dynapcnn import (
    DynapcnnLayer,
    IAFSqueeze,
    MaxSpike,
    MembraneReset,
    MembraneSubtract,
    MultiSpike,
    SingleSpike,
    fast,
)
from dynapcnn.fast import run, using
from exact import same

pytestmark = pytest.mark.skipif(not fast.AVAILABLE, reason="NOT TESTED: numba is not installed")
if fast.AVAILABLE:
    importlib.import_module("dynapcnn.fast.kernels")  # small inputs alone would not load them

SPIKE_FNS = [MultiSpike, SingleSpike, MaxSpike(), MaxSpike(2)]
RESET_FNS = [MembraneSubtract(), MembraneSubtract(0.3), MembraneReset(), MembraneReset(-0.2)]
SURROGATES = [
    dynapcnn.SingleExponential(),
    dynapcnn.PeriodicExponential(grad_width=0.7),
    dynapcnn.Heaviside(),
    dynapcnn.Gaussian(mu=0.1),
    dynapcnn.MultiGaussian(),
]
SPECIAL = [float("inf"), -float("inf"), float("nan"), -0.0, 1e-40, 3e38, -3e38]

neurons = st.fixed_dictionaries(
    {
        "spike_fn": st.sampled_from(SPIKE_FNS),
        "reset_fn": st.sampled_from(RESET_FNS),
        "surrogate_grad_fn": st.sampled_from(SURROGATES),
        "spike_threshold": st.sampled_from([1.0, 0.7, 3.0, 1e-3]),
        "min_v_mem": st.sampled_from([None, -1.0, -0.3, 0.0, 0.5]),
    }
)
shapes = st.sampled_from([(), (1,), (5,), (3, 4, 5), (2, 17, 9), (9, 16, 16)])
quick = settings(max_examples=40, deadline=None)


def drawn(seed: int, *shape: int, special: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator)
    if special:
        places = torch.randint(0, max(1, x.numel()), (len(SPECIAL),), generator=generator)
        x.view(-1)[places] = torch.tensor(SPECIAL)
    return x


def taken(spk: IAFSqueeze, x: Tensor) -> list[int]:
    """How often the kernel runs for one call; the call itself is made too."""
    calls: list[int] = []
    before = run.forward
    run.forward = lambda *a: calls.append(1) or before(*a)  # type: ignore[func-returns-value]
    try:
        spk(x)
    finally:
        run.forward = before
    return calls


@given(neurons, shapes, st.integers(1, 3), st.integers(1, 6), st.integers(0, 999), st.booleans())
@quick
def test_spikes_and_states_have_the_same_bits(
    options: dict[str, Any], shape: tuple[int, ...], batch: int, time: int, seed: int, special: bool
) -> None:
    found = []
    for path in ("plain", "auto"):
        spk = IAFSqueeze(batch_size=batch, **options)
        with using(path), torch.no_grad():
            calls = [spk(drawn(seed + n, batch * time, *shape, special=special and n == 0)) for n in range(2)]
        found.append([*calls, spk.v_mem])
    for one, other in zip(*found, strict=True):
        assert one.shape == other.shape
        assert same(torch.nan_to_num(one, 12345.0), torch.nan_to_num(other, 12345.0))


@given(neurons, shapes, st.integers(1, 3), st.integers(1, 6), st.integers(0, 999))
@quick
def test_gradients_are_the_same(
    options: dict[str, Any], shape: tuple[int, ...], batch: int, time: int, seed: int
) -> None:
    """Of spikes and of the state, through two calls."""
    found = []
    for path in ("plain", "auto"):
        spk = IAFSqueeze(batch_size=batch, **options)
        with using(path):
            inputs = [drawn(seed + n, batch * time, *shape).requires_grad_() for n in range(2)]
            factors = drawn(seed + 7, batch * time, *shape)
            loss = sum((spk(x) * factors).sum() for x in inputs) + (spk.v_mem**2).sum()
            assert isinstance(loss, Tensor)
            torch.autograd.backward(loss)
        found.append([x.grad for x in inputs])
    for one, other in zip(*found, strict=True):
        assert one is not None
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5 * max(1.0, float(one.abs().max())))


def test_the_kernel_runs_where_it_can() -> None:
    assert taken(IAFSqueeze(1), torch.rand(3, 4))
    assert taken(IAFSqueeze(1), torch.rand(4, 3).T)  # not contiguous
    with using("plain"):
        assert not taken(IAFSqueeze(1), torch.rand(3, 4))


class Own:
    """A spike function and surrogate gradient of a user."""

    def apply(self, v: Tensor, threshold: Tensor, surrogate: Any) -> Tensor:
        return (v > threshold).float()

    def __call__(self, v: Tensor, threshold: Tensor) -> Tensor:
        return torch.ones_like(v)


class Half(IAFSqueeze):
    def step(self, v: Tensor, input: Tensor) -> tuple[Tensor, Tensor]:
        return super().step(v, input / 2)


def trained() -> IAFSqueeze:
    spk = IAFSqueeze(1)
    spk.spike_threshold.requires_grad_()
    return spk


@pytest.mark.parametrize(
    ("spk", "x"),
    [
        (IAFSqueeze(1, spike_fn=Own()), torch.rand(3, 4)),
        (IAFSqueeze(1, reset_fn=MembraneSubtract(torch.tensor(0.5))), torch.rand(3, 4)),  # type: ignore[arg-type]
        (IAFSqueeze(1, surrogate_grad_fn=Own()), torch.rand(3, 4, requires_grad=True)),
        (IAFSqueeze(1, spike_threshold=torch.rand(4) + 0.5), torch.rand(3, 4)),
        (IAFSqueeze(1, record_states=True), torch.rand(3, 4)),
        (IAFSqueeze(1), torch.rand(3, 4).double()),
        (IAFSqueeze(1), torch.rand(3, 4).half()),
        (IAFSqueeze(1), torch.randint(0, 2, (3, 4))),
        (Half(1), torch.rand(3, 4)),
        (trained(), torch.rand(3, 4)),
    ],
)
def test_the_rest_runs_in_plain_torch(spk: IAFSqueeze, x: Tensor) -> None:
    other = deepcopy(spk)
    with using("plain"):
        expected = other(x)
    assert not taken(deepcopy(spk), x)
    found = spk(x)
    assert found.dtype == expected.dtype
    assert torch.equal(found, expected)
    assert torch.equal(spk.v_mem, other.v_mem)


def test_a_users_surrogate_is_no_hindrance_without_gradients() -> None:
    with torch.no_grad():
        assert taken(IAFSqueeze(1, surrogate_grad_fn=Own()), torch.rand(3, 4, requires_grad=True))


def test_a_trained_threshold_gets_its_gradient() -> None:
    spk = trained()
    spk(torch.tensor([[2.5]]))
    torch.autograd.backward(spk.v_mem.sum())  # v = 2.5 - n * threshold, with two spikes
    assert spk.spike_threshold.grad is not None
    assert spk.spike_threshold.grad.item() == pytest.approx(-2.0)


def test_gradients_can_be_differentiated_again() -> None:
    found = []
    for path in ("plain", "auto"):
        x, factors = drawn(0, 6, 4).requires_grad_(), drawn(1, 6, 4).requires_grad_()
        with using(path):
            spk = IAFSqueeze(batch_size=2, min_v_mem=-0.5)
            (first,) = torch.autograd.grad((spk(x) * factors).sum(), x, create_graph=True)
            found.append([first, *torch.autograd.grad((first**2).sum(), (x, factors))])
    assert found[1][2].abs().max() > 0
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5)


def test_copies_and_files_keep_the_state() -> None:
    spk = IAFSqueeze(batch_size=2)
    spk(drawn(3, 8, 4).requires_grad_())
    for other in (deepcopy(spk), pickle.loads(pickle.dumps(spk))):
        assert same(other.v_mem, spk.v_mem)
        again = deepcopy(spk)
        assert same(other(drawn(4, 8, 4)), again(drawn(4, 8, 4)))


def test_results_of_one_call_are_never_written_by_the_next() -> None:
    """Large results come out of memory that is used again once nobody holds it."""
    spk = IAFSqueeze(batch_size=1)
    with torch.no_grad():
        x = drawn(0, 16, 1 << 17)
        first = spk(x)
        kept, view = first.clone(), first[3:5]
        del first
        for _ in range(3):
            spk.reset_states()
            spk(-x)
        assert torch.equal(view, kept[3:5])


def test_a_network_compiles_and_exports_in_one_piece() -> None:
    torch.manual_seed(0)
    layer = DynapcnnLayer(nn.Conv2d(2, 3, 3), IAFSqueeze(batch_size=2, min_v_mem=-1.0), (2, 6, 6), 2)
    layer.spk_layer.init_state_with_shape((2, 3, 4, 4))
    x = torch.randint(0, 3, (6, 2, 6, 6)).float()
    for graded in (False, True):
        other, inputs = deepcopy(layer), x.clone().requires_grad_(graded)
        again = x.clone().requires_grad_(graded)
        with torch.set_grad_enabled(graded):
            expected = deepcopy(layer)(inputs)
            compiled: Any = torch.compile(other, fullgraph=True, backend="aot_eager")
            found = compiled(again)
        assert same(found, expected)
        if graded:
            (expected.sum() + found.sum()).backward()
            assert inputs.grad is not None
            assert again.grad is not None
            assert same(again.grad, inputs.grad)
    with torch.no_grad():
        program = torch.export.export(deepcopy(layer), (x,))
        assert "layer" in str(program.graph)
        assert same(program.module()(x), deepcopy(layer)(x))
