"""What a layer is, in a few words: ``conv 2->16 k3 s2 p1, pool 2``."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from dynapspec.interpret import Description
from dynapspec.network.network import Block

SHORT = {"kernel_size": "k", "stride": "s", "padding": "p", "dilation": "d", "groups": "g"}
USUAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}  # what is left out


def label(block: Block, description: Description | None) -> str:
    """The words for one layer, as far as it is known."""
    known = description.synapses if description else block.synapses
    inputs = known.get("in_channels", "?")
    if block.kind == "linear" and description:
        inputs = prod(description.input_shape)
    details = [_detail(name, known) for name in SHORT] if block.kind == "conv" else []
    words = [block.kind, f"{inputs}->{known['out_channels']}", *details]
    # where the ways from it differ in their pooling, each has its own
    pools = [pool for pool in description.destinations if pool] if description else []
    told = list(dict.fromkeys(text for pool in pools or [block.pool] for text in _pool(pool)))
    return ", ".join([" ".join(filter(None, words)), *told])


def _detail(name: str, known: Mapping[str, Any]) -> str:
    value = known.get(name, USUAL.get(name))
    return "" if _pair(value) == _pair(USUAL.get(name)) else f"{SHORT[name]}{_sized(value)}"


def _pool(pool: Mapping[str, Any]) -> list[str]:
    size, stride = pool.get("kernel_size", 1), pool.get("stride", 1)
    if _pair(size) == _pair(stride):
        return [] if _pair(size) == (1, 1) else [f"pool {_sized(size)}"]
    return [f"pool {_sized(size)} s{_sized(stride)}"]


def _pair(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def _sized(value: Any) -> str:
    down, across = _pair(value)
    return str(down) if down == across else f"{down}x{across}"
