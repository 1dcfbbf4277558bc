"""Step one: which spec is compared with which, and which parts of their texts belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.diff.base import Spec, kind_of_spec
from dynapspec.diff.revision import Side
from dynapspec.load.node import number_or_name
from dynapspec.model import Chip
from dynapspec.model.provenance import Path

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()  # one side has no such part
OWN = (
    "chip",
    "layer",
    "mixin",
    "for",
    "version",
    "extends",
    "mixins",
    "abstract",
    "doc",
)  # what a spec says of itself


@dataclass(frozen=True, slots=True)
class Matched:
    """Two specs to compare: both of chips, or both of layers."""

    kind: str
    old: Spec
    new: Spec
    told: Callable[[str], str] = str  # the files of the new side under the names that users know


def match(old: Side, new: Side) -> list[Matched]:
    """The two specs, and the layer specs that two chips run where these differ too."""
    kinds = [kind_of_spec(side.entry) for side in (old, new)]
    if kinds[0] != kinds[1]:
        message = f"{old.said} is a {kinds[0]} and {new.said} a {kinds[1]}"
        raise fail("wrong-kind", message, hint="compare two chips, or two layer specs")
    found = [Matched(kinds[0], old.entry, new.entry, new.told)]
    if isinstance(old.entry, Chip) and isinstance(new.entry, Chip):
        layers = old.model.layer_of(old.entry), new.model.layer_of(new.entry)
        if layers[0].digest != layers[1].digest:
            found.append(Matched("layer", *layers, new.told))
    return found


def pairs(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Parts that differ, by key; a part that one side lacks is paired as a whole."""
    if old == new and not _reordered(path, old, new):
        return
    old, new = _opened(path, old, new), _opened(path, new, old)
    if not _keyed(path, old) or not _keyed(path, new):
        yield path, old, new
        return
    if _reordered(path, old, new):
        yield path, list(old), list(new)
    for key in dict.fromkeys([*old, *new]):
        if path or key not in OWN:
            step = number_or_name(str(key))
            yield from pairs(old.get(key, ABSENT), new.get(key, ABSENT), (*path, step))


def _opened(path: Path, part: Any, other: Any) -> Any:
    """A section that is missing, as one without entries: those of the other are told one by one."""
    if part is ABSENT and len(path) == 1 and isinstance(other, dict):
        return {} if all(isinstance(value, dict) for value in other.values()) else part
    return part


def _keyed(path: Path, value: Any) -> bool:
    """Whether a part is taken apart; a limit is one thing, whatever keys it is written with."""
    return isinstance(value, dict) and not is_limit(path)


def is_limit(path: Path) -> bool:
    """Whether the part at a path is a limit."""
    return (len(path) == 2 and path[0] == "limits") or path in (("dvs", "pooling"), ("dvs", "destinations"))


def _reordered(path: Path, old: Any, new: Any) -> bool:
    """Whether the same arguments stand in another order, which positional calls notice."""
    return path == ("api", "arguments") and [k for k in old if k in new] != [k for k in new if k in old]
