"""Calls on one layer, ours and the peer's in turn in one process."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.peer import Peer, sinabs
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace, in_turn

CALLS = 2000
SHAPE = (16, 32, 32)
TORCH = ("torch", "numpy")


def layer_rows() -> Iterator[Row]:
    """``memory_summary``, and ``check`` on a chip."""
    yield Row("memory-summary", _summary, against="sinabs", needs=TORCH)
    yield Row("check-layer", _check, needs=TORCH)


def _summary(pace: Pace) -> Figure:
    peer = sinabs()
    theirs = _layer(peer) if peer else None
    name, other = (peer.name, theirs.memory_summary) if peer and theirs else ("", None)
    return in_turn("memory_summary", pace, _layer(None).memory_summary, name, other, calls=CALLS)


def _check(pace: Pace) -> Figure:
    chip, ours = next(iter(import_module("dynapcnn.chips").CHIPS.values())), _layer(None)
    return in_turn(f"check on {chip.name}", pace, lambda: chip.check(ours), calls=CALLS // 10)


def _layer(peer: Peer | None) -> Any:
    torch: Any = import_module("torch")
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(SHAPE[0], SHAPE[0], 3, padding=1, bias=False)
    if peer is not None:
        return peer.layer(conv, peer.neurons(batch_size=1, min_v_mem=-1.0), SHAPE)
    dynapcnn: Any = import_module("dynapcnn")
    return dynapcnn.DynapcnnLayer(conv, dynapcnn.IAFSqueeze(batch_size=1, min_v_mem=-1.0), SHAPE)
