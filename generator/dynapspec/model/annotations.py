"""What the typed models say about the part at a path: which type stands there, and whether it may be null."""

from __future__ import annotations

from types import NoneType
from typing import Any, TypeGuard, get_args, get_origin

from pydantic import BaseModel


def is_model(kind: Any) -> bool:
    """Whether a type is a mapping with fixed keys, or such a one or nothing."""
    return model_in(kind) is not None


def model_in(kind: Any) -> type[BaseModel] | None:
    """The model class that a type is, or is when it is not null."""
    found = without_none(kind)
    return found if _is_class(found) else None


def _is_class(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def nullable(kind: Any) -> bool:
    """Whether null is a value of a type."""
    return NoneType in get_args(kind)


def required(kind: Any, key: str) -> bool:
    """Whether a model must state a key."""
    field = _field(kind, key)
    return field is not None and bool(field.is_required())


def below(kind: Any, key: int | str) -> Any:
    """The type of one entry of a model, of a mapping or list, null included; None for an unknown key."""
    kind = without_none(kind)
    if _is_class(kind):
        field = _field(kind, str(key))
        if field is None:  # a core has a count of words for each memory
            return int if kind.model_config.get("extra") == "allow" else None
        return field.annotation
    arguments = get_args(kind)
    if not arguments:
        return None
    return arguments[-1] if get_origin(kind) is dict else arguments[0]


def without_none(kind: Any) -> Any:
    """``X`` of ``X | None``."""
    members = [member for member in get_args(kind) if member is not NoneType]
    return members[0] if nullable(kind) and len(members) == 1 else kind


def model_at(kind: Any, path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model class that describes the part at a path."""
    for step in path:
        kind = below(kind, step)
    return model_in(kind)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a model as specs write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _field(kind: Any, key: str) -> Any:
    model = model_in(kind)
    fields = model.model_fields if model else {}
    return next((field for name, field in fields.items() if (field.alias or name) == key), None)
