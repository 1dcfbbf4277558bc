"""Calls on one layer, ours and the peer's in turn in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.peer import sinabs_layer

CALLS = 2000
SHAPE = (16, 32, 32)


def layer_figures(runs: int) -> Iterator[Figure]:
    """``memory_summary``, ``check`` and ``forward``; nothing when torch is not installed."""
    try:
        torch: Any = import_module("torch")
        dynapcnn: Any = import_module("dynapcnn")
    except ImportError:
        return
    ours = _layer(torch, dynapcnn.DynapcnnLayer, dynapcnn.IAFSqueeze)
    found = sinabs_layer()
    peer = f"sinabs {found[0]}" if found else ""
    theirs = _layer(torch, found[1], found[2]) if found else None
    chip = next(iter(import_module("dynapcnn.chips").CHIPS.values()))
    x = (torch.rand(100, *SHAPE) < 0.05).float()
    yield _pair("memory_summary", runs, CALLS, ours.memory_summary, peer, theirs and theirs.memory_summary)
    yield _pair(f"check on {chip.name}", runs, CALLS // 10, lambda: chip.check(ours))
    forward = torch.no_grad()(lambda layer: layer(x))
    name = f"forward, {len(x)} time bins"
    yield _pair(name, runs, 1, lambda: forward(ours), peer, theirs and (lambda: forward(theirs)))


def _layer(torch: Any, layer: Any, neurons: Any) -> Any:
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(SHAPE[0], SHAPE[0], 3, padding=1, bias=False)
    return layer(conv, neurons(batch_size=1, min_v_mem=-1.0), SHAPE)


def _pair(
    name: str,
    runs: int,
    calls: int,
    call: Callable[[], Any],
    peer: str = "",
    other: Callable[[], Any] | None = None,
) -> Figure:
    """Both in turn, after one round that does not count."""
    own, theirs = [], []
    for _ in range(runs + 1):
        own.append(_seconds(call, calls))
        if other is not None:
            theirs.append(_seconds(other, calls))
    return Figure(name, tuple(own[1:]), peer if other else "", tuple(theirs[1:]))


def _seconds(call: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls
