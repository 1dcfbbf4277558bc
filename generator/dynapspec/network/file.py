"""Reads network files: layers in YAML, so that a question needs no code and no weights.

A layer takes the output of the one before it unless it names its ``inputs``. What is left out has
PyTorch's default, except for biases: a layer has them when its file says so.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import InputError, Span
from dynapspec.load import Mapping, Node, Sequence, read_file
from dynapspec.model import LayerSpec
from dynapspec.network.keys import Field, Keys
from dynapspec.network.links import Links, pooling
from dynapspec.network.network import Block, Kind, Preprocessing, Shape, Tap
from dynapspec.network.sensor_block import sensor_block
from dynapspec.network.values import Values

KINDS: tuple[Kind, ...] = ("conv", "linear")
TOP = ("name", "doc", "source", "license", "input_shape", "sensor", "layers")
LAYER = (*KINDS, "neurons", "decimate", "pool", "doc")
GRAPH = ("id", "inputs", "merge", "output")  # of networks that are no chain
EXAMPLES = {
    "input_shape": "input_shape: [2, 128, 128]",
    "layers": "layers: [...]",
    "conv": "conv: {out_channels: 8, kernel_size: 3}",
    "linear": "linear: {out_features: 10}",
    "neurons": "neurons: {min_v_mem: -1}",
}


class NetworkFile:
    """What one network file says.

    Raises:
        InputError: with everything that is wrong with the file.
    """

    def __init__(self, path: Path, spec: LayerSpec, input_shape: Shape | None = None, loop: str = "") -> None:
        self.loop = loop  # the clause that forbids loops
        self.values, self.keys = Values(), Keys(spec)
        self.name, self.source = path.stem, ""
        self.input_shape: Any = input_shape
        self.blocks: list[Block] = []
        self.outputs: list[Tap] = []
        self.preprocessing: Preprocessing | None = None
        root = self.values.mapping(read_file(path), "a network", "begin with `name: ...`")
        if root is not None:
            self._read(root)
        if self.values.findings:
            raise InputError(self.values.findings)

    def _read(self, root: Mapping) -> None:
        self.values.known(root, TOP, "a network")
        for key in ("doc", "license"):
            self.values.text(root.get(key), key)
        self.name = self.values.text(root.get("name"), "name") or self.name
        self.source = self.values.text(root.get("source"), "source")
        self._input_shape(root)
        if "sensor" in root.items and self.input_shape:
            sensor = root.items["sensor"]
            self.input_shape, self.preprocessing = sensor_block(sensor, self.input_shape, self.values)
        self._layers(root)

    def _input_shape(self, root: Mapping) -> None:
        """The shape that the file states; one that was asked for on the command line goes before it."""
        node = root.get("input_shape")
        if node is not None:
            stated = self._shape(node)
            self.input_shape = self.input_shape or stated
        elif self.input_shape is None:
            self._missing("input_shape", root.span)

    def _shape(self, node: Node) -> tuple[Any, ...]:
        axes = list(self.keys.axes.values())
        if not isinstance(node, Sequence) or len(node.items) != len(axes):
            hint = f"{', '.join(self.keys.axes)}: `{EXAMPLES['input_shape']}`"
            self.values.wrong(
                "wrong-type", f"input_shape is a list of {len(axes)} whole numbers", node.span, hint
            )
            return ()
        pairs = zip(node.items, axes, strict=True)
        return tuple(self.values.field(item, axis, f"{axis.name} of the input") for item, axis in pairs)

    def _layers(self, root: Mapping) -> None:
        node = root.get("layers")
        if node is None:
            self._missing("layers", root.span)
        elif not isinstance(node, Sequence) or not node.items:
            hint = f"each layer is `- {EXAMPLES['conv']}` or `- {EXAMPLES['linear']}`"
            self.values.wrong("wrong-type", "layers is a list of at least one layer", node.span, hint)
        else:
            layers = [
                self.values.mapping(item, f"layer {index}", f"write `- {EXAMPLES['conv']}`")
                for index, item in enumerate(node.items)
            ]
            for index, layer in enumerate(layers):
                if layer is not None:
                    self._layer(f"layer {index}", layer)
            if len(self.blocks) == len(layers):  # otherwise a layer that is named may be a broken one
                links = Links(self.values, self.keys, [layer for layer in layers if layer], self.loop)
                self.blocks, self.outputs = links.connected(self.blocks), links.outputs()

    def _layer(self, place: str, layer: Mapping) -> None:
        self.values.known(layer, (*LAYER, *GRAPH), place)
        self.values.text(layer.get("doc"), "doc")
        neurons, pool = self._neurons(layer), self._pool(layer)
        kind = self._kind(place, layer)
        if kind is not None:
            known = self.keys.conv if kind == "conv" else self.keys.linear
            synapses = self._fields(layer, kind, known)
            if kind == "linear":
                synapses["out_channels"] = synapses.pop("out_features", None)
            self.blocks.append(Block(place, kind, synapses, neurons, pool, layer.key_spans[kind]))

    def _kind(self, place: str, layer: Mapping) -> Kind | None:
        given = [kind for kind in KINDS if kind in layer.items]
        if len(given) == 1:
            return given[0]
        # a key that is unknown has its finding already, and is most likely a misspelled conv
        if given or set(layer.items) <= {*LAYER, *GRAPH}:
            found = "both" if given else "neither"
            hint = "a layer is one set of synapses, its neurons and its pooling"
            span = layer.key_spans[given[-1]] if given else layer.span
            self.values.wrong(
                "wrong-layer", f"{place} is either a conv or a linear, found {found}", span, hint
            )
        return None

    def _fields(self, owner: Mapping, key: str, known: MappingType[str, Field]) -> dict[str, Any]:
        """The values below a key, where each is a field of a role."""
        given = self.values.mapping(owner.items[key], key, f"write `{EXAMPLES[key]}`")
        if given is None:
            return {}
        self.values.known(given, known, key)
        for name, field in known.items():
            if field.required and name not in given.items:
                self._missing(name, owner.key_spans[key], EXAMPLES[key])
        return {k: self.values.field(v, known[k], k) for k, v in given.items.items() if k in known}

    def _neurons(self, layer: Mapping) -> dict[str, Any]:
        """The fields of the neurons; ``decimate`` may stand at the layer itself."""
        fields = self._fields(layer, "neurons", self.keys.neurons) if "neurons" in layer.items else {}
        if "decimate" not in layer.items:
            return fields
        span = layer.key_spans["decimate"]
        if "decimate" not in self.keys.neurons:
            self.values.wrong("unknown-key", "decimate means nothing to this layer spec", span)
            return fields
        if "decimate" in fields:
            hint = "keep one of the two"
            self.values.wrong("duplicate", "decimate is given here and with the neurons", span, hint)
        value = self.values.field(layer.items["decimate"], self.keys.neurons["decimate"], "decimate")
        return {**fields, "decimate": value}

    def _pool(self, layer: Mapping) -> dict[str, Any]:
        """The pooling on every way from the layer that states no other."""
        node = layer.get("pool")
        return {} if node is None else pooling(node, layer.key_spans["pool"], self.values, self.keys)

    def _missing(self, key: str, span: Span, example: str = "") -> None:
        self.values.wrong("missing-key", f"{key} is missing", span, f"write `{example or EXAMPLES[key]}`")
