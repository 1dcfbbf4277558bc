"""Vectors of the neurons: clocked in binary32, and one event at a time in whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from dynapspec.emit.conformance.case import Case, f32_text, f32_texts
from dynapspec.emit.conformance.clocked_gaps import gap_steps
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.misstepped import Happening, Misstepper
from dynapspec.emit.conformance.quantization import Levels
from dynapspec.formula.f32 import bits_of, f32, from_bits
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.answers import run_events, visited
from dynapspec.interpret.neurons import Dynamics, Neuron

Parameters: TypeAlias = Mapping[str, float | None]

# In units of a threshold of 1: silence, an exact hit, several spikes at once, and far below any floor.
STEADY = (0.5, 0.5, 1.0, 2.5, -3.0, 0.4, 3.7)
FLOORS = (None, -1.0, -0.7, 0.0)
FEW = 2  # a bound on spikes that binds
STEPS = 10


def clocked_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Every spike function with every reset and floor, and every parameter of theirs."""
    wrong = Misstepper(interpreter)
    for name, neuron, start, currents in _clocked(wrong.right):
        yield _clocked_case(interpreter, wrong, name, neuron, start, currents)


def _clocked(dynamics: Dynamics) -> Iterator[tuple[str, Neuron, float, list[float]]]:
    spec = dynamics.spec
    for spike in spec.spike_fn:
        for reset in spec.reset_fn:
            for index, floor in enumerate(FLOORS):
                name = f"{spike}-{reset}-floor-{'none' if floor is None else floor}"
                parameters = _bound(dynamics, spike) if index % 2 else {}
                yield name, Neuron(1.0, floor, spike, reset, parameters), 0.0, list(STEADY)
    default = (spec.defaults.spike_fn, spec.defaults.reset_fn)
    yield "floor-above-the-threshold", Neuron(1.0, 1.25, *default), 0.0, list(STEADY)
    for name in [*spec.spike_fn, *spec.reset_fn]:
        chosen = (name, default[1]) if name in spec.spike_fn else (default[0], name)
        for parameters in _parameters(dynamics, name):
            text = ",".join(f"{key}={value}" for key, value in parameters.items())
            yield f"{name}-{text}", Neuron(1.0, -1.0, *chosen, parameters), 0.25, list(STEADY)
    yield from _random(dynamics, Dice(len(spec.spike_fn)))
    yield from gap_steps(dynamics)


def _bound(dynamics: Dynamics, spike: str) -> Parameters:
    """A bound for a spike function that has none of its own."""
    return {key: FEW for key, default in dynamics.spec.spike_fn[spike].parameters.items() if default is None}


def _parameters(dynamics: Dynamics, name: str) -> Iterator[Parameters]:
    """Each parameter of a function with a value other than its default."""
    functions = {**dynamics.spec.spike_fn, **dynamics.spec.reset_fn}
    for key, default in functions[name].parameters.items():
        if default is None:
            yield from ({key: 1}, {key: FEW})
        else:
            yield from ({key: 0.25}, {key: -0.75})


def _random(dynamics: Dynamics, dice: Dice) -> Iterator[tuple[str, Neuron, float, list[float]]]:
    """Thresholds and floors that are no powers of two, whose sums round."""
    spec = dynamics.spec
    for spike in spec.spike_fn:
        for reset in spec.reset_fn:
            threshold, floor = 0.3 + dice.below(900) / 1000, -dice.below(1500) / 1000 - 0.1
            currents = [dice.decimal(reach=3) for _ in range(STEPS)]
            yield f"{spike}-{reset}-random", Neuron(threshold, floor, spike, reset), dice.decimal(), currents
            # On the threshold exactly, one step before it and one after, as an f32 has them.
            on = f32(threshold)
            steps = [on, _next(on, -1), _next(on, 1), 0.0, f32(on * FEW), -on]
            yield f"{spike}-{reset}-at-the-threshold", Neuron(on, floor, spike, reset), 0.0, steps


def _next(value: float, step: int) -> float:
    """The neighbouring f32 of a positive one."""
    return from_bits(bits_of(value) + step)


def _clocked_case(
    interpreter: LayerInterpreter,
    wrong: Misstepper,
    name: str,
    neuron: Neuron,
    start: float,
    currents: list[float],
) -> Case:
    layer, chosen = interpreter.layer, neuron.spike_fn or ""
    values = [f32(x) for x in currents]
    spikes, potentials = wrong.right.clocked(values, neuron, f32(start))
    given = {
        "spike_fn": chosen,
        "reset_fn": neuron.reset_fn,
        "parameters": {k: v if isinstance(v, int) else f32_text(v) for k, v in neuron.parameters.items()},
        "threshold": f32_text(f32(neuron.threshold)),
        "v_floor": None if neuron.v_floor is None else f32_text(f32(neuron.v_floor)),
        "v": f32_text(f32(start)),
        "input": f32_texts(values),
    }
    expected = {"spikes": [int(n) for n in spikes], "v": f32_text(potentials[-1])}
    clause = layer.clause("dynamics", *_tested(wrong.right, neuron, name))
    flags = wrong.clocked(values, neuron, f32(start), (spikes, potentials[-1]))
    return Case(f"{layer.name}/clocked/{name}", clause, "valid", given, expected, flags)


