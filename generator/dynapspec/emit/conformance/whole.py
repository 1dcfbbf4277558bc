"""Vectors of whole layers: what a layer says of itself, its words, its spikes and state, its gradients.

Each scenario is a layer that some implementation got wrong. The answers come from the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.emit.conformance.case import Case
from dynapspec.emit.conformance.whole_maker import Maker
from dynapspec.emit.conformance.whole_refusals import refusals, sizes
from dynapspec.emit.conformance.whole_runs import gradients, runs, shared_axes
from dynapspec.interpret import LayerInterpreter


def whole_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Every scenario."""
    make = Maker(interpreter)
    for scenario in (*runs(make), *shared_axes(make), *sizes(make), *gradients(make), *refusals(make)):
        case = make.case(scenario)
        if case is not None:
            yield case
