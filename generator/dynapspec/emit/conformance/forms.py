"""What JSON Schemas of vectors are put together from: strict objects, lists, and kinds of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Form: TypeAlias = dict[str, Any]

INT: Form = {"type": "integer"}
BOOL: Form = {"type": "boolean"}
NULL: Form = {"type": "null"}
TEXT: Form = {"type": "string", "minLength": 1, "not": {"pattern": "^0x"}}
BITS: Form = {"type": "string", "pattern": "^0x[0-9a-f]{8}$"}


def exactly(required: Mapping[str, Form], optional: Mapping[str, Form] | None = None) -> Form:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def several(item: Form, count: int | None = None) -> Form:
    """A list; of a count where one is given."""
    ends = {} if count is None else {"minItems": count, "maxItems": count}
    return {"type": "array", "items": item, **ends}


def nested(item: Form, depth: int) -> Form:
    """Lists in lists."""
    return item if depth == 0 else several(nested(item, depth - 1))


def any_of(*forms: Form) -> Form:
    """One of several forms; those that are the same count once."""
    found: list[Form] = []
    for form in forms:
        if form not in found:
            found.append(form)
    return found[0] if len(found) == 1 else {"anyOf": found}


def among(names: Iterable[str]) -> Form:
    """One of some names."""
    return {"enum": list(dict.fromkeys(names))}


def maybe(form: Form) -> Form:
    """A form, or null."""
    return any_of(form, NULL)


REFUSED_BY = any_of(TEXT, several(TEXT))
SCALAR = any_of(INT, BOOL, TEXT)
SIDE = any_of(SCALAR, several(any_of(SCALAR, several(SCALAR))))  # of the comparisons of a rule
MAP = nested(INT, 3)
TRUE: Form = {"const": True}
PAIR, TRIPLE = several(INT, 2), several(INT, 3)
