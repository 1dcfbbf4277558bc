"""Sequential networks as plain descriptions: every weight of one follows from its seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import nn


@dataclass(frozen=True)
class Stage:
    """One layer: synapses, neurons, and what stands behind them."""

    out: int
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    bias: bool = False
    linear: bool = False
    threshold: float = 1.0
    floor: float = -1.0
    pools: tuple[tuple[str, int], ...] = ()  # "avg" or "sum", and the size of the window
    extra: str = ""  # a module that changes nothing
    fires: str = "MultiSpike"


@dataclass(frozen=True)
class Sequence:
    """A network."""

    shape: tuple[int, int, int]
    stages: tuple[Stage, ...]
    seed: int = 0


def built(network: Sequence, layers: Any, activation: Any) -> nn.Sequential:
    """The network with the neurons and sum-poolings of a library."""
    generator = torch.Generator().manual_seed(network.seed)
    made: list[nn.Module] = []
    shape = network.shape
    for stage in network.stages:
        if stage.linear:
            inputs = shape[0] * shape[1] * shape[2]
            synapses: Any = nn.Linear(inputs, stage.out, stage.bias)
            made += [] if made and _is_flat(made) else [nn.Flatten()]
        else:
            sizes: Any = {"stride": stage.stride, "padding": stage.padding, "bias": stage.bias}
            synapses = nn.Conv2d(shape[0], stage.out, stage.kernel, **sizes)
            inputs = shape[0] * stage.kernel[0] * stage.kernel[1]
        synapses.weight.data.normal_(0.15, 1.5 / inputs**0.5, generator=generator)
        if stage.bias:
            synapses.bias.data.uniform_(-0.2, 0.2, generator=generator)
        neurons = layers.IAFSqueeze(
            batch_size=1,
            spike_threshold=torch.tensor(stage.threshold),
            min_v_mem=stage.floor,
            spike_fn=getattr(activation, stage.fires),
        )
        made += [synapses, neurons]
        shape = after(stage, shape)
        for kind, size in stage.pools:
            made.append(nn.AvgPool2d((size, size)) if kind == "avg" else layers.SumPool2d((size, size)))
        if stage.extra:
            made.append({"dropout": nn.Dropout(0.5), "identity": nn.Identity()}[stage.extra])
    return nn.Sequential(*made).eval()


def _is_flat(made: list[nn.Module]) -> bool:
    synapses = [one for one in made if isinstance(one, nn.Conv2d | nn.Linear)]
    return bool(synapses) and isinstance(synapses[-1], nn.Linear)


def after(stage: Stage, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """The map that leaves a stage."""
    if stage.linear:
        return stage.out, 1, 1
    rows, columns = (
        (size + 2 * pad - kernel) // stride + 1
        for size, pad, kernel, stride in zip(
            shape[1:], stage.padding, stage.kernel, stage.stride, strict=True
        )
    )
    for _, size in stage.pools:
        rows, columns = rows // size, columns // size
    return stage.out, rows, columns


def spikes(network: Sequence, steps: int = 16) -> torch.Tensor:
    """Random input, several spikes in one bin among it."""
    generator = torch.Generator().manual_seed(network.seed + 1)
    return torch.randint(0, 3, (steps, *network.shape), generator=generator).float()


@st.composite
def sequences(draw: Any) -> Sequence:
    """Networks of one to four layers, fully connected ones last, on maps that need not be square."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(6, 14)), draw(st.integers(6, 14)))
    now, stages = shape, list[Stage]()
    for _ in range(draw(st.integers(1, 3))):
        kernel = draw(st.integers(1, min(5, now[1], now[2])))
        given: dict[str, Any] = {
            "kernel": (kernel, kernel),
            "stride": draw(st.sampled_from([(1, 1), (2, 2), (1, 2), (2, 1)])),
            "padding": draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
            **_neurons(draw),
        }
        stage = Stage(draw(st.integers(1, 6)), **given)
        pools = draw(
            st.lists(st.tuples(st.sampled_from(["avg", "sum"]), st.sampled_from([2, 3])), max_size=2)
        )
        while pools and min(after(Stage(stage.out, **given, pools=tuple(pools)), now)[1:]) < 1:
            pools.pop()
        stages.append(Stage(stage.out, **given, pools=tuple(pools)))
        now = after(stages[-1], now)
    for _ in range(draw(st.integers(0, 2))):
        if len(stages) == 1 or now[1] == now[2]:  # any core that has a kernel of its map
            stages.append(Stage(draw(st.integers(1, 9)), linear=True, **_neurons(draw)))
            now = after(stages[-1], now)
    return Sequence(shape, tuple(stages), draw(st.integers(0, 2**20)))


def _neurons(draw: Any) -> dict[str, Any]:
    threshold = draw(st.sampled_from([0.3, 0.5, 1.0, 1.0, 2.75]))
    return {
        "bias": draw(st.booleans()),
        "threshold": threshold,
        "floor": draw(st.sampled_from([-threshold, -1.0, -0.25])),
        "extra": draw(st.sampled_from(["", "", "dropout", "identity"])),
        "fires": draw(st.sampled_from(["MultiSpike", "MultiSpike", "SingleSpike"])),
    }
