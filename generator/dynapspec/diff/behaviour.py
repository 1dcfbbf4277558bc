"""Witnesses for arithmetic in f32 and for neurons: values that come out differently on both sides.

Nothing here is proven by trying: a difference that is found is real, and one that is not found
leaves the question undecided, unless both texts say the same or all that there is was tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from dynapspec.diff.report import Change, Finding
from dynapspec.diff.wording import number
from dynapspec.formula import EvaluationError, Undefined
from dynapspec.formula.f32 import f32
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Layer

ERRORS = (EvaluationError, Undefined, ZeroDivisionError, OverflowError, ValueError, KeyError, TypeError)
FRACTIONS = (0.5, 1.5, 2.5, 0.25, 0.75, -0.5, -1.5, 1.0, -1.0, 2.0)
WORDS = range(2, 65)  # bits of a word, as far as the spec language goes


def explain_behaviour(layers: tuple[Layer, Layer], topic: str, changes: Sequence[Change]) -> Finding | None:
    """What a change of widths, functions, quantization or neurons does to concrete values."""
    old, new = (LayerInterpreter(layer) for layer in layers)
    section, _, name = topic.partition(".")
    if section == "functions":
        return _function(old, new, name)
    if section == "dynamics":
        return _dynamics(old, new, name, changes)
    found = _quantized(old, new)
    return replace(found, lines=(*_rounding(old, new), *found.lines))


def _undecided(reason: str = "no value was found that differs, and f32 is not proven") -> Finding:
    return Finding("undecided", (reason,), {"reason": reason})


def _attempt(run: Any, *args: Any) -> Any:
    """A result, or the error in its place."""
    try:
        return run(*args)
    except ERRORS as error:
        return type(error).__name__


# ── Functions of the spec ───────────────────────────────────────────────────────────────────────


def _function(old: LayerInterpreter, new: LayerInterpreter, name: str) -> Finding | None:
    if name not in old.functions or name not in new.functions:
        return None
    kinds = list(new.spec.functions[name].of.values())
    for args in product(WORDS, repeat=len(kinds)) if len(kinds) < 3 else ():
        before, after = _attempt(old.functions[name], *args), _attempt(new.functions[name], *args)
        if before != after:
            call = f"{name}({', '.join(map(str, args))})"
            data = {"call": call, "before": before, "after": after}
            return Finding("differs", (f"{call} is {before} before, {after} now",), data)
    if set(kinds) == {"bit"}:
        return Finding("equal", ("equal for every width of a word: all were tried",), {"formula": "equal"})
    return _undecided()


# ── Quantization ────────────────────────────────────────────────────────────────────────────────


def _quantized(old: LayerInterpreter, new: LayerInterpreter) -> Finding:
    """The first small layer whose words differ."""
    before, after = Quantizer(old), Quantizer(new)
    for tensors, rescale in _tensors(old):
        words = [_attempt(_words, side, tensors, rescale) for side in (before, after)]
        if words[0] != words[1]:
            return _difference(tensors, rescale, words[0], words[1])
    return _undecided()


def _rounding(old: LayerInterpreter, new: LayerInterpreter) -> Iterator[str]:
    """The first value that a scale of 1 brings to another word."""
    sides = Quantizer(old), Quantizer(new)
    for x in sorted(FRACTIONS, key=lambda value: (abs(value), value < 0)):
        words = [_attempt(side.value, {"x": x, "scale": 1.0}) for side in sides]
        if words[0] != words[1]:
            yield f"{number(x)} at a scale of 1 becomes {number(words[0])} before, {number(words[1])} now"
            return


def _words(
    quantizer: Quantizer, tensors: Mapping[str, list[float] | None], rescale: int
) -> dict[str, list[float]]:
    return {name: list(values) for name, values in quantizer.quantize(tensors, rescale).values.items()}


def _tensors(interpreter: LayerInterpreter) -> Iterator[tuple[dict[str, list[float] | None], int]]:
    """Small layers: one weight, then a second one that may fall between two words, then all the rest."""
    largest = [1.0, *(float(2 ** (bits - 1) - 1) for bits in sorted(set(interpreter.widths.values())))]
    plain: dict[str, list[float] | None] = {"threshold": [1.0], "v_floor": [-1.0]}
    for top in largest:
        yield {"weight": [top], **plain}, 1
    for top, second in product(largest, FRACTIONS):
        yield {"weight": [top, second], **plain}, 1
    for top, second, floor, bias in product(largest, FRACTIONS, (None, -1.0, -0.5), (None, [1.0], [-0.5])):
        tensors: dict[str, list[float] | None] = {"weight": [-top, second], "threshold": [1.0]}
        yield {**tensors, "v_floor": None if floor is None else [floor], "bias": bias}, 1
    for rescale, second in product((2, 3), FRACTIONS):
        yield {"weight": [1.0, second], **plain}, rescale


def _difference(tensors: Mapping[str, list[float] | None], rescale: int, before: Any, after: Any) -> Finding:
    given = {name: values for name, values in tensors.items() if values is not None}
    told = "; ".join(f"{name} {_list(values)}" for name, values in given.items())
    told += f"; rescale {rescale}" if rescale != 1 else ""
    data = {"given": given, "rescale": rescale, "before": before, "after": after}
    if isinstance(before, str) or isinstance(after, str):
        return Finding("differs", (f"{told}: {before} before, {after} now",), data)
    names = [name for name in given if before.get(name) != after.get(name)]
    changed = [f"{name} {_list(before[name])} -> {_list(after[name])}" for name in names]
    return Finding("differs", (f"a layer with {told}", f"  words: {'; '.join(changed)}"), data)


def _list(values: Sequence[float]) -> str:
    return " and ".join(map(number, values))


# ── Neurons ─────────────────────────────────────────────────────────────────────────────────────


def _dynamics(
    old: LayerInterpreter, new: LayerInterpreter, name: str, changes: Sequence[Change]
) -> Finding | None:
    """What a change means for neurons, one by one and in the order in which an event visits them."""
    if name in ("surrogate_grad_fn", "defaults"):
        return None
    visits = [_visited(change) for change in changes if change.path[2:] == ("visit", "order")]
    if len(visits) == len(changes):
        return Finding("differs", tuple(visits), {"semantics": "event"})
    found = _neurons(old, new, name)
    status = "differs" if visits else found.status
    return replace(found, status=status, lines=(*visits, *found.lines))


def _visited(change: Change) -> str:
    """Two neurons that change places: the first axes that differ decide which of them comes first."""
    one, other = next(pair for pair in zip(change.old, change.new, strict=False) if pair[0] != pair[1])
    return (
        f"of two neurons that one event makes fire, {one} 0 {other} 1 was before {one} 1 {other} 0, "
        "and is after it now: deeper layers see their spikes in another order"
    )


def _neurons(old: LayerInterpreter, new: LayerInterpreter, name: str) -> Finding:
    """The first short run of one neuron that differs, in either way of running it."""
    before, after = Dynamics(old), Dynamics(new)
    ways = {"clocked": _clocked, "event": _event, "leak": _leak}
    chosen = [way for way in ways if way == name] or list(ways)
    for (threshold, floor), way in product(product((1, 2, 3), (None, -1, -2)), chosen):
        for spike, reset in _choices(before, after) if way == "clocked" else [(None, None)]:
            neuron = Neuron(threshold, floor, spike, reset)
            for given in _inputs(way):
                runs = [_attempt(ways[way], side, given, neuron) for side in (before, after)]
                if runs[0] != runs[1]:
                    return _run_difference(way, given, neuron, runs[0], runs[1])
    return _undecided("no run of one neuron was found that differs, which is no proof")


def _choices(before: Dynamics, after: Dynamics) -> list[tuple[str | None, str | None]]:
    """The functions that a user may choose on both sides; the default ones first."""
    spikes = [name for name in before.spec.spike_fn if name in after.spec.spike_fn]
    resets = [name for name in before.spec.reset_fn if name in after.spec.reset_fn]
    return [(None, None), *product(spikes, resets)]


def _inputs(way: str) -> list[tuple[float, ...]]:
    if way == "clocked":
        values = [f32(value / 2) for value in range(-6, 13)]
        return sorted(product(values, values), key=lambda pair: (abs(pair[0]) + abs(pair[1]), pair))
    return [(v, weight) for v, weight in product(range(-4, 5), range(-4, 5))]


def _clocked(dynamics: Dynamics, given: Sequence[float], neuron: Neuron) -> Any:
    return dynamics.clocked(given, neuron)


def _event(dynamics: Dynamics, given: Sequence[Any], neuron: Neuron) -> Any:
    v, weight = given
    return dynamics.event(v, weight, neuron)


def _leak(dynamics: Dynamics, given: Sequence[Any], neuron: Neuron) -> Any:
    v, bias = given
    return dynamics.leak(v, bias, neuron)


def _run_difference(way: str, given: Sequence[float], neuron: Neuron, before: Any, after: Any) -> Finding:
    chosen = [name for name in (neuron.spike_fn, neuron.reset_fn) if name]
    floor = "no floor" if neuron.v_floor is None else f"floor {number(neuron.v_floor)}"
    what = f"{way}: threshold {number(neuron.threshold)}, {floor}{''.join(f', {name}' for name in chosen)}"
    names = {
        "clocked": "inputs {} and {}",
        "event": "potential {}, weight {}",
        "leak": "potential {}, bias {}",
    }
    line = f"{what}; {names[way].format(*map(number, given))}"
    data = {"semantics": way, "given": list(given), "before": before, "after": after}
    return Finding(
        "differs", (line, f"  gives {_result(way, before)} before, {_result(way, after)} now"), data
    )


def _result(way: str, found: Any) -> str:
    if way == "clocked" and isinstance(found, tuple):
        return f"spikes {_list(found[0])} and potentials {_list(found[1])}"
    if way == "event" and isinstance(found, tuple):
        return f"{found[0]} spikes and potential {found[1]}"
    return str(found)
