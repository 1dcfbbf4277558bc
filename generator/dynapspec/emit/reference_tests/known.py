"""What the hand-written reference model knows: for each of its functions the formula that it stands for.

A spec whose formula is another one is not judged by the reference, only by the vectors. This is
told in the README of the generated tests, so that nothing falls out of sight.
"""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.formula import Tree, parse
from dynapspec.formula.text import text
from dynapspec.model import LayerSpec

# For each formula: what it may say, and the names behind the parameters of the reference's function.
SHAPES = {
    "fy": {"size": "h", "kernel": "kh", "stride": "sy", "padding": "py", "dilation": "dy"},
    "fx": {"size": "w", "kernel": "kw", "stride": "sx", "padding": "px", "dilation": "dx"},
    "oy": {"size": "fy", "kernel": "qy", "stride": "ty"},
    "ox": {"size": "fx", "kernel": "qx", "stride": "tx"},
}
MEMORIES = {"kernel": ("c", "f", "kh", "kw"), "neuron": ("f", "fy", "fx"), "bias": ("f", "has_bias")}
ROUNDINGS = {"round_half_even": "half_even", "round_half_up": "half_up"}
SPIKES = {
    "MultiSpike": ("(v > 0) * trunc(v / threshold)", "neurons.multi_spike"),
    "SingleSpike": ("v - threshold >= 0", "neurons.single_spike"),
    "MaxSpike": ("min((v > 0) * trunc(v / threshold), max_num_spikes_per_bin)", "neurons.max_spike(3)"),
}
RESETS = {
    "MembraneSubtract": ("v - n * subtract_value", "subtract"),
    "MembraneReset": ("v * (n == 0) + reset_value * (n != 0)", "to_zero"),
}
FLOOR = "max(v - v_floor, 0) + v_floor"
CLOCKED = ("v = v + input", "n = spike_fn", "v = reset_fn", "v = floor")
EVENT = ("v = v + weight", "n = SingleSpike", "v = reset_fn", "v = floor")
LEAK = ("v = v + bias", "v = floor")
SCALE = (
    "abs(min(x)) <= abs(max(x)) * (-lowest(bits) / highest(bits))",
    "abs(1 / max(x) * highest(bits))",
    "abs(1 / min(x) * lowest(bits))",
)
RESCALINGS = {"weight / rescale": "divide", "weight * rescale": "multiply"}
GROUPS = {
    "weights": ("weight",),
    "biases": ("bias",),
    "thresholds": ("v_floor", "threshold"),
    "potentials": ("v",),
}
# Rules about one limit of the chip: the limit, and the parameters of the reference's `legal`.
LIMITS = {
    "kernel-size": ("kernel_size", ("kh", "kw")),
    "stride": ("stride", ("sy", "sx")),
    "padding": ("padding", ("py", "px")),
    "dilation": ("dilation", ("dy", "dx")),
    "groups": ("groups", ("groups",)),
    "features": ("features", ("c", "f")),
    "input-map": ("input_map", ("h", "w")),
    "output-map": ("output_map", ("h", "w")),
    "pooling": ("pooling", ("pool",)),
    "floor-below-zero": ("v_floor", ("floor",)),
}
OTHER_RULES = (
    "kernel-square",
    "map-not-empty",
    "kernel-memory",
    "neuron-memory",
    "bias-memory",
    "fits-a-core",
)


def says(tree: Tree, formula: str) -> bool:
    """Whether a formula is that one, spaces and parentheses aside."""
    return text(tree) == text(parse(formula))


def shapes(spec: LayerSpec) -> dict[str, dict[str, str]]:
    """The shapes that the reference counts too."""
    found = {**spec.shapes, **spec.destination_shapes}
    dims = {**spec.dims, **spec.destination_dims, **found}
    return {
        name: names for name, names in SHAPES.items() if name in found and set(names.values()) <= dims.keys()
    }


def memories(spec: LayerSpec) -> dict[str, tuple[str, ...]]:
    """The memories that the reference lays out too."""
    return {name: names for name, names in MEMORIES.items() if name in spec.memory}


def rounding(spec: LayerSpec) -> str | None:
    """The reference's name for the rounding of the spec, if it knows it."""
    tree = spec.quantization.value.tree
    return next((name for function, name in ROUNDINGS.items() if says(tree, f"{function}(x * scale)")), None)


def rescaling(spec: LayerSpec) -> str | None:
    """The reference's name for what rescaling does to weights, if it knows it."""
    tree = spec.quantization.rescale.tree
    return next((name for formula, name in RESCALINGS.items() if says(tree, formula)), None)


def quantization(spec: LayerSpec) -> bool:
    """Whether the reference quantizes as the spec does; widths and rounding are its parameters."""
    q = spec.quantization
    trees = (q.scale.when.tree, q.scale.then.tree, q.scale.else_.tree)
    same = all(says(tree, formula) for tree, formula in zip(trees, SCALE, strict=True))
    groups = {name: group.of for name, group in q.groups.items()} == GROUPS
    return (
        same and groups and rounding(spec) is not None and q.combine == "min" and rescaling(spec) is not None
    )


def spikes(spec: LayerSpec) -> dict[str, str]:
    """The spike functions that the reference has."""
    functions = spec.dynamics.spike_fn
    return {
        n: code
        for n, (formula, code) in SPIKES.items()
        if n in functions and says(functions[n].is_.tree, formula)
    }


def resets(spec: LayerSpec) -> dict[str, str]:
    """The resets that the reference has."""
    functions = spec.dynamics.reset_fn
    return {
        n: code
        for n, (formula, code) in RESETS.items()
        if n in functions and says(functions[n].is_.tree, formula)
    }


def clocked(spec: LayerSpec) -> bool:
    """Whether the reference steps through time bins in the same order."""
    steps = tuple(step.text for step in spec.dynamics.clocked.steps)
    return steps == CLOCKED and says(spec.dynamics.floor.tree, FLOOR)


def event(spec: LayerSpec) -> bool:
    """Whether the reference takes events and leak ticks in the same order."""
    steps = tuple(step.text for step in spec.dynamics.event.steps)
    leak = tuple(step.text for step in spec.dynamics.event.leak.steps)
    return steps == EVENT and leak == LEAK and says(spec.dynamics.floor.tree, FLOOR)


def unjudged(spec: LayerSpec) -> Iterator[str]:
    """What the spec says and the reference does not know: for this there are vectors alone."""
    for section, known in (
        ("shapes", shapes(spec)),
        ("destination_shapes", shapes(spec)),
        ("memory", memories(spec)),
    ):
        yield from (f"{section}/{name}" for name in getattr(spec, section) if name not in known)
    if not quantization(spec):
        yield "quantization"
    dynamics = spec.dynamics
    yield from (f"dynamics/spike_fn/{name}" for name in dynamics.spike_fn if name not in spikes(spec))
    yield from (f"dynamics/reset_fn/{name}" for name in dynamics.reset_fn if name not in resets(spec))
    if not clocked(spec):
        yield "dynamics/clocked"
    if not event(spec):
        yield "dynamics/event"
