"""Clocked neurons and whole layers, ours and the peer's in turn in one process, once their answers agree.

Samples, time bins and maps are those at which the peer was measured elsewhere; about three neurons in a
hundred fire in a time bin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib import import_module
from typing import Any, NamedTuple

from dynapspec.bench.figure import Figure
from dynapspec.bench.peer import sinabs_layer
from dynapspec.bench.turns import in_turn
from dynapspec.diagnostics import fail

BATCH, TIME, LONG = 8, 100, (50, 400)
MAPS = ((16, 32, 32), (32, 16, 16))
INPUT = 0.3  # standard deviation of what a neuron gets in a time bin
DENSITIES = (0.02, 0.2, 1.0)
FEATURES, KERNEL, POOL = 16, 3, 2
SURROGATES = ("SingleExponential", "PeriodicExponential")


class Peer(NamedTuple):
    """What there is to compare with."""

    name: str
    layer: Any
    neurons: Any
    activation: Any


def neuron_figures(runs: int) -> Iterator[Figure]:
    """Forward passes of neurons and of whole layers; nothing when torch is not installed.

    Raises:
        InputError: ours and the peer's spikes differ.
    """
    libraries = _libraries()
    if libraries is None:
        return
    torch, dynapcnn = libraries
    peer = _peer()
    with torch.no_grad():
        for shape in MAPS:
            yield from _forward(torch, dynapcnn, peer, shape, runs)
        for density in DENSITIES:
            yield from _layers(torch, dynapcnn, peer, density, runs)


def training_figures(runs: int) -> Iterator[Figure]:
    """Forward and backward passes; the peer takes minutes, as it grows with the square of the time bins."""
    libraries = _libraries()
    if libraries is None:
        return
    torch, dynapcnn = libraries
    peer = _peer()
    for shape in MAPS:
        for name in SURROGATES:
            ours = _neurons(dynapcnn.IAFSqueeze, getattr(dynapcnn, name)())
            theirs = peer and _neurons(peer.neurons, getattr(peer.activation, name)())
            x = (torch.randn(BATCH * TIME, *shape) * INPUT).requires_grad_()
            title = f"forward and backward, {name}, {_size(shape)}"
            yield _pair(title, runs, _training(ours, x), peer, theirs and _training(theirs, x))
    short, long = ((torch.randn(BATCH * time, *MAPS[0]) * INPUT).requires_grad_() for time in LONG)
    ours = _neurons(dynapcnn.IAFSqueeze, dynapcnn.SingleExponential())
    title = f"forward and backward, {LONG[0]} time bins"
    yield in_turn(
        title, runs, _training(ours, short), f"{LONG[1]} time bins", _training(deepcopy(ours), long)
    )
    layers = _both_layers(torch, dynapcnn, peer, discretize=False)
    x = torch.rand(BATCH * TIME, *MAPS[0]).requires_grad_()
    own, other = (layer and _training(layer, x) for layer in layers)
    yield _pair("layer, forward and backward", runs, own, peer, other)


def _forward(
    torch: Any, dynapcnn: Any, peer: Peer | None, shape: tuple[int, ...], runs: int
) -> Iterator[Figure]:
    x = torch.randn(BATCH * TIME, *shape) * INPUT
    ours, theirs = _neurons(dynapcnn.IAFSqueeze), peer and _neurons(peer.neurons)
    _agree(torch, ours(x), theirs and theirs(x), "spikes")
    yield _pair(
        f"neurons forward, {_size(shape)}", runs, lambda: ours(x), peer, theirs and (lambda: theirs(x))
    )
    warm = x.clone()
    yield in_turn(
        f"copy of the input, {_size(shape)}", runs, lambda: warm.copy_(x), "forward", lambda: ours(x)
    )


def _layers(torch: Any, dynapcnn: Any, peer: Peer | None, density: float, runs: int) -> Iterator[Figure]:
    ours, theirs = _both_layers(torch, dynapcnn, peer)
    x = (torch.rand(BATCH * TIME, *MAPS[0]) < density).float()
    _agree(torch, ours(x), theirs and theirs(x), "spikes of layers")
    title = f"layer forward, {density:.0%} of the input"
    yield _pair(title, runs, lambda: ours(x), peer, theirs and (lambda: theirs(x)))
    yield in_turn(
        f"{title}, ours", runs, lambda: ours(x), "the convolution alone", lambda: ours.conv_layer(x)
    )


def _both_layers(torch: Any, dynapcnn: Any, peer: Peer | None, *, discretize: bool = True) -> tuple[Any, Any]:
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(FEATURES, FEATURES, KERNEL, padding=KERNEL // 2, bias=False)
    ours = dynapcnn.DynapcnnLayer(conv, _neurons(dynapcnn.IAFSqueeze), MAPS[0], POOL, discretize)
    if peer is None:
        return ours, None
    pool = import_module("sinabs.layers").SumPool2d((POOL, POOL))
    return ours, peer.layer(conv, _neurons(peer.neurons), MAPS[0], pool, discretize)


def _neurons(kind: Any, surrogate: Any = None) -> Any:
    return kind(batch_size=BATCH, min_v_mem=-1.0, **({"surrogate_grad_fn": surrogate} if surrogate else {}))


def _training(module: Any, x: Any) -> Callable[[], None]:
    def step() -> None:
        x.grad = None
        module.zero_grad()
        getattr(module, "spk_layer", module).reset_states()
        module(x).sum().backward()

    return step


def _libraries() -> tuple[Any, Any] | None:
    try:
        return import_module("torch"), import_module("dynapcnn")
    except ImportError:
        return None


def _peer() -> Peer | None:
    found = sinabs_layer()
    return (
        Peer(f"sinabs {found[0]}", found[1], found[2], import_module("sinabs.activation")) if found else None
    )


def _agree(torch: Any, one: Any, other: Any, what: str) -> None:
    if other is not None and not torch.equal(one, other):
        raise fail("bench", f"our {what} and the peer's differ")


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _pair(name: str, runs: int, own: Any, peer: Peer | None, other: Any) -> Figure:
    return in_turn(name, runs, own, peer.name if peer else "", other)
