"""The order in which a layer is judged, and what a broken rule leaves undefined.

The interpreter finds both out for each layer anew. What judges many layers at once knows them beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dynapspec.formula import Tree, names_in
from dynapspec.formula.bounds import MAX_VALUE, Bodies, Range, UnboundedError, bounds
from dynapspec.model import LayerSpec
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Dim, Rule
from dynapspec.model.scope import width_values
from dynapspec.model.values import Interval

Section: TypeAlias = Literal["shapes", "memory", "destination_shapes", "rules"]


@dataclass(frozen=True, slots=True)
class Step:
    """One value or rule.

    Attributes:
        section: the part of the spec that states it.
        reads: the names that its formula uses.
        unless: the rules that leave it undefined, or not judged, where one of them is broken.
        used: the words of a memory that hold something.
        rule: the rule, where it is one.
    """

    section: Section
    name: str
    tree: Tree
    reads: tuple[str, ...]
    unless: tuple[str, ...]
    used: Tree | None = None
    rule: Rule | None = None

    @property
    def of_chip(self) -> bool:
        """Whether it speaks of a chip or its cores."""
        return any(name.startswith(("chip.", "core.")) for name in self.reads)


def steps(spec: LayerSpec) -> tuple[Step, ...]:
    """Rules, sizes and memories, none before what it depends on."""
    return tuple(_steps(spec))


def _steps(spec: LayerSpec) -> Iterator[Step]:
    unless: dict[str, tuple[str, ...]] = {}

    def step(section: Section, name: str, tree: Tree, needs: str, used: Tree | None = None) -> Step:
        reads = tuple(names_in(tree))
        inherited = [rule for one in reads for rule in unless.get(one, ())]
        return Step(section, name, tree, reads, tuple(dict.fromkeys([*needed(needs), *inherited])), used)

    def rules(late: int) -> Iterator[Step]:
        for name, rule in spec.rules.items():
            if _lateness(rule.must.tree, spec) == late:
                one = step("rules", name, rule.must.tree, rule.needs)
                yield Step("rules", name, one.tree, one.reads, one.unless, rule=rule)

    yield from rules(0)
    for name, shape in spec.shapes.items():
        made = step("shapes", name, shape.is_.tree, shape.needs)
        unless[name] = made.unless
        yield made
    for name, memory in spec.memory.items():
        made = step("memory", name, memory.is_.tree, memory.needs, memory.used.tree)
        unless[name] = made.unless
        yield made
    yield from rules(1)
    for name, shape in spec.destination_shapes.items():
        made = step("destination_shapes", name, shape.is_.tree, shape.needs)
        unless[name] = made.unless
        yield made
    yield from rules(2)


def _lateness(tree: Tree, spec: LayerSpec) -> int:
    """What a rule waits for: 0 nothing, 1 sizes and memories, 2 the maps that leave the core."""
    names = set(names_in(tree))
    if names & spec.destination_shapes.keys():
        return 2
    return int(bool(names & {*spec.shapes, *spec.memory}))


def name_numbers(spec: LayerSpec) -> dict[str, int]:
    """A number for each name that a dimension can have; arrays hold these."""
    domains = [dim.domain for dim in all_dims(spec).values() if isinstance(dim.domain, tuple)]
    names = [name for domain in domains for name in domain]
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def all_dims(spec: LayerSpec) -> dict[str, Dim]:
    """The dimensions of a layer and of one of its destinations."""
    return {**spec.dims, **spec.destination_dims}


def functions_of(spec: LayerSpec) -> Bodies:
    """The functions that a spec defines."""
    return {name: (tuple(one.of), one.is_.tree) for name, one in spec.functions.items()}


MAX_BITS = 32  # of a word of a chip, as far as arrays go
MAX_LEVEL = 1 << 48  # of a level, which is compared and no more


def reach(spec: LayerSpec, used: bool = True) -> dict[str, Range] | None:
    """The least and greatest value of each dimension for which 64 bits hold every step of every formula.

    None where there are no such bounds: then some formula is none of whole numbers. ``used`` counts the
    formulas of the words that hold something too.
    """
    everything = steps(spec)
    for size in range(MAX_VALUE.bit_length() - 1, 0, -1):
        ranges = {name: _range(dim, 1 << size) for name, dim in all_dims(spec).items()}
        if _holds(spec, everything, ranges, used):
            return ranges
    return None


def _holds(spec: LayerSpec, everything: Iterable[Step], dims: dict[str, Range], used: bool) -> bool:
    constants: dict[str, Range] = {name: (bits, bits) for name, bits in width_values(spec).items()}
    ranges, functions = {**constants, **dims}, functions_of(spec)
    try:
        for step in everything:
            # of what a chip states, limits are compared as they are, and words have so many bits
            words = {name: (1, MAX_BITS) for name in step.reads if name.startswith("chip.")}
            found = bounds(step.tree, {**words, **ranges}, functions)
            if step.section != "rules":
                ranges[step.name] = at_least_0(found)
            if used and step.used is not None:
                bounds(step.used, ranges, functions)
    except UnboundedError:
        return False
    return True


def at_least_0(found: Range) -> Range:
    """The range of a size as later formulas meet it: a layer with a size below 0 is judged by itself."""
    return max(found[0], 0), max(found[1], 0)


def _range(dim: Dim, most: int) -> Range:
    if isinstance(dim.domain, Interval):
        return max(dim.domain.low, -most), min(dim.domain.high, most)
    return (0, 1) if dim.kind in ("bool", "name") else (-MAX_LEVEL, MAX_LEVEL)
