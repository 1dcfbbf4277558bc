"""The three answers to a question about specs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.interpret import Layout
from dynapspec.model import LayerSpec


@dataclass(frozen=True, slots=True)
class Witness:
    """One layer that answers a question, confirmed by the interpreter.

    ``smallest`` says that no other layer that answers it departs less from the defaults of the layer
    spec and has a smaller sum of sizes. ``before`` and ``after`` are what the two sides make of it.
    """

    layout: Layout
    smallest: bool
    before: Any = None
    after: Any = None

    def told(self, spec: LayerSpec) -> dict[str, Any]:
        """The dimensions that are not at their defaults, in the order of the spec."""
        leaving: Mapping[str, Any] = self.layout.destinations[0] if self.layout.destinations else {}
        known = {**spec.dims, **spec.destination_dims}
        values = {**self.layout.values, **leaving}
        return {
            name: values[name] for name, dim in known.items() if values.get(name, dim.default) != dim.default
        }


@dataclass(frozen=True, slots=True)
class Proven:
    """It holds for every layer in question."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """It does not hold for this layer."""

    witness: Witness


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither a proof nor a witness was found, and why."""

    reason: str


Verdict: TypeAlias = Proven | Refuted | Undecided
