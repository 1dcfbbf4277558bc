"""What ``dynapspec check`` has proven: operators, fields and claims of every spec; findings and notes.

Most questions are answered at a glance. The others are put to the solver, each once: specs and chips
that agree in all that a question hangs on share its answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dynapspec.diagnostics import Diagnostic
from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.check_layer import needed
from dynapspec.model.check_widths import SECTIONS, bounds, value_of
from dynapspec.model.layer_claim import LayerClaim
from dynapspec.prove import wording
from dynapspec.prove.claims import Claims
from dynapspec.prove.fields import Fields
from dynapspec.prove.library import available
from dynapspec.prove.operators import Operators
from dynapspec.prove.ranges import Hazard
from dynapspec.prove.reach import Reach
from dynapspec.prove.remedy import Remedies, needs_hint
from dynapspec.prove.verdict import Refuted, Undecided, Verdict

Path = tuple[str, ...]
PATIENCE = 20.0  # seconds for all questions about a folder of specs; shipped ones take a fraction of one
REMEDY = 1.0  # seconds for one question about a remedy


@dataclass
class Outcome:
    """What is wrong, and what is not known: the part of a spec, and why."""

    findings: list[Diagnostic] = field(default_factory=list)
    unproven: dict[str, str] = field(default_factory=dict)


class Prover:
    """Proves one model; answers are kept for the questions that are the same."""

    def __init__(self, model: Model, patience: float = PATIENCE) -> None:
        self.model, self.outcome = model, Outcome()
        self.solver = available()
        self.until = time.monotonic() + patience
        self.broken: set[str] = (
            set()
        )  # values that an operator leaves undefined: nothing more is asked of them
        self._known: dict[str, Verdict] = {}

    def run(self) -> Outcome:
        """Everything that there is to prove."""
        for layer in self.model.layers.values():
            chips = self.model.chips_of(layer)
            self.broken = set()
            self._formulas(layer)
            for chip in chips:
                self._rules(layer, chip)
            for chip in chips:
                self._fields(layer, chip)
            if not chips:
                self._fields(layer, None)
            self._claims(layer)
        return self.outcome

    # ── Operators ───────────────────────────────────────────────────────────────────────────────

    def _formulas(self, layer: Layer) -> None:
        operators = Operators(layer)
        for section in ("shapes", "destination_shapes", "memory"):
            for name, part in getattr(layer.spec, section).items():
                self._operators(operators, part.is_.tree, part.needs, (section, name, "is"))
                if section == "memory":
                    self._operators(operators, part.used.tree, part.needs, (section, name, "used"))
        for name, claim in layer.spec.claims.items():
            for key, formula in claim.formulas.items():
                self._operators(operators, formula.tree, claim.needs, ("claims", name, key))

    def _rules(self, layer: Layer, chip: Chip) -> None:
        operators = Operators(layer, chip)
        for name, rule in layer.spec.rules.items():
            self._operators(operators, rule.must.tree, rule.needs, ("rules", name, "must"))

    def _operators(self, operators: Operators, tree: Tree, needs: str, path: Path) -> None:
        for hazard in operators.hazards(tree):
            if self._told(operators.layer, "leaves-domain", path, hazard.node):
                self.broken.add(path[1])
                continue
            rules = operators.assumed(tree, needed(needs))
            key = f"{hazard.node} {operators.reach.key([tree], rules)}"
            verdict = self._ask(key, lambda h=hazard, r=rules: operators.safe(tree, h, r))  # type: ignore[misc]
            if isinstance(verdict, Refuted):
                self._leaves(operators, tree, needs, path, hazard, verdict)
            elif isinstance(verdict, Undecided):
                self._unproven(operators.layer, verdict, *path)

    def _leaves(
        self, operators: Operators, tree: Tree, needs: str, path: Path, hazard: Hazard, verdict: Refuted
    ) -> None:
        """A finding at the operator, with the smallest layer and the rules that would exclude it."""
        rules = operators.assumed(tree, needed(needs))
        remedies = Remedies(operators.reach, operators.onlooker, *path[:2])

        def ask(added: Iterable[str]) -> Verdict:
            assumed = sorted({*rules, *operators.reach.with_needs(added)})
            return self._within(lambda: operators.safe(tree, hazard, assumed, REMEDY))

        found = remedies.search(ask, verdict.witness.layout)
        message = wording.leaves(operators.reach, hazard, verdict.witness)
        if operators.chip is not None and operators.reach.speaks_of_a_chip(tree):
            message += f", on {operators.chip.name}"
        hint = needs_hint(
            needs, found, remedies.sure, "change the formula, or write a rule that refuses such layers"
        )
        finding = operators.layer.finding("leaves-domain", message, *path, hint=hint, within=hazard.node)
        self.outcome.findings.append(finding)
        self.broken.add(path[1])

    # ── Fields ──────────────────────────────────────────────────────────────────────────────────

    def _fields(self, layer: Layer, chip: Chip | None) -> None:
        stored = [
            (section, name, part)
            for section in SECTIONS
            for name, part in getattr(layer.spec, section).items()
            if part.bits is not None
        ]
        fields = Fields(layer, chip) if stored else None
        for section, name, part in stored:
            assert fields is not None
            bits = value_of(layer.spec, part.bits.tree)
            assert bits is not None  # or else it is told before anything is proven
            low, high = bounds(part, bits)
            tree: Tree = t.Name(0, 0, name)
            told = self._told(layer, "width-overflow", (section, name, "bits"))
            if told or self._hopeless(fields.reach, [tree]) or fields.shown(name, (low, high)):
                continue
            key = f"field {low} {high} {fields.reach.key([tree], fields.rules)}"
            verdict = self._ask(key, lambda n=name, b=(low, high): fields.fits(n, b))  # type: ignore[misc]
            if isinstance(verdict, Refuted):
                self._overflows(layer, chip, (section, name, "bits"), bits, (low, high), verdict)
            elif isinstance(verdict, Undecided):
                self._unproven(layer, verdict, section, name, "bits")

    def _overflows(
        self, layer: Layer, chip: Chip | None, path: Path, bits: int, ends: tuple[int, int], verdict: Refuted
    ) -> None:
        message = wording.overflows(layer, path[1], bits, ends, verdict.witness)
        hint = "give it more bits, or write a rule that refuses such layers"
        if chip is not None:
            hint = f"{chip.name} takes this layer; {hint}"
        self.outcome.findings.append(layer.finding("width-overflow", message, *path, hint=hint))

    # ── Claims ──────────────────────────────────────────────────────────────────────────────────

    def _claims(self, layer: Layer) -> None:
        claims = Claims(layer)
        for name, claim in layer.spec.claims.items():
            trees = [formula.tree for formula in claim.formulas.values()]
            for dim in claim.in_ or (None,):
                told = self._told(layer, "claim-refuted", ("claims", name, claim.form))
                if not told and not self._hopeless(claims.reach, trees) and not claims.shown(claim, dim):
                    self._claim(claims, name, claim, dim)

    def _claim(self, claims: Claims, name: str, claim: LayerClaim, dim: str | None) -> None:
        layer, rules = claims.layer, claims.assumed(claim)
        trees = [formula.tree for formula in claim.formulas.values()]
        key = f"claim {claim.form} {dim} {trees} {claims.reach.key(trees, rules)}"
        verdict = self._ask(key, lambda: claims.holds(claim, rules, dim))
        path = ("claims", name, claim.form)
        if isinstance(verdict, Undecided):
            self._unproven(layer, verdict, *path)
        if not isinstance(verdict, Refuted):
            return

        def ask(added: Iterable[str]) -> Verdict:
            assumed = sorted({*rules, *claims.reach.with_needs(added)})
            return self._within(lambda: claims.holds(claim, assumed, dim, REMEDY))

        remedies = Remedies(claims.reach, claims.onlooker, "claims", name)
        found = remedies.search(ask, verdict.witness.layout)
        message = wording.refuted(claims.reach, claim, dim, claims.onlooker, verdict.witness)
        instead = "mend the claim or the formulas"
        hint = needs_hint(claim.needs, found, remedies.sure, instead) + (f", or {instead}" if found else "")
        self.outcome.findings.append(layer.finding("claim-refuted", message, *path, hint=hint))

    # ── Answers ─────────────────────────────────────────────────────────────────────────────────

    def _ask(self, key: str, question: Callable[[], Verdict]) -> Verdict:
        if not self.solver:
            return Undecided("")
        if key not in self._known:
            self._known[key] = self._within(question)
        return self._known[key]

    def _within(self, question: Callable[[], Verdict]) -> Verdict:
        """The answer to a question, while there is time to ask."""
        return question() if time.monotonic() < self.until else Undecided("no time was left")

    def _told(self, layer: Layer, code: str, path: Path, within: Any = None) -> bool:
        """Whether this place has a finding: of one for several chips and heirs, one is enough."""
        place = layer.finding(code, "", *path, within=within).span
        return any((one.code, one.span) == (code, place) for one in self.outcome.findings)

    def _hopeless(self, reach: Reach, trees: Sequence[Tree]) -> bool:
        """Whether formulas hang on a value that an operator leaves undefined, which is told already."""
        return any(name.removesuffix(".used") in self.broken for tree in trees for name in reach.names(tree))

    def _unproven(self, layer: Layer, verdict: Undecided, *path: str) -> None:
        self.outcome.unproven[f"{layer.name}: {'.'.join(path)}"] = verdict.reason


def prove(model: Model) -> Outcome:
    """Proves whatever a sound model states, and tells what is refuted and what is not known."""
    return Prover(model).run()


def notes(outcome: Outcome) -> Iterator[str]:
    """What was not proven, a line for each reason."""
    missing = [name for name, reason in outcome.unproven.items() if not reason]
    if missing:
        what = "1 formula" if len(missing) == 1 else f"{len(missing)} formulas"
        yield f"{what} not proven; install dynapspec[prove]"
    yield from (f"not proven: {name}: {reason}" for name, reason in outcome.unproven.items() if reason)
