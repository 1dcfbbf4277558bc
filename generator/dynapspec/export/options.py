"""What a user decides about a configuration, beside the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Monitored: TypeAlias = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Sensor:
    """The chip's own sensor is the input.

    Attributes:
        pooling: pixels that are summed on each axis before anything else.
        origin: first row and first column of the region that is passed on, after pooling.
        monitored: whether its events are sent to the computer too.
    """

    pooling: int = 1
    origin: tuple[int, int] = (0, 0)
    monitored: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What is switched on.

    Attributes:
        monitor: positions of the layers whose spikes are sent to the computer; -1 is the last layer.
            Without a statement, the layers whose output leaves the network.
        state: whether the potentials that the model holds are the initial ones; otherwise they are 0.
        readout: whether the chip picks a class: the output goes to its readout, spread as that asks for.
        sensor: how the chip's own sensor is used; None where events come from the computer.
    """

    monitor: Monitored = None
    state: bool = False
    readout: bool = False
    sensor: Sensor | None = None
