"""Judges what a network asks of the sensor and its pre-processing block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.model import Chip
from dynapspec.model.provenance import origins
from dynapspec.network.network import Network, Preprocessing
from dynapspec.network.verdicts import Violation


def sensor_violations(network: Network, chip: Chip) -> Iterator[Violation]:
    """What the block cannot do; a chip whose spec has no sensor is not judged."""
    dvs = chip.spec.dvs
    if dvs is None:
        return
    count = len(network.out_of(None))
    if count not in dvs.destinations:
        told = f"the input feeds {count} layers, and the sensor's block takes {dvs.destinations}"
        remedy = "send the input to fewer layers"
        yield _violation(chip, "dvs-destinations", told, count, dvs.destinations.data, "destinations", remedy)
    if network.preprocessing is not None:
        yield from _preprocessing(network.preprocessing, chip)


def _preprocessing(asked: Preprocessing, chip: Chip) -> Iterator[Violation]:
    dvs = chip.spec.dvs
    assert dvs is not None
    if any(size not in dvs.pooling for size in asked.pool):
        down, across = asked.pool
        told = f"pooling of {down}x{across} before the first layer, the sensor's block takes {dvs.pooling}"
        remedy = "pool by a size that the block has, and use a stride for the rest"
        yield _violation(chip, "dvs-pooling", told, list(asked.pool), dvs.pooling.data, "pooling", remedy)
    _, height, width = asked.shape
    if height > dvs.array.height or width > dvs.array.width:
        size = [dvs.array.height, dvs.array.width]
        told = f"a sensor of {height}x{width}, and the chip's has {size[0]}x{size[1]}"
        yield _violation(
            chip, "dvs-array", told, [height, width], size, "array", "give the map that the sensor has"
        )


def _violation(
    chip: Chip, rule: str, message: str, actual: Any, limit: Any, part: str, remedy: str
) -> Violation:
    lines = tuple(dict.fromkeys(origins(chip, ("dvs", part))))
    return Violation(rule, None, message, actual, limit, chip.clause("dvs", part), remedy, lines)
