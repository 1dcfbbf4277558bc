"""Events of the N-MNIST family (``.bin``, ``.bs2``): 40 bits each, without a header.

Format: Orchard et al. 2015, "Converting static image datasets to spiking neuromorphic datasets using
saccades"; the reader of its authors is ``read_dataset`` in event-Python's ``eventvision.py``. An event
is x (8 bits), y (8), polarity (1) and microseconds (23), the highest bit first. An event in row 240 is
none: it says that the clock of the camera has passed 2^13 microseconds once more than the times show.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dynapspec.events.recording import Recording, bad

RECORD = np.dtype([("x", "u1"), ("y", "u1"), ("rest", "u1"), ("low", ">u2")])  # 5 bytes, none between
POLARITY_SHIFT = 7  # of the third byte; the bits below it are the highest ones of the time
TIME_BITS = (1 << POLARITY_SHIFT) - 1
OVERFLOW_ROW, OVERFLOW = 240, 1 << 13


def read(path: Path, name: str) -> Recording:
    """Reads the file.

    Raises:
        InputError: it ends within an event.
    """
    data = path.read_bytes()
    size = RECORD.itemsize
    if len(data) % size:
        whole = len(data) // size
        told = f"ends within event {whole}: {len(data)} bytes, and each event has {size}"
        hint = f"it is cut off, or no N-MNIST file; its first {whole * size} bytes are whole events"
        raise bad(name, "events-damaged", told, hint)
    raw = np.frombuffer(data, RECORD)
    time = (raw["rest"].astype(np.int64) & TIME_BITS) << 16 | raw["low"]
    over = raw["y"] == OVERFLOW_ROW
    time += OVERFLOW * np.cumsum(over)
    events = np.stack([raw["x"], raw["y"], raw["rest"] >> POLARITY_SHIFT, time], axis=1).astype(np.int64)
    if not over.any():
        return Recording(name, "N-MNIST", events, record_bytes=size)
    note = f"{int(over.sum())} events in row {OVERFLOW_ROW} are overflows of the clock, and count as time"
    return Recording(name, "N-MNIST", events[~over], (note,))
