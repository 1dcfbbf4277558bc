"""The section of a chip's page on its configuration: what each field holds, and how words are addressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.emit.docs.facts import EVIDENCE, SET_BY, Facts
from dynapspec.emit.docs.markup import Markup, code, join, table
from dynapspec.model import Chip, LayerSpec
from dynapspec.model.configuration import ConfigurationBlock, ConfigurationField, packed
from dynapspec.model.packing import Parts

TITLES = {"cores": "each core", "sensor": "the sensor", "readout": "the readout"}
COLUMNS = ["field", "holds", "where not in use", "remark", EVIDENCE, SET_BY]


def configuration(facts: Facts[Chip], layer: LayerSpec) -> Mapping[str, Any]:
    """The tables; empty for a chip whose configuration is not stated."""
    found = facts.entry.spec.configuration
    if found is None:
        return {}
    blocks = {name: getattr(found, name) for name in TITLES}
    return {
        "place": facts.place("configuration", "object") if found.object else Markup(""),
        "object": code(found.object.replace("{chip}", facts.entry.name)) if found.object else "",
        "tables": [
            part for name, block in blocks.items() if block is not None for part in _block(facts, name, block)
        ],
        "addresses_place": facts.place("configuration", "addresses"),
        "addresses": _addresses(facts, layer),
    }


def _block(facts: Facts[Chip], name: str, block: ConfigurationBlock) -> Iterator[Mapping[str, Any]]:
    path = ("configuration", name)
    yield {
        "title": Markup(f"{facts.place(*path)}{code(block.at)} has these fields for {TITLES[name]}:"),
        "table": _fields(facts, (*path, "fields"), block.fields),
    }
    slots = block.destinations
    if slots is not None:
        below = (*path, "destinations")
        name = facts.place(*below) + code(f"{block.at}.{slots.at}")
        title = Markup(f"{name} has {slots.slots} places, and these fields in each:")
        yield {"title": title, "table": _fields(facts, (*below, "fields"), slots.fields)}


def _fields(facts: Facts[Chip], path: tuple[str, ...], fields: Mapping[str, ConfigurationField]) -> Markup:
    rows = [
        [
            facts.named(*path, name),
            _holds(field),
            "the vendor's value" if field.off is None else code(_constant(field.off)),
            join(filter(None, [field.doc, field.note]), "; "),
            *facts.known(*path, name, source=field.source),
        ]
        for name, field in fields.items()
    ]
    return table(COLUMNS, rows)


def _holds(field: ConfigurationField) -> Markup:
    """What a field holds, in short."""
    if not isinstance(field.is_, str):
        return Markup(f"always {code(_constant(field.is_))}")
    parts = [code(field.is_)]
    if field.equals:
        parts.append(Markup(f"the same as {join(map(code, field.equals), ', ')}"))
    if field.axes:
        parts.append(Markup(f"by {', '.join(field.axes)}"))
    coded = [f"{code(key)} as {code(_constant(value))}" for key, value in field.as_.items()]
    if field.else_ is not None:
        coded.append(f"else {code(_constant(field.else_))}")
    return join([*parts, *([Markup(", ".join(coded))] if coded else [])], ": " if coded else ", ")


def _constant(value: bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _addresses(facts: Facts[Chip], layer: LayerSpec) -> Markup:
    found = facts.entry.spec.configuration
    assert found is not None
    rows = [
        [
            facts.named("configuration", "addresses", name),
            join(_parts(packed(one, layer)), ", "),
            join(
                [*([f"memory {one.memory}"] if one.memory else []), *filter(None, [one.doc, one.note])], "; "
            ),
            *facts.known("configuration", "addresses", name, source=one.source),
        ]
        for name, one in found.addresses.items()
    ]
    titles = [
        "address",
        "indices, by what they count, from the highest bits down",
        "remark",
        EVIDENCE,
        SET_BY,
    ]
    return table(titles, rows) if rows else Markup("")


def _parts(parts: Parts | None) -> list[Markup]:
    """The parts of an address; those that are counted through together with a sign between them."""
    if parts is None:
        return [Markup("the formula of the memory packs no indices")]
    return [join(map(code, part), " with ") for part in parts]
