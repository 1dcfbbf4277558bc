"""The values of a choice, and the combinations of all choices by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from dynapspec.explore.space import Constant, Stepped, Values
from dynapspec.formula.bounds import Range
from dynapspec.model.values import Interval


@dataclass(frozen=True, slots=True)
class Choice:
    """The values of one name: listed, or evenly spaced."""

    low: int = 0
    step: int = 1
    count: int = 0
    listed: tuple[Constant, ...] = ()

    def __len__(self) -> int:
        return len(self.listed) or self.count

    def value(self, place: int) -> Constant:
        """One of the values."""
        return self.listed[place] if self.listed else self.low + place * self.step

    @property
    def sound(self) -> bool:
        """Whether there are values, all of one type."""
        return len(self) > 0 and len({type(one) for one in self.listed}) <= 1

    @property
    def kind(self) -> type:
        """What the values are, all of one type."""
        return type(self.listed[0]) if self.listed else int

    def range(self) -> Range:
        """The least and the greatest value; names count as truth values do."""
        if self.kind is str:
            return 0, 1
        numbers = [int(one) for one in self.listed] or [self.low, int(self.value(self.count - 1))]
        return min(numbers), max(numbers)


def choice_of(values: Values) -> Choice:
    """The values that a file states."""
    if isinstance(values, Interval):
        return Choice(values.low, 1, values.high - values.low + 1)
    if isinstance(values, Stepped):
        reach = values.range.high - values.range.low
        return Choice(values.range.low, values.step, reach // values.step + 1)
    return Choice(listed=values)


class Combinations:
    """All combinations of some choices, numbered so that the last choice changes first."""

    def __init__(self, choices: Mapping[str, Choice], names: Mapping[str, int]) -> None:
        self.choices, self.names = choices, names
        self.total = prod(map(len, choices.values()))

    def columns(self, numbers: Any) -> dict[str, Any]:
        """The value of each choice in the combinations of these numbers, as arrays hold them."""
        import numpy as np

        found: dict[str, Any] = {}
        rest = numbers
        for name, choice in reversed(list(self.choices.items())):
            place = rest % len(choice)
            rest = rest // len(choice)
            if choice.listed:
                coded = [self.names[one] if isinstance(one, str) else one for one in choice.listed]
                found[name] = np.array(coded, bool if choice.kind is bool else np.int64)[place]
            else:
                found[name] = choice.low + choice.step * place
        return dict(reversed(list(found.items())))
