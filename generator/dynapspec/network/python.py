"""Reads PyTorch models: modules are known by the names of their classes.

A sequence is read module by module; of any other model, what it does is traced.

Nothing of torch, sinabs or the generated package is imported here: the user's own code does that,
and a subclass of a known module counts as that module as long as it computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from dynapspec.diagnostics import InputError
from dynapspec.model import LayerSpec
from dynapspec.network.cited import because
from dynapspec.network.flow import Node
from dynapspec.network.modules import (
    is_module,
    leaves,
    names_of,
    of_torch,
    place_of,
    refuse_computed_weights,
    refuse_own_computation,
)
from dynapspec.network.network import Kind, Shape
from dynapspec.network.parts import (
    Flatten,
    Input,
    Neurons,
    Output,
    Part,
    Pool,
    Synapses,
    refuse,
)
from dynapspec.network.torch_readers import READERS, conv, linear, pool_of
from dynapspec.network.torch_readers import neurons as neurons_of

__all__ = ["TorchModel", "is_module"]

IGNORED = ("Identity", "Dropout", "Dropout2d")
LAZY = "LazyModuleMixin"
RELU_NOTE = "ReLU stands for neurons with a threshold of 1 and a lower bound of -1"
HINTS = {
    "MaxPool2d": "use SumPool2d or AvgPool2d",
    "AdaptiveAvgPool2d": "use AvgPool2d, which states its window",
    "RNN": "the chip has no recurrence: unroll it",
    "LSTM": "the chip has no recurrence: unroll it",
    "GRU": "the chip has no recurrence: unroll it",
    "IAFRecurrent": "use IAFSqueeze: the chip has no recurrence",
    "LIFRecurrent": "use IAFSqueeze: the chip has no recurrence",
    "LIF": "use IAFSqueeze: the chip has no leak of the kind",
    "LIFSqueeze": "use IAFSqueeze: the chip has no leak of the kind",
    "ConvTranspose2d": "the chip has convolutions that keep or shrink a map",
}


# What a module that the chip lacks is about; the specs have a line for each.
ABOUT = {
    **dict.fromkeys(("LIF", "LIFSqueeze", "ExpLeak", "ExpLeakSqueeze", "ALIF", "Tanh", "Sigmoid"), "neurons"),
    **dict.fromkeys(("MaxPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "LPPool2d"), "pooling"),
    **dict.fromkeys(("RNN", "LSTM", "GRU", "IAFRecurrent", "LIFRecurrent"), "recurrence"),
}


class TorchModel:
    """What one model says: the shape of its input, where it knows it, and its parts.

    Raises:
        InputError: a module is none that a chip of the family has.
    """

    def __init__(
        self,
        model: Any,
        spec: LayerSpec,
        input_shape: Shape | None = None,
        cited: Callable[[str], str] | None = None,
    ) -> None:
        self.name, self.spec, self.notes = type(model).__name__, spec, list[str]()
        self._arguments = {a.role: a.attribute or name for name, a in spec.api.arguments.items()}
        self.cited = cited
        stated = _shape(getattr(model, "input_shape", None))
        if "Network" in names_of(model) and is_module(getattr(model, "spiking_model", None)):
            model = model.spiking_model  # what sinabs makes of a rectified model
        self.is_row = self._is_row(model)
        if self.is_row:
            modules = leaves(model, (spec.api.class_,))
            parts = [part for name, module in modules for part in self.parts_of(name, module)]
            self.notes += _refuse_axes(parts)
            self.nodes = _row(parts)
        else:
            from dynapspec.network.tracing import traced

            self.nodes = traced(model, self)
        self.parts = [node.part for node in self.nodes if node.part is not None]
        self.input_shape = input_shape or stated or self._stated()
        if any(isinstance(part, Neurons) and part.rectified for part in self.parts):
            self.notes.append(RELU_NOTE)

    def _is_row(self, model: Any) -> bool:
        """Whether it is a sequence of modules that are taken as they are."""
        if "Sequential" not in names_of(model):
            return bool({*self.leaf_names()} & set(names_of(model)))
        return all(self._is_whole(module) for _, module in leaves(model, (self.spec.api.class_,)))

    def _is_whole(self, module: Any) -> bool:
        return of_torch(module) or bool({*self.leaf_names()} & set(names_of(module)))

    def _stated(self) -> Shape | None:
        first = next((part for part in self.parts if not isinstance(part, Input)), None)
        return first.input_shape if isinstance(first, Synapses) else None

    def parts_of(self, name: str, module: Any, where: str = "") -> Iterator[Part]:
        """The parts that a module stands for; none where it changes nothing."""
        names = names_of(module)
        place = place_of(name, module) + where
        if self.spec.api.class_ in names:
            yield from self._whole(place, module)
            return
        known = next((n for n in names if n in READERS or n in IGNORED), None)
        if known is None or LAZY in names:
            hint = HINTS.get(
                names[0], f"known: {', '.join(sorted({*READERS, *IGNORED, self.spec.api.class_}))}"
            )
            about = next((ABOUT[n] for n in names if n in ABOUT), "synapses")
            raise self.none_of_the_kind(place, about, "" if LAZY in names else hint)
        if known in READERS:
            yield _read(place, module, READERS[known])
        else:
            refuse_own_computation(place, module, known)

    def leaf_names(self) -> Iterable[str]:
        """Classes whose modules are taken as they are, and not as what they are made of."""
        return (*READERS, *IGNORED, *HINTS, *ABOUT, self.spec.api.class_)

    def none_of_the_kind(self, place: str, about: str, hint: str) -> InputError:
        """The error for what no chip of the family does, with the line of the specs behind it."""
        told = "the cores of the chip have nothing of the kind"
        return refuse(place, because(told, self.cited(about) if self.cited else ""), hint)

    def _whole(self, place: str, layer: Any) -> Iterator[Part]:
        """The parts of a layer of the generated class, which holds words unless told not to."""
        refuse_own_computation(place, layer, self.spec.api.class_)
        names = [self._arguments[role] for role in ("synapses", "neurons", "pools", "input_shape")]
        missing = [name for name in names if not hasattr(layer, name)]
        if missing:
            raise refuse(
                place, f"it has no {missing[0]}", "it is of another version of the API than the spec"
            )
        synapses, neurons, pool, shape = (getattr(layer, name) for name in names)
        words = bool(getattr(layer, "discretize", True))
        yield replace(
            _read(place, synapses, conv),
            input_shape=_shape(shape),
            words=words,
            module=layer if words else None,
        )
        yield _read(place, neurons, neurons_of)
        if pool is not None:
            yield _read(place, pool, pool_of)


P = TypeVar("P", bound=Part)


def _read(place: str, module: Any, reader: Callable[[str, Any], P]) -> P:
    """What a module says, if it computes what the class does that it is taken for."""
    known = next((name for name in names_of(module) if READERS.get(name) is reader), None)
    if known is None:
        raise refuse(place, f"a {type(module).__name__} stands in it", "make the layer of known modules")
    if reader in (conv, linear):
        refuse_computed_weights(place, module)
    refuse_own_computation(place, module, known)
    return reader(place, module)


def _refuse_axes(parts: Iterable[Part]) -> list[str]:
    """Refuses what torch would not run, a flat map where a map is taken or the other way round.

    Returns:
        Notes about what was read with some freedom.
    """
    notes: list[str] = []
    kind: Kind | None = None
    flat = False
    for part in parts:
        if isinstance(part, Flatten):
            flat = True
        if isinstance(part, Pool) and kind == "linear":
            raise refuse(part.place, "a flat map cannot be pooled, and a Linear stands before it")
        if isinstance(part, Synapses):
            if part.kind == "linear" and kind is None and not flat:
                notes.append(f"{part.place}: the input is read as flat, feature by feature and row by row")
            if part.kind == "linear" and kind == "conv" and not flat:
                raise refuse(part.place, "it receives a map, which is not flat", "put nn.Flatten() before it")
            if part.kind == "conv" and kind == "linear":
                hint = "the chip has no Unflatten: use convolutions before it"
                raise refuse(part.place, "it takes a map, and a Linear stands before it", hint)
            kind, flat = part.kind, False
    return notes


def _shape(value: Any) -> Shape | None:
    sizes = [int(x) for x in value] if isinstance(value, tuple | list) else []
    return (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else None


def _row(parts: Iterable[Part]) -> list[Node]:
    """Parts one behind the other, from the input to the output."""
    nodes = [Node("", Input("the input"))]
    for part in (*parts, Output("the output")):
        nodes.append(Node(f"{len(nodes)}", part, (nodes[-1].name,)))
    return nodes
