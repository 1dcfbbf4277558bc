"""Turns pydantic's errors into findings with a place, a plain message and a hint."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.load.node import Mapping, Node, Scalar, Sequence, descend, place_of

_PLAIN = {
    "int_type": "a whole number is expected",
    "float_type": "a number is expected",
    "string_type": "text is expected; quote it if it looks like a number",
    "bool_type": "true or false is expected",
    "tuple_type": "a list is expected",
    "dict_type": "a mapping of names to values is expected",
    "model_type": "a mapping of names to values is expected",
}


def findings_of(error: ValidationError, node: Node, spec: type[BaseModel]) -> Iterator[Diagnostic]:
    """One finding for each place that pydantic complains about."""
    seen: set[tuple[int | str, ...]] = set()
    for item in error.errors(include_url=False):
        path = _existing(node, item["loc"])
        if path not in seen:
            seen.add(path)
            yield _finding(item, path, node, spec)


def _existing(node: Node, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The error's path without the tags that pydantic adds for the members of a union."""
    path: list[int | str] = []
    for index, step in enumerate(loc):
        owner = descend(node, tuple(path))
        known = isinstance(owner, Mapping) and str(step) in owner.items
        listed = isinstance(owner, Sequence) and isinstance(step, int)
        if known or listed or (index == len(loc) - 1 and isinstance(owner, Mapping)):
            path.append(step)
    return tuple(path)


def _finding(item: Any, path: tuple[int | str, ...], node: Node, spec: type[BaseModel]) -> Diagnostic:
    context = item.get("ctx", {})
    kind = item["type"]
    span = place_of(node, path)
    if "start" in context:
        span = span.within(context["start"], context["stop"])
    if kind == "extra_forbidden":
        owner = _model_at(spec, path[:-1])
        hint = did_you_mean(str(path[-1]), _keys(owner)) if owner else ""
        keys = descend(node, path[:-1])
        span = keys.key_spans[str(path[-1])] if isinstance(keys, Mapping) else span
        return Diagnostic("unknown-key", f"{path[-1]} means nothing here", span, hint)
    if kind == "missing":
        return Diagnostic("missing-key", f"{path[-1]} is missing", span, f"add `{path[-1]}: ...`")
    message = _PLAIN.get(kind, item["msg"])
    if kind in _PLAIN:
        message += _found(descend(node, path))
    code = kind if "_" not in kind else "wrong-type" if kind in _PLAIN else "wrong-value"
    return Diagnostic(code, message, span, context.get("hint", ""))


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
