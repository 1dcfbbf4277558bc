"""What a layer is on every chip: what each rule sees of it, and what rules say that speak of no chip."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from dynapspec.formula import names_in
from dynapspec.interpret import Judge, LayerInterpreter, Layout
from dynapspec.interpret.chip import CompiledRule, Violation
from dynapspec.model.check_layer import needed

OF_CHIP, OF_CORE = "chip.", "core."
Key: TypeAlias = tuple[Any, ...] | None  # the values that a rule speaks of; None where one is unknown


@dataclass(frozen=True)
class Broken:
    """A rule that a layer breaks, and the two sides of its comparison."""

    rule: str
    actual: Any
    limit: Any

    @cached_property
    def text(self) -> str:
        """It as JSON; many layers of many chips break a rule in the same way."""
        return json.dumps({"rule": self.rule, "actual": self.actual, "limit": self.limit})


class _WithoutChip(Judge):
    """Judges by those rules that speak of no chip."""

    def __init__(self, interpreter: LayerInterpreter, rules: list[CompiledRule]) -> None:
        self.interpreter, self.rules, self.constants = interpreter, rules, {}
        self.alike, self.order = [], {}


class Asked:
    """One rule that speaks of the chip, and what was found out about it."""

    def __init__(self, place: int, rule: CompiledRule) -> None:
        self.place, self.rule = place, rule
        spoken = sorted(rule.about)
        self.own = [n for n in spoken if not n.startswith((OF_CHIP, OF_CORE))]
        self.limits = [n for n in spoken if n.startswith(OF_CHIP)]
        self.held: dict[Any, dict[Key, bool | None]] = {}
        self.found: dict[Any, dict[Key, tuple[Broken, ...]]] = {}

    def key(self, values: Mapping[str, Any], leaving: tuple[Mapping[str, Any], ...]) -> Key:
        """The values of a layer that the rule speaks of, of each destination where it must hold for each."""
        if self.rule.rule.each:
            return tuple(self._picked({**values, **one}) for one in leaving)
        return self._picked(values)

    def _picked(self, values: Mapping[str, Any]) -> Key:
        try:
            return tuple([values[name] for name in self.own])
        except KeyError:
            return None

    def broken(self, env: Mapping[str, Any]) -> Iterator[Broken]:
        """The violation, if the rule does not hold."""
        if self.rule.holds(env) is False:
            yield self.told(self.rule.violation(env))

    def told(self, violation: Violation) -> Broken:
        """A violation as it is kept."""
        return Broken(violation.rule, violation.actual, violation.limit)


class Common:
    """What holds of a layer on every chip that runs its spec."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, spec = interpreter, interpreter.spec
        clause = interpreter.layer.clause
        rules = [CompiledRule(n, r, clause("rules", n), interpreter) for n, r in spec.rules.items()]
        self.rules = {rule.name: rule for rule in rules}
        self.free = [rule for rule in rules if not _of_chip(rule)]
        self._late = {
            **dict.fromkeys((*spec.shapes, *spec.memory), 1),
            **dict.fromkeys(spec.destination_shapes, 2),
        }
        bound = [Asked(place, rule) for place, rule in enumerate(rules) if _of_chip(rule)]
        self.asked = sorted(bound, key=lambda one: (self._stage(one.rule), one.place))
        self.places = {rule.name: place for place, rule in enumerate(rules)}
        self.decides = next(i for i, one in enumerate(self.asked) if one.rule.rule.decides)
        self.judge = _WithoutChip(interpreter, self.free)
        self._first: list[Key] = []
        self.plain = self._plain()

    def first_keys(self, known: Known) -> list[Key]:
        """What the rules see of the first layer that was asked about: few see other values in the next."""
        if not self._first:
            self._first = known.keys
        return self._first

    def _stage(self, rule: CompiledRule) -> int:
        """When the judge knows all that a rule speaks of."""
        return max((self._late.get(name, 0) for name in rule.about), default=0)

    def _plain(self) -> bool:
        """Whether sizes are the same on every chip, and each rule follows those that it needs."""
        free, seen = {rule.name for rule in self.free}, set[str]()
        spec = self.interpreter.spec
        names, needs = set[str](), set[str]()
        for section in (spec.shapes, spec.destination_shapes, spec.memory):
            for part in section.values():
                names |= set(names_in(part.is_.tree))
                needs |= set(needed(part.needs))
        needs |= {name for rule in self.free for name in rule.needs}
        ordered = sorted(self.rules.values(), key=lambda rule: (self._stage(rule), self.places[rule.name]))
        for rule in ordered:
            if not rule.needs <= seen:
                return False
            seen.add(rule.name)
        return needs <= free and not any(name.startswith((OF_CHIP, OF_CORE)) for name in names)


def _of_chip(rule: CompiledRule) -> bool:
    limited = any(name.startswith((OF_CHIP, OF_CORE)) for name in rule.about)
    return limited or rule.rule.some is not None or rule.rule.decides is not None


class Known:
    """One layer, and what is true of it on every chip."""

    __slots__ = ("broken", "given", "keys", "layout", "other", "point")

    def __init__(self, point: Any, layout: Layout, common: Common) -> None:
        self.point, self.layout = point, layout
        self.given: Any = None  # the layer as a vector gives it, once it is in one
        if common.plain:
            judged = common.judge.judge_layout(layout)
            self.broken = tuple(Broken(v.rule, v.actual, v.limit) for v in judged.violations)
            self.keys = [one.key(judged.values, judged.destinations) for one in common.asked]
            self.other = tuple(i for i, key in enumerate(self.keys) if key != common.first_keys(self)[i])
