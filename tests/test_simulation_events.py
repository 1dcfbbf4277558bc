"""The event simulation against a chip that is written out neuron by neuron, in Python integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dynapcnn import DynapcnnLayer, IAFSqueeze, MembraneReset, MembraneSubtract
from dynapcnn.simulation import simulate_events
from reference.neurons import leak, receive

Place = tuple[int, int, int]


@dataclass
class Core:
    """One layer as plain integers; a neuron is a dictionary entry."""

    layer: Any
    v: dict[Place, int] = field(default_factory=dict)
    counts: dict[Place, int] = field(default_factory=dict)

    def numbers(self) -> dict[str, Any]:
        spk = self.layer.spk_layer
        reset = "zero" if isinstance(spk.reset_fn, MembraneReset) else "subtract"
        floor = -(2**40) if spk.min_v_mem is None else int(spk.min_v_mem)
        return {"threshold": int(spk.spike_threshold), "floor": floor, "reset": reset}

    def event(self, feature: int, y: int, x: int) -> list[Place]:
        """Every neuron of the map looks whether one of its taps lies on the event, row by row."""
        conv, fired = self.layer.conv_layer, []
        features, rows, columns = self.layer.get_neuron_shape()
        for row in range(rows):
            for column in range(columns):
                ky, off_y = divmod(y + conv.padding[0] - row * conv.stride[0], conv.dilation[0])
                kx, off_x = divmod(x + conv.padding[1] - column * conv.stride[1], conv.dilation[1])
                if off_y or off_x or not (0 <= ky < conv.kernel_size[0] and 0 <= kx < conv.kernel_size[1]):
                    continue
                for f in range(features):
                    place = f, row, column
                    weight = int(conv.weight[f, feature, ky, kx])
                    spike, self.v[place] = receive(self.v.get(place, 0), weight, **self.numbers())
                    if spike:
                        self.counts[place] = self.counts.get(place, 0) + 1
                        fired.append(place)
        return fired

    def tick(self) -> None:
        """The slow clock: every neuron of the map, whether it ever received anything or not."""
        features, rows, columns = self.layer.get_neuron_shape()
        for place in np.ndindex(features, rows, columns):
            bias = self.layer.conv_layer.bias
            level = 0 if bias is None else int(bias[place[0]])
            self.v[place] = leak(self.v.get(place, 0), level, floor=self.numbers()["floor"])


def deliver(cores: Sequence[Core], index: int, place: Place, time: int, log: list[tuple[int, ...]]) -> None:
    """Depth first: a spike goes through all that follow before the next one leaves."""
    for f, y, x in cores[index].event(*place):
        log.append((index, f, y, x, time))
        pool = cores[index].layer.pool_layer
        size = 1 if pool is None else pool.kernel_size[0]
        _, rows, columns = cores[index].layer.get_output_shape()
        if index + 1 < len(cores) and y // size < rows and x // size < columns:
            deliver(cores, index + 1, (f, y // size, x // size), time, log)


def chip(layers: list[Any], events: Any, period: int | None) -> tuple[list[Core], list[tuple[int, ...]]]:
    cores = [Core(layer) for layer in layers]
    log: list[tuple[int, ...]] = []
    ticks = 0
    for x, y, polarity, time in events.tolist():
        while period is not None and (ticks + 1) * period <= time:
            ticks += 1
            for core in cores:
                core.tick()
        deliver(cores, 0, (polarity, y, x), time, log)
    return cores, log


def network(seed: int, reset: Any, floor: float | None, bias: bool) -> list[DynapcnnLayer]:
    """Two layers with strides, padding, dilation and a pooling that leaves a row out."""
    torch.manual_seed(seed)

    def neurons() -> IAFSqueeze:
        return IAFSqueeze(1, spike_threshold=0.4, min_v_mem=floor, reset_fn=reset)

    first = nn.Conv2d(2, 3, (3, 2), stride=(1, 2), padding=(1, 1), dilation=(2, 1), bias=bias)
    one = DynapcnnLayer(first, neurons(), (2, 7, 8), 2)
    features, rows, columns = one.get_output_shape()
    assert one.get_neuron_shape()[1] % 2 == 1
    second = nn.Conv2d(features, 4, 2, padding=1, bias=bias)
    return [one, DynapcnnLayer(second, neurons(), (features, rows, columns))]


@given(
    seed=st.integers(0, 2**31),
    reset=st.sampled_from([MembraneSubtract(), MembraneReset()]),
    floor=st.sampled_from([-0.4, -0.1]),
    bias=st.booleans(),
    period=st.sampled_from([None, None, 7]),
)
@settings(max_examples=25, deadline=None, database=None)
def test_every_spike_in_its_order(
    seed: int, reset: Any, floor: float, bias: bool, period: int | None
) -> None:
    layers = network(seed, reset, floor, bias)
    random = np.random.default_rng(seed)
    events = random.integers(0, (8, 7, 2, 4), (40, 4))
    events[:, 3] = events[:, 3].cumsum()
    result = simulate_events(layers, events, leak_period=period)
    cores, log = chip(layers, events, period)
    assert [tuple(event) for event in result.events.tolist()] == log
    for core, counts, potentials in zip(cores, result.counts, result.potentials, strict=True):
        for place in np.ndindex(*counts.shape):
            assert counts[place] == core.counts.get(place, 0)
            assert potentials[place] == core.v.get(place, 0)


def single(weight: float = 1.0, **options: Any) -> DynapcnnLayer:
    """One neuron with one weight, in whole numbers already."""
    conv = nn.Conv2d(1, 1, 1, bias=False)
    conv.weight.data.fill_(weight)
    return DynapcnnLayer(conv, IAFSqueeze(1, **options), (1, 1, 1), discretize=False)


def at(*times: int) -> list[list[int]]:
    return [[0, 0, 0, time] for time in times]


def test_at_most_one_spike_for_one_event_and_the_rest_stays() -> None:
    layer = single(5.0, spike_threshold=2.0)
    result = simulate_events([layer], at(1, 2))
    assert result.counts[0].item() == 2
    assert result.potentials[0].item() == 2 * 5 - 2 * 2
    assert layer(torch.ones(2, 1, 1, 1)).sum().item() == 5  # a clocked simulation fires 2 and 3 times


def test_the_threshold_fires_and_the_floor_holds() -> None:
    assert simulate_events([single(1.0, spike_threshold=3.0)], at(0, 1, 2)).counts[0].item() == 1
    down = simulate_events([single(-3.0, spike_threshold=3.0, min_v_mem=-4.0)], at(0, 1, 2))
    assert down.potentials[0].item() == -4


def test_return_to_zero_forgets_the_rest() -> None:
    layer = single(5.0, spike_threshold=3.0, reset_fn=MembraneReset())
    assert simulate_events([layer], at(1)).potentials[0].item() == 0


def test_a_bias_is_added_at_ticks_alone() -> None:
    layer = single(0.0, spike_threshold=50.0, min_v_mem=-30.0)
    layer.conv_layer.bias = nn.Parameter(torch.tensor([-13.0]))
    assert simulate_events([layer], at(0, 999)).potentials[0].item() == 0
    assert simulate_events([layer], at(0, 99), leak_period=100).potentials[0].item() == 0
    assert simulate_events([layer], at(0, 100), leak_period=100).potentials[0].item() == -13
    assert simulate_events([layer], at(0, 250), leak_period=100).potentials[0].item() == -26
    assert simulate_events([layer], at(0, 999), leak_period=100).potentials[0].item() == -30


def test_events_name_x_before_y() -> None:
    conv = nn.Conv2d(2, 2, 1, bias=False)
    conv.weight.data = torch.eye(2).reshape(2, 2, 1, 1)
    layer = DynapcnnLayer(conv, IAFSqueeze(1, min_v_mem=-1.0), (2, 3, 5))
    result = simulate_events([layer], [[4, 1, 1, 9], [4, 1, 1, 12], [4, 1, 1, 20]])
    assert result.events.tolist() == [[0, 1, 1, 4, 9], [0, 1, 1, 4, 12], [0, 1, 1, 4, 20]]
    assert np.argwhere(result.counts[0]).tolist() == [[1, 1, 4]]


def test_no_events() -> None:
    result = simulate_events([single()], np.zeros((0, 4), int))
    assert result.events.shape == (0, 5)
    assert result.counts[0].tolist() == [[[0]]]


def test_the_layers_stay_as_they_are() -> None:
    layer = single(2.0)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    simulate_events([layer], at(1, 2))
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([[0, 0, 0]], r"\(n, 4\)"),
        ([0, 0, 0, 0], r"\(n, 4\)"),
        ([[0.5, 0.0, 0.0, 0.0]], "whole numbers"),
        ([[1, 0, 0, 0]], "outside the input map of 1 x 1 x 1"),
        ([[0, -1, 0, 0]], "outside the input map"),
        ([[0, 0, 1, 0]], "outside the input map"),
        (at(5, 4), "order of time"),
    ],
)
def test_bad_events(events: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        simulate_events([single()], events)


def test_bad_layers() -> None:
    with pytest.raises(ValueError, match="no layers"):
        simulate_events([], at(1))
    with pytest.raises(ValueError, match=r"has weights between whole numbers.*discretize the layer"):
        simulate_events([single(0.5)], at(1))
    with pytest.raises(ValueError, match="has a threshold between"):
        simulate_events([single(spike_threshold=1.5)], at(1))
    with pytest.raises(ValueError, match="semantics 'clocked' is not known here"):
        simulate_events([single()], at(1), semantics="clocked")
    wide = DynapcnnLayer(nn.Conv2d(1, 1, 1), IAFSqueeze(1, min_v_mem=-1.0), (1, 2, 2))
    with pytest.raises(ValueError, match=r"a map of \(1, 1, 1\) meets a layer for \(1, 2, 2\)"):
        simulate_events([single(), wide], at(1))


def test_what_the_chip_does_not_have() -> None:
    for reset in (MembraneReset(0.5), MembraneSubtract(2.0)):
        with pytest.raises(ValueError, match="has a value of its own"):
            simulate_events([single(reset_fn=reset)], at(1))
    with pytest.raises(ValueError, match="the chip has no reset"):
        simulate_events([single(reset_fn=lambda n, state, threshold: state)], at(1))

    def layer(**options: Any) -> DynapcnnLayer:
        return DynapcnnLayer(nn.Conv2d(2, 2, 1, **options), IAFSqueeze(1, min_v_mem=-1.0), (2, 1, 1))

    with pytest.raises(ValueError, match="grouped convolution"):
        simulate_events([layer(groups=2)], at(1))
    with pytest.raises(ValueError, match="pads with zeros, not with 'circular'"):
        simulate_events([layer(padding_mode="circular")], at(1))
