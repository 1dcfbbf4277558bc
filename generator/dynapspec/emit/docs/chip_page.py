"""The page of a chip: cores, limits, blocks, errata, and what is unknown, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from dynapspec.emit.docs import lineage
from dynapspec.emit.docs.blocks import dvs, features, readout
from dynapspec.emit.docs.configuration import configuration
from dynapspec.emit.docs.facts import EVIDENCE, SET_BY, Facts
from dynapspec.emit.docs.heritage import files, waived
from dynapspec.emit.docs.markup import Markup, code, formula, join, link, sentence, table, to_clause
from dynapspec.emit.docs.page import page
from dynapspec.formula import names_in
from dynapspec.model import Chip, Layer, Model

RulesOfLimits: TypeAlias = Mapping[str, list[Markup]]


def chip_page(model: Model, chip: Chip, rules: RulesOfLimits) -> str:
    """The page as Markdown; ``rules`` are those of the layer spec that describes the chip's cores."""
    facts = Facts(chip, model.root)
    runs = [link(code(name), f"../layers/{name}.md") for name in chip.spec.layers]
    return page(
        "chip.md.j2",
        chip=chip,
        spec=chip.spec,
        doc=sentence(chip.spec.doc),
        layer_link=join(runs, " or "),
        caution=join(_caution(facts), ", "),
        devices=_devices(facts),
        cores=_cores(facts),
        cores_place=facts.place("cores"),
        claims=_claims(facts),
        limits=_limits(facts, rules),
        widths=_widths(facts),
        features=features(facts),
        dvs=dvs(facts),
        readout=readout(facts),
        configuration=configuration(facts, model.layer_of(chip).spec),
        bandwidth=_bandwidth(facts),
        placement=_placement(facts),
        errata=_errata(facts),
        unknown=_unknown(facts),
        waived=waived(facts),
        steps=list(lineage.steps(chip)),
        files=files(facts),
        sources=table(["source", EVIDENCE, "title", "date", SET_BY], _sources(facts)),
    )


def _caution(facts: Facts[Chip]) -> Iterator[Markup]:
    """What to read before relying on the chip, in numbers."""
    spec = facts.entry.spec
    for count, one, many, place in (
        (len(spec.errata), "erratum", "errata", "#errata"),
        (
            len(spec.unknown),
            "question that no source answers",
            "questions that no source answers",
            "#unknown",
        ),
        (len(spec.waive), "finding that is waived", "findings that are waived", "#waived"),
    ):
        if count:
            yield link(f"{count} {one if count == 1 else many}", place)
    assumed = {
        leaf.span for _, leaf in facts.sourced() if facts.known_from(str(leaf.value)).level == "assumed"
    }
    if assumed:
        facts_that = "fact that rests" if len(assumed) == 1 else "facts that rest"
        yield link(f"{len(assumed)} {facts_that} on assumption", "../evidence.md#assumed")


def _devices(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            facts.named("devices", name),
            device.vendor_name or "none known",
            device.doc,
            *facts.known("devices", name, source=device.source),
        ]
        for name, device in facts.entry.spec.devices.items()
    ]
    return table(["device", "vendor's name", "remark", EVIDENCE, SET_BY], rows)


def _cores(facts: Facts[Chip]) -> Markup:
    """The table of cores, alike ones in a row, and below it the sum of each memory."""
    cores = facts.entry.spec.cores
    memories = list(dict.fromkeys(key for core in cores.values() for key in core.words))
    rows = facts.alike(
        "cores",
        {
            number: [
                *(core.words[memory] for memory in memories),
                *facts.known("cores", number, source=core.source),
            ]
            for number, core in cores.items()
        },
    )
    totals = [sum(core.words[memory] for core in cores.values()) for memory in memories]
    rows.append(["all", *(Markup(f"**{total}**") for total in totals), None, None])
    return table(["core", *(memory.replace("_", " ") for memory in memories), EVIDENCE, SET_BY], rows)


def _claims(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            facts.named("claims", name),
            formula(claim.must.tree),
            claim.doc,
            *facts.known("claims", name, source=claim.source),
        ]
        for name, claim in facts.entry.spec.claims.items()
    ]
    return table(["claim", "holds", "meaning", EVIDENCE, SET_BY], rows)


def _limits(facts: Facts[Chip], rules: RulesOfLimits) -> Markup:
    rows = [
        [
            facts.named("limits", name),
            str(limit),
            limit.kind,
            limit.doc,
            join(rules.get(name, ())),
            *facts.known("limits", name, source=limit.source),
        ]
        for name, limit in facts.entry.spec.limits.items()
    ]
    return table(["limit", "takes", "kind", "meaning", "judged by", EVIDENCE, SET_BY], rows)


def rules_of_limits(layer: Layer) -> RulesOfLimits:
    """The rules that compare something with each limit."""
    found: dict[str, list[Markup]] = {}
    for name, rule in layer.spec.rules.items():
        link_to_rule = to_clause(name, layer.clause("rules", name), f"../layers/{layer.name}.md")
        for used in names_in(rule.must.tree):
            if used.startswith("chip."):
                found.setdefault(used.removeprefix("chip."), []).append(link_to_rule)
    return found


def _widths(facts: Facts[Chip]) -> Markup:
    rows = [
        [facts.named("widths", name), width.bits, *facts.known("widths", name, source=width.source)]
        for name, width in facts.entry.spec.widths.items()
    ]
    return table(["word", "bits", EVIDENCE, SET_BY], rows)


def _bandwidth(facts: Facts[Chip]) -> Markup:
    rows = facts.alike(
        "bandwidth",
        {
            number: [each.synops_per_second, *facts.known("bandwidth", number, source=each.source)]
            for number, each in facts.entry.spec.bandwidth.items()
        },
    )
    return table(["core", "synaptic operations per second", EVIDENCE, SET_BY], rows)


def _placement(facts: Facts[Chip]) -> Mapping[str, Any]:
    placement = facts.entry.spec.placement
    if placement is None:
        return {}
    prefer = placement.prefer
    return {
        "place": facts.place("placement", "prefer"),
        "cores": join(prefer.input_layers, " and "),
        "doc": sentence(prefer.doc),
        "evidence": facts.evidence(prefer.source),
        "set_by": facts.set_by("placement", "prefer"),
    }


def _errata(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            facts.named("errata", name),
            each.text,
            each.remedy,
            *facts.known("errata", name, source=each.source),
        ]
        for name, each in facts.entry.spec.errata.items()
    ]
    return table(["erratum", "what happens", "what helps", EVIDENCE, SET_BY], rows)


def _unknown(facts: Facts[Chip]) -> Markup:
    rows = [
        [facts.named("unknown", name), text, facts.set_by("unknown", name)]
        for name, text in facts.entry.spec.unknown.items()
    ]
    return table(["unknown", "what no source says", SET_BY], rows)


def _sources(facts: Facts[Chip]) -> list[list[Any]]:
    return [
        [*row, facts.set_by("sources", name)]
        for name, row in zip(facts.entry.spec.sources, facts.sources(), strict=True)
    ]
