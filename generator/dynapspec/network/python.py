"""Reads PyTorch models: modules are known by the names of their classes.

A sequence is read module by module; of any other model, what it does is traced.

Nothing of torch, sinabs or the generated package is imported here: the user's own code does that,
and a subclass of a known module counts as that module as long as it computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from dynapspec.diagnostics import InputError
from dynapspec.model.layer_spec import Api
from dynapspec.network.cited import because
from dynapspec.network.deployed import is_graph, nodes_of, sequence_of
from dynapspec.network.flow import Node
from dynapspec.network.modules import (
    is_module,
    leaves,
    names_of,
    of_torch,
    place_of,
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
    Sensor,
    Synapses,
    refuse,
)
from dynapspec.network.ready import SENSOR, ReadyLayers, sensor_parts, shape_of
from dynapspec.network.torch_readers import READERS, read_as

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
        apis: Sequence[Api],
        input_shape: Shape | None = None,
        cited: Callable[[str], str] | None = None,
    ) -> None:
        self.name, self.notes = type(model).__name__, list[str]()
        self.ready, self.cited = ReadyLayers(apis), cited
        stated = shape_of(getattr(model, "input_shape", None))
        if "Network" in names_of(model) and is_module(getattr(model, "spiking_model", None)):
            model = model.spiking_model  # what sinabs makes of a rectified model
        model = sequence_of(model) or model
        self.is_row = self._is_row(model)
        if self.is_row:
            modules = leaves(model, self.ready.names)
            parts = [part for name, module in modules for part in self.parts_of(name, module)]
            self.notes += _refuse_axes(parts)
            self.nodes = _row(parts)
        elif is_graph(model):
            self.nodes = nodes_of(model, self.ready)
        else:
            from dynapspec.network.tracing import traced

            self.nodes = traced(model, self)
        self.parts = [node.part for node in self.nodes if node.part is not None]
        self.input_shape = input_shape or stated or self._stated()
        if any(isinstance(part, Neurons) and part.rectified for part in self.parts):
            self.notes.append(RELU_NOTE)
        self.notes += _of_one_state(self.parts)

    def _is_row(self, model: Any) -> bool:
        """Whether it is a sequence of modules that are taken as they are."""
        if "Sequential" not in names_of(model):
            return bool({*self.leaf_names()} & set(names_of(model)))
        return all(self._is_whole(module) for _, module in leaves(model, self.ready.names))

    def _is_whole(self, module: Any) -> bool:
        return of_torch(module) or bool({*self.leaf_names()} & set(names_of(module)))

    def _stated(self) -> Shape | None:
        first = next((part for part in self.parts if not isinstance(part, Input)), None)
        return first.input_shape if isinstance(first, Synapses | Sensor) else None

    def parts_of(self, name: str, module: Any, where: str = "") -> Iterator[Part]:
        """The parts that a module stands for; none where it changes nothing."""
        names = names_of(module)
        place = place_of(name, module) + where
        if self.ready.holds(module):
            yield from self.ready.read(place, module).parts()
            return
        if SENSOR in names:
            yield from sensor_parts(place, module)
            return
        known = next((n for n in names if n in READERS or n in IGNORED), None)
        if known is None or LAZY in names:
            hint = HINTS.get(names[0], f"known: {', '.join(sorted({*READERS, *IGNORED, *self.ready.names}))}")
            about = next((ABOUT[n] for n in names if n in ABOUT), "synapses")
            raise self.none_of_the_kind(place, about, "" if LAZY in names else hint)
        if known in READERS:
            yield read_as(place, module, READERS[known])
        else:
            refuse_own_computation(place, module, known)

    def leaf_names(self) -> Iterable[str]:
        """Classes whose modules are taken as they are, and not as what they are made of."""
        return (*READERS, *IGNORED, *HINTS, *ABOUT, SENSOR, *self.ready.names)

    def none_of_the_kind(self, place: str, about: str, hint: str) -> InputError:
        """The error for what no chip of the family does, with the line of the specs behind it."""
        told = "the cores of the chip have nothing of the kind"
        return refuse(place, because(told, self.cited(about) if self.cited else ""), hint)


def _of_one_state(parts: Iterable[Part]) -> Iterator[str]:
    """Notes about neurons that are used in several places, of which a core has each for itself."""
    used: dict[int, list[str]] = {}
    for part in parts:
        if isinstance(part, Neurons) and part.module is not None:
            used.setdefault(id(part.module), []).append(part.place)
    for places in used.values():
        if len(places) > 1:
            told = f"its neurons are used {len(places)} times, and keep one state in the model"
            yield f"{places[0]}: {told}; on the chip each place has a state of its own"


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


def _row(parts: Iterable[Part]) -> list[Node]:
    """Parts one behind the other, from the input to the output."""
    nodes = [Node("", Input("the input"))]
    for part in (*parts, Output("the output")):
        nodes.append(Node(f"{len(nodes)}", part, (nodes[-1].name,)))
    return nodes
