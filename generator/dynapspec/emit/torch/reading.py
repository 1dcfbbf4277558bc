"""How the value of a dimension is read off the modules of a layer.

This is knowledge of PyTorch, not of a chip: which attributes its modules always have.
"""

from __future__ import annotations

from dynapspec.model.layer_spec import Argument, Dim, LayerSpec

ALWAYS = {  # attributes that need no default
    "synapses": {"in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"}
    | {"padding_mode", "bias", "weight"},
    "neurons": {"spike_threshold", "min_v_mem"},
    "pools": {"kernel_size", "stride"},
}
AXIS = {"y": 0, "x": 1}
REDUCED = {"min", "max"}


def argument_of(spec: LayerSpec, role: str) -> tuple[str, Argument]:
    """The argument that plays a role."""
    return next((name, arg) for name, arg in spec.api.arguments.items() if arg.role == role)


def read(dim: Dim, spec: LayerSpec, none: int | None = None) -> str:
    """Code that reads a dimension, with the arguments of the layer class as variables."""
    role, fields = dim.from_.role, dim.from_.fields
    owner, argument = argument_of(spec, role)
    if role == "input_shape":
        return f"{owner}[{argument.axes.index(fields[0])}]"
    if role == "pools" and fields == ("count",):
        return "len(pools_of(layer))"
    code = _attribute(owner, role, fields[0], dim)
    for field in fields[1:]:
        code = (
            f"{code}[{AXIS[field]}]" if field in AXIS else f"{code}.{field}{'()' if field in REDUCED else ''}"
        )
    return _typed(code, dim, none)


def _attribute(owner: str, role: str, name: str, dim: Dim) -> str:
    if name in ALWAYS.get(role, ()):
        return f"{owner}.{name}"
    default = None if dim.kind == "bool" or dim.optional else dim.default
    return f'getattr({owner}, "{name}", {default!r})'


def _typed(code: str, dim: Dim, none: int | None) -> str:
    if dim.kind == "bool":
        return f"{code} is not None and {code} is not False" if "getattr" in code else f"{code} is not None"
    if dim.kind == "level":
        return f"_level({code})" if none is None else f"{none} if {code} is None else _level({code})"
    return code
