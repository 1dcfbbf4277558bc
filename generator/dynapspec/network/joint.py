"""Changes of values of one layer that only make sense together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dynapspec.interpret.quantize import Quantizer
from dynapspec.network.edits import WEIGHT, value_of
from dynapspec.network.network import Block

Pairs = tuple[tuple[str, Any], ...]
LEVELS = {"threshold": "spike_threshold", "v_floor": "min_v_mem"}  # of quantization, and of a network file
TOGETHER = ({"kernel_size", "padding"}, {WEIGHT, *LEVELS.values()})


def together(field: str) -> set[str]:
    """The fields that go back with one."""
    return next((fields for fields in TOGETHER if field in fields), {field})


def smaller_kernels(block: Block) -> Iterator[Pairs]:
    """Kernels and paddings that leave the map as large as it is."""
    kernel, padding = value_of(block, "kernel_size"), value_of(block, "padding")
    if block.kind == "conv" and isinstance(kernel, int) and isinstance(padding, int):
        for less in range(1, min(padding, (kernel - 1) // 2) + 1):
            yield ("kernel_size", kernel - 2 * less), ("padding", padding - less)


def discretized(block: Block, quantizer: Quantizer) -> Iterator[Pairs]:
    """The words that a layer's weights and levels become when they are scaled as one."""
    weight = {end: float(value) for end, value in value_of(block, WEIGHT) or ()}
    levels = {name: block.neurons.get(field) for name, field in LEVELS.items()}
    given = {name: float(value) for name, value in levels.items() if value is not None}
    if "threshold" not in given:
        scale = _of_weights(list(weight.values()), quantizer) if weight else 1.0
    else:
        tensors: dict[str, Sequence[float] | None] = {name: [value] for name, value in given.items()}
        scale = quantizer.quantize({**tensors, **({WEIGHT: list(weight.values())} if weight else {})}).scale

    def word(value: float) -> int:
        return int(quantizer.value({"x": value, "scale": scale}))

    made: list[tuple[str, Any]] = [(LEVELS[name], word(value)) for name, value in given.items()]
    if weight:
        made.append((WEIGHT, tuple((end, word(value)) for end, value in weight.items())))
    yield tuple(made)


def _of_weights(weight: Sequence[float], quantizer: Quantizer) -> float:
    """The scale that weights alone ask for."""
    width = next(group.width for group in quantizer.q.groups.values() if WEIGHT in group.of)
    return quantizer.scale(weight, quantizer.spec.widths[width].bits)
