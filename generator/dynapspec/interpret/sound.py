"""The verdict on a layer that breaks nothing, in one pass.

Most layers that are asked about are such layers. A broken rule leaves values undefined, and these leave
others; whoever finds one gives up here, and the layer is judged rule by rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from dynapspec.formula import EvaluationError, Tree, names_in
from dynapspec.formula.evaluate import Run
from dynapspec.formula.exact import compile_exact
from dynapspec.interpret.description import Layout

if TYPE_CHECKING:
    from dynapspec.interpret.chip import CompiledRule, RuleBook

KNOWN_PLANS = 64  # sets of known dimensions for which there is a plan
KNOWN_ANSWERS = 4096  # of one rule

# Values by name, words used, destinations, and cores with room.
Found: TypeAlias = tuple[dict[str, Any], dict[str, int], tuple[dict[str, Any], ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is computed where a certain set of dimensions is known, in this order.

    Attributes:
        early: rules about dimensions.
        shapes: sizes of the neuron map.
        memories: each with the formula of the words that hold something.
        late: rules about sizes and memories.
        leaving: sizes of the map that leaves, for each destination.
        each: rules about each destination.
        some: for each rule about cores, its test for each kind of core.
        placing: for each kind of core, the tests that decide whether a layer has room.
    """

    early: tuple[Run, ...]
    shapes: tuple[tuple[str, Run], ...]
    memories: tuple[tuple[str, Run, Run], ...]
    late: tuple[Run, ...]
    leaving: tuple[tuple[str, Run], ...]
    each: tuple[Run, ...]
    some: tuple[tuple[Run, ...], ...]
    placing: tuple[tuple[tuple[Run, ...], tuple[int, ...]], ...]


class Sound:
    """Finds the values of layers that break none of the rules of a book."""

    def __init__(self, book: RuleBook) -> None:
        self.book, self.spec = book, book.interpreter.spec
        self._plans: dict[frozenset[str], Plan | None] = {}

    def judged(self, layout: Layout) -> Found | None:
        """What is found of a layer; None where something is broken, or cannot be computed."""
        known = frozenset(layout.values)
        if known not in self._plans:
            if len(self._plans) >= KNOWN_PLANS:
                self._plans.clear()
            self._plans[known] = self._plan(known)
        plan = self._plans[known]
        if plan is None:
            return None
        values = {**self.book.constants, **layout.values}
        try:
            return self._follow(plan, values, layout)
        except (KeyError, EvaluationError):
            return None

    def _follow(self, plan: Plan, values: dict[str, Any], layout: Layout) -> Found | None:
        for holds in plan.early:
            if not holds(values):
                return None
        for name, run in plan.shapes:
            values[name] = run(values)
        used: dict[str, int] = {}
        for name, run, count in plan.memories:
            values[name] = run(values)
            used[name] = count(values)
        for holds in plan.late:
            if not holds(values):
                return None
        leaving: list[dict[str, Any]] = []
        for one in layout.destinations:
            left = self._leave(plan, values, one)
            if left is None:
                return None
            leaving.append(left)
        for tests in plan.some:
            if not any(holds(values) for holds in tests):
                return None
        cores: list[int] = []
        for tests, numbers in plan.placing:
            if all(holds(values) is True for holds in tests):
                cores += numbers
        cores.sort(key=self.book.order.__getitem__)
        return values, used, tuple(leaving), tuple(cores)

    def _leave(self, plan: Plan, values: dict[str, Any], one: Mapping[str, Any]) -> dict[str, Any] | None:
        left = dict(one)
        known = {**values, **one}
        for name, run in plan.leaving:
            left[name] = known[name] = run(known)
        for holds in plan.each:
            if not holds(known):
                return None
        return left

    # ── Planning ─────────────────────────────────────────────────────────────────────────────────

    def _plan(self, known: frozenset[str]) -> Plan | None:
        """What can be computed from these dimensions; None where a size or memory cannot."""
        spec, constants = self.spec, self.book.constants
        names = {*known, *constants}
        sizes = {
            **{n: s.is_.tree for n, s in spec.shapes.items()},
            **{n: m.is_.tree for n, m in spec.memory.items()},
        }
        if not all(set(names_in(tree)) <= {*names, *sizes} for tree in sizes.values()):
            return None
        rules = self.book.rules
        names |= sizes.keys()
        around = names | {*spec.destination_dims, *spec.destination_shapes}
        about_cores = [rule for rule in rules if rule.rule.some == "cores"]
        plain = [rule for rule in rules if rule.once and rule.about <= names]
        return Plan(
            tuple(self._remembered(rule) for rule in plain if not rule.late),
            tuple((name, self._run(shape.is_.tree)) for name, shape in spec.shapes.items()),
            tuple((n, self._run(m.is_.tree), self._run(m.used.tree)) for n, m in spec.memory.items()),
            tuple(self._run(rule.rule.must.tree) for rule in plain if rule.late),
            tuple((name, self._run(shape.is_.tree)) for name, shape in spec.destination_shapes.items()),
            tuple(
                self._remembered(rule)
                for rule in rules
                if rule.rule.each == "destinations" and rule.about <= around
            ),
            tuple(self._by_core(rule) for rule in about_cores if self._is_known(rule, names)),
            tuple(
                (tuple(self._run(rule.rule.must.tree, core) for rule in self._deciding()), tuple(numbers))
                for core, numbers in self.book.alike
            ),
        )

    def _deciding(self) -> Iterable[CompiledRule]:
        return (rule for rule in self.book.rules if rule.rule.decides == "placement")

    def _is_known(self, rule: CompiledRule, names: set[str]) -> bool:
        cores = {name for core, _ in self.book.alike for name in core}
        return rule.about <= names | cores

    def _by_core(self, rule: CompiledRule) -> tuple[Run, ...]:
        return tuple(self._run(rule.rule.must.tree, core) for core, _ in self.book.alike)

    def _remembered(self, rule: CompiledRule) -> Run:
        """A rule that keeps what it said: strides, kernels and poolings come again in every network."""
        run, names = self._run(rule.rule.must.tree), sorted(rule.about - self.book.constants.keys())
        if not names:
            return run
        said: dict[Any, Any] = {}
        asked = itemgetter(*names)

        def holds(values: Mapping[str, Any]) -> Any:
            key = asked(values)
            if key not in said:
                if len(said) >= KNOWN_ANSWERS:
                    said.clear()
                said[key] = run(values)
            return said[key]

        return holds

    def _run(self, tree: Tree, core: Mapping[str, Any] | None = None) -> Run:
        """A formula with what the chip and the core say folded in."""
        return compile_exact(tree, self.book.interpreter.functions, {**self.book.constants, **(core or {})})
