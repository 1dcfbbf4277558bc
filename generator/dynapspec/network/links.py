"""Reads how the layers of a network file are connected: ``id``, ``inputs``, ``merge`` and ``output``."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as List
from dataclasses import replace
from typing import Any

from dynapspec.diagnostics import Span, did_you_mean
from dynapspec.load import Mapping, Node, Scalar, Sequence
from dynapspec.network.cited import because
from dynapspec.network.keys import Keys
from dynapspec.network.network import Block, Joined, Merge, Source, Tap
from dynapspec.network.values import Values

INPUT = "input"  # what inputs calls the input of the network
MERGES: tuple[Merge, ...] = ("add", "concat")
ENTRY = ("from", "pool")
EXAMPLE = "inputs: [first, {from: second, pool: 2}]"
POOL = "pool: 2"


class Links:
    """The connections between the layers of one file; what is wrong with them is noted."""

    def __init__(self, values: Values, keys: Keys, layers: List[Mapping], loop: str = "") -> None:
        self.values, self.keys, self.layers, self.loop = values, keys, layers, loop
        self.names = [self._name(layer) for layer in layers]
        self._refuse_names()

    def connected(self, blocks: List[Block]) -> list[Block]:
        """The blocks with their names and what they receive."""
        return [
            replace(block, name=name or "", inputs=self._inputs(index, layer))
            for index, (block, name, layer) in enumerate(zip(blocks, self.names, self.layers, strict=True))
        ]

    def outputs(self) -> list[Tap]:
        """The layers that say ``output: true``, and those that no other receives from."""
        stated = [index for index, layer in enumerate(self.layers) if self._is_output(layer)]
        if not stated:
            return []
        taken = {name for layer in self.layers for name, _ in self._named(layer)}
        follows = {i - 1 for i, layer in enumerate(self.layers) if "inputs" not in layer.items}
        free = [i for i, name in enumerate(self.names) if name not in taken and i not in follows]
        return [Tap(index) for index in sorted({*stated, *free})]

    def _is_output(self, layer: Mapping) -> bool:
        node = layer.get("output")
        if node is None:
            return False
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.values.wrong("wrong-type", "output is true or false", node.span)
        return False

    # ── Names ────────────────────────────────────────────────────────────────────────────────────

    def _name(self, layer: Mapping) -> str | None:
        return self.values.text(layer.get("id"), "id") or None

    def _refuse_names(self) -> None:
        seen: set[str] = set()
        for name, layer in zip(self.names, self.layers, strict=True):
            if name == INPUT:
                told = f"{INPUT} is the input of the network, and no layer"
                self.values.wrong("duplicate", told, layer.key_spans["id"], "give the layer another id")
            elif name in seen:
                told = f"two layers have the id {name}"
                self.values.wrong("duplicate", told, layer.key_spans["id"], "give one of them another id")
            seen |= {name} if name else set()

    def _named(self, layer: Mapping) -> Iterator[tuple[str, Node]]:
        """The names among the inputs of a layer."""
        node = layer.get("inputs")
        items = node.items if isinstance(node, Sequence) else [node] if node is not None else []
        for item in items:
            name = item.get("from") if isinstance(item, Mapping) else item
            if isinstance(name, Scalar) and isinstance(name.value, str):
                yield name.value, name

    # ── Inputs ───────────────────────────────────────────────────────────────────────────────────

    def _inputs(self, index: int, layer: Mapping) -> Source | None:
        node, merge = layer.get("inputs"), self._merge(layer)
        if node is None:
            if "merge" in layer.items:
                told = "merge joins several inputs, and the layer names none"
                self.values.wrong("missing-key", told, layer.key_spans["merge"], f"write `{EXAMPLE}`")
            return None
        items = node.items if isinstance(node, Sequence) else [node]
        if not items:
            self.values.wrong("wrong-type", "inputs names no layer", node.span, f"write `{EXAMPLE}`")
        found = [self._tap(index, item) for item in items]
        parts = tuple(tap for tap in found if tap is not None)
        if len(items) > 1 and "merge" not in layer.items:
            told = f"a layer of {len(items)} inputs says how they are joined"
            hint = "write `merge: add` or `merge: concat`"
            self.values.wrong("missing-key", told, layer.key_spans["inputs"], hint)
        if len(parts) < len(items) or not parts:
            return None
        return parts[0] if len(parts) == 1 else Joined(merge or "add", parts, f"layer {index}")

    def _merge(self, layer: Mapping) -> Merge | None:
        node = layer.get("merge")
        if node is None:
            return None
        given = node.value if isinstance(node, Scalar) else None
        for merge in MERGES:
            if given == merge:
                return merge
        hint = did_you_mean(str(given), MERGES)
        self.values.wrong("wrong-type", f"merge is {' or '.join(MERGES)}", node.span, hint)
        return None

    def _tap(self, index: int, node: Node) -> Tap | None:
        """One input: a name, or a name with the pooling on the way."""
        name: Node = node
        pool: dict[str, Any] | None = None
        if isinstance(node, Mapping):
            self.values.known(node, ENTRY, "an input")
            if "from" not in node.items:
                self.values.wrong("missing-key", "from is missing", node.span, f"write `{EXAMPLE}`")
                return None
            name = node.items["from"]
            if "pool" in node.items:
                pool = pooling(node.items["pool"], node.key_spans["pool"], self.values, self.keys)
        if not isinstance(name, Scalar) or not isinstance(name.value, str):
            self.values.wrong("wrong-type", "an input is the id of a layer", name.span, f"write `{EXAMPLE}`")
            return None
        if name.value == INPUT:
            return self._of_input(pool, node.span)
        return self._of_layer(index, name.value, pool, name.span)

    def _of_input(self, pool: dict[str, Any] | None, span: Span) -> Tap | None:
        if pool:
            told = "the input of the network is pooled for all of its layers or for none"
            self.values.wrong("graph", told, span, "state the input_shape after pooling")
            return None
        return Tap(None)

    def _of_layer(self, index: int, name: str, pool: dict[str, Any] | None, span: Span) -> Tap | None:
        if name not in self.names:
            known = [one for one in (*self.names, INPUT) if one]
            hint = did_you_mean(name, known) or "give the layer that is meant an id"
            self.values.wrong("graph", f"there is no layer {name}", span, hint)
            return None
        found = self.names.index(name)
        if found >= index:
            if index in self._behind(found):
                told = f"recurrence: what layer {index} sends comes back to it from {name}"
                told = because(told, self.loop)
                hint = "leave the way back out: cores in a loop can wait for each other without end"
            else:
                told, hint = f"{name} stands behind this layer", f"move {name} before it"
            self.values.wrong("graph", told, span, hint)
            return None
        return Tap(found, pool)

    def _behind(self, start: int) -> set[int]:
        """The layers that a layer receives from, over any number of others, and itself."""
        found: set[int] = set()
        left = [start]
        while left:
            index = left.pop()
            if index not in found:
                found.add(index)
                layer = self.layers[index]
                named = [name for name, _ in self._named(layer)]
                left += [self.names.index(name) for name in named if name in self.names]
                left += [index - 1] if "inputs" not in layer.items and index else []
        return found


def pooling(node: Node, span: Span, values: Values, keys: Keys) -> dict[str, Any]:
    """A pooling; its stride is that of the window unless the file says otherwise."""
    if not isinstance(node, Mapping):
        size = values.field(node, keys.pool["kernel_size"], "pool")
        return {"kernel_size": size, "stride": size}
    values.known(node, keys.pool, "pool")
    if "kernel_size" not in node.items:
        values.wrong("missing-key", "kernel_size is missing", span, f"write `{POOL}`")
    known = {name: field for name, field in keys.pool.items() if name in node.items}
    fields = {name: values.field(node.items[name], field, name) for name, field in known.items()}
    return {"stride": fields.get("kernel_size"), **fields}
