"""What a page tells of a file of vectors, seen at a glance: a case is a line, and few are taken apart.

A thousand chips have thousands of files, and counting their cases must not cost as much as making
them. So this reads files as the generator writes them; files of others are parsed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_CASE, _FLAGS, _INPUT, _EXPECTED = '    {"id": ', ', "flags": ', ', "input": ', ', "expected": '


@dataclass(frozen=True, slots=True)
class Glance:
    """The number of cases of a file, their flags, and the one with the shortest input.

    A case that has an answer goes before one that must be refused; ``rank`` says so, and how long
    the input is.
    """

    count: int
    flags: tuple[str, ...]
    rank: tuple[bool, int]
    shortest: dict[str, Any]


def glance(text: str) -> Glance:
    """A file that has one case at least."""
    lines = [line for line in text.split("\n") if line.startswith(_CASE)]
    told: dict[str, None] = {}
    rank, shortest = _ranked(lines[0])
    for line in lines:
        start = line.index(_FLAGS) + len(_FLAGS)  # before it stand texts only, which escape their quotes
        end = line.index(_INPUT, start)
        told[line[start:end]] = None
        if rank[0] or _least(line, end + len(_INPUT)) < rank[1]:
            rank, shortest = min((rank, shortest), _ranked(line), key=lambda one: one[0])
    flags = dict.fromkeys(flag for each in told for flag in _listed(each))
    return Glance(len(lines), tuple(flags), rank, shortest)


def _least(line: str, start: int) -> int:
    """How long the input is at least: a part of it may have the name that follows it."""
    return line.index(_EXPECTED, start) - start


def _ranked(line: str) -> tuple[tuple[bool, int], dict[str, Any]]:
    case: dict[str, Any] = json.loads(line.rstrip(","))
    return ("refused" in case["expected"], len(json.dumps(case["input"]))), case


@lru_cache(maxsize=4096)
def _listed(flags: str) -> list[str]:
    found: list[str] = json.loads(flags)
    return found
