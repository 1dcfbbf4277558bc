"""The most memory that a piece of work takes, each side in a process of its own.

What counts is by how much the largest resident size grows while the work runs: libraries, input, a
first small call (which loads compiled code) and everything else that is there before does not count.
On Linux the kernel keeps that size for each program and can be told to forget it (``VmHWM``, cleared
by writing 5 to ``clear_refs``), so that what a process inherits from the one that started it, and what
its own start took, is left out. Elsewhere ``getrusage`` tells the largest size since the start; where
the start took more than the work, the growth that is told is too small.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dynapspec.bench.fresh import in_process
from dynapspec.bench.neurons import (
    MAPS,
    NEEDS,
    SURROGATES,
    TIME,
    drawn,
    layer,
    neurons,
    size,
    spikes,
    trained,
)
from dynapspec.bench.peer import Peer, sinabs

LITTLE = 8  # time bins of the first small call
KIB, MIB = 1 << 10, 1 << 20
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
OURS, THEIRS = "ours", "sinabs"

Work = Callable[[Peer | None, int], Callable[[], Any]]  # a call on so many time bins


@dataclass(frozen=True, slots=True)
class Peak:
    """Bytes by which a process grew, for us and for the peer."""

    name: str
    title: str
    own: int
    peer: str = ""
    other: int | None = None


def _without_gradients(call: Callable[[], Any]) -> Callable[[], Any]:
    found: Callable[[], Any] = import_module("torch").no_grad()(call)
    return found


def _forward(peer: Peer | None, time: int) -> Callable[[], Any]:
    spk, x = neurons(peer), drawn(MAPS[0], time)
    return _without_gradients(lambda: spk(x))


def _training(peer: Peer | None, time: int) -> Callable[[], Any]:
    return trained(neurons(peer, SURROGATES[0]), drawn(MAPS[0], time).requires_grad_())


def _layer(peer: Peer | None, time: int) -> Callable[[], Any]:
    made, x = layer(peer), spikes(0.02, time)
    return _without_gradients(lambda: made(x))


def _layer_training(peer: Peer | None, time: int) -> Callable[[], Any]:
    return trained(layer(peer, discretize=False), spikes(1.0, time).requires_grad_())


WORKS: dict[str, tuple[str, Work]] = {
    "neurons": (f"neurons forward, {size(MAPS[0])}", _forward),
    "training": (f"neurons forward and backward, {size(MAPS[0])}", _training),
    "layer": ("layer forward, 2% of the input", _layer),
    "layer-training": ("layer, forward and backward", _layer_training),
}


def peaks(tell: Callable[[str, float, float], None]) -> Iterator[Peak]:
    """Each work, on each side; nothing where torch is not installed."""
    if any(find_spec(name) is None for name in NEEDS):
        return
    peer = sinabs()
    for done, (name, (title, _)) in enumerate(WORKS.items()):
        tell(f"memory, {title}", done, len(WORKS))
        ((own,),) = in_process(__name__, name, OURS)
        if peer is None:
            yield Peak(name, title, int(own))
            continue
        ((other,),) = in_process(__name__, name, THEIRS)
        yield Peak(name, title, int(own), peer.name, int(other))


def growth(work: Callable[[], Any]) -> int:
    """Bytes by which the largest resident size grew while something ran."""
    before = _forget()
    work()
    return max(0, _largest() - before)


def _forget() -> int:
    """Forgets the largest size so far where that can be, and gives it as it is now."""
    with suppress(OSError):  # another system: what came before counts as well
        CLEAR.write_text("5")
    return _largest()


def _largest() -> int:
    if STATUS.is_file():
        found = re.search(r"^VmHWM:\s*([0-9]+) kB", STATUS.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) * KIB
    resource = import_module("resource")
    most: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        most if sys.platform == "darwin" else most * KIB
    )  # which counts in bytes there, and in KiB elsewhere


def main(name: str, side: str) -> None:
    """Prints by how much one side of one work grows this process."""
    make, peer = WORKS[name][1], sinabs() if side == THEIRS else None
    make(peer, LITTLE)()
    print(json.dumps([[growth(make(peer, TIME))]]))


if __name__ == "__main__":
    main(*sys.argv[1:])
