"""What the interpreter makes of a layer: the judge of every witness, whoever found it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from dynapspec.formula import EvaluationError, Tree, Undefined
from dynapspec.interpret import Judge, LayerInterpreter, Layout
from dynapspec.model import Chip, Layer
from dynapspec.model.scope import chip_values
from dynapspec.prove.space import domain_of

UNDEFINED = "undefined"  # what a formula is where an operator leaves its domain


class Onlooker:
    """One side of a question, run: a layer spec, and a chip where rules are asked about."""

    def __init__(self, layer: Layer, chip: Chip | None = None) -> None:
        self.layer, self.chip, self.spec = layer, chip, layer.spec
        self.interpreter = LayerInterpreter(layer)
        self.judge = Judge(chip, self.interpreter) if chip else None
        self.dims = {**self.spec.dims, **self.spec.destination_dims}
        self.refusals = [name for name, rule in self.spec.rules.items() if rule.refuse]
        self.rules = {
            name: self.interpreter.compile(self.spec.rules[name].must.tree) for name in self.refusals
        }
        codes: dict[str, int] = {}
        self.domains = {
            name: domain_of(dim, lambda text: codes.setdefault(text, len(codes)))
            for name, dim in self.dims.items()
        }

    def broken(self, layout: Layout) -> list[str]:
        """The rules that a layer breaks, in the order of the spec; dimensions outside their domain first."""
        assert self.judge is not None
        outside = self.outside(layout)
        if outside:
            return outside
        return [v.rule for v in self.judge.judge_layout(self.seen(layout)).violations]

    def refused(self, layout: Layout) -> bool:
        """Whether the class itself refuses the layer, whatever the chip."""
        env = self.environment(layout)
        for name, run in self._parts():
            with suppress(Undefined, EvaluationError):
                env[name] = run(env)
        for name in self.refusals:
            with suppress(Undefined, EvaluationError):
                if not self.rules[name](env):
                    return True
        return False

    def keeps(self, rules: Iterable[str], layout: Layout) -> bool:
        """Whether a layer lies in the domains and breaks none of some rules."""
        return not self.outside(layout) and not any(self.breaks(rule, layout) for rule in rules)

    def breaks(self, name: str, layout: Layout) -> bool:
        """Whether a layer breaks a rule; one about something unknown or undefined is not broken."""
        rule = self.spec.rules[name]
        if rule.each and not layout.destinations:
            return False
        tables: list[dict[str, int]] = [{}]
        if rule.some and self.chip is not None:
            tables = [core.words for core in self.chip.spec.cores.values()]
        cores = [{f"core.{key}": words for key, words in table.items()} for table in tables]
        return all(self.value(rule.must.tree, layout, core) is False for core in cores)

    def cores(self, layout: Layout) -> list[int]:
        """The cores that have room for a layer."""
        assert self.judge is not None
        return list(self.judge.judge_layout(self.seen(layout)).cores)

    def seen(self, layout: Layout) -> Layout:
        """The layer as this spec describes it: without what it has no dimension for."""
        defaults = {name: dim.default for name, dim in self.spec.dims.items() if not dim.optional}
        values = {name: layout.values.get(name, defaults.get(name)) for name in self.spec.dims}
        leaving = tuple(
            {name: one.get(name, dim.default) for name, dim in self.spec.destination_dims.items()}
            for one in layout.destinations
        )
        return Layout({name: value for name, value in values.items() if value is not None}, leaving)

    def outside(self, layout: Layout) -> list[str]:
        """Dimensions whose value this spec does not take at all."""
        leaving = layout.destinations[0] if layout.destinations else {}
        values = {**layout.values, **leaving}
        return [name for name in self.dims if name in values and not self._inside(name, values[name])]

    def _inside(self, name: str, value: Any) -> bool:
        domain = self.dims[name].domain
        if isinstance(value, str):
            return not isinstance(domain, tuple) or value in domain
        low, high = self.domains[name]
        return isinstance(value, bool) or low <= value <= high

    def value(self, tree: Tree, layout: Layout, core: Mapping[str, int] | None = None) -> Any:
        """The value of a formula for a layer, or that it has none; None when something is unknown."""
        undefined: set[str] = set()
        env = {**self.environment(layout), **(core or {})}
        for name, run in [*self._parts(), ("", self.interpreter.compile(tree))]:
            try:
                env[name] = run(env)
            except Undefined as error:
                undefined |= {name} if error.name in undefined else set()
            except EvaluationError:
                undefined.add(name)
        return UNDEFINED if "" in undefined else env.get("")

    def environment(self, layout: Layout) -> dict[str, Any]:
        """The values that formulas may name, before any is derived; of the cores, those of the first."""
        seen = self.seen(layout)
        env = {**self.interpreter.widths, **seen.values, **(seen.destinations or ({},))[0]}
        if self.chip is not None:
            words = next(iter(self.chip.spec.cores.values())).words
            env |= {**chip_values(self.chip.spec), **{f"core.{key}": n for key, n in words.items()}}
        return env

    def _parts(self) -> list[tuple[str, Any]]:
        shapes = (*self.interpreter.shapes, *self.interpreter.destination_shapes)
        memories = [(name, run) for name, _, run, _ in self.interpreter.memories]
        filled = [(f"{name}.used", run) for name, _, _, run in self.interpreter.memories]
        return [*((name, run) for name, _, run in shapes), *memories, *filled]