def _tested(dynamics: Dynamics, neuron: Neuron, name: str) -> tuple[str, ...]:
    """The part of the spec that a case is about: the reset where the spikes are the default ones."""
    spike, reset, spec = neuron.spike_fn or "", neuron.reset_fn or "", dynamics.spec
    if reset != spec.defaults.reset_fn or name.startswith(reset):
        return "reset_fn", reset
    if neuron.v_floor not in (None, FLOORS[1]) and spike == spec.defaults.spike_fn:
        return ("floor",)
    return "spike_fn", spike


def event_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Remainders, floors, leak ticks, and the order in which spikes leave. Potentials start at 0."""
    spec = interpreter.spec
    group = next(group for group in spec.quantization.groups.values() if "weight" in group.of)
    high = Levels(spec.widths[group.width].bits).high
    wrong = Misstepper(interpreter)
    for reset in spec.dynamics.reset_fn:
        for name, floor, happenings in _events(high):
            neuron = Neuron(high // 2 + 1, floor, reset_fn=reset)
            yield _event_case(interpreter, wrong, f"{reset}-{name}", neuron, happenings)
    yield from _visits(interpreter)


def _events(high: int) -> Iterator[tuple[str, int | None, list[Happening]]]:
    """Scenarios with weights up to the highest level, a threshold of half of it, and one bias each."""
    half = high // 2 + 1
    yield "remainder", -half, [("event", high), ("event", 1), ("event", high), ("event", 0), ("event", 0)]
    yield "exact-hit", -half, [("event", half), ("event", half - 1), ("event", 1), ("event", 1)]
    yield (
        "two-thresholds",
        -half,
        [("event", half - 1), ("event", high), ("event", 0), ("event", -1), ("event", 1)],
    )
    yield "floor", -half, [("event", -high), ("event", -high), ("event", half), ("event", half)]
    yield "floor-above-the-reset", half - 1, [("event", half - 1), ("event", 1), ("event", -1), ("event", 1)]
    yield (
        "leak",
        -half,
        [("event", half - 2), ("leak", 1), ("leak", 1), ("event", 0), ("leak", 1), ("event", 0)],
    )
    yield "leak-floor", -half, [("leak", -high), ("leak", -high), ("event", high), ("event", 1)]
    yield "no-floor", None, [("event", -high), ("leak", -high), ("event", 1)]
    dice = Dice(high)
    mixed = [
        ("leak", -2) if dice.below(4) == 0 else ("event", dice.between(-high // 2, high))
        for _ in range(3 * STEPS)
    ]
    yield "random", -3, [*mixed, ("event", 1)]


def _event_case(
    interpreter: LayerInterpreter, wrong: Misstepper, name: str, neuron: Neuron, happenings: list[Happening]
) -> Case:
    layer = interpreter.layer
    right = run_events(wrong.right, happenings, neuron)
    given = {
        "reset_fn": neuron.reset_fn,
        "threshold": neuron.threshold,
        "v_floor": neuron.v_floor,
        "happenings": [{kind: value} for kind, value in happenings],
    }
    path = ("event", "leak") if "-leak" in name else ("event",)
    flags = wrong.events(happenings, neuron, right)
    expected = {"spikes": right[0], "v": right[1]}
    return Case(
        f"{layer.name}/event/{name}", layer.clause("dynamics", *path), "valid", given, expected, flags
    )


def _visits(interpreter: LayerInterpreter) -> Iterator[Case]:
    """One event that makes several neurons fire: the order is a fact of the spec that deeper layers see."""
    layer, order = interpreter.layer, interpreter.spec.dynamics.event.visit.order
    for features, kernel, at in ((2, (2, 3), (0, 1, 1)), (3, (2, 2), (0, 0, 1))):
        given = {
            "input_shape": [1, 3, 4],
            "features": features,
            "kernel": list(kernel),
            "padding": 1,
            "weight": 3,  # above the threshold and below twice it: one spike under any comparison
            "threshold": 2,
            "at": list(at),
        }
        flags = tuple(f"{axis}-first" for axis in ("feature", "row", "column") if axis != order[0])
        name, clause = (
            f"{layer.name}/event/visit-{features}-features",
            layer.clause("dynamics", "event", "visit"),
        )
        yield Case(name, clause, "valid", given, {"order": visited(order, given)}, flags)
