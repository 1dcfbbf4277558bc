"""JSON Schemas for editors: of layer specs, chip specs and network files, and of what ``fit`` answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dynapspec.emit.output import Output
from dynapspec.emit.schema.network import network_schema
from dynapspec.emit.schema.parts import Schema, part_schema, parts_of
from dynapspec.model import ChipSpec, LayerSpec, Model
from dynapspec.resolve.library import FORMAT

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def emit(model: Model) -> Iterator[Output]:
    """Each schema as a file below ``schemas/``."""
    yield _output("layer", file_schema(LayerSpec, "layer"))
    yield _output("chip", file_schema(ChipSpec, "chip"))
    for layer in list(model.layers.values())[:1]:
        yield Output("schemas/network.json", _text(network_schema(layer.spec)), (layer,))
    yield from _fit()


def _fit() -> Iterator[Output]:
    # imported here: the network package is needed for nothing else that is generated
    from dynapspec.network.schema import fit_schema

    yield _output("fit", fit_schema())


def file_schema(spec: type[LayerSpec] | type[ChipSpec], kind: str) -> Schema:
    """The schema of one spec file: its head is required, everything else may be inherited."""
    top = part_schema(spec)
    properties = top["properties"]
    properties["format"] |= {"const": FORMAT}
    for name, field in spec.model_fields.items():
        if not field.is_required() and properties[name].get("type") == "object":
            properties[name]["type"] = ["object", "null"]
    parts = {name: part_schema(part) for name, part in parts_of(spec).items() if part is not spec}
    return {
        "$schema": DIALECT,
        "title": f"dynapspec {kind} spec",
        **top,
        "required": ["format", kind, "version"],
        "$defs": parts,
    }


def _output(name: str, schema: Schema) -> Output:
    return Output(f"schemas/{name}.json", _text(schema), ())


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
