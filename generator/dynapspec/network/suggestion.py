"""One suggestion: changes of a network under which it fits, or room that costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one layer, now and then; without a layer it is of the input."""

    layer: int | None
    field: str
    before: Any
    after: Any

    def data(self) -> dict[str, Any]:
        """The change as JSON has it."""
        values = {"before": _json(self.before), "after": _json(self.after)}
        return {"layer": self.layer, "field": self.field, **values}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Changes that were found to fit.

    Attributes:
        kind: what is changed; `free` is room that costs nothing.
        changes: every value that is changed.
        message: all of it in a sentence.
        cost: by how much the network changes; 0 for another chip.
        parameters: by how many the parameters change.
        chip: the other chip to take.
    """

    kind: str
    changes: tuple[Change, ...]
    message: str
    cost: float = 0.0
    parameters: int = 0
    chip: str | None = None

    def data(self) -> dict[str, Any]:
        """The suggestion as JSON has it."""
        return {
            "kind": self.kind,
            "changes": [change.data() for change in self.changes],
            "chip": self.chip,
            "cost": round(self.cost, 4),
            "parameters": self.parameters,
            "message": self.message,
        }


def _json(value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return {name: _json(part) for name, part in value}
    return list(value) if isinstance(value, tuple) else value
