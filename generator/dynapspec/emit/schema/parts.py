"""JSON Schema of spec files, read off the pydantic models.

A file is not a whole spec: what it extends states the rest. So nothing is required below the head,
cores may be given by range, and null takes an inherited entry out.
"""

from __future__ import annotations

from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dynapspec.model.chip_spec import Core
from dynapspec.model.configuration import Code, FieldPath, ObjectName
from dynapspec.model.values import Formula, Identifier, Interval, Path, RuleId, Step, Version

Schema: TypeAlias = dict[str, Any]

IDENTIFIER = "^[A-Za-z][A-Za-z0-9_]{0,79}$"
RULE_ID = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
VERSION = r"^[0-9]+\.[0-9]+\.[0-9]+$"
NUMBERS = r"^[0-9]{1,9}(\.\.[0-9]{1,9})?$"  # 3, or 0..2
FIELD = r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$"  # dimensions.stride.x
OBJECT = r"^[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_][A-Za-z0-9_]*|\{chip\}))+$"
CODE = "^([A-Za-z][A-Za-z0-9_]*|[0-9]{1,9})$"  # a value that is written another way: a name or a number
MEMORY_KEY = "^[A-Za-z_][A-Za-z0-9_]*_words$"

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_TEXTS: dict[Any, str] = {Identifier: IDENTIFIER, RuleId: RULE_ID, Version: VERSION, FieldPath: FIELD}
_TEXTS[ObjectName] = OBJECT
_KEYS: dict[Any, str] = {
    Identifier: IDENTIFIER,
    RuleId: RULE_ID,
    int: NUMBERS,
    FieldPath: FIELD,
    Code: CODE,
}
_PARSED: dict[Any, Schema] = {
    Formula: {"type": ["string", "number"]},
    Step: {"type": "string", "pattern": r"^\s*[vn]\s*=[^=]"},
    Path: {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$"},
    Interval: {"type": "string", "pattern": r"^-?[0-9]{1,18}\.\.-?[0-9]{1,18}$"},
}


def schema_of(kind: Any) -> Schema:
    """The schema of a value of a type that the models use."""
    if kind in _TEXTS:
        return {"type": "string", "pattern": _TEXTS[kind]}
    if kind in _PARSED:
        return {**_PARSED[kind], "description": kind.description, "examples": [kind.example]}
    if kind in _TYPES:
        return {"type": _TYPES[kind]}
    arguments = get_args(kind)
    match get_origin(kind):
        case None:
            return {"$ref": f"#/$defs/{kind.__name__}"}
        case origin if origin is Annotated:
            return schema_of(arguments[0])
        case origin if origin is Literal:
            return {"enum": list(arguments)}
        case origin if origin in (Union, UnionType):
            return _either([schema_of(argument) for argument in arguments])
        case origin if origin is tuple:
            return {"type": "array", "items": schema_of(arguments[0])}
    return _mapping(*arguments)


def _either(members: list[Schema]) -> Schema:
    """One of several types: a list of type names where that says it all."""
    if all(member.keys() == {"type"} for member in members):
        return {"type": [member["type"] for member in members]}
    return {"anyOf": members}


def _mapping(key: Any, value: Any) -> Schema:
    """Entries by name or number; one that is itself a mapping or a list can be taken out by null."""
    entry = schema_of(value)
    if "$ref" in entry or entry.get("type") == "array":
        entry = {"anyOf": [entry, {"type": "null"}]}
    return {"type": "object", "propertyNames": {"pattern": _KEYS[key]}, "additionalProperties": entry}


def part_schema(model: type[BaseModel]) -> Schema:
    """The schema of one mapping of a spec, with a description for each of its keys."""
    schema: Schema = {
        "type": "object",
        "description": (model.__doc__ or "").strip(),
        "properties": {field.alias or name: _property(field, kind) for name, field, kind in fields_of(model)},
        "additionalProperties": False,
    }
    if model is Core:
        words = {"type": "integer", "minimum": 0, "description": "words of this memory that the core has"}
        schema["patternProperties"] = {MEMORY_KEY: words}
    return schema


@lru_cache(maxsize=256)
def fields_of(model: type[BaseModel]) -> tuple[tuple[str, FieldInfo, Any], ...]:
    """Name, field and full type of each key, those of the class itself before the inherited ones."""
    hints = get_type_hints(model, include_extras=True)
    own = model.__annotations__
    names = sorted(model.model_fields, key=lambda name: name not in own)
    return tuple((name, model.model_fields[name], hints[name]) for name in names)


def _property(field: FieldInfo, kind: Any) -> Schema:
    schema = schema_of(kind)
    said = schema.pop("description", "")
    schema = {"description": "; ".join(filter(None, [field.description or "", said])), **schema}
    for bound in field.metadata:
        if isinstance(bound, Ge):
            schema["minimum"] = bound.ge
        if isinstance(bound, Le):
            schema["maximum"] = bound.le
    if isinstance(field.default, bool):
        schema["default"] = field.default
    return schema


def parts_of(kind: Any) -> dict[str, type[BaseModel]]:
    """The models that a type is made of, by name, in the order in which they are met."""
    found: dict[str, type[BaseModel]] = {}
    _collect(kind, found)
    return found


def _collect(kind: Any, found: dict[str, type[BaseModel]]) -> None:
    for argument in get_args(kind):
        _collect(argument, found)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__name__ not in found:
        found[kind.__name__] = kind
        for _, _, inner in fields_of(kind):
            _collect(inner, found)
