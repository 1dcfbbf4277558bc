"""How a vector file writes values: a float is the text of its 32 bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from dynapspec.interpret import bits
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval

Data: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]

SINGLE = ("threshold", "v_floor")  # values that a layer has one of


def constant(value: Any) -> Any:
    """A default as JSON: a float by its bits."""
    return bits.text_of(value) if isinstance(value, float) else value


def numbers(value: Any) -> list[float] | None:
    """Several of them, or one; None is an absent value."""
    if value is None:
        return None
    return bits.numbers(value if isinstance(value, list) else [value])


def outside(dim: Dim, value: Any) -> bool:
    """Whether a value lies outside the domain of a dimension."""
    if isinstance(dim.domain, Interval):
        return not dim.domain.low <= value <= dim.domain.high
    return dim.domain is not None and value not in dim.domain


def one(name: str, values: list[int]) -> Any:
    """The value itself for what a layer has one of."""
    return values[0] if name in SINGLE else values
