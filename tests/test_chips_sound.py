"""The short way to the verdict on a layer that breaks nothing tells what judging rule by rule tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynapspec.interpret import Description, Judge, LayerInterpreter
from dynapspec.interpret.chip import refusing
from dynapspec.interpret.description import Layout
from dynapspec.model import load_model

MODEL = load_model(Path(__file__).resolve().parents[1] / "specs")
JUDGES = {chip.name: Judge(chip, LayerInterpreter(MODEL.layer_of(chip))) for chip in MODEL.chips.values()}

pairs = st.tuples(st.sampled_from([1, 2, 3, 4, 5, 7, 16, 17]), st.sampled_from([1, 2, 3, 5]))
strides = st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 2), (1, 2), (3, 3)])
pads = st.sampled_from([(0, 0), (0, 0), (1, 1), (2, 1), (7, 7), (8, 8)])
sides = st.sampled_from([1, 4, 8, 63, 64, 65, 66, 127, 128, 129])
pools = st.sampled_from(
    [{}, {"kernel_size": (2, 2), "stride": (2, 2)}, {"kernel_size": (3, 3), "stride": (3, 3)}]
)


@st.composite
def descriptions(draw: Any) -> Description:
    """Layers near the limits of the chips, most of which break nothing."""
    c = draw(st.sampled_from([1, 1, 2, 3, 64, 1025]))
    square = draw(st.sampled_from([1, 1, 2, 3, 5, 16]))
    odd = draw(st.integers(0, 5)) == 0
    synapses = {
        "in_channels": c,
        "out_channels": draw(st.sampled_from([1, 1, 2, 3, 33, 512, 1025])),
        "kernel_size": draw(pairs) if odd else (square, square),
        "stride": draw(strides),
        "padding": draw(pads),
        "bias": draw(st.booleans()),
    }
    neurons = {}
    if draw(st.booleans()):
        levels = st.integers(-40000, 40000)
        neurons = {"spike_threshold": draw(levels), "min_v_mem": draw(levels | st.none())}
    into = c + (draw(st.integers(0, 9)) == 0)
    shape = (into, draw(sides), draw(sides))
    leaving = tuple(draw(st.lists(pools, max_size=3)))
    return Description(shape, synapses, neurons, leaving)


@pytest.mark.parametrize("chip", ["speck2f", "speck2cmini", "dynapcnndevkit"])
@settings(max_examples=120, deadline=None)
@given(described=descriptions())
def test_both_ways_tell_the_same(chip: str, described: Description) -> None:
    for book in (JUDGES[chip], refusing(JUDGES[chip].interpreter)):
        layout = book.interpreter.read(described)
        slow = book.judge_by_rule(layout)
        assert book.judge_layout(layout) == slow
        assert (book.sound.judged(layout) is None) == bool(slow.violations)


def test_the_order_of_the_values_is_the_same() -> None:
    """Answers are written in that order."""
    judge = JUDGES["speck2f"]
    layout = judge.interpreter.read(
        Description((2, 8, 8), {"in_channels": 2, "out_channels": 4, "kernel_size": 3})
    )
    fast, slow = judge.judge_layout(layout), judge.judge_by_rule(layout)
    assert judge.sound.judged(layout) is not None
    assert list(fast.values) == list(slow.values)
    assert list(fast.used) == list(slow.used)


def test_what_is_not_known_is_not_judged() -> None:
    """Without a map there is no short way; without neurons there is, and their rules are left out."""
    judge = JUDGES["speck2f"]
    described = Description((2, 8, 8), {"in_channels": 2, "out_channels": 4, "kernel_size": 3})
    whole = judge.interpreter.read(described)
    assert "threshold" not in whole.values
    assert judge.sound.judged(whole) is not None
    lacking = Layout({name: value for name, value in whole.values.items() if name != "h"}, whole.destinations)
    assert judge.sound.judged(lacking) is None
    assert judge.judge_layout(lacking) == judge.judge_by_rule(lacking)
