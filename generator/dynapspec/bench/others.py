"""Other libraries of spiking neurons: what each needs to do the same as our neurons, and how long it takes.

All have an integrate-and-fire neuron with at most one spike in a time bin and no decay. Two are asked
to subtract the threshold after a spike; norse has no such reset for this neuron and goes to 0. Where a
potential meets the threshold, some fire and some do not; so inputs are multiples of 2^-10 and the
threshold is 1 + 2^-16, which no potential ever is. Every sum is then exact, and spikes must be equal one
by one. Each library gets its input laid out as it wants it, and keeps its own surrogate gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.neurons import BATCH, MAPS, NEEDS, TIME, agree, drawn, size
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace, in_turn

STEP, ABOVE = 2.0**-10, 2.0**-16
THRESHOLD = 1 + ABOVE
SHAPE = MAPS[0]

Run = Callable[[Any], Any]  # spikes (time, batch, ...) of an input like it, from rest


@dataclass(frozen=True, slots=True)
class Other:
    """A library.

    Attributes:
        package: as it is installed.
        make: makes what runs its neurons.
        resets: whether a spike takes the potential to 0, in place of the threshold from it.
        settings: with which it does the same, in its own words.
    """

    package: str
    make: Callable[[], Run]
    settings: str
    resets: bool = False

    @property
    def name(self) -> str | None:
        """Name and version; None where it is not installed."""
        try:
            found = version(self.package)
            self.make()
        except (PackageNotFoundError, ImportError):
            return None
        return f"{self.package} {found}"


def _spikingjelly() -> Run:
    home: Any = import_module("spikingjelly.activation_based.neuron")
    made = home.IFNode(v_threshold=THRESHOLD, v_reset=None, step_mode="m", detach_reset=False)

    def run(x: Any) -> Any:
        made.reset()
        return made(x)

    return run


def _snntorch() -> Run:
    torch, home = import_module("torch"), import_module("snntorch")
    made = home.Leaky(beta=1.0, threshold=THRESHOLD, reset_mechanism="subtract")

    def run(x: Any) -> Any:
        state, left = torch.zeros_like(x[0]), []
        for one in x:
            spikes, state = made(one, state)
            left.append(spikes)
        return torch.stack(left)

    return run


def _norse() -> Run:
    torch, home = import_module("torch"), import_module("norse.torch")
    made = home.IAF(home.IAFParameters(v_th=torch.tensor(THRESHOLD)))
    state = import_module("norse.torch.functional.iaf").IAFFeedForwardState

    def run(x: Any) -> Any:
        return made(x, state(torch.zeros_like(x[0])))[0]

    return run


OTHERS = (
    Other("spikingjelly", _spikingjelly, "IFNode(v_reset=None, step_mode='m', detach_reset=False)"),
    Other("snntorch", _snntorch, "Leaky(beta=1.0, reset_mechanism='subtract')"),
    Other("norse", _norse, "IAF(IAFParameters()), which resets to 0", resets=True),
)


def other_rows() -> Iterator[Row]:
    """Forward, and forward and backward, beside each of them."""
    for one in OTHERS:
        yield Row(one.package, partial(_forward, one), against=one.package, needs=NEEDS)
    for one in OTHERS:
        name = f"training-{one.package}"
        yield Row(name, partial(_training, one), against=one.package, needs=NEEDS, slow=True)


def _forward(one: Other, pace: Pace) -> Figure:
    title = f"neurons forward, one spike, {size(SHAPE)}"
    with import_module("torch").no_grad():
        own, other = both(one, drawn(SHAPE))
        return in_turn(title, pace, own, one.name or "", other)


def _training(one: Other, pace: Pace) -> Figure:
    title = f"forward and backward, one spike, {size(SHAPE)}"
    own, other = (call and _through(call) for call in both(one, drawn(SHAPE)))
    assert own is not None
    return in_turn(title, pace, own, one.name or "", other)


@dataclass(frozen=True, slots=True)
class Side:
    """Neurons, and what they receive."""

    run: Run
    x: Any

    def __call__(self) -> Any:
        """Their spikes."""
        return self.run(self.x)


def _through(side: Side) -> Callable[[], None]:
    def step() -> None:
        side.x.grad = None
        side().sum().backward()

    side.x.requires_grad_()
    return step


def both(one: Other, x: Any) -> tuple[Side, Side | None]:
    """Ours and the other on the same input, once their spikes were found equal; None where it is absent."""
    torch, ours = import_module("torch"), _ours(one.resets)

    def run(x: Any) -> Any:
        ours.reset_states()
        return ours(x)

    own = Side(run, (x / STEP).round() * STEP)
    if one.name is None:
        return own, None
    other = Side(one.make(), _time_first(own.x))
    with torch.no_grad():
        agree(_time_first(own()), other(), "spikes")
    return own, other


def _time_first(x: Any) -> Any:
    return x.unflatten(0, (BATCH, TIME)).transpose(0, 1).contiguous()


def _ours(resets: bool) -> Any:
    home = import_module("dynapcnn")
    reset = home.MembraneReset() if resets else home.MembraneSubtract()
    return home.IAFSqueeze(
        batch_size=BATCH, spike_threshold=THRESHOLD, spike_fn=home.SingleSpike, reset_fn=reset
    )
