"""Integrate-and-fire neurons, in the two ways they are run.

*Clocked* is what the vendor's simulator does (sinabs, layers/iaf and activation): one step per time bin, in
float32, any number of spikes per step. *Event-driven* is what the silicon does (Speck Dev Kit Datasheet,
3.2.4.6.2, and the recording of a chip): one step per incoming event, in integers, at most one spike per step.

States, thresholds, floors, weights and biases share one unit: levels of the quantized layer, or the units of
the trained network before quantization.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

F32: TypeAlias = NDArray[np.float32]
SpikeFunction: TypeAlias = Callable[[F32, np.float32], F32]
ResetFunction: TypeAlias = Callable[[F32, F32, np.float32], F32]


# --- clocked, float32 ------------------------------------------------------------------------------------


def multi_spike(v: F32, threshold: np.float32) -> F32:
    """As many spikes as thresholds fit into a positive state. The product makes -0.0 of a negative state."""
    return np.asarray((v > 0) * np.trunc(v / threshold), np.float32)


def max_spike(cap: int) -> SpikeFunction:
    """Like `multi_spike`, at most `cap` spikes per step."""

    def capped(v: F32, threshold: np.float32) -> F32:
        return np.minimum(multi_spike(v, threshold), np.float32(cap))

    return capped


def single_spike(v: F32, threshold: np.float32) -> F32:
    """One spike when the state has reached the threshold; the threshold itself fires."""
    return np.asarray(v - threshold >= 0, np.float32)


def subtract(v: F32, spikes: F32, threshold: np.float32) -> F32:
    """Reset by subtraction: every spike takes one threshold away."""
    return np.asarray(v - spikes * threshold, np.float32)


def to_zero(v: F32, spikes: F32, threshold: np.float32) -> F32:
    """Reset to zero. The vendor adds the reset value to every neuron; + 0 turns a silent -0.0 into 0.0."""
    return np.asarray(v * (spikes == 0) + np.float32(0), np.float32)


def floored(v: F32, floor: np.float32) -> F32:
    """The floor as the vendor writes it. It is no plain maximum: for fractions both roundings are visible."""
    return np.asarray(np.maximum(v - floor, np.float32(0)) + floor, np.float32)


def clocked_step(
    v: ArrayLike,
    drive: ArrayLike,
    *,
    threshold: float,
    floor: float | None,
    spike: SpikeFunction = multi_spike,
    reset: ResetFunction = subtract,
) -> tuple[F32, F32]:
    """One time bin: add the drive, spike, reset, and only then the floor. Returns (spikes, state)."""
    level = np.float32(threshold)
    with np.errstate(all="ignore"):
        state = np.asarray(np.asarray(v, np.float32) + np.asarray(drive, np.float32), np.float32)
        spikes = spike(state, level)
        state = reset(state, spikes, level)
        if floor is not None:
            state = floored(state, np.float32(floor))
    return spikes, state


def run_clocked(
    drive: ArrayLike,
    *,
    threshold: float,
    floor: float | None,
    spike: SpikeFunction = multi_spike,
    reset: ResetFunction = subtract,
    v: ArrayLike | None = None,
) -> tuple[F32, F32]:
    """All time bins of `drive`, shape (time, ...). Returns spikes (time, ...) and the final state (...)."""
    drives = np.asarray(drive, np.float32)
    state = np.zeros(drives.shape[1:], np.float32) if v is None else np.asarray(v, np.float32)
    spikes = np.zeros_like(drives)
    for time in range(drives.shape[0]):
        spikes[time], state = clocked_step(
            state, drives[time], threshold=threshold, floor=floor, spike=spike, reset=reset
        )
    return spikes, state


# --- event-driven, Python integers -----------------------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    """One incoming event that reaches the neuron through this weight."""

    weight: int


@dataclass(frozen=True)
class LeakTick:
    """One tick of the slow clock, which adds the bias."""


Happening: TypeAlias = Arrival | LeakTick
Reset: TypeAlias = Literal["subtract", "zero"]


def receive(v: int, weight: int, *, threshold: int, floor: int, reset: Reset = "subtract") -> tuple[int, int]:
    """One incoming event: read, add, compare, write. Returns (spike, state).

    A state of two thresholds still gives one spike; what is left waits for the next event. The floor comes
    last. The state is unbounded above, because no public source says what happens above +32767.
    """
    v += weight
    spike = 0
    if v >= threshold:
        spike = 1
        v = v - threshold if reset == "subtract" else 0
    if v < floor:
        v = floor
    return spike, v


def leak(v: int, bias: int, *, floor: int) -> int:
    """One slow-clock tick: add the bias, then the floor. Nothing is compared, so a tick makes no spike."""
    v += bias
    if v < floor:
        v = floor
    return v


def run_events(
    happenings: Iterable[Happening],
    *,
    threshold: int,
    floor: int,
    bias: int = 0,
    reset: Reset = "subtract",
    v: int = 0,
) -> tuple[list[int], int]:
    """One neuron, one happening at a time. Returns 0 or 1 for each (0 for a tick) and the final state."""
    spikes: list[int] = []
    for happening in happenings:
        if isinstance(happening, LeakTick):
            v = leak(v, bias, floor=floor)
            spikes.append(0)
        else:
            spike, v = receive(v, happening.weight, threshold=threshold, floor=floor, reset=reset)
            spikes.append(spike)
    return spikes, v
