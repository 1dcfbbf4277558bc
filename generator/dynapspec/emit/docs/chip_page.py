"""The page of a chip: cores, limits, blocks, errata, and what is unknown, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.emit.docs import lineage
from dynapspec.emit.docs.facts import Facts
from dynapspec.emit.docs.markup import Markup, code, formula, join, link, markup, sentence, table, to_clause
from dynapspec.emit.docs.page import page
from dynapspec.formula import names_in
from dynapspec.model import Chip, Layer, Model

STATED = "stated in"


def chip_page(model: Model, chip: Chip) -> str:
    """The page as Markdown."""
    facts, layer = Facts(chip), model.layer_of(chip)
    return page(
        "chip.md.j2",
        chip=chip,
        spec=chip.spec,
        doc=sentence(chip.spec.doc),
        layer=layer,
        layer_link=link(code(layer.name), f"../layers/{layer.name}.md"),
        devices=_devices(facts),
        cores=_cores(facts),
        cores_place=facts.place("cores"),
        claims=_claims(facts),
        limits=_limits(facts, layer),
        widths=_widths(facts),
        features=_features(facts),
        dvs=_dvs(facts),
        readout=_readout(facts),
        bandwidth=_bandwidth(facts),
        placement=_placement(facts),
        errata=_errata(facts),
        unknown=_unknown(facts),
        steps=list(lineage.steps(chip)),
        files=_files(chip),
        sources=table(["source", "evidence", "title", "date"], facts.sources()),
    )


def _devices(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            facts.named("devices", name),
            device.vendor_name or "none known",
            facts.evidence(device.source),
            device.doc,
        ]
        for name, device in facts.entry.spec.devices.items()
    ]
    return table(["device", "vendor's name", "evidence", "remark"], rows)


def _cores(facts: Facts[Chip]) -> Markup:
    """The table of cores, and below it the sum of each memory."""
    cores = facts.entry.spec.cores
    memories = list(dict.fromkeys(key for core in cores.values() for key in core.words))
    rows: list[list[object]] = [
        [
            Markup(facts.place("cores", number) + str(number)),
            *(core.words[memory] for memory in memories),
            facts.evidence(core.source),
            facts.stated_in("cores", number),
        ]
        for number, core in cores.items()
    ]
    totals = [sum(core.words[memory] for core in cores.values()) for memory in memories]
    rows.append(["all", *(Markup(f"**{total}**") for total in totals), None, None])
    return table(["core", *(memory.replace("_", " ") for memory in memories), "evidence", STATED], rows)


def _claims(facts: Facts[Chip]) -> Markup:
    rows = [
        [facts.named("claims", name), formula(claim.must.tree), claim.doc, facts.evidence(claim.source)]
        for name, claim in facts.entry.spec.claims.items()
    ]
    return table(["claim", "holds", "meaning", "evidence"], rows)


def _limits(facts: Facts[Chip], layer: Layer) -> Markup:
    rules = _rules_of_limits(layer)
    rows = [
        [
            facts.named("limits", name),
            str(limit),
            limit.kind,
            limit.doc,
            join(rules.get(name, ())),
            facts.evidence(limit.source),
            facts.stated_in("limits", name),
        ]
        for name, limit in facts.entry.spec.limits.items()
    ]
    return table(["limit", "takes", "kind", "meaning", "rule", "evidence", STATED], rows)


def _rules_of_limits(layer: Layer) -> Mapping[str, list[Markup]]:
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
        [
            facts.named("widths", name),
            width.bits,
            facts.evidence(width.source),
            facts.stated_in("widths", name),
        ]
        for name, width in facts.entry.spec.widths.items()
    ]
    return table(["word", "bits", "evidence", STATED], rows)


def _features(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            facts.named("features", name),
            "yes" if feature.has else "no",
            feature.doc,
            facts.evidence(feature.source),
            facts.stated_in("features", name),
        ]
        for name, feature in facts.entry.spec.features.items()
    ]
    return table(["block", "there", "meaning", "evidence", STATED], rows)


def _dvs(facts: Facts[Chip]) -> Markup:
    dvs = facts.entry.spec.dvs
    if dvs is None:
        return Markup("")
    parts = [
        ("array", f"{dvs.array.height} rows, {dvs.array.width} columns", dvs.array),
        ("pooling", str(dvs.pooling), dvs.pooling),
        ("destinations", str(dvs.destinations), dvs.destinations),
        ("id", f"layer {dvs.id.layer}", dvs.id),
    ]
    rows = [
        [facts.named("dvs", key), value, part.doc, facts.evidence(part.source)] for key, value, part in parts
    ]
    return table(["part", "value", "meaning", "evidence"], rows)


def _readout(facts: Facts[Chip]) -> Mapping[str, Any]:
    readout = facts.entry.spec.readout
    if readout is None:
        return {}
    rows = [
        [Markup(facts.place("readout", key) + key.replace("_", " ")), getattr(readout, key)]
        for key in ("destination", "classes", "channel_stride")
    ]
    return {
        "values": table(["readout", "value"], rows),
        "place": facts.place("readout"),
        "doc": sentence(readout.doc),
        "evidence": facts.evidence(readout.source),
    }


def _bandwidth(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            Markup(facts.place("bandwidth", number) + str(number)),
            each.synops_per_second,
            facts.evidence(each.source),
        ]
        for number, each in facts.entry.spec.bandwidth.items()
    ]
    return table(["core", "synaptic operations per second", "evidence"], rows)


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
    }


def _errata(facts: Facts[Chip]) -> Markup:
    rows = [
        [
            facts.named("errata", name),
            each.text,
            each.remedy,
            facts.evidence(each.source),
            facts.stated_in("errata", name),
        ]
        for name, each in facts.entry.spec.errata.items()
    ]
    return table(["erratum", "what happens", "what helps", "evidence", STATED], rows)


def _unknown(facts: Facts[Chip]) -> Markup:
    rows = [[facts.named("unknown", name), text] for name, text in facts.entry.spec.unknown.items()]
    return table(["unknown", "what no source says"], rows)


def _files(chip: Chip) -> Markup:
    rows = [
        [
            code(f"chips/{document.path.name}"),
            markup(document.text("version") or ""),
            sentence(document.text("doc") or ""),
        ]
        for document in chip.lineage
    ]
    return table(["spec file", "version", "states"], rows)
