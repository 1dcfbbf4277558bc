"""Event simulation of a whole network: the compiled kernel and NumPy in turn, once their answers agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.turns import in_turn
from dynapspec.diagnostics import fail

EVENTS = 400
SIZE = 34  # rows and columns of the input, which has two features
# features, kernel, stride, padding and pooling of each layer
LAYERS = ((16, 5, 2, 1, None), (16, 3, 1, 1, 2), (8, 3, 1, 1, 2), (256, 4, 1, 0, None), (10, 1, 1, 0, None))


def event_figures(runs: int) -> Iterator[Figure]:
    """Five layers on random events; nothing when torch or Numba is not installed.

    Raises:
        InputError: the kernel and NumPy differ.
    """
    if find_spec("torch") is None or find_spec("numba") is None:
        return
    simulate = import_module("dynapcnn.simulation").simulate_events
    network, events = _network(), _events()
    kernel, plain = (_call(simulate, network, events, engine) for engine in ("kernel", "numpy"))
    _agree(kernel(), plain())
    yield in_turn(f"event simulation, {EVENTS} events", runs, kernel, "NumPy", plain)


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
