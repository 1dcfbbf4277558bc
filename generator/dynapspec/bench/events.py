"""Event simulation of a whole network: the compiled kernel and NumPy in turn, once their answers agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

from dynapspec.bench.bound import Bound, Kind
from dynapspec.bench.figure import Figure
from dynapspec.bench.recorded import recorded
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace, in_turn
from dynapspec.diagnostics import fail

EVENTS = 400
SIZE = 34  # rows and columns of the input, which has two features
# features, kernel, stride, padding and pooling of each layer
LAYERS = ((16, 5, 2, 1, None), (16, 3, 1, 1, 2), (8, 3, 1, 1, 2), (256, 4, 1, 0, None), (10, 1, 1, 0, None))


def event_rows() -> Iterator[Row]:
    """Five layers on random events, and the network and recording of the chip where they are at hand."""
    needs = ("torch", "numpy", "numba")
    yield Row("events", _measure, needs=needs)
    yield Row("events-nmnist", _recorded, Bound(Kind.SECONDS, 0.008), needs=(*needs, "nir"))


def _measure(pace: Pace) -> Figure:
    """Raises InputError where the kernel and NumPy differ."""
    simulate = import_module("dynapcnn.simulation").simulate_events
    network, events = _network(), _events()
    kernel, plain = (_call(simulate, network, events, engine) for engine in ("kernel", "numpy"))
    _agree(kernel(), plain())
    return in_turn(f"event simulation, {EVENTS} events", pace, kernel, "NumPy", plain)


def _recorded(pace: Pace) -> Figure:
    """One sample of N-MNIST by the network that was recorded on a chip."""
    network, events = recorded()
    simulate = import_module("dynapcnn.simulation").simulate_events
    kernel, plain = (_call(simulate, network, events, engine) for engine in ("kernel", "numpy"))
    _agree(kernel(), plain())
    counting = partial(simulate, network, events, engine="kernel", record=False)
    return in_turn(f"event simulation, N-MNIST, {len(events)} events, spikes counted", pace, counting)


def _network() -> list[Any]:
    torch, dynapcnn = import_module("torch"), import_module("dynapcnn")
    torch.manual_seed(0)
    shape, made = (2, SIZE, SIZE), []
    for features, kernel, stride, padding, pool in LAYERS:
        conv = torch.nn.Conv2d(shape[0], features, kernel, stride, padding, bias=False)
        conv.weight.data += 0.1 * conv.weight.data.abs().max()  # so that the last layers fire too
        neurons = dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=0.5, min_v_mem=-0.5)
        made.append(dynapcnn.DynapcnnLayer(conv, neurons, shape, pool))
        shape = made[-1].get_output_shape()
    return made


def _events() -> Any:
    random = import_module("numpy").random.default_rng(0)
    found = random.integers(0, (SIZE, SIZE, 2, 100), (EVENTS, 4))
    found[:, 3] = found[:, 3].cumsum()
    return found


def _call(simulate: Callable[..., Any], network: Any, events: Any, engine: str) -> Callable[[], Any]:
    return lambda: simulate(network, events, engine=engine)


def _agree(one: Any, other: Any) -> None:
    """The same spikes in the same order, and the same potentials."""
    pairs = [(one.events, other.events), *zip(one.potentials, other.potentials, strict=True)]
    if not all((a == b).all() if a.shape == b.shape else False for a, b in pairs):
        raise fail("bench", "the compiled event simulation and the one in NumPy differ")
