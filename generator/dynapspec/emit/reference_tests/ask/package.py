"""A generated package as an implementation, or one that has the same public names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import Any

from . import described
from .case import Case, Refused, Skip

EXACT = ("shapes", "memory", "rules", "placement", "facts", "configuration")  # need nothing but Python
FLOATING = ("quantization", "rescale", "clocked", "gradient", "pooling", "linear", "layer")
OWN = ("convolution", "signature", "construct", "event", "chain")  # of this package, and with torch
TICK = 1000  # microseconds between two ticks of the slow clock; more than happenings in one case


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the layer class, of its arguments, and of the attributes that hold its two parts.

    ``listed``: the poolings are a list, one for each destination.
    """

    layer: str
    synapses: str
    neurons: str
    input_shape: str
    pools: str
    discretize: str
    rescale: str
    synapses_attribute: str
    neurons_attribute: str
    listed: bool


class Package:
    """One package, asked through its public names."""

    def __init__(self, package: str, names: Names, layer: str) -> None:
        self.name = self.package = package
        self.names, self.layer = names, layer
        self.version = str(getattr(import_module(package), "__version__", "unknown"))

    def capabilities(self) -> list[str]:
        """What is installed decides: without torch there are whole numbers alone."""
        return [*EXACT, *((*FLOATING, *OWN) if find_spec("torch") else ())]

    def run(self, case: Case) -> Mapping[str, Any]:
        """The answer of the package."""
        if case.topic in FLOATING:
            return self._floating(case)
        answers: dict[str, Callable[[Case], Mapping[str, Any]]] = {
            "shapes": self._shapes,
            "memory": self._memory,
            "rules": self._rules,
            "placement": self._placement,
            "facts": self._facts,
            "configuration": self._configuration,
            "convolution": self._convolution,
            "signature": self._signature,
            "construct": self._construct,
            "event": self._event,
            "chain": self._chain,
        }
        return answers[case.topic](case)

    def _module(self, name: str) -> Any:
        return import_module(f"{self.package}.{name}")

    @property
    def _library(self) -> _Library:
        return _Library(import_module(self.package), self.names)

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

    def _configuration(self, case: Case) -> Mapping[str, Any]:
        chip, given = self._chip(case), case.input
        if "address" in given:
            parts = chip.configuration["addresses"][given["address"]]
            return {"address": self._module("addresses").encode(parts, given["sizes"], given["indices"])}
        module = self._module("configuration")
        return {"configuration": module.write(chip.configuration, chip.cores, module.from_data(given))}

    # ── The class ────────────────────────────────────────────────────────────────────────────────

    def _signature(self, case: Case) -> Mapping[str, Any]:
        return described.signature_of(import_module(self.package), self.names.layer, case.input)

    def _construct(self, case: Case) -> Mapping[str, Any]:
        from .construct import construct

        return construct(self._library, self._module("shapes").describe, case.input)

    def _floating(self, case: Case) -> Mapping[str, Any]:
        """A topic that every PyTorch layer can be asked."""
        from . import torch_topics

        answer: Callable[..., Mapping[str, Any]] = getattr(torch_topics, case.topic)
        return answer(self._library, case.input)

    def _convolution(self, case: Case) -> Mapping[str, Any]:
        from .modules import all_whole, tensor

        names = ("weight", "bias", "threshold", "v_floor", "v")
        given = {name: case.input.get(name) for name in names}
        tensors = {
            name: None if value is None else tensor(value if isinstance(value, list) else [value])
            for name, value in given.items()
        }
        words = self._module("quantization").quantize(tensors).values
        return {name: all_whole(words[name]) for name in ("weight", "bias") if given[name] is not None}

    def _event(self, case: Case) -> Mapping[str, Any]:
        from . import events

        simulate = self._module("simulation").simulate_events
        return events.event(self._library, simulate, case.input, TICK)

    def _chain(self, case: Case) -> Mapping[str, Any]:
        from . import events

        return events.chain(self._library, self._module("simulation").simulate_events, case.input, TICK)


class _Library:
    """The names of a package for what the topics ask; see :class:`modules.Library`."""

    def __init__(self, home: Any, names: Names) -> None:
        self._home, self._names = home, names

    def neurons(self, **options: Any) -> Any:
        return self._home.IAFSqueeze(**options)

    def function(self, name: str, parameters: Mapping[str, Any]) -> Any:
        function = getattr(self._home, name)
        known = getattr(function, "__dataclass_fields__", {})
        return function(**{key: x for key, x in parameters.items() if key in known}) if known else function

    def sum_pool(self, kernel_size: Any, stride: Any) -> Any:
        return self._home.SumPool2d(kernel_size, stride)

    def layer(self, conv: Any, spk: Any, in_shape: Any, pool: Any, **options: Any) -> Any:
        names = self._names
        if names.listed:
            pool = [1 if pool is None else pool]
        arguments = {names.synapses: conv, names.neurons: spk, names.input_shape: in_shape, names.pools: pool}
        chosen = {"discretize": names.discretize, "rescale": names.rescale}
        arguments |= {chosen[option]: value for option, value in options.items()}
        return getattr(self._home, names.layer)(**arguments)

    def synapses_in(self, layer: Any) -> Any:
        return getattr(layer, self._names.synapses_attribute)

    def replace_synapses(self, layer: Any, synapses: Any) -> None:
        setattr(layer, self._names.synapses_attribute, synapses)

    def neurons_in(self, layer: Any) -> Any:
        return getattr(layer, self._names.neurons_attribute)

    def pooled_shape(self, layer: Any) -> Any:
        shape = layer.get_output_shape()
        return shape[0] if self._names.listed else shape


def _call(function: Any, given: Mapping[str, Any]) -> Any:
    """A function with the values that it takes; out of their domain there is no answer."""
    try:
        return function(**{name: given[name] for name in signature(function).parameters})
    except ValueError as error:
        raise Refused(str(error)) from None
