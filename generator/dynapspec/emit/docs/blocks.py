"""The blocks of a chip beside its cores: features that it has or lacks, the readout, and the sensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.emit.docs.facts import EVIDENCE, SET_BY, Facts
from dynapspec.emit.docs.markup import Markup, sentence, table
from dynapspec.model import Chip


def features(facts: Facts[Chip]) -> Markup:
    """The blocks that the chip has or lacks."""
    rows = [
        [
            facts.named("features", name),
            "yes" if feature.has else "no",
            feature.doc,
            *facts.known("features", name, source=feature.source),
        ]
        for name, feature in facts.entry.spec.features.items()
    ]
    return table(["block", "there", "meaning", EVIDENCE, SET_BY], rows)


def dvs(facts: Facts[Chip]) -> Markup:
    """The sensor and its pre-processing block; nothing for a chip that has none."""
    block = facts.entry.spec.dvs
    if block is None:
        return Markup("")
    parts = [
        ("array", f"{block.array.height} rows, {block.array.width} columns", block.array),
        ("pooling", str(block.pooling), block.pooling),
        ("destinations", str(block.destinations), block.destinations),
        ("id", f"layer {block.id.layer}", block.id),
    ]
    rows = [
        [facts.named("dvs", key), value, part.doc, *facts.known("dvs", key, source=part.source)]
        for key, value, part in parts
    ]
    return table(["part", "value", "meaning", EVIDENCE, SET_BY], rows)


def readout(facts: Facts[Chip]) -> Mapping[str, Any]:
    """The block that picks a class; empty for a chip that has none."""
    block = facts.entry.spec.readout
    if block is None:
        return {}
    rows = [
        [
            Markup(facts.place("readout", key) + key.replace("_", " ")),
            getattr(block, key),
            facts.set_by("readout", key),
        ]
        for key in ("destination", "classes", "channel_stride")
    ]
    return {
        "values": table(["readout", "value", SET_BY], rows),
        "place": facts.place("readout"),
        "doc": sentence(block.doc),
        "evidence": facts.evidence(block.source),
    }
