"""For each topic the JSON Schemas of what goes in and what must come out."""

from __future__ import annotations

from collections.abc import Iterable

from dynapspec.emit.conformance.forms import (
    BITS,
    BOOL,
    INT,
    PAIR,
    SCALAR,
    SIDE,
    TEXT,
    TRIPLE,
    TRUE,
    Form,
    among,
    any_of,
    exactly,
    maybe,
    nested,
    several,
)
from dynapspec.emit.conformance.layer_forms import LayerForms, maps
from dynapspec.model import Layer

POINTER: Form = {"type": "string", "pattern": "^(/[^/]+)+$"}


def topic_forms(layers: Iterable[Layer]) -> dict[str, tuple[Form, Form]]:
    """Input and expected answer of each topic."""
    of = LayerForms(layers)
    words, worded, kernel, kerneled = of.words()
    refused = exactly({"refused": TRUE})
    return {
        "shapes": (
            of.asked(lambda spec: {**spec.shapes, **spec.destination_shapes}),
            any_of(exactly({"value": INT}), refused),
        ),
        "memory": (
            of.asked(lambda spec: dict(spec.memory)),
            any_of(exactly({"words": INT}, {"used": INT}), refused),
        ),
        "construct": of.construct(),
        "signature": of.signature(),
        "quantization": (words, worded),
        "convolution": (kernel, kerneled),
        "rescale": (exactly({"weight": several(BITS), "rescale": INT}), exactly({"weight": several(BITS)})),
        **_neurons(of),
        **maps(),
        "layer": of.whole(),
        **_chips(of),
    }


def relations(layers: Iterable[Layer]) -> dict[str, Form]:
    """What an answer owes to its question, by topic."""
    return {"layer": LayerForms(layers).answered()}


def _neurons(of: LayerForms) -> dict[str, tuple[Form, Form]]:
    spikes, resets = among(of.functions("spike_fn")), among(of.functions("reset_fn"))
    slopes = among(of.functions("surrogate_grad_fn"))
    levels = {"threshold": BITS, "v": BITS}
    chosen = {"spike_fn": spikes, "reset_fn": resets, "parameters": of.parameters("spike_fn", "reset_fn")}
    happening = any_of(exactly({"event": INT}), exactly({"leak": INT}))
    neuron = {"reset_fn": resets, "threshold": INT, "v_floor": maybe(INT), "happenings": several(happening)}
    map_ = {"input_shape": TRIPLE, "features": INT, "kernel": PAIR, "padding": INT}
    visit = exactly({**map_, "weight": INT, "threshold": INT, "at": TRIPLE})
    taps = {"input_shape": TRIPLE, "weight": nested(INT, 4), "bias": maybe(several(INT))}
    pairs = dict.fromkeys(("stride", "padding", "pool"), PAIR)
    core = exactly({**taps, **pairs, **{name: neuron[name] for name in ("threshold", "v_floor", "reset_fn")}})
    step = any_of(exactly({"event": TRIPLE}), exactly({"leak": {"const": 1}}))
    chain = exactly({"layers": several(core), "happenings": several(step)})
    return {
        "clocked": (
            exactly({**chosen, **levels, "v_floor": maybe(BITS), "input": several(BITS)}),
            exactly({"spikes": several(INT), "v": BITS}),
        ),
        "gradient": (
            exactly({"function": slopes, "parameters": of.parameters("surrogate_grad_fn"), **levels}),
            exactly({"gradient": exactly({"low": BITS, "high": BITS})}),
        ),
        "chain": (chain, exactly({"spikes": several(several(INT, 4)), "v": nested(INT, 4)})),
        "event": (
            any_of(exactly(neuron), visit),
            any_of(
                exactly({"spikes": several(INT), "v": INT}),
                exactly({"order": several(TRIPLE)}),
            ),
        ),
    }


def _chips(of: LayerForms) -> dict[str, tuple[Form, Form]]:
    rules = among(name for spec in of.specs for name in spec.rules)
    broken = exactly({"rule": rules, "actual": SIDE, "limit": SIDE})
    cores = several(INT)
    return {
        "rules": (of.layer(), exactly({"violations": several(broken), "cores": cores})),
        "placement": (
            exactly({"layers": several(of.layer())}),
            any_of(
                exactly({"candidates": nested(INT, 2), "possible": TRUE, "smallest": cores}),
                exactly({"candidates": nested(INT, 2), "possible": {"const": False}}),
            ),
        ),
        "configuration": _configuration(),
        "facts": (exactly({"of": POINTER}), exactly({"value": any_of(SCALAR, BITS, several(SCALAR), BOOL)})),
    }


def _configuration() -> tuple[Form, Form]:
    """What cores and blocks hold, and the whole object; or the address of a word."""
    values: Form = {"type": "object", "additionalProperties": any_of(INT, BOOL, TEXT)}
    to = exactly({"values": values, "target": maybe(INT), "shift": INT})
    block = {"values": values, "destinations": several(to), "monitored": BOOL}
    arrays = {"weight": nested(INT, 4), "bias": several(INT), "v": nested(INT, 3)}
    cores: Form = {"type": "object", "additionalProperties": exactly({**block, **arrays})}
    used = exactly({"cores": cores, "sensor": maybe(exactly(block)), "readout": maybe(exactly(block))})
    numbers: Form = {"type": "object", "additionalProperties": INT}
    word = exactly({"address": TEXT, "sizes": numbers, "indices": numbers})
    anything: Form = {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}}
    whole = exactly({"configuration": anything})
    return any_of(used, word), any_of(whole, exactly({"address": INT}))
