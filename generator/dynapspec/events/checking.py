"""Whether events can be shown to a network: inside its map, in the order of time, of known polarity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.events.recording import Ints, Recording
from dynapspec.network.network import Shape

SIGNED = (-1, 1)  # how some write off and on


def fitted(recording: Recording, shape: Shape, sort: bool = False) -> Recording:
    """The recording as a network with this input map takes it: polarity is the feature.

    Polarities -1 and 1 become 0 and 1; a map of one feature takes both as one, as the sensor of the
    chip merges them.

    Args:
        recording: the events.
        shape: features, height and width of the map.
        sort: put the events in the order of time, where they are not.

    Raises:
        InputError: with everything that keeps the events from being shown.
    """
    events, notes = recording.events.copy(), list(recording.notes)
    features, _, _ = shape
    seen = set(np.unique(events[:, 2]).tolist())
    if -1 in seen and seen <= set(SIGNED):
        events[:, 2] = events[:, 2] > 0
        notes.append("polarity -1 is read as 0")
    if features == 1 and seen <= {0, 1, *SIGNED} and events[:, 2].any():
        events[:, 2] = 0
        notes.append("the network has one input feature, and takes events of both polarities as that")
    found = list(_findings(recording, events, shape))
    if sort and (np.diff(events[:, 3]) < 0).any():
        events = events[np.argsort(events[:, 3], kind="stable")]
        notes.append("the events were put in the order of time")
    elif not sort:
        found += _disorder(recording, events)
    if found:
        raise InputError(found)
    return replace(recording, events=events, notes=tuple(notes))


def _findings(recording: Recording, events: Ints, shape: Shape) -> Iterator[Diagnostic]:
    features, height, width = shape
    for axis, (column, size) in enumerate((("x", width), ("y", height))):
        values = events[:, axis]
        wrong = np.flatnonzero((values < 0) | (values >= size))
        if wrong.size:
            first = int(wrong[0])
            told = (
                f"{_count(wrong.size, len(events))} outside the map, the first at {recording.place(first)}:"
                f" {column} is {values[first]}, and the network takes 0 to {size - 1}"
            )
            low, high = values.min(), values.max()
            hint = f"{column} goes from {low} to {high}; crop the recording, or give a larger --input-shape"
            yield Diagnostic("events-outside", f"{recording.file}: {told}", hint=hint)
    wrong = np.flatnonzero((events[:, 2] < 0) | (events[:, 2] >= features))
    if wrong.size:
        first = int(wrong[0])
        told = (
            f"{_count(wrong.size, len(events))} of wrong polarity, the first at {recording.place(first)}:"
            f" {recording.events[first, 2]}, and the network takes {_taken(features)}"
        )
        hint = "write 0 for off and 1 for on; the columns are x, y, polarity, t in this order"
        yield Diagnostic("events-polarity", f"{recording.file}: {told}", hint=hint)


def _disorder(recording: Recording, events: Ints) -> Iterator[Diagnostic]:
    steps = np.diff(events[:, 3])
    wrong = np.flatnonzero(steps < 0)
    if wrong.size:
        first = int(wrong[0]) + 1
        told = (
            f"its events are not in the order of time: {recording.place(first)} is at"
            f" {events[first, 3]} us, and the one before it at {events[first - 1, 3]} us"
        )
        if wrong.size > 1:
            told += f"; {wrong.size} events come too late so"
        hint = "say --sort to put them in order; or the columns are not x, y, polarity, t"
        yield Diagnostic("events-order", f"{recording.file}: {told}", hint=hint)


def _taken(features: int) -> str:
    return "0" if features == 1 else f"0 to {features - 1}"


def _count(number: int, total: int) -> str:
    return f"{number} of {total} events {'is' if number == 1 else 'are'}"
