"""What is to be explored, as plain data that can go to another process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path

from dynapspec.diagnostics import fail
from dynapspec.explore.read import PARAMETERS, Checked, read_space
from dynapspec.interpret.order import name_numbers
from dynapspec.model import Chip, Layer, Model
from dynapspec.network.fit import ALL, fitters

CHUNK = 8192  # combinations that are judged at a time, so that their columns stay in the cache
MAX_STOPS = 64  # what can stop a network, one bit each
OUTSIDE, PLACEMENT, SENSOR = "out-of-domain", "placement", "dvs-destinations"


@dataclass(frozen=True)
class Plan:
    """A space, the layer spec of its chips, and the chips."""

    checked: Checked
    layer: Layer
    chips: tuple[Chip, ...]
    total: int
    chunk: int = CHUNK

    def spans(self) -> Iterator[range]:
        """The combinations in parts, in their order."""
        return (range(at, min(at + self.chunk, self.total)) for at in range(0, self.total, self.chunk))

    @cached_property
    def stops(self) -> list[str]:
        """Whatever can stop a network: rules, refusals, and what is no rule of a single layer."""
        spec = self.layer.spec
        return list(dict.fromkeys([*spec.rules, *spec.quantization.refuse, OUTSIDE, PLACEMENT, SENSOR]))

    @property
    def totals(self) -> tuple[str, ...]:
        """What is added up over the layers of a network."""
        return (PARAMETERS, *(f"{name}_words" for name in self.layer.spec.memory))

    @property
    def words(self) -> dict[str, int]:
        """The numbers that stand for names in arrays."""
        return name_numbers(self.layer.spec)

    @cached_property
    def key(self) -> str:
        """Differs for plans that could give other answers."""
        parts = [repr(self.checked), self.layer.digest, *(chip.digest for chip in self.chips)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def make_plan(path: Path, model: Model, chip: str | None = None, limit: int | None = None) -> Plan:
    """The plan for a file; ``limit`` is of the combinations, from the first on.

    Raises:
        InputError: for what cannot be used.
    """
    chips = tuple(one.chip for one in fitters(model, chip or ALL))
    if not chips:
        hint = "a chip is a file in chips/ that is not abstract"
        raise fail("no-chip", "the specs describe no chip", hint=hint)
    layer = model.layer_of(chips[0])
    checked = read_space(path, layer.spec)
    total = prod(map(len, checked.choices.values()))
    plan = Plan(checked, layer, chips, total if limit is None else min(total, limit))
    if len(plan.stops) > MAX_STOPS:
        raise fail("too-many", f"{len(plan.stops)} rules, and at most {MAX_STOPS} can be told apart here")
    return plan
