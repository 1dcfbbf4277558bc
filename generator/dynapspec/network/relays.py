"""Layers behind the input that repeat its events, where it feeds more layers than it may.

A kernel of one, as many features as the input has, and a threshold that one event reaches: such a layer
sends a spike for each event, and has destinations of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dynapspec.network.network import Block, Joined, Source, Tap
from dynapspec.network.wiring import Way, Wiring, taps

RELAYS = "relays"  # how a change calls them


def relayed(
    blocks: Sequence[Block], outputs: Sequence[Tap], features: int, direct: int, count: int
) -> tuple[list[Block], tuple[Tap, ...]]:
    """The network with ``count`` such layers in front, for all but the first ``direct`` ways of its input."""
    wiring = Wiring(blocks, outputs)
    ways = [
        (index, place)
        for index, tree in enumerate(wiring.inputs)
        for place, tap in enumerate(taps(tree))
        if tap.layer is None
    ]
    beyond = ways[direct:]
    each = -(-len(beyond) // count)
    holder: dict[Way, int | None] = {way: place // each for place, way in enumerate(beyond)}
    fields = {"out_channels": features, "kernel_size": 1}
    made = [
        Block(f"repeated input {n + 1}", "conv", fields, name=f"repeated-input-{n + 1}", inputs=Tap(None))
        for n in range(count)
    ]
    for index, block in enumerate(blocks):
        made.append(replace(block, inputs=_moved(wiring.inputs[index], index, holder, count)))
    return made, tuple(_behind(tap, count) for tap in wiring.outputs)


def _moved(tree: Source, index: int, holder: dict[Way, int | None], count: int) -> Source:
    """What a block receives, in the new numbers."""
    left = iter(range(sum(1 for _ in taps(tree))))

    def move(one: Source) -> Source:
        if isinstance(one, Joined):
            return Joined(one.kind, tuple(move(part) for part in one.parts), one.place)
        place = next(left)
        return replace(one, layer=holder.get((index, place))) if one.layer is None else _behind(one, count)

    return move(tree)


def _behind(tap: Tap, count: int) -> Tap:
    return tap if tap.layer is None else replace(tap, layer=tap.layer + count)
