"""The words of the spec language: what code knows of them comes from code, what they mean is said here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from dynapspec.emit.docs.evidence_page import LEVEL_MEANING
from dynapspec.emit.docs.markup import Markup, anchor, code, join, link, markup, table
from dynapspec.emit.schema.parts import Schema, fields_of, part_schema, parts_of
from dynapspec.formula.operators import ARITY
from dynapspec.model.values import Fact, Kind, Level

KIND_MEANING = {
    "pixel": "a length on a map: rows or columns",
    "channel": "a number of features",
    "count": "a number of anything else",
    "ratio": "a stride, a dilation, one of so many: scales a length",
    "bit": "bits of an address or of a word",
    "word": "words of a memory",
    "level": "a value that a word holds",
    "bool": "true or false",
    "name": "one of several names",
}
FUNCTION_MEANING = {
    "ceil_log2": "bits that an address needs to tell so many things apart",
    "pow2": "things that an address of so many bits tells apart",
    "words": "names a count as words",
    "sum": "sum of a column, in claims",
    "abs": "without its sign",
    "min": "smallest of its arguments, or of one group of values",
    "max": "largest of its arguments, or of one group of values",
    "trunc": "rounded toward zero",
    "round_down": "rounded down",
    "round_up": "rounded up",
    "round_half_even": "rounded to the nearest, a tie to the even number",
    "round_half_up": "rounded to the nearest, a tie upward",
    "exp": "e to the value, in f32 formulas",
    "normal": "density of the normal distribution: value, mean, deviation; in f32 formulas",
}
FACT_KEYS = tuple(Fact.model_fields)  # that every part which states a fact has
_LISTS = {get_args(Kind): "[kind](#kinds-and-units)", get_args(Level): "[level](#evidence)"}
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}


def kinds() -> Markup:
    """The table of kinds."""
    return table(["kind", "what it is"], [[code(kind), KIND_MEANING[kind]] for kind in get_args(Kind)])


def levels() -> Markup:
    """The table of levels of evidence, strongest first."""
    return table(["level", "meaning"], [[code(level), LEVEL_MEANING[level]] for level in get_args(Level)])


def functions() -> Markup:
    """The table of functions."""
    rows = [[code(name), _arity(*ARITY[name]), FUNCTION_MEANING[name]] for name in ARITY]
    return table(["function", "arguments", "value"], rows)


def _arity(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def parts(top: type[BaseModel], *, skip: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
    """Each part of a spec with a table of its keys, the whole spec first."""
    known: dict[str, type[BaseModel]] = {**parts_of(top), "Fact": Fact}
    for name, model in known.items():
        if name not in skip:
            yield {
                "name": name,
                "place": anchor(f"part-{name}"),
                "doc": Markup((model.__doc__ or "").splitlines()[0]),
                "fact": issubclass(model, Fact) and model is not Fact,
                "keys": _keys(model),
            }


def _keys(model: type[BaseModel]) -> Markup:
    schema = part_schema(model)
    rows = []
    for name, field, _ in fields_of(model):
        if name in FACT_KEYS and issubclass(model, Fact) and model is not Fact:
            continue
        key = field.alias or name
        required = "yes" if field.is_required() else ""
        rows.append([code(key), _value(schema["properties"][key]), required, _doc(schema["properties"][key])])
    for key, part in schema.get("patternProperties", {}).items():
        rows.append(
            [
                code(key.strip("^$").replace("[A-Za-z_][A-Za-z0-9_]*", "<memory>")),
                _value(part),
                "",
                _doc(part),
            ]
        )
    return table(["key", "value", "required", "meaning"], rows)


def _doc(schema: Schema) -> Markup:
    """The meaning of a key, which the code that reads the specs states; what its value is has a column."""
    return Markup(
        schema["description"].partition("; a")[0] if "examples" in schema else schema["description"]
    )


def _value(schema: Schema) -> Markup:
    """What a key takes, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return link(name, f"#part-{name}")
    if "enum" in schema:
        listed = _LISTS.get(tuple(schema["enum"]))
        return Markup(listed) if listed else join(map(code, schema["enum"]), " or ")
    if "anyOf" in schema:
        return join(map(_value, schema["anyOf"]), " or ")
    if "additionalProperties" in schema:
        return Markup("entries: " + _value(_without_null(schema["additionalProperties"])))
    if "items" in schema:
        return Markup("list: " + _value(schema["items"]))
    if "examples" in schema:
        return Markup(_example(schema))
    types = schema["type"]
    return markup(" or ".join(_WORDS[each] for each in ([types] if isinstance(types, str) else types)))


def _example(schema: Schema) -> str:
    if "pattern" not in schema:  # only a formula has none
        return "[formula](#formulas)"
    return f"text such as {code(schema['examples'][0])}"


def _without_null(entry: Schema) -> Schema:
    """An entry without the null that takes it out, which holds for every entry."""
    members = [each for each in entry.get("anyOf", []) if each != {"type": "null"}]
    first: Schema = members[0] if len(members) == 1 else entry
    return first
