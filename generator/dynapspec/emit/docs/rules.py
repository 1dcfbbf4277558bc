"""The rules of a layer spec, with what each chip takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dynapspec.emit.docs.facts import Facts
from dynapspec.emit.docs.markup import (
    Markup,
    bullets,
    code,
    formula,
    join,
    markup,
    sentence,
    table,
    to_clause,
)
from dynapspec.formula import names_in
from dynapspec.model import Chip, Layer
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Rule
from dynapspec.model.scope import chip_value


def rules(facts: Facts[Layer], chips: Sequence[Chip]) -> Mapping[str, Any]:
    """The overview of the rules, and a part for each."""
    spec = facts.entry.spec
    overview = [
        [to_clause(name, facts.entry.clause("rules", name)), formula(rule.must.tree), _judged(rule)]
        for name, rule in spec.rules.items()
    ]
    return {
        "overview": table(["rule", "holds when", "judged"], overview),
        "each": [_rule(facts, name, rule, chips) for name, rule in spec.rules.items()],
    }


def _judged(rule: Rule) -> str:
    if rule.refuse:
        return "by the class"
    return "for some core" if rule.some else "for each destination" if rule.each else "on the chip"


def _rule(facts: Facts[Layer], name: str, rule: Rule, chips: Sequence[Chip]) -> Mapping[str, Any]:
    return {
        "heading": facts.heading("rules", name),
        "doc": sentence(rule.doc),
        "must": formula(rule.must.tree),
        "say": code(rule.say),
        "remedy": sentence(rule.remedy),
        "evidence": facts.evidence(rule.source),
        "notes": join(_notes(facts, rule), " "),
        "limits": bullets(_limits(rule, chips)),
    }


def _notes(facts: Facts[Layer], rule: Rule) -> Iterable[str]:
    if rule.refuse:
        yield Markup("The class raises `ValueError`, whatever the chip.")
    if rule.each:
        yield "It is judged for every destination of the layer."
    if rule.some:
        yield "It is enough that one core of the chip meets it."
    if rule.decides:
        yield "It decides which cores a layer fits."
    if rule.needs:
        links = [to_clause(other, facts.entry.clause("rules", other)) for other in needed(rule.needs)]
        yield Markup(f"It is judged only where {join(links)} hold.")


def _limits(rule: Rule, chips: Sequence[Chip]) -> Iterable[Markup]:
    """What the chips take, for every limit that the rule speaks of; chips that agree share a line."""
    for name in names_in(rule.must.tree):
        if not name.startswith("chip."):
            continue
        agreeing: dict[str, list[Chip]] = {}
        for chip in chips:
            agreeing.setdefault(str(chip_value(chip.spec, name)), []).append(chip)
        for value, group in agreeing.items():
            yield Markup(f"{code(name)} is {markup(value)} on {_chips(name, group, len(chips))}")


def _chips(name: str, group: Sequence[Chip], total: int) -> Markup:
    limit = name.removeprefix("chip.")
    path = ("limits", limit) if limit in group[0].spec.limits else ("widths", limit.removesuffix("_bits"))
    if len(group) == total and total > 1:
        return Markup("every chip")
    return join([link_to(chip, *path) for chip in group])


def link_to(chip: Chip, *path: str) -> Markup:
    """A link from a layer's page to a part of a chip's."""
    return to_clause(code(chip.name), chip.clause(*path), f"../chips/{chip.name}.md")
