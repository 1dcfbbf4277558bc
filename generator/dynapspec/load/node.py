"""A YAML document whose every part knows where it stands, and what it replaced."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeAlias, TypeVar

from dynapspec.diagnostics import Span

Value: TypeAlias = str | int | float | bool | None
Made = TypeVar("Made")
Given = ParamSpec("Given")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. ``overrides`` holds the values of the parents that it replaced, nearest first."""

    value: Value
    span: Span
    overrides: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """An ordered list."""

    items: tuple[Node, ...]
    span: Span
    overrides: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """Named parts in the order of the file, and the place of each name.

    ``memo`` keeps what was worked out from them: specs share the parts that they inherit as they are,
    and so the work.
    """

    items: dict[str, Node]
    span: Span
    key_spans: dict[str, Span] = field(default_factory=dict)
    overrides: tuple[Node, ...] = ()
    memo: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The part of that name, if there is one."""
        return self.items.get(key)


Node: TypeAlias = Scalar | Sequence | Mapping


def once(
    node: Node | None, key: Hashable, make: Callable[Given, Made], *args: Given.args, **named: Given.kwargs
) -> Made:
    """What ``make`` works out from a part alone, once for all that share the part; only to be read."""
    if not isinstance(node, Mapping):
        return make(*args, **named)
    if key not in node.memo:
        node.memo[key] = make(*args, **named)
    made: Made = node.memo[key]
    return made


def plain_sections(node: Mapping) -> dict[int | str, Any]:
    """As ``plain``, with sections that are shared as the parts of the document are; only to be read."""
    return {number_or_name(key): once(part, plain, plain, part) for key, part in node.items.items()}


def plain(node: Node) -> Any:
    """The same document as ordinary dicts, tuples and values; numbered keys become numbers."""
    if isinstance(node, Mapping):
        return {number_or_name(key): plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return tuple(plain(item) for item in node.items)
    return node.value


def number_or_name(key: str) -> int | str:
    """A key as a number where it is one: cores are numbered, everything else is named."""
    plainly = key.isascii() and key.isdigit() and len(key) < 10
    return int(key) if plainly and str(int(key)) == key else key


def descend(node: Node, path: tuple[int | str, ...]) -> Node:
    """The part at ``path``, or the deepest part on the way that exists."""
    for step in path:
        child = step_into(node, step)
        if child is None:
            return node
        node = child
    return node


def step_into(node: Node, step: int | str) -> Node | None:
    """The part of that name or number, if there is one."""
    if isinstance(node, Mapping):
        return node.items.get(str(step))
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def place_of(node: Node, path: tuple[int | str, ...]) -> Span:
    """Where the part at ``path`` stands; for a missing part, where its owner's name stands."""
    while path:
        value = _part(node, path)
        name = name_of(node, path)
        if value is not None and (name is None or isinstance(value, Scalar)):
            return value.span
        if name is not None:
            return name
        path = path[:-1]
    return node.span


def name_of(node: Node, path: tuple[int | str, ...]) -> Span | None:
    """Where the key of the part at ``path`` stands; None for an item of a list and a missing part."""
    owner = _part(node, path[:-1]) if path else None
    return owner.key_spans.get(str(path[-1])) if isinstance(owner, Mapping) else None


def _part(node: Node, path: tuple[int | str, ...]) -> Node | None:
    """The part at ``path``, if there is one."""
    found: Node | None = node
    for step in path:
        found = None if found is None else step_into(found, step)
    return found


def show_path(path: tuple[int | str, ...]) -> str:
    """The steps as a person writes them: ``cores[3].kernel_words``."""
    steps = (number_or_name(step) if isinstance(step, str) else step for step in path)
    return "".join(map(_shown, steps)).removeprefix(".")


def _shown(step: int | str) -> str:
    """A step behind others; a name that has points of its own stands in brackets."""
    if isinstance(step, int):
        return f"[{step}]"
    return f'["{step}"]' if "." in step else f".{step}"


def is_null(node: Node | None) -> bool:
    """Whether a part is stated to be nothing."""
    return isinstance(node, Scalar) and node.value is None


def leaves(node: Node, path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], Scalar]]:
    """Every scalar with its path, in the order of the document."""
    if isinstance(node, Scalar):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items.items():
            yield from leaves(value, (*path, key))
    else:
        for index, item in enumerate(node.items):
            yield from leaves(item, (*path, index))
