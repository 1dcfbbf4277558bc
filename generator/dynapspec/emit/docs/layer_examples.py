"""Python that a reader can run, with the answers that the interpreter gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynapspec.emit.docs import worked
from dynapspec.emit.docs.markup import Markup, code, fenced
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Chip, Layer


def examples(layer: Layer, interpreter: LayerInterpreter, chips: Sequence[Chip]) -> Mapping[str, Any]:
    """A layer that is built and asked for its memory, and one that a chip refuses."""
    layout = worked.lay_out(interpreter)
    return {
        "build": _build(layer, interpreter, layout) if layout else "",
        "check": _check(layer, interpreter, chips[-1]) if layout and chips else "",
        "chip": code(chips[-1].name) if chips else "",
    }


def _build(layer: Layer, interpreter: LayerInterpreter, layout: worked.Layout) -> Markup:
    spec = layer.spec
    memory = {name: layout.values[name] for name in spec.memory}
    shapes = [
        tuple(layout.values[axis] for axis in axes)
        for axes in (spec.outputs.neuron_shape, spec.outputs.output_shape)
    ]
    each = any(argument.each for argument in spec.api.arguments.values())
    lines = [
        "import torch.nn as nn",
        f"from {spec.package} import {spec.api.class_}, IAFSqueeze",
        "",
        *_layer(layer, worked.SMALL),
        f"print(layer.get_neuron_shape())  # {shapes[0]}",
        f"print(layer.get_output_shape())  # {[shapes[1]] if each else shapes[1]}",
        f"print(layer.memory_summary())    # {memory}",
        f"assert layer.memory_summary() == {memory}",
    ]
    return fenced("python", "\n".join(lines))


def _layer(layer: Layer, example: Mapping[str, Any]) -> list[str]:
    """The statement that builds an example; arguments are named by what they are in this spec."""
    names = {argument.role: name for name, argument in layer.spec.api.arguments.items()}
    pools = layer.spec.api.arguments[names["pools"]]
    pool = f"[{example.get('pool', 1)}]" if pools.each else example.get("pool")
    features, (channels, *_) = example["features"], example["input"]
    stride = f", stride={example['stride']}" if "stride" in example else ""
    kernel = f"kernel_size={example['kernel']}{stride}"
    return [
        f"layer = {layer.spec.api.class_}(",
        f"    {names['synapses']}=nn.Conv2d({channels}, {features}, {kernel}, bias=False),",
        f"    {names['neurons']}=IAFSqueeze(batch_size=1, min_v_mem=-1.0),",
        f"    {names['input_shape']}={example['input']},",
        *([f"    {names['pools']}={pool},"] if pool is not None else []),
        ")",
    ]


def _check(layer: Layer, interpreter: LayerInterpreter, chip: Chip) -> Mapping[str, Any]:
    violations = worked.refused(interpreter, chip)
    rules = [violation.rule for violation in violations]
    lines = [
        "import torch.nn as nn",
        f"from {layer.spec.package} import {layer.spec.api.class_}, IAFSqueeze",
        f"from {layer.spec.package}.chips import {chip.name}",
        "",
        *_layer(layer, worked.ODD),
        "",
        f"for violation in {chip.name}.check(layer):",
        '    print(f"{violation.rule}: {violation.message}")',
        f"assert [violation.rule for violation in {chip.name}.check(layer)] == {rules}",
    ]
    said = [f"{violation.rule}: {violation.message}" for violation in violations]
    return {
        "code": fenced("python", "\n".join(lines)),
        "said": fenced("text", "\n".join(map(_unfenced, said))),
        "remedy": violations[0].remedy if violations else "",
    }


def _unfenced(line: str) -> str:
    """A line of output from a spec's own words, which cannot end the block that it stands in."""
    return " ".join(line.split())
