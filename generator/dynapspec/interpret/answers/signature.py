"""Answers about what a caller writes: the arguments of the class, and their defaults."""

from __future__ import annotations

from collections.abc import Mapping

from dynapspec.interpret.answers.data import Answer, Data, constant
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval


class Signature:
    """The topic ``signature``."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.spec = interpreter.spec
        self.dims: Mapping[str, Dim] = {**self.spec.dims, **self.spec.destination_dims}

    def signature(self, given: Data) -> Answer:
        """What a caller may leave out, and what it then is."""
        if "function" in given:
            functions = {**self.spec.dynamics.spike_fn, **self.spec.dynamics.reset_fn}
            found = {**functions, **self.spec.dynamics.surrogate_grad_fn}[given["function"]].parameters
            return {"parameters": list(found), "defaults": {k: constant(v) for k, v in found.items()}}
        if given["of"] == "dimension":
            return _dimension(self.dims[given["name"]])
        if given["of"] == "neurons":
            defaults = self.spec.dynamics.defaults.model_dump()
            return {"defaults": {name: constant(value) for name, value in defaults.items()}}
        arguments = self.spec.api.arguments
        if "argument" not in given:
            api = self.spec.api
            return {"class": api.class_, "arguments": list(arguments), "properties": dict(api.properties)}
        one = arguments[given["argument"]]
        optional = {} if one.required else {"default": constant(one.default)}
        return {
            "role": one.role,
            "attribute": one.attribute,
            "accepts": list(one.accepts),
            "axes": list(one.axes),
            "each": one.each,
            "required": one.required,
            **optional,
        }


def _dimension(dim: Dim) -> Answer:
    """Where the values of a dimension lie, and its default."""
    ends = [dim.domain.low, dim.domain.high] if isinstance(dim.domain, Interval) else sorted(dim.domain or ())
    return {"domain": ends, "default": dim.default}
