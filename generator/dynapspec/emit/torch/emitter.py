"""Emits the Python package of each layer spec, and one module for each chip that runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dynapspec.emit.output import Output
from dynapspec.emit.render import render
from dynapspec.emit.torch import arrays, chips, dynamics, events, fast, gpu, numbers, quantizing
from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.layers import axes, pooling
from dynapspec.emit.torch.layers import layer as layer_context
from dynapspec.emit.torch.rules import RuleContext
from dynapspec.emit.torch.text import sentence
from dynapspec.model import Layer, Model
from dynapspec.runtime import addresses, configuration, placement

HERE = Path(__file__).parent
FAST = ("__init__", "buffers", "choice", "exact", "layers", "operators", "pieces", "run", "sparse", "threads")


def emit(model: Model) -> Iterator[Output]:
    """The files of every package."""
    for layer in model.layers.values():
        yield from _package(layer)
        yield from _chips(layer, model)


def _package(layer: Layer) -> Iterator[Output]:
    f = Formulas(layer)
    package = layer.spec.package
    contexts: dict[str, dict[str, Any]] = {
        "__init__": _init(f),
        "arithmetic": numbers.arithmetic(f),
        "memory": numbers.memory(f),
        "shapes": numbers.shapes(f),
        "rules": RuleContext(f).context(),
        "arrays": arrays.arrays(f),
        "tensors": {},
        "quantization": quantizing.quantization(f),
        "activations": dynamics.activations(f),
        "neurons": dynamics.neurons(f),
        "pooling": pooling(f),
        "layer": layer_context(f),
        "simulation": dynamics.simulation(f) | {"axes": axes(f)},
        "simulation_bounds": events.kernel(f),
        "simulation_kernel": events.kernel(f),
        "simulation_tables": events.kernel(f),
        "spans": {},
        "wiring": events.wiring(f) | {"api": numbers.api(f), "axes": axes(f)},
    }
    compiled = gpu.gpu(fast.fast(f))
    contexts |= {f"fast/{name}": compiled for name in FAST}
    if compiled["complete"]:
        contexts["fast/kernels"] = compiled
    if compiled["on_gpu"]:
        printed = gpu.printed(compiled)
        contexts |= {"fast/gpu": printed, "fast/gpu_kernels": printed}
    for name, context in contexts.items():
        yield Output(
            f"{package}/{name}.py", render(HERE, f"{name}.py.j2", package=package, **context), (layer,)
        )
    for module in (placement, configuration, addresses):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        yield Output(f"{package}/{module.__name__.rpartition('.')[2]}.py", source, (layer,))
    yield Output(f"{package}/py.typed", "", (layer,), verbatim=True)


def _init(f: Formulas) -> dict[str, Any]:
    spec = f.spec
    dynamics_names = [*spec.dynamics.spike_fn, *spec.dynamics.reset_fn, *spec.dynamics.surrogate_grad_fn]
    exports = [
        ("activations", sorted(dynamics_names)),
        ("layer", [spec.api.class_]),
        ("neurons", ["IAFSqueeze"]),
        ("pooling", ["SumPool2d"]),
    ]
    names = sorted(name for _, members in exports for name in members)
    return {
        "doc": sentence(spec.doc),
        "version": spec.version,
        "spec": f.layer.title,
        "exports": exports,
        "all": ["SPEC", *names],
    }


def _chips(layer: Layer, model: Model) -> Iterator[Output]:
    package, found = layer.spec.package, model.chips_of(layer)
    contexts = [chips.one_chip(chip, layer) for chip in found]
    memories = [{"name": name} for name in layer.spec.memory]
    context = {"package": package, "memories": memories, "api": numbers.api(Formulas(layer))}
    yield Output(f"{package}/chips/chip.py", render(HERE, "chips/chip.py.j2", **context), (layer,))
    for chip, one in zip(found, contexts, strict=True):
        text = render(HERE, "chips/one.py.j2", package=package, chip=one)
        yield Output(f"{package}/chips/{one['identifier']}.py", text, (chip, layer))
    names = ["CHIPS", "Chip", "Core", "Limit", "Placement", "PlacementError", "Violation"]
    exports = sorted([*names, *(one["identifier"] for one in contexts)])
    text = render(HERE, "chips/__init__.py.j2", package=package, chips=contexts, exports=exports)
    yield Output(f"{package}/chips/__init__.py", text, (layer, *found))
