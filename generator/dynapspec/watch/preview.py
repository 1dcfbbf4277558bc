"""Each formula that changed, before and after, with some values that it has for real layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from pydantic import BaseModel

from dynapspec.diagnostics import InputError
from dynapspec.diff.behaviour import ERRORS, FRACTIONS
from dynapspec.diff.wording import number, told
from dynapspec.formula import Tree, names_in
from dynapspec.formula.text import text
from dynapspec.interpret import LayerInterpreter, Layout
from dynapspec.model import Layer, Model
from dynapspec.model.values import Formula, Step
from dynapspec.network.chain import Chain
from dynapspec.network.loading import read_network
from dynapspec.prove import Witness
from dynapspec.prove.confirm import Onlooker

SHOWN = 3  # values of a formula
TRIED = 200  # combinations of small values that are tried at most
WORDS = (8, 16, 4, 32)  # bits of a word
WHOLE = (1, 2, 3, 0, -1, 5, -3)
OF_LAYERS = ("shapes", "destination_shapes", "memory", "rules")


@dataclass(frozen=True, slots=True)
class Preview:
    """One formula that changed: where it stands, both texts, and values before and after."""

    path: str
    before: str
    after: str
    values: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The formula as text, then its values."""
        if self.before == self.after:
            yield "the same formula, written in another way"
            return
        yield f"- {self.before}"
        yield f"+ {self.after}"
        yield from (f"  {value}" for value in self.values)


def previews(old: Model, new: Model) -> Iterator[Preview]:
    """The formulas of the layer specs that both sides have; one that several inherit is told once."""
    seen: set[tuple[tuple[str, ...], str, str]] = set()
    for name, layer in new.layers.items():
        before = old.layers.get(name)
        if before is None or before.digest == layer.digest:
            continue
        known = dict(formulas(before.spec))
        for path, found in formulas(layer.spec):
            if path not in known or known[path].text == found.text:
                continue
            key = path, known[path].text, found.text
            if key not in seen:
                seen.add(key)
                sides = known[path].tree, found.tree
                worked = tuple(islice(_values(path, sides, before, layer, old), SHOWN))
                yield Preview(".".join(path), text(sides[0]), text(sides[1]), worked)


def formulas(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Formula]]:
    """Every formula of a typed spec, by its path; of a step, the right side."""
    match part:
        case Formula():
            yield path, part
        case Step():
            yield (*path, part.target), part.formula
        case BaseModel():
            for name, field in type(part).model_fields.items():
                yield from formulas(getattr(part, name), (*path, field.alias or name))
        case Mapping():
            for key, value in part.items():
                yield from formulas(value, (*path, str(key)))
        case tuple():
            for index, value in enumerate(part):
                yield from formulas(value, (*path, str(index)))


def _values(
    path: Sequence[str], trees: tuple[Tree, Tree], old: Layer, new: Layer, model: Model
) -> Iterator[str]:
    """What the formula is worth before and now: first where that differs, then that nothing does."""
    rows = _of_layers(trees, old, new, model) if path[0] in OF_LAYERS else _of_numbers(path, trees, old, new)
    count = 0
    seen = set()
    for told_, before, after in rows:
        count += 1
        if before != after and (before, after) not in seen:
            seen.add((before, after))
            yield f"{told_}: {before} -> {after}"
    if count and not seen:
        what = "layers of specs/networks" if path[0] in OF_LAYERS else "small values"
        yield f"the same for {count} {what}"


# ── Formulas over a layer: the networks beside the specs ────────────────────────────────────────


def _of_layers(
    trees: tuple[Tree, Tree], old: Layer, new: Layer, model: Model
) -> Iterator[tuple[str, str, str]]:
    chip = next(iter(model.chips_of(old)), None)
    sides = Onlooker(old, chip), Onlooker(new, chip)
    for layout in _layouts(model, old):
        before, after = (side.value(tree, layout) for side, tree in zip(sides, trees, strict=True))
        if before is not None and after is not None:
            yield told(Witness(layout, False, before, after), old.spec), number(before), number(after)


def _layouts(model: Model, layer: Layer) -> Iterator[Layout]:
    """The layers of the networks, as the layer spec describes them."""
    with suppress(InputError):
        chain = Chain(model)
        if chain.spec is not layer.spec:
            return
        reader = LayerInterpreter(layer)
        for path in sorted((model.root / "networks").glob("*.yaml")):
            with suppress(InputError):
                for one in read_network(path, chain).layers:
                    if one.description is not None:
                        yield reader.read(one.description)


# ── Formulas over numbers: small ones ───────────────────────────────────────────────────────────


def _of_numbers(
    path: Sequence[str], trees: tuple[Tree, Tree], old: Layer, new: Layer
) -> Iterator[tuple[str, str, str]]:
    sides = LayerInterpreter(old), LayerInterpreter(new)
    runs = [side.compile(tree) for side, tree in zip(sides, trees, strict=True)]
    names = sorted({name for tree in trees for name in names_in(tree)} - sides[0].widths.keys())
    samples = WORDS if path[0] == "functions" else WHOLE if "event" in path else FRACTIONS
    for row in islice(product(samples, repeat=len(names)), TRIED):
        values = dict(zip(names, row, strict=True))
        try:
            found = [run({**side.widths, **values}) for run, side in zip(runs, sides, strict=True)]
        except ERRORS:
            continue
        shown = ", ".join(f"{name} = {number(value)}" for name, value in values.items())
        yield shown, number(found[0]), number(found[1])
