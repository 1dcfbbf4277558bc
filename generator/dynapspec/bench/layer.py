"""Calls on one layer, ours and the peer's in turn in one process."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.peer import sinabs_layer
from dynapspec.bench.turns import in_turn

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
    summary = theirs and theirs.memory_summary
    yield in_turn("memory_summary", runs, ours.memory_summary, peer, summary, calls=CALLS)
    yield in_turn(f"check on {chip.name}", runs, lambda: chip.check(ours), calls=CALLS // 10)
    forward = torch.no_grad()(lambda layer: layer(x))
    name = f"forward, {len(x)} time bins"
    yield in_turn(name, runs, lambda: forward(ours), peer, theirs and (lambda: forward(theirs)))


def _layer(torch: Any, layer: Any, neurons: Any) -> Any:
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(SHAPE[0], SHAPE[0], 3, padding=1, bias=False)
    return layer(conv, neurons(batch_size=1, min_v_mem=-1.0), SHAPE)
