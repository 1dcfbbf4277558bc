"""Binary32 numbers as the vectors write them: eight hexadecimal digits."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Any


def number(text: str) -> float:
    """The number of one text such as ``0x3f800000``."""
    return float(struct.unpack(">f", bytes.fromhex(text.removeprefix("0x")))[0])


def optional(text: str | None) -> float | None:
    """The number of a text; None stays None."""
    return None if text is None else number(text)


def numbers(texts: Iterable[str]) -> list[float]:
    """Those of several."""
    return [number(text) for text in texts]


def bits(value: float) -> str:
    """The text of a number."""
    return f"0x{struct.unpack('>I', struct.pack('>f', value))[0]:08x}"


def whole(value: Any) -> Any:
    """A number as the whole number that it is; any other one as text that shows it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = float(value)
    return int(found) if math.isfinite(found) and found.is_integer() else repr(found)
