"""Reads a search space and checks it: every name, key and range, before anything is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dynapspec.diagnostics import Diagnostic, InputError, did_you_mean
from dynapspec.explore.choices import Choice, choice_of
from dynapspec.explore.space import Setting, Space, SpaceLayer
from dynapspec.formula import names_in
from dynapspec.formula import tree as t
from dynapspec.formula.bounds import Range, UnboundedError, bounds
from dynapspec.formula.operators import ARITY
from dynapspec.interpret.order import name_numbers
from dynapspec.load import Node, plain, read_file
from dynapspec.load.node import name_of, place_of
from dynapspec.model import LayerSpec
from dynapspec.model.structure import findings_of
from dynapspec.model.values import Formula
from dynapspec.network.keys import Field, Keys

INDEX = "index"  # of a layer among those that one entry repeats
MAX_LAYERS = 64  # of a network; no chip has as many cores
MAX_COMBINATIONS = 1 << 62
FUNCTIONS = ("ceil_log2", "pow2", "abs", "min", "max")  # of whole numbers
NUMBER, LAYERS, PARAMETERS = COLUMNS = ("number", "layers", "parameters")  # of the answer, beside the choices
FITS, STOPPED = OF_CHIPS = ("fits_", "stopped_by_")  # of each chip
Path_ = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A space that can be explored: its choices, and how often each layer can be repeated."""

    name: str
    space: Space
    choices: dict[str, Choice]
    repeats: tuple[int, ...]


def read_space(path: Path, spec: LayerSpec) -> Checked:
    """The space in a file.

    Raises:
        InputError: with everything that is wrong with the file.
    """
    node = read_file(path)
    try:
        space = Space.model_validate(plain(node))
    except ValidationError as error:
        raise InputError(findings_of(error, node, Space)) from None
    check = _Check(space, node, spec)
    findings = list(check.findings())
    if findings:
        raise InputError(findings)
    return Checked(space.name or path.stem, space, check.choices, tuple(check.repeats))


