"""Formulas as somebody might get them wrong: every one differs from the right one in one place.

A vector is flagged with the names of the mistakes that change its answer. So a flag is never a
claim: it was tried on the numbers of its case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Generic, TypeAlias, TypeVar

from dynapspec.formula import Tree, compile_formula
from dynapspec.formula import tree as t
from dynapspec.formula.evaluate import Run
from dynapspec.formula.rewrite import mapped, places, renamed

Mistake: TypeAlias = tuple[str, Tree]
Suspect = TypeVar("Suspect")

WITNESSES = 2  # vectors that catch a mistake, before it is looked for no more

ROUNDINGS = {
    "round_half_even": "half-even",
    "round_half_up": "half-up",
    "round_half_away": "half-away",
    "trunc": "truncated",
    "round_down": "rounded-down",
    "round_up": "rounded-up",
}
_BINARY = {
    "+": ("-", "wrong-sign"),
    "-": ("+", "wrong-sign"),
    "*": ("+", "sum-for-product"),
    "/": ("*", "multiplied"),
}
_COMPARE = {"<": ("<=", "inclusive"), "<=": ("<", "strict"), ">": (">=", "inclusive"), ">=": (">", "strict")}


def mistaken(tree: Tree, functions: Iterable[str] = ()) -> Iterator[Mistake]:
    """The formula with one mistake each; ``functions`` are those of the spec, which can be confused."""
    yield from _everywhere(tree, tuple(functions))
    names = t.names_in(tree)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            yield "dims-swapped", renamed(tree, {first: second, second: first})


def fixed(tree: Tree, name: str, value: int | bool) -> Tree:
    """The formula with a number in the place of a name."""
    return mapped(
        tree, lambda node: t.Number(0, 0, value) if isinstance(node, t.Name) and node.id == name else node
    )


def _everywhere(tree: Tree, functions: tuple[str, ...]) -> Iterator[Mistake]:
    """Mistakes at this place and at every place below."""
    for part, put in places(tree):
        yield from ((flag, put(other)) for flag, other in _here(part, functions))


def _here(tree: Tree, functions: tuple[str, ...]) -> Iterator[Mistake]:
    match tree:
        case t.Number(value=int(value)):
            yield "off-by-one", replace(tree, value=value + 1)
            yield "off-by-one", replace(tree, value=value - 1)
        case t.Binary():
            yield from _binary(tree)
        case t.Compare() if tree.op in _COMPARE:
            op, flag = _COMPARE[tree.op]
            yield flag, replace(tree, op=op)
        case t.Logic():
            yield from _logic(tree)
        case t.Choice():
            yield "choice-ignored", tree.then
            yield "choice-ignored", tree.otherwise
        case t.Call():
            yield from _call(tree, functions)


def _binary(tree: t.Binary) -> Iterator[Mistake]:
    if tree.op == "//":
        yield "rounded-up", t.Call(0, 0, "ceil_div", (tree.left, tree.right))
    else:
        op, flag = _BINARY.get(tree.op, ("+", "wrong-operator"))
        yield flag, replace(tree, op=op)
    if tree.op == "*" and isinstance(tree.left, t.Binary) and tree.left.op == "/":
        product = replace(tree, left=tree.left.left)
        yield "true-division", replace(tree.left, left=product)
    if tree.op == "/":
        inverse = replace(tree, left=t.Number(0, 0, 1))
        yield "reciprocal", t.Binary(0, 0, "*", tree.left, inverse)


def _logic(tree: t.Logic) -> Iterator[Mistake]:
    yield (
        "any-for-all" if tree.op == "and" else "all-for-any",
        replace(tree, op="or" if tree.op == "and" else "and"),
    )
    for index in range(len(tree.items)):
        rest = (*tree.items[:index], *tree.items[index + 1 :])
        yield "condition-dropped", rest[0] if len(rest) == 1 else replace(tree, items=rest)


def _call(tree: t.Call, functions: tuple[str, ...]) -> Iterator[Mistake]:
    name = tree.function
    if name in ROUNDINGS:
        yield from (
            (flag, replace(tree, function=other)) for other, flag in ROUNDINGS.items() if other != name
        )
    elif name == "ceil_log2":
        yield "no-ceil", replace(tree, function="floor_log2")
    elif name in ("min", "max"):
        other = "max" if name == "min" else "min"
        yield f"{other}-for-{name}", replace(tree, function=other)
        if len(tree.args) > 1:
            yield "unbounded", tree.args[0]
    elif name == "abs":
        yield "no-abs", tree.args[0]
    elif name in functions:
        yield from (("other-function", replace(tree, function=other)) for other in functions if other != name)


def _half_away(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return value
    exact = abs(Fraction(value)) + Fraction(1, 2)
    whole = math.floor(exact)
    return math.copysign(whole, value) if isinstance(value, float) else whole if value >= 0 else -whole


EXTRA: dict[str, Callable[..., Any]] = {  # what mistakes need and the language does not have
    "floor_log2": lambda count: int(count).bit_length() - 1,
    "ceil_div": lambda left, right: -(-left // right),
    "round_half_away": _half_away,
}


class Wanted(Generic[Suspect]):
    """Mistakes that are still looked for: one that several vectors catch needs no further witness."""

    def __init__(self, suspects: Iterable[tuple[str, Suspect]]) -> None:
        self.suspects = list(suspects)
        self.caught = [0] * len(self.suspects)

    def find(self, differs: Callable[[Suspect], bool]) -> set[str]:
        """Names of the mistakes that give another answer here."""
        found: set[str] = set()
        for index, (flag, suspect) in enumerate(self.suspects):
            if self.caught[index] < WITNESSES and flag not in found and differs(suspect):
                self.caught[index] += 1
                found.add(flag)
        return found

    @property
    def missed(self) -> list[str]:
        """Mistakes that no vector has caught, some of which may be none."""
        return [flag for (flag, _), count in zip(self.suspects, self.caught, strict=True) if not count]


def compile_mistake(tree: Tree, functions: Mapping[str, Callable[..., Any]]) -> Run:
    """A mistaken formula as a callable."""
    return compile_formula(tree, {**functions, **EXTRA})


def outcome(run: Callable[..., Any], *args: Any) -> Any:
    """What a mistaken formula answers; None where it breaks down, which is no answer."""
    try:
        return run(*args)
    except Exception:
        return None
