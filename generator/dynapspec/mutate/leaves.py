"""Every leaf and every entry of a spec with one change each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from dynapspec.formula import names_in, parse
from dynapspec.formula.changes import changes, same_kind
from dynapspec.formula.text import text as printed
from dynapspec.load.node import Mapping, Node, Scalar, Sequence
from dynapspec.model import Chip, ChipSpec, Layer, LayerSpec
from dynapspec.model.values import Interval
from dynapspec.mutate.edit import REMOVED, Path, scalar

# Written for readers alone: it says nothing of what an implementation does.
TEXTS = {"doc", "note", "source", "say", "remedy", "vendor_name"}
SECTIONS = {"sources", "differences", "errata", "unknown", "waive", "claims", "package", "devices"}
HEAD = {"format", "layer", "chip", "version", "extends", "mixins", "abstract", "layers"}  # which spec it is
UNORDERED = {"one_of", "domain"}  # sets
FORMULAS = {"is", "used", "must", "when", "then", "else", "value", "rescale", "floor", "none"}
FORMULA_SECTIONS = {"absent", "where"}  # whose entries are formulas


@dataclass(frozen=True)
class Mutation:
    """One change: what is put at a path of the resolved document."""

    path: Path
    kind: str
    before: str
    after: str
    value: Any


class Mutations:
    """All changes of one spec."""

    def __init__(self, entry: Layer | Chip) -> None:
        self.entry = entry
        self.seen: dict[str, dict[str, Any]] = defaultdict(dict)  # by key: the values that stand there
        self._collect(entry.node)
        self.functions = list(entry.spec.functions) if isinstance(entry, Layer) else []
        self.alike = _alike(entry) if isinstance(entry, Layer) else {}

    def _collect(self, node: Node, key: str = "") -> None:
        if isinstance(node, Mapping):
            for name, part in node.items.items():
                self._collect(part, name)
        elif isinstance(node, Sequence):
            for part in node.items:
                self._collect(part, key)
        elif isinstance(node.value, str):
            self.seen[key][node.value] = node.value

    def __iter__(self) -> Iterator[Mutation]:
        """Every mutation, each once, in the order of the document."""
        known: set[tuple[Path, str]] = set()
        for mutation in self._inside(self.entry.node, ()):
            if (mutation.path, mutation.after) not in known and mutation.after != mutation.before:
                known.add((mutation.path, mutation.after))
                yield mutation

    def _inside(self, node: Node, path: Path) -> Iterator[Mutation]:
        if isinstance(node, Mapping):
            for key, part in node.items.items():
                if not _silent((*path, key)):
                    yield Mutation((*path, key), "entry dropped", _short(part), "nothing", REMOVED)
                    yield from self._inside(part, (*path, key))
        elif isinstance(node, Sequence):
            yield from self._list(node, path)
        else:
            yield from self._leaf(node, path)

    def _list(self, node: Sequence, path: Path) -> Iterator[Mutation]:
        """Items dropped and exchanged, a number added beyond the greatest; and each item by itself."""
        for index, item in enumerate(node.items):
            rest = (*node.items[:index], *node.items[index + 1 :])
            yield Mutation(path, "item dropped", _short(node), _short(Sequence(rest, node.span)), rest)
            yield from self._inside(item, (*path, index))
        for index, (one, other) in enumerate(pairwise(node.items)):
            items = (*node.items[:index], other, one, *node.items[index + 2 :])
            if path[-1] not in UNORDERED:
                yield Mutation(path, "order", _short(node), _short(Sequence(items, node.span)), items)
        numbers = [x.value for x in node.items if isinstance(x, Scalar) and isinstance(x.value, int)]
        if path[-1] == "one_of" and len(numbers) == len(node.items):
            more = (*node.items, scalar(node, max(numbers, default=0) + 1))
            yield Mutation(path, "limit", _short(node), _short(Sequence(more, node.span)), more)

    def _leaf(self, node: Scalar, path: Path) -> Iterator[Mutation]:
        for kind, value in self._values(node.value, path):
            yield Mutation(path, kind, str(node.value), str(value), value)

    def _values(self, value: Any, path: Path) -> Iterator[tuple[str, Any]]:
        """Other values of a leaf, each with the class of the change."""
        key = str(path[-1])
        if isinstance(value, bool):
            yield "truth value", not value
        elif isinstance(value, int):
            yield from ((_class_of(path), value + step) for step in (1, -1))
        elif isinstance(value, float):
            yield from ((_class_of(path), other) for other in (value * 2, value + 0.5, value / 2))
        elif value is None:
            yield from (("value", other) for other in (1, -1.0))
        elif key in FORMULAS or (len(path) > 1 and path[-2] in FORMULA_SECTIONS):
            yield from self._formula(value)
        elif "steps" in path:
            yield from self._step(value)
        elif key == "domain" and ".." in value:
            yield from _interval(value)
        else:
            yield from self._word(value, path)

    def _formula(self, text: str) -> Iterator[tuple[str, str]]:
        for kind, tree in changes(parse(text), self.functions, self.alike):
            yield kind, printed(tree)

    def _step(self, text: str) -> Iterator[tuple[str, str]]:
        """Another assignment: its formula changed, or another function in its slot."""
        target, _, formula = text.partition(" = ")
        for kind, other in self._formula(formula):
            yield kind, f"{target} = {other}"
        if isinstance(self.entry, Layer) and len(names_in(parse(formula))) == 1:
            spec = self.entry.spec.dynamics
            for name in (*spec.spike_fn, *spec.reset_fn, "floor", "v"):
                yield "function", f"{target} = {name}"

    def _word(self, value: str, path: Path) -> Iterator[tuple[str, str]]:
        """A name of the language: another one that stands under the same key somewhere, or could."""
        key = str(path[-1] if isinstance(path[-1], str) else path[-2])
        choices = {**self.seen[key], **dict.fromkeys(WORDS.get(key, ()))}
        if key == "needs":
            parts = [part.strip() for part in value.split(",")]
            choices = {", ".join(p for p in parts if p != part): None for part in parts}
        yield from (("word", other) for other in choices if other != value)


def _alike(layer: Layer) -> dict[str, list[str]]:
    """For each name of a dimension or size, the others of its kind."""
    spec = layer.spec
    kinds: dict[str, str] = {
        **{name: dim.kind for name, dim in (*spec.dims.items(), *spec.destination_dims.items())},
        **{name: part.kind for name, part in (*spec.shapes.items(), *spec.destination_shapes.items())},
    }
    return same_kind(kinds)


def _silent(path: Path) -> bool:
    """Whether a part is for readers, or says which spec this is."""
    return path[-1] in TEXTS or path[0] in SECTIONS or path[0] in HEAD


def _class_of(path: Path) -> str:
    """What a number is, by the section that it stands in."""
    if path[-1] == "bits":
        return "bits"
    return {"limits": "limit", "cores": "memory of a core", "domain": "domain"}.get(str(path[0]), "constant")


def _interval(text: str) -> Iterator[tuple[str, str]]:
    interval = Interval(text)
    for low, high in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        yield "domain", f"{interval.low + low}..{interval.high + high}"


def _short(node: Node) -> str:
    """A part of a document in a line."""
    if isinstance(node, Scalar):
        return str(node.value)
    if isinstance(node, Sequence):
        return f"[{', '.join(map(_short, node.items))}]"
    text = ", ".join(f"{key}: {_short(part)}" for key, part in node.items.items() if key not in TEXTS)
    return f"{{{text}}}"


def _words(model: type[BaseModel], found: dict[str, set[str]]) -> None:
    """The words that the language allows, by key."""
    for name, hint in get_type_hints(model).items():
        field = model.model_fields.get(name)
        for part in _parts(hint):
            if isinstance(part, type) and issubclass(part, BaseModel):
                _words(part, found)
            elif isinstance(part, str):
                found[field.alias if field and field.alias else name].add(part)


def _parts(hint: Any) -> Iterator[Any]:
    """The types and literal words that a type is made of."""
    if get_origin(hint) is None and not get_args(hint):
        yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _vocabulary() -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for spec in (LayerSpec, ChipSpec):
        _words(spec, found)
    return {key: sorted(words) for key, words in found.items()}


WORDS = _vocabulary()
