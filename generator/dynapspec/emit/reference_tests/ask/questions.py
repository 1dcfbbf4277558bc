"""From a vector to a complete question: what it leaves out is filled in from the head of its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .case import Case


def question(head: Mapping[str, Any], case: Mapping[str, Any]) -> Case:
    """The question of one vector."""
    given = completed(head, case["input"])
    return Case(case["id"], head["topic"], head["spec"], head["layer"], given)


def completed(head: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The input of a case with the default of every dimension that it leaves out."""
    if not head["names"]:  # no question of this file is about dimensions
        return dict(given)
    if "layers" in given:
        return {**given, "layers": [_layer(head["names"], layer) for layer in given["layers"]]}
    return _layer(head["names"], given) if "pools" in given else dict(given)


def _layer(names: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """One layer by its dimensions; those of a destination stand in ``pools``."""
    known = {name: dim for name, dim in names.items() if "default" in dim}
    own = {name: dim["default"] for name, dim in known.items() if "each" not in dim}
    leaving = {name: dim["default"] for name, dim in known.items() if "each" in dim}
    return {**own, **given, "pools": [{**leaving, **pool} for pool in given["pools"]]}


class Vector(NamedTuple):
    """One vector, with the head of its file."""

    head: Mapping[str, Any]
    case: Mapping[str, Any]

    @property
    def question(self) -> Case:
        """What an implementation is asked."""
        return question(self.head, self.case)
