"""Follows what a PyTorch model does by tracing it, and names each step by its line in the user's code."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynapspec.diagnostics import InputError, Span, fail, whole_line
from dynapspec.load.reader import display_name
from dynapspec.network.flow import Node
from dynapspec.network.modules import names_of
from dynapspec.network.parts import Crop, Flatten, Input, Join, Output, Part, Pool, refuse

if TYPE_CHECKING:
    from dynapspec.network.python import TorchModel

FRAME = re.compile(r'File "([^"]+)", line (\d+)')
ADD = ("add", "iadd", "add_", "__add__", "__iadd__")
CAT = ("cat", "concat", "concatenate")
VIEW = ("view", "reshape")
NOTHING = ("dropout", "dropout2d", "contiguous", "clone", "float", "to")  # changes nothing that a chip sees
POOLS = ("avg_pool2d",)
NO_CHIP = {
    "max_pool2d": ("pooling", "sum or average in place of the maximum"),
    "tanh": ("neurons", "use IAFSqueeze or ReLU"),
    "sigmoid": ("neurons", "use IAFSqueeze or ReLU"),
    "sub": ("synapses", "add, and let the weights be negative"),
    "mul": ("synapses", "a core adds what it receives: move the factor into the weights"),
    "matmul": ("synapses", "use a Linear"),
}
FEATURES = (1, -3)  # the axis of the features among four


def traced(model: Any, reader: TorchModel) -> list[Node]:
    """The nodes of a model.

    Raises:
        InputError: it cannot be traced, or does what no chip of the family does.
    """
    graph = _graph(model, {*reader.leaf_names()})
    return list(_Walk(graph, dict(model.named_modules()), reader).nodes())


def _graph(model: Any, leaves: set[str]) -> Any:
    import torch.fx

    class Tracer(torch.fx.Tracer):
        """One for which the modules that a chip has are whole."""

        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            """Whether a module is taken as it is."""
            of_torch = super().is_leaf_module(m, module_qualified_name)
            return of_torch or bool(leaves & set(names_of(m)))

    tracer = Tracer()
    tracer.record_stack_traces = True
    try:
        return tracer.trace(model)
    except InputError:
        raise
    except Exception as error:  # whatever the user's forward raises when it is given no numbers
        hint = "what it does must not depend on values: write loops and conditions over fixed numbers"
        told = f"{type(model).__name__} cannot be traced: {type(error).__name__}: {error}"
        raise fail("untraceable", told, _span_of(error), hint) from None


def _span_of(error: Exception) -> Span | None:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_users(f.filename)]
    return _span(frames[-1].filename, frames[-1].lineno or 1) if frames else None


def _is_users(filename: str) -> bool:
    ours = str(Path(__file__).parents[1])
    return not filename.startswith((ours, "<")) and "/torch/" not in filename


def _span(filename: str, line: int) -> Span:
    return whole_line(display_name(Path(filename)), line)


class _Walk:
    """Goes through a traced graph."""

    def __init__(self, graph: Any, modules: Mapping[str, Any], reader: TorchModel) -> None:
        self.graph, self.modules, self.reader = graph, modules, reader
        self.inputs = 0

    def nodes(self) -> Iterator[Node]:
        """Each step as a part with what it receives from."""
        for step in self.graph.nodes:
            match step.op:
                case "placeholder":
                    yield self._input(step)
                case "call_module":
                    yield from self._module(step)
                case "call_function" | "call_method":
                    yield from self._call(step)
                case "output":
                    yield from self._output(step)
                case _:
                    raise refuse(_where(step, step.name), "a number of its own stands in the graph")

    def _input(self, step: Any) -> Node:
        self.inputs += 1
        if self.inputs > 1:
            raise refuse(f"input {step.name}", "a second input", "join the inputs before the network")
        return Node(step.name, Input("the input"))

    def _module(self, step: Any) -> Iterator[Node]:
        module = self.modules[step.target]
        sources = tuple(source.name for source in step.all_input_nodes)
        parts = list(self.reader.parts_of(step.target, module, _line(step)))
        if not parts:
            yield Node(step.name, None, sources)
        for index, part in enumerate(parts):
            name = step.name if index == len(parts) - 1 else f"{step.name} {index}"
            yield Node(name, part, sources)
            sources = (name,)

    def _output(self, step: Any) -> Iterator[Node]:
        for index, source in enumerate(_flat(step.args[0])):
            if not hasattr(source, "op"):
                raise refuse("the output", f"it gives out {source!r}", "give out what layers send")
            yield Node(f"output {index}", Output(f"output {index}"), (source.name,))

    # ── Functions and methods ────────────────────────────────────────────────────────────────────

    def _call(self, step: Any) -> Iterator[Node]:
        name = step.target if isinstance(step.target, str) else getattr(step.target, "__name__", "")
        if _is_size(step):
            return
        sources = tuple(source.name for source in step.all_input_nodes if not _is_size(source))
        yield Node(step.name, self._part(step, name), sources * self._times(step, name))

    def _times(self, step: Any, name: str) -> int:
        """Twice where something is added to itself."""
        return 2 if name in ADD and len(step.args) > 1 and step.args[0] is step.args[1] else 1

    def _part(self, step: Any, name: str) -> Part | None:
        place = _where(step, name)
        if name in ADD:
            return self._add(place, step)
        if name in CAT:
            return self._cat(place, step)
        if name == "flatten" or name in VIEW:
            return self._flatten(place, step, name)
        if name in ("relu", "relu_"):
            from dynapspec.network.torch_readers import rectified

            return rectified(place)
        if name in POOLS:
            return self._pool(place, step)
        if name == "getitem":
            return _crop(place, step.args[1])
        if name in NOTHING:
            return None
        about, hint = NO_CHIP.get(name, ("synapses", "use modules that the chip has"))
        raise self.reader.none_of_the_kind(place, about, hint)

    def _add(self, place: str, step: Any) -> Join:
        if not all(hasattr(one, "op") for one in step.args[:2]) or step.kwargs.get("alpha", 1) != 1:
            raise refuse(place, "it adds a number", "move it into a bias")
        return Join(place, "add")

    def _cat(self, place: str, step: Any) -> Join:
        axis = step.args[1] if len(step.args) > 1 else step.kwargs.get("dim", step.kwargs.get("axis", 0))
        if axis not in FEATURES:
            raise refuse(place, f"it joins maps in axis {axis}", "join their features, in axis 1")
        return Join(place, "concat")

    def _flatten(self, place: str, step: Any, name: str) -> Flatten:
        rest = [*step.args[1:]]
        if name == "flatten":
            start = rest[0] if rest else step.kwargs.get("start_dim", 0)
            end = rest[1] if len(rest) > 1 else step.kwargs.get("end_dim", -1)
            whole = (start, end) in ((1, -1), (1, 3))
        else:
            sizes = list(_flat(rest))
            whole = len(sizes) == 2 and (sizes[1] == -1 or _is_size(sizes[0]))
        if not whole:
            raise refuse(
                place, "it changes the shape of a map", "flatten the whole map, or leave it as it is"
            )
        return Flatten(place)

    def _pool(self, place: str, step: Any) -> Pool:
        given = dict(zip(("kernel_size", "stride", "padding", "ceil_mode"), step.args[1:], strict=False))
        given |= step.kwargs
        if any(_pair(given.get("padding", 0))) or given.get("ceil_mode", False):
            raise refuse(place, "pooling with padding or ceil_mode", "the chip pools whole windows alone")
        kernel = _pair(given["kernel_size"])
        stride = _pair(given["stride"]) if given.get("stride") else kernel
        return Pool(place, kernel, stride, average=True)


def _crop(place: str, index: Any) -> Crop:
    """Rows and columns of all features, as in ``x[:, :, 2:10, 3:]`` or ``x[..., 2:10, 3:]``."""
    given = list(index) if isinstance(index, tuple) else [index]
    if given and given[0] is Ellipsis:
        given = [slice(None)] * (5 - len(given)) + given[1:]
    given += [slice(None)] * (4 - len(given))
    cuts = [one for one in given if isinstance(one, slice) and one.step in (None, 1)]
    if len(cuts) != 4 or any(cut != slice(None) for cut in cuts[:2]):
        raise refuse(place, "it takes a part of a map", "crop rows and columns of the input alone")
    rows, columns = cuts[2:]
    window = (rows.start or 0, columns.start or 0, rows.stop or 0, columns.stop or 0)
    if not all(isinstance(edge, int) for edge in window) or min(window[:2]) < 0:
        raise refuse(place, "it crops by more than numbers", "give first row and column from 0 on")
    return Crop(place, window)


def _pair(value: Any) -> tuple[int, int]:
    numbers = [int(x) for x in value] if isinstance(value, tuple | list) else [int(value)]
    return numbers[0], numbers[-1]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def _is_size(step: Any) -> bool:
    """Whether a step asks for the size of something: what reshapes take."""
    if not hasattr(step, "op"):
        return False
    name = getattr(step.target, "__name__", step.target)
    if step.op == "call_method" and name == "size":
        return True
    if name == "getattr":
        return bool(step.args[1] == "shape")
    return name == "getitem" and _is_size(step.args[0])


def _where(step: Any, name: str) -> str:
    return f"{name}{_line(step)}"


def _line(step: Any) -> str:
    """The line of the user's code that a step comes from."""
    frames = [found for found in FRAME.findall(step.stack_trace or "") if _is_users(found[0])]
    if not frames:
        return ""
    file, line = frames[-1]
    return f" ({display_name(Path(file))}:{line})"
