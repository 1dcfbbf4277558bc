"""Judges a layer by the rules of its spec and the limits of a chip; all violations at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dynapspec.formula import EvaluationError, Tree
from dynapspec.formula import tree as t
from dynapspec.formula.evaluate import Run
from dynapspec.interpret.description import Description, Layout
from dynapspec.interpret.layer import LayerInterpreter, evaluate
from dynapspec.interpret.sound import Sound
from dynapspec.model import Chip, Limit
from dynapspec.model.check_layer import PLACEHOLDER, needed
from dynapspec.model.layer_spec import Rule
from dynapspec.model.scope import chip_values


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a layer breaks. ``actual`` and ``limit`` are the two sides of its comparison."""

    rule: str
    message: str
    actual: Any
    limit: Any
    clause: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a layer is on a chip; a value that a violated rule leaves undefined is absent."""

    values: Mapping[str, Any]
    used: Mapping[str, int]
    destinations: tuple[Mapping[str, Any], ...]
    violations: tuple[Violation, ...]
    cores: tuple[int, ...]


class CompiledRule:
    """One rule, ready to run."""

    def __init__(self, name: str, rule: Rule, clause: str, interpreter: LayerInterpreter) -> None:
        self.name, self.rule, self.clause = name, rule, clause
        self.needs = frozenset(needed(rule.needs))
        self.once = rule.each is None and rule.some is None
        self.must: Run = interpreter.compile(rule.must.tree)
        self.about = frozenset(t.names_in(rule.must.tree))
        spec = interpreter.spec
        self.late = bool(self.about & {*spec.shapes, *spec.memory, *spec.destination_shapes})
        self.sides = [
            (interpreter.compile(x), interpreter.compile(y)) for x, y in comparisons(rule.must.tree)
        ]
        self.template = re.split(PLACEHOLDER, rule.say)

    def holds(self, values: Mapping[str, Any]) -> bool | None:
        """Whether the rule holds; None for a rule about something unknown, which is not broken."""
        if not self.about <= values.keys():
            return None
        try:
            held: bool | None = evaluate(self.must, values)
        except EvaluationError:
            return None
        return held

    def violation(self, values: Mapping[str, Any]) -> Violation:
        """The violation, worded for these values."""
        actual = [evaluate(left, values) for left, _ in self.sides]
        limit = [_data(evaluate(right, values)) for _, right in self.sides]
        return Violation(
            self.name, self._say(values), _one(actual), _one(limit), self.clause, self.rule.remedy
        )

    def _say(self, values: Mapping[str, Any]) -> str:
        parts = [str(values.get(part, "unknown")) if i % 2 else part for i, part in enumerate(self.template)]
        return "".join(parts)


def comparisons(tree: Tree) -> list[tuple[Tree, Tree]]:
    """The two sides of each comparison of a rule, in written order; a rule without one must be true."""
    found = [(node.left, node.right) for node in t.walk(tree) if isinstance(node, t.Compare)]
    return found or [(tree, t.Number(tree.start, tree.stop, True))]


def _data(value: Any) -> Any:
    return value.data if isinstance(value, Limit) else value


def _one(items: list[Any]) -> Any:
    """A single item when all are the same, or else all of them."""
    return items[0] if all(item == items[0] for item in items) else items


class RuleBook:
    """Rules, the constants that they speak of, and the cores that they choose among."""

    def __init__(
        self,
        interpreter: LayerInterpreter,
        rules: Mapping[str, Rule],
        constants: Mapping[str, Any],
        cores: Mapping[int, Mapping[str, int]],
    ) -> None:
        self.interpreter, self.constants = interpreter, constants
        layer = interpreter.layer
        self.rules = [
            CompiledRule(name, rule, layer.clause("rules", name), interpreter) for name, rule in rules.items()
        ]
        self.cores = {
            number: {f"core.{key}": words for key, words in core.items()} for number, core in cores.items()
        }
        # cores that are alike are judged once
        self.alike: list[tuple[dict[str, int], list[int]]] = []
        for number, core in self.cores.items():
            same = next((numbers for words, numbers in self.alike if words == core), None)
            if same is None:
                self.alike.append((core, [number]))
            else:
                same.append(number)
        self.order = {number: place for place, number in enumerate(self.cores)}
        names = {key for core in self.cores.values() for key in core}
        self.largest = {key: max(core[key] for core in self.cores.values()) for key in names}

    def judge(self, description: Description, where: str = "layer") -> Judgement:
        """The verdict on one described layer; raises InputError when the description is no layer."""
        return self.judge_layout(self.interpreter.read(description, where))

    def judge_layout(self, layout: Layout) -> Judgement:
        """The verdict on one layer from its dimensions."""
        found = self.sound.judged(layout)
        if found is not None:
            values, used, destinations, cores = found
            return Judgement(values, used, destinations, (), cores)
        return self.judge_by_rule(layout)

    def judge_by_rule(self, layout: Layout) -> Judgement:
        """The same verdict, rule by rule: of a layer that breaks some of them."""
        values = {**self.constants, **layout.values}
        leaving = [dict(one) for one in layout.destinations]
        broken: dict[str, list[Violation]] = {}
        early = {rule.name for rule in self._rules(self.early, values, leaving, broken)}
        # what speaks of a shape or a memory waits for it; the order of the rules is kept
        waiting = [rule for rule in self.rules if rule.late or rule.name in early]
        used = self._derive(values, broken)
        waiting = self._rules(waiting, values, leaving, broken)
        self._leave(values, leaving, broken)
        self._rules(waiting, values, leaving, broken)
        violations = tuple(v for rule in self.rules for v in broken.get(rule.name, ()))
        return Judgement(values, used, tuple(leaving), violations, tuple(self._cores_for(values)))

    @cached_property
    def sound(self) -> Sound:
        """What finds the verdict on a layer that breaks nothing."""
        return Sound(self)

    @cached_property
    def early(self) -> list[CompiledRule]:
        """The rules that wait for no shape and no memory."""
        return [rule for rule in self.rules if not rule.late]

    def _derive(self, values: dict[str, Any], broken: Mapping[str, object]) -> dict[str, int]:
        """Shapes and memories, where no violated rule leaves them undefined."""
        used: dict[str, int] = {}
        for name, needs, run in self.interpreter.shapes:
            _define(values, name, None if broken.keys() & set(needs) else evaluate(run, values))
        for name, needs, run, count in self.interpreter.memories:
            _define(values, name, None if broken.keys() & set(needs) else evaluate(run, values))
            filled = evaluate(count, values)
            if name in values and filled is not None:
                used[name] = filled
        return used

    def _leave(
        self, values: Mapping[str, Any], leaving: list[dict[str, Any]], broken: Mapping[str, object]
    ) -> None:
        """The maps that leave the core."""
        for one in leaving:
            for name, needs, run in self.interpreter.destination_shapes:
                _define(one, name, None if broken.keys() & set(needs) else evaluate(run, {**values, **one}))

    def _rules(
        self,
        rules: list[CompiledRule],
        values: Mapping[str, Any],
        leaving: list[dict[str, Any]],
        broken: dict[str, list[Violation]],
    ) -> list[CompiledRule]:
        """Adds the violations of these rules; returns the rules that wait for a value."""
        waiting: list[CompiledRule] = []
        for rule in rules:
            if not rule.needs.isdisjoint(broken):
                continue
            if rule.once:  # most rules: this is what takes the time of a verdict
                held = rule.holds(values)
                if held is None:
                    waiting.append(rule)
                elif not held:
                    broken[rule.name] = [rule.violation(values)]
                continue
            judged = list(self._judged(rule, values, leaving))
            if any(held is None for _, held in judged):
                waiting.append(rule)
            if found := [rule.violation(where) for where, held in judged if held is False]:
                broken[rule.name] = found
        return waiting

    def _judged(
        self, rule: CompiledRule, values: Mapping[str, Any], leaving: list[dict[str, Any]]
    ) -> Iterator[tuple[Mapping[str, Any], bool | None]]:
        """The values under which a rule must hold, and whether it does; of the cores, one is enough."""
        if rule.rule.each == "destinations":
            yield from ((where, rule.holds(where)) for where in ({**values, **one} for one in leaving))
        elif rule.rule.some == "cores":
            verdicts = (rule.holds({**values, **core}) for core, _ in self.alike)
            yield {**values, **self.largest}, next((held for held in verdicts if held is not False), False)
        else:
            yield values, rule.holds(values)

    def _cores_for(self, values: Mapping[str, Any]) -> Iterator[int]:
        """Cores with room for every memory of the layer."""
        decides = [rule for rule in self.rules if rule.rule.decides == "placement"]
        found: list[int] = []
        for core, numbers in self.alike:
            known = {**values, **core}
            if all(evaluate(rule.must, known) is True for rule in decides):
                found += numbers
        yield from sorted(found, key=self.order.__getitem__)


class Judge(RuleBook):
    """A chip's verdict on layers, from the layer spec that it runs."""

    def __init__(self, chip: Chip, interpreter: LayerInterpreter) -> None:
        cores = {number: core.words for number, core in chip.spec.cores.items()}
        super().__init__(interpreter, interpreter.spec.rules, chip_values(chip.spec), cores)
        self.chip = chip


def refusing(interpreter: LayerInterpreter) -> RuleBook:
    """The verdict of the layer class: the rules under which there is no such layer, whatever the chip."""
    rules = {name: rule for name, rule in interpreter.spec.rules.items() if rule.refuse}
    return RuleBook(interpreter, rules, {}, {})


def _define(values: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        values[name] = value
