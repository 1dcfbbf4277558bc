"""What scenarios of whole layers are put together from: their arguments as JSON, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.emit.conformance.case import Case, Verdict, f32_text, f32_texts
from dynapspec.formula import EvaluationError
from dynapspec.formula.f32 import f32
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.whole import WholeLayers

Path: TypeAlias = tuple[str, ...]

SIZES = ("neuron_shape", "output_shape", "memory")
WORDS = ("weight", "threshold", "v_floor")
RUN = ("spikes", "v")


@dataclass(frozen=True)
class Scenario:
    """A layer, what it is asked, the part of the spec that it is about, and a mistake that it catches."""

    name: str
    given: Mapping[str, Any]
    about: Path
    flag: str


def convolution(
    features: tuple[int, int], kernel: tuple[int, int], weight: list[float], **others: Any
) -> dict[str, Any]:
    """A convolution; what is left out is as small as it can be."""
    bias = others.pop("bias", None)
    pairs = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1, **others}
    sizes = {"in_channels": features[0], "out_channels": features[1], "kernel_size": list(kernel)}
    return {"kind": "conv", **sizes, **pairs, "weight": texts(weight), "bias": texts(bias)}


def fully_connected(sizes: tuple[int, int], weight: list[float], bias: list[float] | None) -> dict[str, Any]:
    """A linear layer."""
    shape = {"in_features": sizes[0], "out_features": sizes[1]}
    return {"kind": "linear", **shape, "weight": texts(weight), "bias": texts(bias)}


def texts(values: list[float] | None) -> Any:
    """Numbers as their bits."""
    return f32_texts(None if values is None else [f32(x) for x in values])


class Maker:
    """Makes scenarios with the functions of one layer spec."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec
        self.layers = WholeLayers(interpreter)
        self.defaults = self.spec.dynamics.defaults

    def neurons(self, threshold: float = 1.0, floor: float | None = -1.0, **others: Any) -> dict[str, Any]:
        """Neurons with the default functions."""
        return {
            "kind": "iaf",
            "threshold": f32_text(f32(threshold)),
            "v_floor": f32_text(None if floor is None else f32(floor)),
            "spike_fn": self.defaults.spike_fn,
            "reset_fn": self.defaults.reset_fn,
            "surrogate_grad_fn": self.exact or self.defaults.surrogate_grad_fn,
            "parameters": {},
            **others,
        }

    @property
    def exact(self) -> str | None:
        """A surrogate whose value below the threshold is a whole number in any arithmetic."""
        env = {"v": f32(0.75), "threshold": 1.0}
        for name in self.spec.dynamics.surrogate_grad_fn:
            slope = self.layers.dynamics.call(name, env, {})
            if slope and float(slope).is_integer():
                return name
        return None

    def layer(
        self, conv: Any, in_shape: tuple[int, int, int], ask: tuple[str, ...], **others: Any
    ) -> dict[str, Any]:
        """A layer without pooling that is discretized, unless it is said otherwise."""
        given = {
            "conv": conv,
            "spk": self.neurons(),
            "in_shape": list(in_shape),
            "pool": None,
            "discretize": True,
            "input": [],
        }
        return {**given, **others, "ask": list(ask)}

    def case(self, scenario: Scenario) -> Case | None:
        """The vector of a scenario; None where the formulas of the spec have no answer to it."""
        try:
            expected = self.layers.answer(scenario.given)
        except (EvaluationError, OverflowError, ZeroDivisionError):
            return None
        verdict: Verdict = "invalid" if "refused" in expected else "valid"
        clause = self.interpreter.layer.clause(*self._about(scenario.about, expected))
        name = f"{self.interpreter.layer.name}/layer/{scenario.name}"
        return Case(name, clause, verdict, scenario.given, expected, (scenario.flag,))

    def _about(self, path: Path, expected: Mapping[str, Any]) -> Path:
        """The rule that refuses, where one does; else the part that the scenario is about."""
        refused = expected.get("refused")
        first = refused[0] if isinstance(refused, list) else refused
        if first in self.spec.rules:
            return "rules", str(first)
        if first in self.spec.quantization.refuse:
            return "quantization", "refuse", str(first)
        return path


def pool(kernel_size: Any, stride: Any = None) -> dict[str, Any]:
    """A sum-pooling."""
    return {"kernel_size": kernel_size, "stride": stride}


def arguments_of(make: Maker) -> dict[str, Path]:
    """The place of the argument that plays a role."""
    return {a.role: ("api", "arguments", name) for name, a in make.spec.api.arguments.items()}
