"""What would tell a survivor from the spec: a layer that the solver finds, if it finds one."""

from __future__ import annotations

from collections.abc import Sequence

from dynapspec.model import Chip, Layer
from dynapspec.mutate.leaves import Mutation
from dynapspec.prove import Refuted, Verdict, equal, implies


def suggestion(mutation: Mutation, layer: Layer, mutant: Layer, chips: Sequence[Chip]) -> str:
    """The dimensions of a layer that has another size or another verdict; empty where none is found."""
    for verdict in _verdicts(mutation, layer, mutant, chips):
        if isinstance(verdict, Refuted):
            layout = verdict.witness.layout
            values = [*layout.values.items(), *(pair for one in layout.destinations for pair in one.items())]
            return "try " + ", ".join(f"{name} = {value}" for name, value in values)
    return ""


def _verdicts(mutation: Mutation, layer: Layer, mutant: Layer, chips: Sequence[Chip]) -> list[Verdict]:
    match mutation.path:
        case ("shapes" | "destination_shapes" | "memory" as section, str(name), "is" | "used" as field):
            key = "is_" if field == "is" else "used"
            right, other = (getattr(getattr(one.spec, section)[name], key).tree for one in (layer, mutant))
            return [equal(right, other, layer, mutant)]
        case ("rules", str(name), "must"):
            return [
                implies(name, chip, one, name, chip, other)
                for chip in chips
                for one, other in ((layer, mutant), (mutant, layer))
            ]
    return []