class _Check:
    def __init__(self, space: Space, node: Node, spec: LayerSpec) -> None:
        self.space, self.node, self.keys = space, node, Keys(spec)
        self.words = name_numbers(spec)
        self.choices = {name: choice_of(values) for name, values in space.choose.items()}
        self.repeats: list[int] = []

    def findings(self) -> Iterator[Diagnostic]:
        yield from self._choices()
        known = {name: choice.range() for name, choice in self.choices.items() if choice.sound}
        for place, formula in enumerate(self.space.where):
            yield from self._formula(formula, ("where", place), known)
        if len(self.space.input_shape) != len(self.keys.axes):
            told = f"input_shape is a list of {len(self.keys.axes)} formulas"
            hint = f"{', '.join(self.keys.axes)}: `input_shape: [2, size, size]`"
            yield self._at("wrong-type", told, ("input_shape",), hint)
        for place, formula in enumerate(self.space.input_shape):
            yield from self._formula(formula, ("input_shape", place), known)
        for place, layer in enumerate(self.space.layers):
            yield from self._layer(layer, ("layers", place), known)
        if sum(self.repeats) > MAX_LAYERS:
            told = f"up to {sum(self.repeats)} layers, and a network of a space has at most {MAX_LAYERS}"
            yield self._at("out-of-domain", told, ("layers",), "repeat fewer")

    def _choices(self) -> Iterator[Diagnostic]:
        total = 1
        for name, choice in self.choices.items():
            path = ("choose", name)
            if not len(choice):
                yield self._at("wrong-value", f"{name} has no value to choose", path, "list one")
                continue
            if name == INDEX or name in self.words or name in ARITY:
                yield self._name(f"{name} has a meaning of its own in formulas", path)
            if name in COLUMNS or name.endswith("_words") or name.startswith(OF_CHIPS):
                yield self._name(f"{name} is the name of a column of the answer", path)
            kinds = {type(one) for one in choice.listed}
            if len(kinds) > 1:
                yield self._at(
                    "wrong-type", f"the values of {name} are of several types", path, "keep one type"
                )
            for place, one in enumerate(choice.listed):
                if isinstance(one, str) and one not in self.words:
                    hint = did_you_mean(one, self.words)
                    yield self._at(
                        "unknown-name", f"{one} is no name of the layer spec", (*path, place), hint
                    )
            if len(set(choice.listed)) < len(choice.listed):
                yield self._at("listed-twice", f"a value of {name} is listed twice", path, "keep one of them")
            total *= len(choice)
        if total > MAX_COMBINATIONS:
            yield self._at("out-of-domain", f"{total} combinations are too many to number", ("choose",))

    def _layer(self, layer: SpaceLayer, path: Path_, known: Mapping[str, Range]) -> Iterator[Diagnostic]:
        kinds = [kind for kind in ("conv", "linear") if getattr(layer, kind) is not None]
        if len(kinds) != 1:
            found = "both" if kinds else "neither"
            hint = "write `- conv: {out_channels: 8, kernel_size: 3}`"
            yield self._at("wrong-layer", f"a layer is either a conv or a linear, found {found}", path, hint)
        yield from self._formula(layer.repeat, (*path, "repeat"), known)
        most = self._range(layer.repeat, known)[1]
        if most > MAX_LAYERS:
            told = f"repeat is up to {most}, and a network of a space has at most {MAX_LAYERS} layers"
            yield self._at("out-of-domain", told, (*path, "repeat"))
        self.repeats.append(max(0, min(most, MAX_LAYERS)))
        inner = {**known, INDEX: (0, max(self.repeats[-1] - 1, 0))}
        roles = {"conv": self.keys.conv, "linear": self.keys.linear, "neurons": self.keys.neurons}
        for role, fields in roles.items():
            yield from self._settings(getattr(layer, role), fields, (*path, role), inner)
        if layer.pool is not None:
            yield from self._setting(layer.pool, True, (*path, "pool"), inner)

    def _settings(
        self,
        given: Mapping[str, Setting] | None,
        fields: Mapping[str, Field],
        path: Path_,
        known: Mapping[str, Range],
    ) -> Iterator[Diagnostic]:
        if given is None:
            return
        for key, value in given.items():
            if key not in fields or not (fields[key].is_pair or () in fields[key].dims):
                span = name_of(self.node, (*path, key)) or place_of(self.node, path)
                hint = did_you_mean(key, fields)
                yield Diagnostic("unknown-key", f"{key} means nothing in {path[-1]}", span, hint)
            else:
                yield from self._setting(value, fields[key].is_pair, (*path, key), known)
        for key, field in fields.items():
            if field.required and key not in given:
                span = name_of(self.node, path) or place_of(self.node, path)
                yield Diagnostic("missing-key", f"{key} is missing", span, f"write `{key}: ...`")

    def _setting(
        self, value: Setting, pair: bool, path: Path_, known: Mapping[str, Range]
    ) -> Iterator[Diagnostic]:
        if isinstance(value, bool):
            return
        if isinstance(value, Formula):
            yield from self._formula(value, path, known)
            return
        if not pair or len(value) != 2:
            hint = (
                "vertical first, then horizontal" if pair else "to choose among values, name them in choose"
            )
            told = f"{path[-1]} is one formula{' or two' if pair else ''}, found a list of {len(value)}"
            yield self._at("wrong-type", told, path, hint)
        for place, formula in enumerate(value):
            yield from self._formula(formula, (*path, place), known)

    def _formula(self, formula: Formula, path: Path_, known: Mapping[str, Range]) -> Iterator[Diagnostic]:
        for part in t.walk(formula.tree):
            span = place_of(self.node, path).within(part.start, part.stop)
            if isinstance(part, t.Name) and part.id not in known and part.id not in self.words:
                if part.id in self.choices:
                    continue  # it has a finding of its own
                hint = did_you_mean(part.id, known) or "name it in choose"
                yield Diagnostic("unknown-name", f"{part.id} is not known here", span, hint)
            if isinstance(part, t.Call):
                yield from self._function(part, span)
        if set(names_in(formula.tree)) <= known.keys() | self.words.keys():
            try:
                bounds(formula.tree, known)
            except UnboundedError:
                told = "whole numbers of 64 bits do not hold every step of this formula"
                yield self._at("leaves-domain", told, path, "use // to divide, and smaller ranges")

    def _function(self, call: t.Call, span: Any) -> Iterator[Diagnostic]:
        if call.function not in FUNCTIONS:
            hint = did_you_mean(call.function, FUNCTIONS)
            yield Diagnostic("unknown-function", f"no function {call.function}", span, hint)
            return
        least, most = ARITY[call.function]
        least = 2 if most > 1 else least
        if not least <= len(call.args) <= most:
            wanted = least if least == most else f"{least} to {most}"
            told = f"{call.function} takes {wanted} arguments, found {len(call.args)}"
            yield Diagnostic("arity", told, span)

    def _range(self, formula: Formula, known: Mapping[str, Range]) -> Range:
        try:
            return bounds(formula.tree, known)
        except UnboundedError:
            return 0, 0

    def _at(self, code: str, message: str, path: Path_, hint: str = "") -> Diagnostic:
        return Diagnostic(code, message, place_of(self.node, path), hint)

    def _name(self, message: str, path: Path_) -> Diagnostic:
        span = name_of(self.node, path) or place_of(self.node, path)
        return Diagnostic("name-clash", message, span, "choose another name")
