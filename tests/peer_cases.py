"""Random layers for comparisons with sinabs: every number of a case follows from its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor, nn

quick = settings(max_examples=60, deadline=None, database=None, derandomize=True)
TAKEN = "ignore:.*become:UserWarning"  # that weights vanish is told elsewhere


@dataclass(frozen=True)
class Case:
    """A layer and what it is given; every number follows from the seed."""

    seed: int
    linear: bool
    channels: tuple[int, int]
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    bias: bool
    pool: int | None
    rescale: int
    discretize: bool
    threshold: float
    floor: float | None
    spike_fn: str
    reset_fn: str
    gradient: str
    batch: int
    time: int
    state: bool
    weight_scale: float

    @property
    def in_shape(self) -> tuple[int, int, int]:
        return (self.channels[0], *self.size)

    @property
    def map(self) -> tuple[int, int]:
        """Rows and columns of the neurons, counted one window at a time."""
        if self.linear:
            return 1, 1
        axes = zip(self.size, self.kernel, self.stride, self.padding, strict=True)
        rows, columns = (len(range(0, size + 2 * p - k + 1, s)) for size, k, s, p in axes)
        return rows, columns


pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
cases = st.builds(
    Case,
    seed=st.integers(0, 2**31),
    linear=st.integers(0, 4).map(lambda n: n == 0),
    channels=pairs,
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=pairs,
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    bias=st.booleans(),
    pool=st.sampled_from([None, 1, 2, 3, 4]),
    rescale=st.sampled_from([1, 1, 2, 3, 4, 7]),
    discretize=st.booleans(),
    threshold=st.sampled_from([1.0, 0.3, 0.7, 2.5, 1e-3]),
    floor=st.sampled_from([-1.0, -1.0, -0.3, -2.7, 0.0, None]),
    spike_fn=st.sampled_from(["MultiSpike", "SingleSpike", "MaxSpike"]),
    reset_fn=st.sampled_from(["MembraneSubtract", "MembraneReset", "half"]),
    gradient=st.sampled_from(
        ["SingleExponential", "PeriodicExponential", "Heaviside", "Gaussian", "MultiGaussian"]
    ),
    batch=st.integers(1, 3),
    time=st.integers(1, 4),
    state=st.booleans(),
    weight_scale=st.sampled_from([1.0, 0.1, 5.0, 0.0]),
)


def synapses(case: Case) -> nn.Conv2d | nn.Linear:
    torch.manual_seed(case.seed)
    into, out = case.channels
    if case.linear:
        module: nn.Conv2d | nn.Linear = nn.Linear(into * case.size[0] * case.size[1], out, bias=case.bias)
    else:
        module = nn.Conv2d(into, out, case.kernel, case.stride, case.padding, bias=case.bias)
    for parameter in module.parameters():
        if case.weight_scale:
            parameter.data *= case.weight_scale
        else:  # whole numbers, which meet thresholds and lower bounds exactly
            parameter.data = torch.randint(-3, 4, parameter.shape).float()
    return module


def neurons(case: Case, kind: Callable[..., Any], home: Any) -> Any:
    """Neurons of ours or of sinabs, whose functions are found in ``home``."""
    functions = {
        "MultiSpike": home.MultiSpike,
        "SingleSpike": home.SingleSpike,
        "MaxSpike": home.MaxSpike(2),
        "MembraneSubtract": home.MembraneSubtract(),
        "MembraneReset": home.MembraneReset(),
        "half": home.MembraneSubtract(subtract_value=0.5 * case.threshold),
    }
    spk = kind(
        batch_size=case.batch,
        spike_threshold=torch.tensor(case.threshold),
        spike_fn=functions[case.spike_fn],
        reset_fn=functions[case.reset_fn],
        surrogate_grad_fn=getattr(home, case.gradient)(),
        min_v_mem=case.floor,
        record_states=True,
    )
    if case.state:
        shape = (case.batch, case.channels[1], *([] if case.linear else case.map))
        spk.init_state_with_shape(shape)
        torch.manual_seed(case.seed + 1)
        spk.reset_states(randomize=True, value_ranges={"v_mem": (-1.0, case.threshold)})
    return spk


def outputs(case: Case, layer: Any) -> list[Tensor]:
    """Several calls, the last two with another batch size, which resamples the state by the seed."""
    generator = torch.Generator().manual_seed(case.seed)
    torch.manual_seed(case.seed + 2)
    found: list[Tensor] = []
    for change in (0, 0, 1, 0):
        layer.spk_layer.batch_size = batch = case.batch + change
        x = torch.randint(0, 3, (batch * case.time, *case.in_shape), generator=generator).float()
        leaving = layer(x)
        found += leaving if isinstance(leaving, tuple) else [leaving]
        found += [layer.spk_layer.v_mem.clone(), layer.spk_layer.recordings["v_mem"]]
    return found
