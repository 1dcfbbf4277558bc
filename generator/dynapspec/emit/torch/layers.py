"""Context of layer.py: the class itself."""

from __future__ import annotations

from typing import Any

from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.numbers import api
from dynapspec.emit.torch.reading import argument_of, read
from dynapspec.emit.torch.text import inline, sentence, wrapped
from dynapspec.formula import Tree
from dynapspec.model import Layer
from dynapspec.model.layer_spec import Argument

TYPES = {"neurons": "nn.Module", "input_shape": "Sequence[int]", "discretize": "bool", "rescale": "float"}
MODULES = {  # what an argument may be, as PyTorch and sinabs name it
    "Conv2d": "nn.Conv2d",
    "Linear": "nn.Linear",
    "SumPool2d": "SumPool2d | nn.LPPool2d",
    "int": "int",
}
PARTS = {"synapses": "nn.Conv2d", "neurons": "Any"}  # roles that a property can show


def layer(f: Formulas) -> dict[str, Any]:
    """Everything that the template needs."""
    spec = f.spec
    accepted = argument_of(spec, "synapses")[1].accepts
    return {
        "api": api(f),
        "class_doc": sentence(spec.doc),
        "arguments": [_argument(name, argument) for name, argument in spec.api.arguments.items()],
        "keeps_rescale": argument_of(spec, "rescale")[1].attribute is not None,
        "properties": [_property(name, shown, f) for name, shown in spec.api.properties.items()],
        "other_names": {
            name: _attribute(f, shown) for name, shown in spec.api.properties.items() if shown in PARTS
        },
        "peer": peer(f.layer),
        "differences": [
            wrapped(f"{name}: {d.sinabs}. Here {d.here}: {d.why}.", 4, "* ")
            for name, d in spec.differences.items()
        ],
        "neuron_shape": _returned(f, spec.outputs.neuron_shape),
        "output_shape": _returned(f, spec.outputs.output_shape),
        "memory": _memory(f),
        "axes": axes(f),
        "takes_linear": "Linear" in accepted,
        "axes_count": len(argument_of(spec, "input_shape")[1].axes),
        "accepts": " or ".join(f"a {name}" for name in accepted),
    }


def axes(f: Formulas) -> str:
    """The axes of the input shape, as the left side of an assignment."""
    return ", ".join(argument_of(f.spec, "input_shape")[1].axes)


def pooling(f: Formulas) -> dict[str, Any]:
    """What the pooling argument may be."""
    argument = argument_of(f.spec, "pools")[1]
    accepted, between = argument.accepts, " or " if argument.each else ", "
    return {
        "api": api(f),
        "takes_int": "int" in accepted,
        "accepts": between.join(f"{'an' if n == 'int' else 'a'} {n}" for n in accepted),
    }


def _argument(name: str, argument: Argument) -> dict[str, str]:
    return {
        "name": name,
        "doc": sentence(argument.doc or name),
        "type": _type(argument),
        "default": "" if argument.required else f" = {argument.default!r}",
    }


def peer(layer: Layer) -> str:
    """What the differences are differences from: the source of the class."""
    source = layer.spec.sources.get((layer.spec.api.source or "").partition(" ")[0])
    return inline(source.title) if source else "sinabs"


def _attribute(f: Formulas, role: str) -> str:
    name, argument = argument_of(f.spec, role)
    return argument.attribute or name


def _property(name: str, shown: str, f: Formulas) -> dict[str, str]:
    """A further name of a part, or a shape as a property."""
    code = f"self.{_attribute(f, shown)}" if shown in PARTS else f"self.get_{shown}()"
    doc = f"The same as ``{code.removeprefix('self.')}``."
    return {"name": name, "type": PARTS.get(shown, "tuple[int, int, int]"), "doc": doc, "code": code}


def _type(argument: Argument) -> str:
    """The annotation of an argument; neurons of other libraries are modules too."""
    known = TYPES.get(argument.role) or " | ".join(MODULES[name] for name in argument.accepts)
    if argument.each:
        return f"Sequence[{known} | tuple[int, int]]"
    return known if argument.required or argument.default is not None else f"{known} | None"


class _Lines:
    """Assignments that compute named values, each once, before those that need them."""

    def __init__(self, f: Formulas) -> None:
        self.f = f
        self.known: set[str] = set()
        self.lines: list[str] = []

    def need(self, name: str) -> None:
        """Makes the name available to the lines that follow."""
        if name in self.known:
            return
        self.known.add(name)
        dim = self.f.dim(name)
        if dim is not None:
            one = name in self.f.spec.destination_dims
            self.lines.append(f"{name} = one.{name}" if one else f"{name} = {read(dim, self.f.spec)}")
            return
        shape = self.f.spec.shapes.get(name) or self.f.spec.destination_shapes[name]
        arguments = self.arguments(shape.is_.tree)
        self.lines.append(f"{name} = shapes.{name}({', '.join(arguments)})")

    def arguments(self, tree: Tree) -> list[str]:
        """Makes the names of a formula available and returns them."""
        names = self.f.arguments(tree)
        for name in names:
            self.need(name)
        return names


def _returned(f: Formulas, names: tuple[str, ...]) -> dict[str, Any]:
    lines = _Lines(f)
    for name in names:
        lines.need(name)
    return {"lines": lines.lines, "result": ", ".join(names)}


def _memory(f: Formulas) -> dict[str, Any]:
    lines = _Lines(f)
    parts = []
    for name, part in f.spec.memory.items():
        arguments = ", ".join(lines.arguments(part.is_.tree))
        parts.append({"name": name, "code": f"memory.{name}_words({arguments})"})
    return {"lines": lines.lines, "parts": parts}
