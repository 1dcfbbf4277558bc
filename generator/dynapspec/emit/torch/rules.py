"""Context of rules.py: one function for each rule."""

from __future__ import annotations

from typing import Any

from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.text import docstring, inline, literal, set_code, template, tuple_code
from dynapspec.formula import Tree, names_in
from dynapspec.formula.python import PythonPrinter
from dynapspec.interpret.chip import comparisons
from dynapspec.interpret.order import steps
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Rule
from dynapspec.model.sources import evidence


class RuleContext:
    """Prepares the rules of one layer spec for their template."""

    def __init__(self, f: Formulas) -> None:
        self.f = f
        self.printer = PythonPrinter(self.name)

    def name(self, name: str) -> str:
        """A name of a rule as code: a local variable, a limit or width of the chip, or a word count."""
        owner, _, field = name.partition(".")
        if owner == "chip":
            width = field.removesuffix("_bits")
            return f'chip.widths["{width}"]' if width != field else f'chip.limits["{field}"]'
        return self.f.constant(name)

    def context(self) -> dict[str, Any]:
        """Everything that the template needs."""
        spec = self.f.spec
        decides = next(rule for rule in spec.rules.values() if rule.decides == "placement")
        return {
            "helpers": self.f.helpers(*(rule.must.tree for rule in spec.rules.values())),
            "dims": [{"name": name} for name in spec.dims],
            "derived": [*spec.shapes, *spec.memory],
            "destination_dims": [
                {"name": n, "default": repr(d.default)} for n, d in spec.destination_dims.items()
            ],
            "leaving": list(spec.destination_shapes),
            "derivations": self._derivations(),
            "leaving_derivations": [
                self._derivation(name, part.is_.tree, part.needs, f"shapes.{name}")
                for name, part in spec.destination_shapes.items()
            ],
            "rules": [self._rule(name, rule) for name, rule in spec.rules.items()],
            "each": set_code([n for n, r in spec.rules.items() if r.each]) if self._some("each") else "set()",
            "refused": set_code([n for n, r in spec.rules.items() if r.refuse])
            if self._some("refuse")
            else "set()",
            "deriving": self._deriving(),
            "fits": self._locals(decides.must.tree) | {"code": self.printer.show(decides.must.tree)},
        }

    def _some(self, key: str) -> bool:
        return any(getattr(rule, key) for rule in self.f.spec.rules.values())

    def _deriving(self) -> str | None:
        """The rules that leave a size or a memory undefined; None where some of them wait for one."""
        spec = self.f.spec
        asked = [rule for step in steps(spec) if step.section in ("shapes", "memory") for rule in step.unless]
        late = {*spec.shapes, *spec.memory, *spec.destination_shapes, *spec.destination_dims}
        found: set[str] = set()
        while asked:
            rule = asked.pop()
            if rule not in found:
                found.add(rule)
                asked += needed(spec.rules[rule].needs)
        rules = [spec.rules[name] for name in found]
        if any(rule.each or rule.some or late & set(names_in(rule.must.tree)) for rule in rules):
            return None
        return tuple_code([literal(name) for name in spec.rules if name in found]) if found else "()"

    def _derivations(self) -> list[dict[str, str]]:
        shapes = [
            self._derivation(name, part.is_.tree, part.needs, f"shapes.{name}")
            for name, part in self.f.spec.shapes.items()
        ]
        memories = [
            self._derivation(name, part.is_.tree, part.needs, f"memory.{name}_words")
            for name, part in self.f.spec.memory.items()
        ]
        return shapes + memories

    def _derivation(self, name: str, tree: Tree, needs: str, function: str) -> dict[str, str]:
        names = self.f.arguments(tree)
        guards = [f"broken.isdisjoint({set_code(needed(needs))})"] if needed(needs) else []
        guards += [f"self.{n} is not None" for n in names if self.f.undefinable(n)]
        arguments = ", ".join(f"self.{n}" for n in names)
        return {"name": name, "guard": " and ".join(guards), "code": f"{function}({arguments})"}

    def _locals(self, tree: Tree) -> dict[str, str]:
        """The local variables of a rule, and the condition under which one of them has no value."""
        names = self.f.arguments(tree)
        missing = [name for name in names if self.f.undefinable(name)]
        return {
            "names": ", ".join(names),
            "reads": ", ".join(f"v.{name}" for name in names),
            "guard": " or ".join(f"{name} is None" for name in missing) or "",
        }

    def _rule(self, name: str, rule: Rule) -> dict[str, Any]:
        tree = rule.must.tree
        sides = comparisons(tree)
        return {
            "id": name,
            "function": "check_" + name.replace("-", "_"),
            "chip_type": "Chip" if self._speaks_of_chip(tree) else "Chip | None",
            "doc": inline(f"{name}: {rule.must.text}") + ".",
            "evidence": docstring(evidence(self.f.layer, rule.source)),
            "clause": self.f.layer.clause("rules", name),
            **self._locals(tree),
            "code": self.printer.show(tree) if not rule.some else f"({self.printer.show(tree)})",
            "some": rule.some is not None,
            "message": template(rule.say, self.name),
            "actual": _listed([self.printer.show(left) for left, _ in sides]),
            "limit": _listed([self._limit(right) for _, right in sides]),
            "remedy": literal(rule.remedy),
            "needs": set_code(needed(rule.needs)) if needed(rule.needs) else "",
        }

    def _speaks_of_chip(self, tree: Tree) -> bool:
        return any(name.startswith(("chip.", "core.")) for name in names_in(tree))

    def _limit(self, tree: Tree) -> str:
        code = self.printer.show(tree)
        return f"{code}.data" if code.startswith("chip.limits[") and code.endswith("]") else code


def _listed(items: list[str]) -> str:
    """One value, or all of them reduced to one when they are the same."""
    return items[0] if len(items) == 1 else f"_one([{', '.join(items)}])"
