"""Adapters of the generated packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import Any

from dynapspec.conform.adapters import described
from dynapspec.conform.implementation import PATH, Case, Refused, Skip

EXACT = ("shapes", "memory", "rules", "placement", "facts")  # need nothing but Python
FLOATING = ("quantization", "rescale", "clocked", "gradient", "event", "pooling", "linear", "layer")
OWN = ("convolution", "signature", "construct")  # of this package, and with torch
TICK = 1000  # microseconds between two ticks of the slow clock; more than happenings in one case


class Generated:
    """One generated package, asked through its public names."""

    def __init__(self, package: str) -> None:
        self.name = self.package = package
        self.layer = package
        self.version = str(import_module(package).__version__)

    def capabilities(self) -> list[str]:
        """What is installed decides: without torch there are whole numbers alone."""
        return [*EXACT, *((*FLOATING, *OWN) if find_spec("torch") else ())]

    def run(self, case: Case) -> Mapping[str, Any]:
        """The answer of the package."""
        answer: Mapping[str, Any] = getattr(self, f"_{case.topic}")(case)
        return answer

    def _module(self, name: str) -> Any:
        return import_module(f"{self.package}.{name}")

    # ── Whole numbers ────────────────────────────────────────────────────────────────────────────

    def _shapes(self, case: Case) -> Mapping[str, Any]:
        return {"value": _call(getattr(self._module("shapes"), case.input["of"]), case.input)}

    def _memory(self, case: Case) -> Mapping[str, Any]:
        name, memory = case.input["of"], self._module("memory")
        words = _call(getattr(memory, f"{name}_words"), case.input)
        used = getattr(memory, f"{name}_used")
        complete = signature(used).parameters.keys() <= case.input.keys()
        return {"words": words, **({"used": _call(used, case.input)} if complete else {})}

    def _chip(self, case: Case) -> Any:
        chips = self._module("chips").CHIPS
        if case.subject not in chips:
            raise Skip(f"the package has no chip {case.subject}")
        return chips[case.subject]

    def _dims(self, given: Mapping[str, Any]) -> Any:
        shapes = self._module("shapes")
        pools = tuple(shapes.Pool(**pool) for pool in given["pools"])
        return shapes.LayerDims(**{**given, "pools": pools})

    def _rules(self, case: Case) -> Mapping[str, Any]:
        chip, dims = self._chip(case), self._dims(case.input)
        broken = [{"rule": v.rule, "actual": v.actual, "limit": v.limit} for v in chip.check(dims)]
        return {"violations": broken, "cores": chip.cores_for(dims)}

    def _placement(self, case: Case) -> Mapping[str, Any]:
        chip = self._chip(case)
        layers = [self._dims(layer) for layer in case.input["layers"]]
        candidates = [chip.cores_for(layer) for layer in layers]
        try:
            return {"candidates": candidates, "possible": True, "cores": chip.place(layers).cores}
        except self._module("chips").PlacementError:
            return {"candidates": candidates, "possible": False}

    def _facts(self, case: Case) -> Mapping[str, Any]:
        return {"value": described.fact(self._chip(case), case.input["of"])}

    def _signature(self, case: Case) -> Mapping[str, Any]:
        return described.signature_of(import_module(self.package), case.input)

    def _construct(self, case: Case) -> Mapping[str, Any]:
        from dynapspec.conform.adapters.construct import construct

        return construct(_Library(self.package), self._module("shapes").describe, case.input)

    # ── Floats ───────────────────────────────────────────────────────────────────────────────────

    def __getattr__(self, name: str) -> Callable[[Case], Mapping[str, Any]]:
        """A topic that every PyTorch layer can be asked."""
        if name.removeprefix("_") not in FLOATING:
            raise AttributeError(name)
        topics = import_module("dynapspec.conform.adapters.torch_topics")
        answer = getattr(topics, name.removeprefix("_"))
        return lambda case: answer(_Library(self.package), case.input)

    def _convolution(self, case: Case) -> Mapping[str, Any]:
        from dynapspec.conform.adapters.modules import all_whole, tensor

        names = ("weight", "bias", "threshold", "v_floor", "v")
        given = {name: case.input.get(name) for name in names}
        tensors = {
            name: None if value is None else tensor(value if isinstance(value, list) else [value])
            for name, value in given.items()
        }
        words = self._module("quantization").quantize(tensors).values
        return {name: all_whole(words[name]) for name in ("weight", "bias") if given[name] is not None}

    def _event(self, case: Case) -> Mapping[str, Any]:
        from dynapspec.conform.adapters import events

        library = _Library(self.package)
        simulate = self._module("simulation").simulate_events
        if "at" in case.input:
            return events.visit(library, simulate, case.input)
        return events.happenings(library, simulate, case.input, TICK)


class _Library:
    """The names of a generated package for what the topics ask."""

    def __init__(self, package: str) -> None:
        self._home = import_module(package)
        parameters = signature(self._home.DynapcnnLayer).parameters
        self._several = parameters["pool"].default is parameters["pool"].empty  # one for each destination

    def neurons(self, **options: Any) -> Any:
        return self._home.IAFSqueeze(**options)

    def function(self, name: str, parameters: Mapping[str, Any]) -> Any:
        function = getattr(self._home, name)
        known = getattr(function, "__dataclass_fields__", {})
        return function(**{key: x for key, x in parameters.items() if key in known}) if known else function

    def sum_pool(self, kernel_size: Any, stride: Any) -> Any:
        return self._home.SumPool2d(kernel_size, stride)

    def layer(self, conv: Any, spk: Any, in_shape: Any, pool: Any, **options: Any) -> Any:
        if self._several:
            pool = [1 if pool is None else pool]
        return self._home.DynapcnnLayer(conv, spk, in_shape, pool, **options)

    def pooled_shape(self, layer: Any) -> Any:
        shape = layer.get_output_shape()
        return shape[0] if self._several else shape


def _call(function: Any, given: Mapping[str, Any]) -> Any:
    """A function with the values that it takes; out of their domain there is no answer."""
    try:
        return function(**{name: given[name] for name in signature(function).parameters})
    except ValueError as error:
        raise Refused(str(error)) from None


def dynapcnn() -> Generated:
    """The package with the API of sinabs 2.0.0 to 3.0.4."""
    return _of_folder("dynapcnn")


def dynapcnn_v31() -> Generated:
    """The package with the API of sinabs 3.1."""
    return _of_folder("dynapcnn_v31")


def _of_folder(package: str) -> Generated:
    """A package out of the folder that the run names, or as it is installed."""
    if folder := os.environ.get(PATH):
        sys.path.insert(0, folder)
    return Generated(package)
