"""The event-driven topics, asked of a simulation of layers in whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from .bits import bits, whole
from .modules import Library, nested, neurons_of

Simulate = Callable[..., Any]


def event(library: Library, simulate: Simulate, given: Mapping[str, Any], tick: int) -> Mapping[str, Any]:
    """One neuron and what happens to it, or one event that reaches many neurons."""
    if "at" in given:
        return visit(library, simulate, given)
    return happenings(library, simulate, given, tick)


def happenings(
    library: Library, simulate: Simulate, given: Mapping[str, Any], tick: int
) -> Mapping[str, Any]:
    """A layer of one neuron with an input feature for each weight."""
    pairs = [next(iter(item.items())) for item in given["happenings"]]
    weights = sorted({value for kind, value in pairs if kind == "event"}) or [0]
    biases = {value for kind, value in pairs if kind == "leak"}
    conv = nn.Conv2d(len(weights), 1, 1, bias=bool(biases))
    conv.weight.data = torch.tensor(weights, dtype=torch.float32).reshape(1, -1, 1, 1)
    if biases:
        conv.bias = nn.Parameter(torch.tensor([float(biases.pop())]))
    layer = _layer(library, conv, given, (len(weights), 1, 1))
    events, ticks = [], 0
    for index, (kind, value) in enumerate(pairs):
        if kind == "leak":
            ticks += 1
        else:
            events.append([0, 0, weights.index(value), ticks * tick + index])
    result = simulate([layer], torch.tensor(events).reshape(-1, 4).numpy(), leak_period=tick)
    fired = [int(time) % tick for time in result.events[:, 4]]
    spikes = [fired.count(index) for index in range(len(pairs))]
    return {"spikes": spikes, "v": whole(result.potentials[0].item())}


def visit(library: Library, simulate: Simulate, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """One event that makes several neurons fire."""
    shape = tuple(given["input_shape"])
    conv = nn.Conv2d(
        shape[0], given["features"], tuple(given["kernel"]), padding=given["padding"], bias=False
    )
    conv.weight.data = torch.full_like(conv.weight, given["weight"])
    layer = _layer(library, conv, given, shape)
    feature, row, column = given["at"]
    result = simulate([layer], torch.tensor([[column, row, feature, 0]]).numpy())
    return {"order": nested(result.events[:, 1:4].tolist())}


def chain(library: Library, simulate: Simulate, given: Mapping[str, Any], tick: int) -> Mapping[str, Any]:
    """Layers that feed each other; times tell the happenings apart."""
    events, ticks = [], 0
    for index, one in enumerate(given["happenings"]):
        if "event" in one:
            feature, row, column = one["event"]
            events.append([column, row, feature, ticks * tick + index])
        else:
            ticks += 1
    layers = [_chained(library, layer) for layer in given["layers"]]
    result = simulate(layers, torch.tensor(events).numpy(), leak_period=tick)
    potentials = [nested(one.tolist()) for one in result.potentials]
    return {"spikes": nested(result.events[:, :4].tolist()), "v": potentials}


def _chained(library: Library, given: Mapping[str, Any]) -> Any:
    weight, bias = torch.tensor(given["weight"], dtype=torch.float32), given["bias"]
    geometry: dict[str, Any] = {name: tuple(given[name]) for name in ("stride", "padding")}
    out, into, rows, columns = weight.shape
    conv = nn.Conv2d(into, out, (rows, columns), bias=bias is not None, **geometry)
    conv.weight.data = weight
    if bias is not None:
        conv.bias = nn.Parameter(torch.tensor(bias, dtype=torch.float32))
    pool = tuple(given["pool"])
    chosen = None if set(pool) == {1} else library.sum_pool(pool, pool)
    return _layer(library, conv, given, tuple(given["input_shape"]), chosen)


def _layer(library: Library, conv: Any, given: Mapping[str, Any], shape: Any, pool: Any = None) -> Any:
    floor = given.get("v_floor")
    neurons = {
        "threshold": bits(given["threshold"]),
        "v_floor": None if floor is None else bits(floor),
        "reset_fn": given.get("reset_fn"),
    }
    return library.layer(conv, neurons_of(library, neurons), shape, pool, discretize=False)
