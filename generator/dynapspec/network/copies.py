"""A layer that several cores compute, each for some of those that receive from it.

A core sends to a few destinations. A layer with more of them can stand on several cores with the same
weights: the network computes what it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dynapspec.network.network import Block, Joined, Source, Tap
from dynapspec.network.wiring import Wiring, taps

COPIES = "copies"  # how a change calls it


def copied(
    blocks: Sequence[Block], outputs: Sequence[Tap], layer: int, most: int
) -> tuple[list[Block], tuple[Tap, ...], int]:
    """The network with copies directly behind a layer, none of which sends to more than ``most``.

    Returns:
        The blocks, the outputs, and how often the layer stands there now.
    """
    wiring = Wiring(blocks, outputs)
    turn: dict[tuple[int | None, int], int] = {}
    for way, tap in _ways(wiring):
        number = wiring.numbers[way]
        if tap.layer == layer and number is not None:
            turn[way] = number // most
    more = max(turn.values(), default=0)
    made = []
    for index, block in enumerate(blocks):
        placed = replace(block, inputs=_moved(wiring.inputs[index], index, layer, more, turn))
        made.append(placed)
        if index == layer:
            named = block.name or f"layer{layer}"
            made += [replace(placed, name=f"{named}-{n + 2}") for n in range(more)]
    leaving = [_tap(tap, (None, place), layer, more, turn) for place, tap in enumerate(wiring.outputs)]
    return made, tuple(leaving), more + 1


def _ways(wiring: Wiring) -> list[tuple[tuple[int | None, int], Tap]]:
    ways: list[tuple[tuple[int | None, int], Tap]] = []
    for index, tree in enumerate(wiring.inputs):
        ways += [((index, place), tap) for place, tap in enumerate(taps(tree))]
    return [*ways, *(((None, place), tap) for place, tap in enumerate(wiring.outputs))]


def _moved(
    tree: Source, index: int, layer: int, more: int, turn: Mapping[tuple[int | None, int], int]
) -> Source:
    """What a block receives, in the new numbers."""
    left = iter(range(sum(1 for _ in taps(tree))))

    def move(one: Source) -> Source:
        if isinstance(one, Tap):
            return _tap(one, (index, next(left)), layer, more, turn)
        return Joined(one.kind, tuple(move(part) for part in one.parts), one.place)

    return move(tree)


def _tap(
    tap: Tap,
    way: tuple[int | None, int],
    layer: int,
    more: int,
    turn: Mapping[tuple[int | None, int], int],
) -> Tap:
    if tap.layer is None or tap.layer < layer:
        return tap
    return replace(tap, layer=tap.layer + (turn.get(way, 0) if tap.layer == layer else more))
