"""What runs otherwise on the chip than in a simulation with time steps: no broken rule, and worth knowing."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.interpret import LayerInterpreter
from dynapspec.model.provenance import Origin, Path, origins
from dynapspec.network.fit import Fitter
from dynapspec.network.network import Network, NetworkLayer
from dynapspec.network.verdicts import Violation


def cautions(network: Network, fitter: Fitter) -> tuple[Violation, ...]:
    """The warnings about every layer, in the form of violations: layer, number, clause and remedy."""
    found: list[Violation] = []
    interpreter = fitter.judge.interpreter
    for index, layer in enumerate(network.layers):
        if layer.description is not None:
            found += _of_weights(index, layer, interpreter)
            found += _of_biases(index, layer, interpreter)
            found += _of_floor(index, layer, interpreter)
    return tuple(found)


def _of_weights(index: int, layer: NetworkLayer, interpreter: LayerInterpreter) -> Iterator[Violation]:
    """Weights that are larger than the threshold, where one event gives one spike at most."""
    assert layer.description is not None
    most = (layer.description.synapses.get("weight") or {}).get("max")
    threshold = layer.description.neurons.get("spike_threshold")
    if most is None or threshold is None or not 0 < threshold < most or not _fires_once(interpreter):
        return
    told = (
        f"the largest weight is {most} and the threshold {threshold}: one event can add more than the "
        "threshold and gives one spike at most, so that the rest piles up"
    )
    remedy = "keep the weights below the threshold: clip them in training, or raise the threshold"
    yield _caution("weight-above-threshold", index, told, (most, threshold), _EVENT, remedy, interpreter)


def _of_biases(index: int, layer: NetworkLayer, interpreter: LayerInterpreter) -> Iterator[Violation]:
    """Biases, which the chip adds at its slow clock."""
    assert layer.description is not None
    if not layer.description.synapses.get("bias"):
        return
    count = layer.description.synapses["out_channels"]
    trained = layer.parameters.bias if layer.parameters is not None else None
    if trained is not None and not bool((trained != 0).any()):
        return  # a bias of zeros does nothing anywhere
    told = (
        f"{count} biases: the chip adds them at each tick of the slow clock, "
        "and not with each event or time step as a simulation does"
    )
    remedy = "leave the biases out, or choose the clock so that it ticks once in a time step of the training"
    yield _caution("bias-at-the-clock", index, told, (count, None), _LEAK, remedy, interpreter)


def _of_floor(index: int, layer: NetworkLayer, interpreter: LayerInterpreter) -> Iterator[Violation]:
    """A missing lower bound, which counts as the lowest level and takes the scale of the weights."""
    assert layer.description is not None
    neurons, trained = layer.description.neurons, layer.parameters
    none = "min_v_mem" in neurons and neurons["min_v_mem"] is None
    if trained is not None and trained.spike_threshold is not None and not trained.words:
        none = trained.min_v_mem is None
    absent = interpreter.spec.quantization.absent
    if not none or "v_floor" not in absent:
        return
    level = int(interpreter.compile(absent["v_floor"].tree)(interpreter.widths))
    told = (
        f"neurons without a lower bound, which counts as {level}: the scale is 1 at most, "
        "so that weights below a half vanish"
    )
    remedy = "set min_v_mem to minus the threshold"
    yield _caution("no-floor", index, told, (None, level), _FLOOR, remedy, interpreter)


_EVENT: Path = ("dynamics", "event", "steps")
_LEAK: Path = ("dynamics", "event", "leak")
_FLOOR: Path = ("quantization", "absent", "v_floor")


def _fires_once(interpreter: LayerInterpreter) -> bool:
    """Whether a neuron of many thresholds gives one spike, as the steps of the spec have it for an event."""
    dynamics = interpreter.spec.dynamics
    for step in dynamics.event.steps:
        for name, function in dynamics.spike_fn.items():
            if name in step.formula.text.split():
                many = {"v": 8, "threshold": 2, **function.parameters}
                return int(interpreter.compile(function.is_.tree)(many)) == 1
    return False


def _caution(
    rule: str,
    index: int,
    message: str,
    numbers: tuple[object, object],
    path: Path,
    remedy: str,
    interpreter: LayerInterpreter,
) -> Violation:
    layer = interpreter.layer
    lines: tuple[Origin, ...] = tuple(dict.fromkeys(origins(layer, path)))
    actual, limit = numbers
    return Violation(rule, index, message, actual, limit, layer.clause(*path), remedy, lines)
