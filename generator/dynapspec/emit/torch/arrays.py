"""Context of arrays.py: the whole-number formulas of a spec on columns of many layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.text import docstring, inline, literal, sentence, tuple_code
from dynapspec.formula import Tree, names_in
from dynapspec.formula.bounds import Range, bounds
from dynapspec.formula.columns import ColumnsPrinter
from dynapspec.interpret.order import (
    MAX_BITS,
    Step,
    all_dims,
    at_least_0,
    functions_of,
    name_numbers,
    reach,
    steps,
)
from dynapspec.model.values import Interval


def arrays(f: Formulas) -> dict[str, Any]:
    """Everything that the template needs; without ``fast`` every layer is judged by itself."""
    reaches, everything = reach(f.spec, used=False), steps(f.spec)
    printer = ColumnsPrinter(lambda name: _name(f, name), name_numbers(f.spec), _truths(f))
    ranges = _ranges(f, everything, reaches or {})
    public = [_public(step) for step in everything if step.rule is None]
    return {
        "fast": reaches is not None,
        "numbers": name_numbers(f.spec),
        "dims": [_dim(f, name, ranges) for name in all_dims(f.spec)],
        "destination_dims": list(f.spec.destination_dims),
        "functions": [_function(f, name, printer) for name in f.spec.functions] if reaches else [],
        "steps": [_step(f, step, printer, ranges, everything) for step in everything],
        "decides": [literal(step.name) for step in everything if _decides(step)],
        "most_bits": MAX_BITS,
        "exports": sorted(["UNDEFINED", "Verdicts", "judge", *public]),
    }


def _name(f: Formulas, name: str) -> str:
    owner, _, field = name.partition(".")
    if owner == "chip":
        width = field.removesuffix("_bits")
        return f'chip.widths["{width}"]' if width != field else f'chip.limits["{field}"]'
    return f.constant(name)


def _truths(f: Formulas) -> set[str]:
    return {name for name, dim in all_dims(f.spec).items() if dim.kind == "bool"}


def _ranges(f: Formulas, everything: tuple[Step, ...], dims: Mapping[str, Range]) -> dict[str, Range]:
    """The reach of every dimension, size and memory."""
    found = dict(dims)
    constants = {name: (bits, bits) for name, bits in f.widths.items()}
    for step in everything if dims else ():
        if step.rule is None:
            reached = bounds(step.tree, {**constants, **found}, functions_of(f.spec))
            found[step.name] = at_least_0(reached)
    return found


def _dim(f: Formulas, name: str, ranges: Mapping[str, Range]) -> dict[str, Any]:
    dim = all_dims(f.spec)[name]
    domain = (dim.domain.low, dim.domain.high) if isinstance(dim.domain, Interval) else None
    numbers = name_numbers(f.spec)
    if dim.kind == "name":
        domain = (0, len(numbers) - 1)
    default = numbers[str(dim.default)] if dim.kind == "name" and dim.default is not None else dim.default
    return {
        "name": name,
        "kind": {"bool": "bool", "name": "name"}.get(dim.kind, "int"),
        "default": repr(default),
        "needed": dim.default is None and not dim.optional,
        "domain": repr(domain),
        "reach": repr(ranges.get(name)),
    }


def _function(f: Formulas, name: str, printer: ColumnsPrinter) -> dict[str, Any]:
    function = f.spec.functions[name]
    return {
        "name": name,
        "arguments": ", ".join(f"{argument}: Any" for argument in function.of),
        "doc": sentence(function.doc or name),
        "clause": f.layer.clause("functions", name),
        "code": printer.show(function.is_.tree),
    }


def _public(step: Step) -> str:
    return f"{step.name}_words" if step.section == "memory" else step.name


def _home(step: Step) -> str:
    return "memory" if step.section == "memory" else "shapes"


def _blank(step: Step, everything: tuple[Step, ...]) -> tuple[str, ...]:
    """The rules that leave one of the values that a step reads undefined."""
    found = [rule for one in everything if one.rule is None and one.name in step.reads for rule in one.unless]
    return tuple(dict.fromkeys(found))


def _step(
    f: Formulas,
    step: Step,
    printer: ColumnsPrinter,
    ranges: Mapping[str, Range],
    everything: tuple[Step, ...],
) -> dict[str, Any]:
    fast = bool(ranges)
    names = f.arguments(step.tree)
    doc = docstring(f.doc(step.name)) if step.rule is None else inline(f"{step.name}: {step.rule.must.text}")
    return {
        "name": step.name,
        "id": literal(step.name),
        "function": "_" + (step.name.replace("-", "_") if step.rule else _public(step)),
        "public": _public(step),
        "scalar": f"{_home(step)}.{_public(step)}",
        "is_rule": step.rule is not None,
        "leaving": step.section == "destination_shapes",
        "some": bool(step.rule and step.rule.some),
        "chip": _speaks(step.tree, "chip."),
        "core": _speaks(step.tree, "core."),
        "arguments": [*_given(step.tree), *(f"{name}: Any" for name in names)],
        "columns": ", ".join(f"{name}: ArrayLike" for name in names),
        "mapping": ", ".join(f'"{name}": {name}' for name in names),
        "reads": _texts(names),
        "unless": _texts(step.unless),
        "blank": _texts(_blank(step, everything)) if _decides(step) else "",
        "doc": doc,
        "clause": f.layer.clause(step.section, step.name),
        "code": printer.show(step.tree) if fast else "",
        "reach": repr(ranges.get(step.name)),
    }


def _given(tree: Tree) -> list[str]:
    return [f"{owner}: {owner.capitalize()}" for owner in ("chip", "core") if _speaks(tree, f"{owner}.")]


def _speaks(tree: Tree, owner: str) -> bool:
    return any(name.startswith(owner) for name in names_in(tree))


def _texts(names: list[str] | tuple[str, ...]) -> str:
    return tuple_code([literal(name) for name in names]) if names else "()"


def _decides(step: Step) -> bool:
    return step.rule is not None and step.rule.decides == "placement"
