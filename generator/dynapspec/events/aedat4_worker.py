"""A program that writes the events of an AEDAT 4 file to stdout: a line of JSON, then columns as npz."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from typing import Any

import numpy as np


def answer(path: str) -> tuple[dict[str, Any], bytes]:
    """What there is to say about a file, and the columns of its first stream of events."""
    import aedat

    parts: list[Any] = []
    streams: dict[int, Any] = {}
    error = ""
    try:
        decoder = aedat.Decoder(path)
        streams = decoder.id_to_stream()
        first = next((number for number, one in streams.items() if one["type"] == "events"), None)
        parts = [packet["events"] for packet in decoder if packet["stream_id"] == first]
    except (RuntimeError, ValueError) as raised:
        error = str(raised)
    data = BytesIO()
    names = ("x", "y", "p", "t")
    columns = {name: np.concatenate([part[name] for part in parts]) for name in names if parts}
    np.savez(data, allow_pickle=False, **(columns or {name: np.zeros(0, np.int64) for name in names}))
    return {"error": error, "streams": [one["type"] for one in streams.values()]}, data.getvalue()


if __name__ == "__main__":
    told, packed = answer(sys.argv[1])
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + packed)
