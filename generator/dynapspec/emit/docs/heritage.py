"""What a spec is laid over, and the findings that it asks to overlook."""

from __future__ import annotations

from dynapspec.emit.docs.facts import Facts, Known
from dynapspec.emit.docs.markup import Markup, link, markup, sentence, table, to_clause
from dynapspec.load.node import number_or_name, step_into


def files(facts: Facts[Known]) -> Markup:
    """The files that a spec is made of, nearest first, each with what it says of itself."""
    rows = [
        [
            link(facts.paths[document.title], f"../{facts.link_to(document.title)}"),
            markup(document.text("version") or ""),
            sentence(document.text("doc") or ""),
        ]
        for document in facts.entry.lineage
    ]
    return table(["spec file", "version", "states"], rows)


def waived(facts: Facts[Known]) -> Markup:
    """The findings of `check` that a spec accepts for a while; nothing where there are none."""
    rows = [
        [
            facts.named("waive", name),
            link(waiver.code, f"../codes.md#{waiver.code}"),
            _about(facts, waiver.at),
            waiver.reason,
            waiver.until,
        ]
        for name, waiver in facts.entry.spec.waive.items()
    ]
    return table(["waiver", "finding", "about", "reason", "until"], rows)


def _about(facts: Facts[Known], at: str) -> Markup:
    """The part that a waiver speaks of; a link where a page shows parts of that depth."""
    steps = tuple(number_or_name(step) for step in at.split("."))
    section = step_into(facts.entry.node, steps[0])
    known = section is not None and len(steps) == 2 and step_into(section, steps[1]) is not None
    return to_clause(at, facts.entry.clause(*steps)) if known else markup(at)
