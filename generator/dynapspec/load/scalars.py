"""Plain YAML scalars by the core schema of YAML 1.2: ``yes`` and ``1:30`` stay text."""

from __future__ import annotations

import math
import re

_INT = re.compile(r"[-+]?[0-9]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_OCT = re.compile(r"0o[0-7]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], math.nan),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], math.inf),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], -math.inf),
}
MAX_DIGITS = 400  # longer numbers are no fact of a chip, and int() refuses them far above this


def resolve(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar.

    Raises:
        ValueError: the number is not finite, or has more than ``MAX_DIGITS`` characters.
    """
    if text in _WORDS:
        return _finite(_WORDS[text])
    if not (_INT.match(text) or _HEX.match(text) or _OCT.match(text) or _FLOAT.match(text)):
        return text
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} characters")
    if _FLOAT.match(text) and not _INT.match(text):
        return _finite(float(text))
    return int(text, 10 if _INT.match(text) else 0)


def _finite(value: bool | float | None) -> bool | float | None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("infinity" if math.isinf(value) else "not-a-number")
    return value
