"""Turns pydantic's errors into findings with a place, a plain message and a hint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import UnionType
from typing import Any, TypeAlias, get_origin

from pydantic import BaseModel, ValidationError

from dynapspec.diagnostics import Diagnostic, Span, did_you_mean
from dynapspec.load.node import Mapping, Node, Scalar, Sequence, descend, name_of, place_of

Path: TypeAlias = tuple[int | str, ...]
KEY = "[key]"  # pydantic's last step to a key that is wrong itself
MAX_FINDINGS = 30  # of one spec; who has more has one cause of them all
_PLAIN = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of names to values",
}
_EXAMPLES = {
    "int_type": "write digits, such as 16",
    "float_type": "write a number, such as 0.5",
    "string_type": "write some text",
    "bool_type": "write true or false",
    "tuple_type": "write [a, b]",
    "dict_type": "write `name: value` below it, or {name: value}",
    "model_type": "write `name: value` below it, or {name: value}",
}
_BOUNDS = {
    "greater_than_equal": ("at least {ge} is expected", "use a larger number"),
    "less_than_equal": ("at most {le} is expected", "use a smaller number"),
    "string_too_short": ("some text is expected", "write it"),
    "too_short": ("at least {min_length} entry is expected", "state one, or leave the whole out"),
    "too_long": ("at most {max_length} entries are expected", "leave some out"),
}


def findings_of(error: ValidationError, node: Node, spec: type[BaseModel]) -> Iterator[Diagnostic]:
    """One finding for each place that pydantic complains about."""
    places: dict[Path, list[Any]] = {}
    for item in error.errors(include_url=False):
        places.setdefault(_existing(node, item["loc"]), []).append(item)
    for path, items in list(places.items())[:MAX_FINDINGS]:
        yield _finding(items, path, node, spec)
    if len(places) > MAX_FINDINGS:
        message = f"{len(places) - MAX_FINDINGS} more findings about the structure of this spec"
        yield Diagnostic("too-many", message, node.span, "mend those that are shown first")


def _existing(node: Node, loc: Path) -> Path:
    """The error's path without the tags that pydantic adds for the members of a union."""
    path: list[int | str] = []
    for index, step in enumerate(loc):
        owner = descend(node, tuple(path))
        last = index == len(loc) - 1
        known = isinstance(owner, Mapping) and str(step) in owner.items
        listed = isinstance(owner, Sequence) and isinstance(step, int)
        if known or listed or (last and (step == KEY or isinstance(owner, Mapping))):
            path.append(step)
    return tuple(path)


def _finding(items: list[Any], path: Path, node: Node, spec: type[BaseModel]) -> Diagnostic:
    item = items[0]
    context, kind = item.get("ctx", {}), item["type"]
    if path[-1:] == (KEY,):
        return _about_key(item, path[:-1], node)
    if kind in ("extra_forbidden", "invalid_key"):
        owner = _model_at(spec, path[:-1])
        hint = did_you_mean(str(path[-1]), _keys(owner)) if owner else ""
        return Diagnostic("unknown-key", f"{path[-1]} means nothing here", name_of(node, path), hint)
    if kind == "missing":
        return Diagnostic(
            "missing-key", f"{path[-1]} is missing", place_of(node, path), f"add `{path[-1]}: ...`"
        )
    if kind in _PLAIN:
        return _wrong_type([each["type"] for each in items], path, node)
    span = place_of(node, (*path, context["key"]) if "key" in context else path)
    if "start" in context:
        span = span.within(context["start"], context["stop"])
    if kind == "literal_error":
        return _wrong_word(context["expected"], descend(node, path), span)
    if kind in _BOUNDS:
        message, hint = _BOUNDS[kind]
        return Diagnostic("wrong-value", message.format(**context), span, hint)
    return Diagnostic(kind, item["msg"], span, context.get("hint", ""))


def _about_key(item: Any, path: Path, node: Node) -> Diagnostic:
    """A name that cannot be one, or a name where a number is expected."""
    span = name_of(node, path) or place_of(node, path)
    if item["type"] in _PLAIN:
        number = item["type"] == "int_type"
        hint = "write a number or a range such as 0..2" if number else "begin with a letter"
        what = "a number" if number else "a name"
        return Diagnostic("wrong-type", f"{what} is expected, found {path[-1]!r}", span, hint)
    return Diagnostic(item["type"], item["msg"], span, item.get("ctx", {}).get("hint", ""))


def _wrong_type(kinds: list[str], path: Path, node: Node) -> Diagnostic:
    """A value of none of the types that could stand there."""
    expected = " or ".join(dict.fromkeys(_PLAIN[kind] for kind in kinds if kind in _PLAIN))
    found = descend(node, path)
    quoted = "string_type" in kinds and isinstance(found, Scalar) and found.value is not None
    hint = "quote it" if quoted else next(_EXAMPLES[kind] for kind in kinds if kind in _EXAMPLES)
    return Diagnostic("wrong-type", f"{expected} is expected{_found(found)}", place_of(node, path), hint)


def _wrong_word(expected: str, found: Node, span: Span) -> Diagnostic:
    words = re.findall(r"'([^']*)'", expected)
    shown = repr(found.value) if isinstance(found, Scalar) else "this"
    hint = did_you_mean(str(found.value) if isinstance(found, Scalar) else "", words)
    return Diagnostic("wrong-value", f"{shown} is none of the words that can stand here", span, hint)


def _found(node: Node) -> str:
    if isinstance(node, Scalar):
        return f", found {node.value!r}"
    return ", found a list" if isinstance(node, Sequence) else ", found a mapping"


def _keys(owner: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in owner.model_fields.items()]


def _model_at(spec: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model class that describes the part at ``path``."""
    owner: Any = spec
    for step in path:
        owner = _below(owner, step)
    return owner if isinstance(owner, type) and issubclass(owner, BaseModel) else None


def _below(owner: Any, step: int | str) -> Any:
    """The type of one entry of a model, of a mapping or list of models, or of an optional model."""
    if isinstance(owner, type) and issubclass(owner, BaseModel):
        fields = owner.model_fields
        field = fields.get(str(step)) or next((f for f in fields.values() if f.alias == step), None)
        return _without_none(field.annotation) if field else None
    arguments = getattr(owner, "__args__", ())
    return _without_none(arguments[-1] if get_origin(owner) is dict else arguments[0]) if arguments else None


def _without_none(annotation: Any) -> Any:
    """``X`` of ``X | None``."""
    members = [member for member in getattr(annotation, "__args__", ()) if member is not type(None)]
    return members[0] if isinstance(annotation, UnionType) and len(members) == 1 else annotation
