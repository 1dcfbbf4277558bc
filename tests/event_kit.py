"""Files of events, each written here by what is known of its format and by none of our readers."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

Event = tuple[int, int, int, int]  # x, y, polarity, t
EVENTS: list[Event] = [(0, 0, 1, 1000), (7, 5, 0, 1001), (3, 2, 1, 1500)]
# The events above, as iniVation's own library dv-processing 2.0.4 wrote them for a camera of 8 x 6 pixels.
AEDAT4 = """
eNqNU81OwkAQHgF/QtB44ODBQ109Im2MMR6ABPmJJAJGCWJiYhq64May22y3JPggPp0PoG/g0WlLFUuNTDK7O51vvq/7M4cH
1cbNcb3aOy0a29lCGmAPAFrdywYEloU8ZCAHW7gKLYf+mg7XnymAkjXVplS6TPAyOSkapJLV0EpcWFTj5oSWifBUi48E0RxT
PZWJPo/1OTQON5aAxiI0gJtKSe2ZzspkKCaOpK6vTzQ1c5DAVZLxMal0up1GSfehf1YLycaMm3ZbWJ5NO6gfJ2kLLmr4XZp3
kikqVyTsesrxVBIhnVKu3H9o/JI6dYeSOSphZzXPVWKiWaYyg4wmArniCqwtC+XZiFEZJ230e7eJBAt3w5Lu0dBZ7DoTtF32
QgeRJOOKVM6TxBKq7n9Vna1SJTw5XDr4en/g2EJS+eiaE8emiXvV/c0uvMuFOFqXdGtaidoBrtGv0HfR/RME2MBuyeAIOAL4
rfKehm9bQ/+Yx5uwHsxv4YTYVJB/mPM1e9WLOJ+fzwfoHShgN2Yw2ocjjH7+p5mO+EKL9COdL/Md8cA=
"""


def nmnist(events: Iterable[Event]) -> bytes:
    """40 bits an event, the highest first: x, y, polarity, time."""
    return b"".join((x << 32 | y << 24 | p << 23 | t).to_bytes(5, "big") for x, y, p, t in events)


def columns(events: Iterable[Event], names: str = "xypt") -> dict[str, Any]:
    return {name: np.array(part) for name, part in zip(names, zip(*events, strict=True), strict=True)}


def structured(events: Iterable[Event], names: str = "xypt") -> Any:
    kinds = [(name, kind) for name, kind in zip(names, ("<u2", "<u2", "?", "<u8"), strict=True)]
    return np.array(list(events), dtype=kinds)


def hdf5(path: Path, events: Iterable[Event], layout: str) -> Path:
    import h5py

    with h5py.File(path, "w") as file:
        if layout == "one array":
            file["events"] = structured(events)
        else:
            group = file.create_group("events") if layout == "DSEC" else file
            for name, column in columns(events).items():
                group.create_dataset(name, data=column)
            if layout == "DSEC":
                file["ms_to_idx"], file["t_offset"] = np.arange(3), 10**12
    return path


def aedat4(path: Path) -> Path:
    path.write_bytes(zlib.decompress(base64.b64decode(AEDAT4)))
    return path
