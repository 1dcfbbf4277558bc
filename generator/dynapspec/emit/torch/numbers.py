"""Contexts of arithmetic.py, memory.py and shapes.py."""

from __future__ import annotations

from typing import Any

from dynapspec.emit.torch.formulas import Formulas, between
from dynapspec.emit.torch.reading import argument_of, read
from dynapspec.emit.torch.text import docstring, literal, sentence
from dynapspec.formula import compile_formula
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.order import steps
from dynapspec.model import Layer
from dynapspec.model.layer_spec import Derived, Dim, LayerSpec
from dynapspec.model.sources import evidence
from dynapspec.model.values import Interval

TYPES = {"bool": "bool", "name": "str"}


def arithmetic(f: Formulas) -> dict[str, Any]:
    """The functions that formulas call."""
    functions = [
        {
            "name": name,
            "arguments": ", ".join(f"{argument}: int" for argument in function.of),
            "doc": sentence(function.doc or name),
            "clause": f.layer.clause("functions", name),
            "code": f.code(function.is_.tree),
        }
        for name, function in f.spec.functions.items()
    ]
    return {"functions": functions, "exports": sorted(["ceil_log2", "pow2", *f.spec.functions])}


def memory(f: Formulas) -> dict[str, Any]:
    """One function for each memory."""
    memories = []
    for name, part in f.spec.memory.items():
        names = f.arguments(part.is_.tree)
        memories.append(
            {
                "name": name,
                "doc": docstring(part.doc or f"words of {name} memory"),
                "arguments": f.signature(names),
                "argument_docs": [f"{n}: {docstring(f.doc(n)).lower()}." for n in names],
                "domain": f.domain(names),
                "domain_message": f'f"{name} memory of a layer with {_shown(names)} is not defined"',
                "code": f.code(part.is_.tree),
                "used_arguments": f.signature(f.arguments(part.used.tree)),
                "used_code": f.code(part.used.tree),
                "evidence": docstring(evidence(f.layer, part.source)),
                "clause": f.layer.clause("memory", name),
            }
        )
    trees = [tree for part in f.spec.memory.values() for tree in (part.is_.tree, part.used.tree)]
    exports = sorted(f"{name}_{what}" for name in f.spec.memory for what in ("used", "words"))
    return {"memories": memories, "helpers": f.helpers(*trees), "exports": exports}


def _shown(names: list[str]) -> str:
    return ", ".join(f"{name}={{{name}}}" for name in names)


def shapes(f: Formulas) -> dict[str, Any]:
    """Dimensions as dataclasses, sizes of maps as functions."""
    derived = [*f.spec.shapes.items(), *f.spec.destination_shapes.items()]
    none = none_values(f.layer)
    return {
        "dims": [_dim(name, dim, f, none.get(name)) for name, dim in f.spec.dims.items()],
        "destination_dims": [_dim(name, dim, f, None) for name, dim in f.spec.destination_dims.items()],
        "shapes": [_shape(name, part, f) for name, part in derived],
        "helpers": f.helpers(*(part.is_.tree for _, part in derived)),
        "api": api(f),
        "exports": sorted([*_exported(f), *(name for name, _ in derived)]),
    }


def _exported(f: Formulas) -> list[str]:
    """What shapes.py has beside the sizes of maps."""
    names = ["LayerDims", "Pool", "describe", "pools_of"]
    return [*names, "pool_dims"] if argument_of(f.spec, "pools")[1].each else names


def none_values(layer: Layer) -> dict[str, int]:
    """What None stands for in each dimension that says so."""
    widths = LayerInterpreter(layer)
    return {
        name: int(compile_formula(dim.none.tree, widths.functions)(widths.widths))
        for name, dim in layer.spec.dims.items()
        if dim.none
    }


def _dim(name: str, dim: Dim, f: Formulas, none: int | None) -> dict[str, Any]:
    kind = TYPES.get(dim.kind, "int")
    default = repr(dim.default) if dim.default is not None else "None"
    has_default = dim.default is not None or dim.optional
    aside, code = dim.optional and name not in sizing(f.spec), read(dim, f.spec, none)
    return {
        "name": name,
        "type": f"{kind} | None" if dim.optional else kind,
        "default": default,
        "assignment": f" = {default}" if has_default else "",
        "doc": docstring(dim.doc or name).lower(),
        "source": dim.from_.text,
        "domain": _outside(name, dim),
        "domain_text": _domain_text(dim),
        "read": f"({code})" if aside and " if " in code else code,
        "aside": aside,
    }


def sizing(spec: LayerSpec) -> set[str]:
    """The names on which sizes and memories depend, and which cores a layer fits."""
    found = steps(spec)
    sizes = [step for step in found if step.rule is None or step.rule.decides]
    rules = {rule for step in sizes for rule in step.unless}
    asked = [step for step in found if step.name in rules]
    while asked:
        step = asked.pop()
        new = set(step.unless) - rules
        rules |= new
        asked += [one for one in found if one.rule is not None and one.name in new]
    return {name for step in found if step in sizes or step.name in rules for name in step.reads}


def _outside(name: str, dim: Dim) -> str:
    if isinstance(dim.domain, Interval):
        return f"not {between(f'self.{name}', dim)}"
    return f"self.{name} not in {dim.domain!r}" if dim.domain else ""


def _domain_text(dim: Dim) -> str:
    if isinstance(dim.domain, Interval):
        return f"{dim.domain.low} to {dim.domain.high}"
    return " or ".join(dim.domain or ())


def _shape(name: str, part: Derived, f: Formulas) -> dict[str, Any]:
    return {
        "name": name,
        "arguments": f.signature(f.arguments(part.is_.tree)),
        "doc": docstring(part.doc or name),
        "code": f.code(part.is_.tree),
        "evidence": docstring(evidence(f.layer, part.source)),
        "clause": f.layer.clause("shapes" if name in f.spec.shapes else "destination_shapes", name),
    }


def api(f: Formulas) -> dict[str, Any]:
    """The names of the class: one variable and one attribute for each role.

    ``before`` and ``after`` make a pooling the argument for one destination, ``first`` takes the shape of
    the one map that leaves, and ``no_pool`` is the argument where nothing is pooled.
    """
    names: dict[str, Any] = {"class_name": f.spec.api.class_}
    for role in ("synapses", "neurons", "input_shape", "pools", "discretize", "rescale"):
        name, argument = argument_of(f.spec, role)
        names[role] = name
        names[f"{role}_attribute"] = argument.attribute or name
        names[f"{role}_doc"] = sentence(argument.doc)
        names[f"{role}_literal"] = literal(name)
    each = argument_of(f.spec, "pools")[1].each is not None
    before, after, first, no_pool = ("[", "]", "[0]", "[1]") if each else ("", "", "", "None")
    return names | {"each": each, "before": before, "after": after, "first": first, "no_pool": no_pool}
