"""What a failed vector tells: what is wrong, the clause of the spec, the question, the likely mistakes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

SHOWN = 400  # characters of a question that are shown


def told(case: Mapping[str, Any], worth: str, details: Iterable[str]) -> str:
    """A failure as lines of text."""
    asked = json.dumps(case["input"])
    lines = [
        f"{case['id']}: {worth}",
        *(f"  {detail}" for detail in details),
        f"  clause: {case['clause']}",
        f"  input: {asked if len(asked) <= SHOWN else asked[: SHOWN - 3] + '...'}",
    ]
    if case["flags"]:
        lines.append(f"  mistakes that it catches: {', '.join(case['flags'])}")
    return "\n".join(lines)
