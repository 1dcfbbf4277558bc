"""JSON Schema of configurations, from the layouts that chip specs state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dynapspec.model import Chip, LayerSpec, Model
from dynapspec.model.configuration import FLAGS
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval
from dynapspec.runtime.configuration import AXES

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def configuration_schema(model: Model) -> Schema:
    """The schema: a configuration is one of the chips'; chips that lay it out alike share a part."""
    parts: dict[str, Schema] = {}
    names: dict[str, list[str]] = {}
    for chip in model.chips.values():
        if chip.spec.configuration is None:
            continue
        part = chip_schema(chip, model.layer_of(chip).spec)
        name = next((name for name, known in parts.items() if known == part), chip.name)
        parts[name] = part
        names.setdefault(name, []).append(chip.name)
    for name, part in parts.items():
        part["description"] = f"a configuration of {', '.join(names[name])}"
    return {
        "$schema": DIALECT,
        "title": "dynapspec configuration",
        "description": "What cores and blocks of a chip hold, as the vendor's library loads it.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in parts] or [False],
        "$defs": parts,
    }


def chip_schema(chip: Chip, layer: LayerSpec) -> Schema:
    """The schema of the configurations of one chip."""
    assert chip.spec.configuration is not None
    layout, top = chip.spec.configuration.layout(layer), _Object()
    values = _Values(chip, layer)
    core = values.block(layout["cores"])
    count = max(chip.spec.cores) + 1
    cores = {"type": "array", "items": core, "minItems": count, "maxItems": count}
    top.put(layout["cores"]["at"], cores)
    for name in ("sensor", "readout"):
        if layout[name] is not None:
            top.put(layout[name]["at"], values.block(layout[name]))
    return top.schema


class _Object:
    """A mapping all of whose keys are required, and no others are known."""

    def __init__(self) -> None:
        self.schema: Schema = {
            "type": "object",
            "properties": {},
            "required": [],
            "additionalProperties": False,
        }

    def put(self, path: str, schema: Schema) -> None:
        """Puts the schema of a field at its path."""
        first, _, rest = path.partition(".")
        if first not in self.schema["properties"]:
            self.schema["properties"][first] = _Object().schema if rest else {}
            self.schema["required"].append(first)
        if rest:
            below = _Object()
            below.schema = self.schema["properties"][first]
            below.put(rest, schema)
        else:
            self.schema["properties"][first] = schema


class _Values:
    """The schemas of what the fields of one chip hold."""

    def __init__(self, chip: Chip, layer: LayerSpec) -> None:
        self.chip = chip
        self.dims: Mapping[str, Dim] = {**layer.dims, **layer.destination_dims}

    def block(self, block: Mapping[str, Any]) -> Schema:
        """One object: in use, or switched off."""
        used, off = _Object(), _Object()
        for path, field in block["fields"].items():
            used.put(path, self._field(field))
            if "off" in field:
                off.put(path, {"const": field["off"]})
        if (slots := block["destinations"]) is not None:
            count = slots["slots"]
            ends = {"type": "array", "minItems": count, "maxItems": count}
            used.put(slots["at"], {**ends, "items": self._slot(slots["fields"])})
            off.put(slots["at"], {**ends, "items": self._off(slots["fields"])})
        return {"anyOf": [used.schema, off.schema]}

    def _slot(self, fields: Mapping[str, Any]) -> Schema:
        made = _Object()
        for path, field in fields.items():
            made.put(path, self._field(field))
        if all("off" in field for field in fields.values()):
            return made.schema
        return {"anyOf": [made.schema, self._off(fields)]}

    def _off(self, fields: Mapping[str, Any]) -> Schema:
        made = _Object()
        for path, field in fields.items():
            if "off" in field:
                made.put(path, {"const": field["off"]})
        return made.schema

    def _field(self, field: Mapping[str, Any]) -> Schema:
        name = field["is"]
        if not isinstance(name, str):
            return {"const": name}
        if "as" in field:
            return {"enum": _different([*field["as"].values(), field.get("else"), field.get("off")])}
        if name in AXES:
            schema = self._word(name)
            for _ in AXES[name]:
                schema = {"type": "array", "items": schema}
            return schema
        if name in FLAGS:
            return {"type": "boolean"}
        return self._dim(self.dims.get(name))

    def _word(self, name: str) -> Schema:
        """One word of an array."""
        width = {"weight": "weight", "bias": "bias", "v": "state"}.get(name)
        if width is None:
            return {"type": "boolean"}
        if width not in self.chip.spec.widths:
            return {"type": "integer"}
        half = 1 << (self.chip.spec.widths[width].bits - 1)
        return {"type": "integer", "minimum": -half, "maximum": half - 1}

    def _dim(self, dim: Dim | None) -> Schema:
        if dim is None or not isinstance(dim.domain, Interval):
            return {"type": "integer"}
        return {"type": "integer", "minimum": dim.domain.low, "maximum": dim.domain.high}


def _different(values: Iterable[Any]) -> list[Any]:
    """The values, each once; true is no 1."""
    found: dict[str, Any] = {repr(value): value for value in values if value is not None}
    return list(found.values())
