"""The tree of a formula. ``start`` and ``stop`` are offsets into its text, for messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Node:
    """What all parts of a formula have: their place in its text."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A constant; exact, whether it was written as 8 or as 0.5."""

    value: int | Fraction | bool


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A quoted name, such as 'zeros'."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A dimension, value or field; ``chip.kernel_size`` is one name."""

    id: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """``-x`` or ``not x``."""

    op: str
    operand: Tree


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``left op right`` for + - * / // %."""

    op: str
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``left op right`` for a comparison or ``in``."""

    op: str
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``a and b and ...`` or ``a or b or ...``."""

    op: str
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """``then if when else otherwise``."""

    when: Tree
    then: Tree
    otherwise: Tree


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the language, or one that the spec defines."""

    function: str
    args: tuple[Tree, ...]


Tree: TypeAlias = Number | Text | Name | Unary | Binary | Compare | Logic | Choice | Call


def children(tree: Tree) -> Iterator[Tree]:
    """The direct parts of a tree, in written order."""
    for name in _parts(type(tree)):  # type: ignore[arg-type]  # a class is hashable
        value = getattr(tree, name)
        if isinstance(value, Node):
            yield value  # type: ignore[misc]  # every Node in a field is one of the union
        elif isinstance(value, tuple):
            yield from value


@cache
def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of part that are not its place."""
    return tuple(field.name for field in fields(kind) if field.name not in ("start", "stop"))


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree and everything below it."""
    yield tree
    for child in children(tree):
        yield from walk(child)


def names_in(tree: Tree) -> list[str]:
    """The names that a formula uses, each once, in the order of first use."""
    return list(dict.fromkeys(node.id for node in walk(tree) if isinstance(node, Name)))


def calls_in(tree: Tree) -> list[str]:
    """The functions that a formula calls, each once, in the order of first use."""
    return list(dict.fromkeys(node.function for node in walk(tree) if isinstance(node, Call)))
