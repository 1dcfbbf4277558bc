"""Clocked neurons and whole layers, ours and the peer's in turn in one process, once their answers agree.

Samples, time bins and maps are those at which the peer was measured elsewhere; about three neurons in a
hundred fire in a time bin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

from dynapspec.bench.bound import Bound, Kind
from dynapspec.bench.figure import Figure
from dynapspec.bench.peer import Peer, sinabs
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace, in_turn
from dynapspec.diagnostics import fail

BATCH, TIME, LONG = 8, 100, (50, 400)
MAPS = ((16, 32, 32), (32, 16, 16))
INPUT = 0.3  # standard deviation of what a neuron gets in a time bin
DENSITIES = {0.02: 7.0, 0.2: 2.0, 1.0: 2.0}  # of the input of a layer, and its target
FORWARD = dict(zip(MAPS, (5.0, 10.0), strict=True))  # the targets
TRAINING = dict(zip(MAPS, (20.0, 10.0), strict=True))
COPY, LINEAR, WHOLE = 1.5, 8.5, 8.0
PROCESSES = 5  # in which the copy is measured: how memory lies differs from one to the next
FEATURES, KERNEL, POOL = 16, 3, 2
SURROGATES = ("SingleExponential", "PeriodicExponential")
NEEDS = ("torch", "numpy")


def neuron_rows() -> Iterator[Row]:
    """Forward passes of neurons and of whole layers."""
    for shape in MAPS:
        bound = Bound(Kind.RATIO, FORWARD[shape])
        yield Row(f"neurons-{size(shape)}", partial(_forward, shape), bound, "sinabs", NEEDS)
    for shape in MAPS:
        from_fresh = partial(fresh, f"copy-{size(shape)}", f"neurons forward, {size(shape)}, beside a copy")
        yield Row(f"copy-{size(shape)}", from_fresh, Bound(Kind.TIMES, COPY), needs=NEEDS)
    for density, target in DENSITIES.items():
        name = f"layer-{100 * density:.0f}"
        yield Row(name, partial(_layer, density), Bound(Kind.RATIO, target), "sinabs", NEEDS)
    yield Row("layer-2-convolution", _convolution, Bound(Kind.RATIO, 1), needs=NEEDS)


def training_rows() -> Iterator[Row]:
    """Forward and backward passes; the peer takes minutes, as it grows with the square of the time bins."""
    for shape in MAPS:
        for name in SURROGATES:
            bound, row = Bound(Kind.RATIO, TRAINING[shape]), f"training-{name}-{size(shape)}"
            yield Row(row, partial(_training, shape, name), bound, "sinabs", NEEDS, slow=True)
    yield Row("training-linear", _linear, Bound(Kind.TIMES, LINEAR), needs=NEEDS, slow=True)
    yield Row("training-layer", _whole, Bound(Kind.RATIO, WHOLE), "sinabs", NEEDS, slow=True)


def fresh(name: str, title: str, pace: Pace) -> Figure:
    """A measurement in several processes of its own, each with as many runs."""
    from dynapspec.bench.fresh import measured

    found = pace.__class__(PROCESSES, pace.limit, pace.tell).times(lambda: _flat(measured(name, pace.runs)))
    pairs = [pair for one in found for pair in zip(one[::2], one[1::2], strict=True)]
    return Figure(title, tuple(own for own, _ in pairs), "the copy", tuple(other for _, other in pairs))


def copying(shape: tuple[int, ...], pace: Pace) -> Figure:
    """The neurons, and a copy of their input into memory that is warm."""
    torch = import_module("torch")
    with torch.no_grad():
        x, ours = drawn(shape), neurons()
        warm = x.clone()
        return in_turn("", pace, lambda: ours(x), "the copy", lambda: warm.copy_(x))


def _flat(pairs: list[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(second for pair in pairs for second in pair)


def _forward(shape: tuple[int, ...], pace: Pace) -> Figure:
    with import_module("torch").no_grad():
        x, peer = drawn(shape), sinabs()
        ours, theirs = neurons(), peer and neurons(peer)
        agree(ours(x), theirs and theirs(x), "spikes")
        return _pair(
            f"neurons forward, {size(shape)}", pace, lambda: ours(x), peer, theirs and (lambda: theirs(x))
        )


def _layer(density: float, pace: Pace) -> Figure:
    with import_module("torch").no_grad():
        peer, x = sinabs(), spikes(density)
        ours, theirs = layer(), peer and layer(peer)
        agree(ours(x), theirs and theirs(x), "spikes of layers")
        title = f"layer forward, {density:.0%} of the input"
        return _pair(title, pace, lambda: ours(x), peer, theirs and (lambda: theirs(x)))


def _convolution(pace: Pace) -> Figure:
    density = min(DENSITIES)
    with import_module("torch").no_grad():
        ours, x = layer(), spikes(density)
        title, alone = f"layer forward, {density:.0%} of the input, ours", lambda: ours.conv_layer(x)
        return in_turn(title, pace, lambda: ours(x), "the convolution alone", alone)


def _training(shape: tuple[int, ...], name: str, pace: Pace) -> Figure:
    peer = sinabs()
    x = drawn(shape).requires_grad_()
    ours = trained(neurons(None, name), x)
    title = f"forward and backward, {name}, {size(shape)}"
    return _pair(title, pace, ours, peer, peer and trained(neurons(peer, name), x))


def _linear(pace: Pace) -> Figure:
    short, long = (trained(neurons(), drawn(MAPS[0], time).requires_grad_()) for time in LONG)
    title = f"forward and backward, {LONG[1]} time bins"
    return in_turn(title, pace, long, f"{LONG[0]} time bins", short)


def _whole(pace: Pace) -> Figure:
    peer, x = sinabs(), import_module("torch").rand(BATCH * TIME, *MAPS[0]).requires_grad_()
    ours = trained(layer(discretize=False), x)
    theirs = peer and trained(layer(peer, discretize=False), x)
    return _pair("layer, forward and backward", pace, ours, peer, theirs)


def drawn(shape: tuple[int, ...], time: int = TIME, batch: int = BATCH) -> Any:
    """What neurons receive, the same each time."""
    torch = import_module("torch")
    torch.manual_seed(1)
    return torch.randn(batch * time, *shape) * INPUT


def spikes(density: float, time: int = TIME, batch: int = BATCH) -> Any:
    """What a layer receives, the same each time."""
    torch = import_module("torch")
    torch.manual_seed(1)
    return (torch.rand(batch * time, *MAPS[0]) < density).float()


def neurons(peer: Peer | None = None, surrogate: str = SURROGATES[0], batch: int = BATCH) -> Any:
    """Our neurons, or those of a peer."""
    home = peer.activation if peer else import_module("dynapcnn")
    kind = peer.neurons if peer else home.IAFSqueeze
    return kind(batch_size=batch, min_v_mem=-1.0, surrogate_grad_fn=getattr(home, surrogate)())


def layer(peer: Peer | None = None, *, discretize: bool = True, batch: int = BATCH) -> Any:
    """Our layer, or that of a peer, with the same weights."""
    torch = import_module("torch")
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(FEATURES, FEATURES, KERNEL, padding=KERNEL // 2, bias=False)
    made = peer.layer if peer else import_module("dynapcnn").DynapcnnLayer
    return made(conv, neurons(peer, batch=batch), MAPS[0], POOL, discretize)


def trained(module: Any, x: Any) -> Callable[[], None]:
    """A step of training, from rest."""

    def step() -> None:
        x.grad = None
        module.zero_grad()
        getattr(module, "spk_layer", module).reset_states()
        module(x).sum().backward()

    return step


def agree(one: Any, other: Any, what: str) -> None:
    """Raises InputError where two answers differ."""
    if other is not None and not import_module("torch").equal(one, other):
        raise fail("bench", f"our {what} and the peer's differ")


def size(shape: tuple[int, ...]) -> str:
    """A shape as a name has it."""
    return "x".join(map(str, shape))


def _pair(name: str, pace: Pace, own: Any, peer: Peer | None, other: Any) -> Figure:
    return in_turn(name, pace, own, peer.name if peer else "", other)
