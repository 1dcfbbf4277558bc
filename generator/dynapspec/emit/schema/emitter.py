"""JSON Schemas: of spec files and network files, and of what ``fit``, ``diff`` and ``export`` give."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dynapspec.emit.output import Output
from dynapspec.emit.schema.network import network_schema
from dynapspec.emit.schema.parts import Schema, part_schema, parts_of
from dynapspec.model import ChipSpec, LayerSpec, Model
from dynapspec.resolve.documents import FORMAT, NOT_IN_MIXINS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def emit(model: Model) -> Iterator[Output]:
    """Each schema as a file below ``schemas/``."""
    yield _output("layer", file_schema(LayerSpec, "layer"))
    yield _output("chip", with_memories(file_schema(ChipSpec, "chip"), model))
    yield _output("layer-mixin", mixin_schema(LayerSpec, "layer"))
    yield _output("chip-mixin", with_memories(mixin_schema(ChipSpec, "chip"), model))
    for layer in list(model.layers.values())[:1]:
        yield Output("schemas/network.json", _text(network_schema(layer.spec)), (layer,))
    yield from _answers(model)


def _answers(model: Model) -> Iterator[Output]:
    # imported here: these packages are needed for nothing else that is generated
    from dynapspec.bench.schema import bench_schema
    from dynapspec.diff.schema import diff_schema
    from dynapspec.explore.schema import explore_schema, space_schema
    from dynapspec.export.schema import configuration_schema
    from dynapspec.network.schema import fit_schema
    from dynapspec.quantize.schema import quantize_schema
    from dynapspec.simulate.schema import simulate_schema

    yield _output("fit", fit_schema())
    yield _output("diff", diff_schema())
    yield _output("explore", explore_schema())
    for layer in list(model.layers.values())[:1]:
        yield Output("schemas/space.json", _text(space_schema(layer.spec)), (layer,))
    yield _output("quantize", quantize_schema())
    yield _output("bench", bench_schema())
    yield _output("simulate", simulate_schema())
    everything = (*model.layers.values(), *model.chips.values())
    yield Output("schemas/configuration.json", _text(configuration_schema(model)), everything)


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


def with_memories(schema: Schema, model: Model) -> Schema:
    """The schema with the memories of these layer specs, so that an editor can offer them for a core."""
    core = schema["$defs"]["Core"]
    memories = {name: part for layer in model.layers.values() for name, part in layer.spec.memory.items()}
    offered = {
        f"{name}_words": {
            "description": f"words that the core has; {memory.doc}",
            "type": "integer",
            "minimum": 0,
        }
        for name, memory in memories.items()
    }
    parts = {**schema["$defs"], "Core": {**core, "properties": {**offered, **core["properties"]}}}
    return {**schema, "$defs": parts}


def mixin_schema(spec: type[LayerSpec] | type[ChipSpec], kind: str) -> Schema:
    """The schema of a mixin for one kind of spec: another head, and nothing that is for whole specs alone."""
    schema = file_schema(spec, kind)
    parts = {key: part for key, part in schema["properties"].items() if key not in NOT_IN_MIXINS}
    head: Schema = {
        "mixin": {"description": "the name of the mixin, which is that of its file", "type": "string"},
        "for": {"description": "the kind of spec that it is a part of", "const": kind},
    }
    return {
        **schema,
        "title": f"dynapspec mixin for a {kind} spec",
        "description": f"A named part of {kind} specs, laid over what they extend.",
        "properties": {"format": parts.pop("format"), **head, **parts},
        "required": ["format", "mixin", "for", "version"],
    }


def _output(name: str, schema: Schema) -> Output:
    return Output(f"schemas/{name}.json", _text(schema), ())


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
