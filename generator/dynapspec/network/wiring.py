"""Which destination of its source each way of a graph takes, before any shape is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from dynapspec.network.network import Block, Source, Tap

Fields: TypeAlias = Mapping[str, Any]
Way: TypeAlias = tuple[int | None, int]  # the receiver, and which of its inputs it is; None is outside
ONE = (1, 1, (1, 1), [1, 1])  # windows that pool nothing


class Wiring:
    """The ways between blocks.

    Attributes:
        inputs: what each block receives.
        outputs: what leaves the network; without a statement, what no block receives.
        destinations: the poolings of each source, one for each of its destinations.
        numbers: which destination of its source each way takes; None for one that takes none.
    """

    def __init__(self, blocks: Sequence[Block], outputs: Sequence[Tap] = ()) -> None:
        self.blocks = blocks
        self.inputs = [block.inputs or _before(index) for index, block in enumerate(blocks)]
        self.outputs = tuple(outputs) or tuple(self._untaken())
        self.destinations: dict[int | None, list[Fields]] = {None: []}
        self.destinations |= {index: [] for index in range(len(blocks))}
        self.numbers: dict[Way, int | None] = {}
        for index, tree in enumerate(self.inputs):
            for place, tap in enumerate(taps(tree)):
                self._send((index, place), tap)
        for place, tap in enumerate(self.outputs):
            self._leave((None, place), tap)

    def _untaken(self) -> Iterator[Tap]:
        taken = {tap.layer for tree in self.inputs for tap in taps(tree)}
        return (Tap(index) for index in range(len(self.blocks)) if index not in taken)

    def pool(self, tap: Tap) -> Fields:
        """The pooling on a way."""
        if tap.pool is not None:
            return tap.pool
        return {} if tap.layer is None else self.blocks[tap.layer].pool

    def _send(self, way: Way, tap: Tap) -> None:
        sent = self.destinations[tap.layer]
        self.numbers[way] = len(sent)
        sent.append(self.pool(tap))

    def _leave(self, way: Way, tap: Tap) -> None:
        """An output is read from the neurons; it takes a destination where it is pooled or the only one."""
        pool = self.pool(tap)
        if self.destinations[tap.layer] and pool.get("kernel_size", 1) in ONE:
            self.numbers[way] = None
        else:
            self._send(way, tap)


def taps(source: Source) -> Iterator[Tap]:
    """What a layer receives from, in the order in which it is stated."""
    if isinstance(source, Tap):
        yield source
    else:
        for part in source.parts:
            yield from taps(part)


def _before(index: int) -> Tap:
    return Tap(index - 1 if index else None)
