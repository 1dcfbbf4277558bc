"""A test vector and a file of them: what goes in, what must come out, and the mistakes that it catches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

from dynapspec.interpret import bits

FORMAT = 1
DEGENERATE = "degenerate"  # the flag of a case whose answer is zero throughout: a stub passes it
Verdict: TypeAlias = Literal["valid", "limit", "invalid"]


class Case(NamedTuple):
    """One vector.

    ``verdict`` is valid; limit, which is valid at the very edge of what is legal; or invalid, which
    must be refused. ``numbers``: the answer is made of numbers, so one of nothing but zeros is trivial.
    """

    id: str
    clause: str
    verdict: Verdict
    input: Mapping[str, Any]
    expected: Mapping[str, Any]
    flags: tuple[str, ...] = ()
    numbers: bool = True
    input_text: str = ""  # the input as JSON, where it is known already
    expected_text: str = ""  # the answer, likewise

    def data(self) -> dict[str, Any]:
        """The case as JSON data; the flags are sorted, and a trivial answer says that it is one."""
        trivial = self.numbers and degenerate(self.expected)
        flags = {*self.flags, DEGENERATE} if trivial else self.flags
        return {
            "id": self.id,
            "clause": self.clause,
            "verdict": self.verdict,
            "flags": sorted(flags),
            "input": dict(self.input),
            "expected": dict(self.expected),
        }

    def text(self) -> str:
        """The case as JSON; layers that many chips are asked about were written once."""
        if not self.input_text or self.numbers:
            return json.dumps(self.data())
        about = f'"id": {text_of(self.id)}, "clause": {text_of(self.clause)}, "verdict": "{self.verdict}"'
        given = f'"flags": {_texts(self.flags)}, "input": {self.input_text}'
        return f'{{{about}, {given}, "expected": {self.expected_text or json.dumps(self.expected)}}}'


text_of = json.JSONEncoder().encode


@lru_cache(maxsize=4096)
def _texts(flags: tuple[str, ...]) -> str:
    return json.dumps(sorted(flags))


def degenerate(expected: Mapping[str, Any]) -> bool:
    """Whether an answer holds numbers and all of them are zero."""
    found = list(_zeros(expected))
    return bool(found) and all(found)


def _zeros(value: Any) -> Iterator[bool]:
    """For each number in an answer, whether it is zero."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _zeros(item)
    elif isinstance(value, str) and value.startswith("0x"):
        yield int(value, 16) & 0x7FFFFFFF == 0
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value == 0


def f32_text(value: float | None) -> str | None:
    """An f32 as its 32 bits in hexadecimal; None stays None."""
    return None if value is None else bits.text_of(value)


def f32_texts(values: Iterable[float] | None) -> list[str | None] | None:
    """Several of them."""
    return None if values is None else [f32_text(value) for value in values]


class Written(str):
    """A part of a file as JSON already, spread over lines."""

    __slots__ = ()


EMPTY = Written("{}")
LINE = "\n"


def written(data: Any) -> Written:
    """A part as it is written."""
    return data if isinstance(data, Written) else Written(json.dumps(data, indent=2))


def together(parts: Mapping[str, Any]) -> Written:
    """An object, of whose parts some are written already."""
    step = LINE + "  "  # JSON escapes the ends of lines in texts, so that all others are its own
    told = [f"{step}{text_of(key)}: {written(part).replace(LINE, step)}" for key, part in parts.items()]
    return Written(f"{{{','.join(told)}\n}}") if told else EMPTY


def vector_file(head: Mapping[str, Any], cases: Iterable[Case]) -> str:
    """The text of a file: a readable head, then one case to a line, so that a diff shows cases."""
    unique = {case.id: case for case in cases}
    lines = ",\n".join(f"    {case.text()}" for case in unique.values())
    top = together({"$schema": "../../schema.json", "format": FORMAT, **head, "count": len(unique)})
    return f'{top[:-2]},\n  "cases": [\n{lines}\n  ]\n}}\n'
