"""Surrogate gradients: values by hand, and their way through spikes, resets and time."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from dynapcnn import (
    Gaussian,
    Heaviside,
    IAFSqueeze,
    MaxSpike,
    MembraneReset,
    MultiGaussian,
    MultiSpike,
    PeriodicExponential,
    SingleExponential,
    SingleSpike,
)

E = math.e


def normal(x: float, sigma: float) -> float:
    return math.exp(-x * x / (2 * sigma * sigma)) / (sigma * math.sqrt(2 * math.pi))


VALUES: list[tuple[Any, float, dict[float, float]]] = [
    (SingleExponential(), 1.0, {0: 0.270671, 0.5: 0.735759, 0.9: 1.637461, 1: 2.0, 2: 0.270671}),
    # 1 / (2 * 0.5) * exp(-|v - 2| / 1)
    (SingleExponential(), 2.0, {2: 1.0, 1: 1 / E, 4: 1 / E**2}),
    (SingleExponential(grad_width=2.0, grad_scale=3.0), 1.0, {1: 1.5, 3: 1.5 / E}),
    (PeriodicExponential(), 1.0, {0: 0.135335, 0.5: 0.367879, 1: 1.0, 1.5: 0.135335, 2: 1.0, 7: 1.0}),
    # one threshold below: exp(-4 / 0.5); a quarter period above: 2 * 0.25 thresholds off, exp(-2 / 0.5)
    (PeriodicExponential(), 4.0, {0: E**-8, 4: 1.0, 5: E**-4, 8: 1.0}),
    (Heaviside(), 1.0, {-0.1: 0.0, 0: 1.0, 0.5: 1.0, 9: 1.0}),
    (Heaviside(window=0.5), 2.0, {1.4: 0.0, 1.5: 0.5, 3: 0.5}),
    (Gaussian(), 1.0, {1: 0.797885, 0.5: 0.483941, 1.5: 0.483941}),
    (Gaussian(mu=1.0, sigma=2.0, grad_scale=3.0), 1.0, {2: 3 * normal(0, 2), 4: 3 * normal(2, 2)}),
    (
        MultiGaussian(),
        1.0,
        {1: 0.878223, 3: 1.15 * normal(2, 0.5) - 0.15 * (normal(1.5, 3) + normal(2.5, 3))},
    ),
]


@pytest.mark.parametrize(("surrogate", "threshold", "values"), VALUES)
def test_values_by_hand(surrogate: Any, threshold: float, values: dict[float, float]) -> None:
    found = surrogate(torch.tensor([float(v) for v in values]), torch.tensor(threshold))
    torch.testing.assert_close(found, torch.tensor(list(values.values())), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("spike_fn", [MultiSpike, SingleSpike, MaxSpike(3), MaxSpike()])
def test_a_spike_function_has_the_gradient_of_its_surrogate(spike_fn: Any) -> None:
    v = torch.tensor([-1.0, 0.3, 1.0, 2.7, 8.0], requires_grad=True)
    spike_fn.apply(v, torch.tensor(1.0), SingleExponential()).backward(torch.arange(5.0))
    assert v.grad is not None
    torch.testing.assert_close(v.grad, torch.arange(5.0) * 2 * torch.exp(-(v.detach() - 1).abs() / 0.5))


def constant(value: float) -> Any:
    """A surrogate gradient that is the same everywhere, so that chains can be worked out by hand."""

    def surrogate(v: Tensor, threshold: Tensor) -> Tensor:
        return torch.full_like(v, value)

    return surrogate


def gradient(spk: IAFSqueeze, inputs: list[float], step: int = -1) -> list[float]:
    """Derivative of one step's spikes with respect to every input."""
    x = torch.tensor(inputs, requires_grad=True)
    spk(x)[step].backward()
    assert x.grad is not None
    return x.grad.tolist()


def test_through_time_and_the_reset() -> None:
    """With dn/dv = g, subtraction leaves dv'/dv = 1 - g at every step before the last."""
    spk = IAFSqueeze(1, surrogate_grad_fn=constant(0.25))
    assert gradient(spk, [0.4, 0.9, 0.2]) == pytest.approx([0.25 * 0.75 * 0.75, 0.25 * 0.75, 0.25])


def test_return_to_zero_stops_the_gradient_of_a_neuron_that_fired() -> None:
    spk = IAFSqueeze(1, reset_fn=MembraneReset(), surrogate_grad_fn=constant(0.25))
    assert gradient(spk, [0.4, 0.9, 0.2]) == pytest.approx([0.0, 0.0, 0.25])  # fires at the second step
    spk.reset_states()
    assert gradient(spk, [0.1, 0.1, 0.2]) == pytest.approx([0.25, 0.25, 0.25])


def test_the_floor_stops_the_gradient() -> None:
    spk = IAFSqueeze(1, min_v_mem=-1.0, surrogate_grad_fn=constant(0.5))
    assert gradient(spk, [-3.0, 0.5]) == pytest.approx([0.0, 0.5])


def test_history_goes_on_between_calls_until_it_is_cut() -> None:
    def backward_of_the_second(cut: Any) -> Tensor | None:
        spk = IAFSqueeze(1, surrogate_grad_fn=constant(0.5))
        x = torch.tensor([0.2], requires_grad=True)
        spk(x)
        cut(spk)
        y = spk(torch.tensor([0.3], requires_grad=True))
        y.sum().backward()
        return x.grad

    first = backward_of_the_second(lambda spk: None)
    assert first is not None
    assert first.item() == pytest.approx(0.25)
    assert backward_of_the_second(lambda spk: spk.zero_grad()) is None
    assert backward_of_the_second(lambda spk: spk.reset_states()) is None
