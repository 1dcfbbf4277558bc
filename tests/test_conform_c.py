"""An implementation in C passes the suite, and each of its planted mistakes is caught at the right clause."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conform_kit import CHIP, compiled, run

# What the enumeration in implementation.c calls them, and the part of the spec that each breaks.
MISTAKES = {
    1: ("PLAIN_MAXIMUM", "dynamics/floor"),
    2: ("TRUE_DIVISION", "quantization"),
    3: ("STRICT", "dynamics/event"),
    4: ("ROUND_DOWN_BITS", "memory/kernel"),
    5: ("NO_DILATION", "shapes/fy"),
    6: ("HALF_UP", "quantization"),
    7: ("MANY_SPIKES", "dynamics/event"),
    8: ("NARROW_WORDS", "memory/neuron"),
    9: ("AVERAGE", "api/arguments/pool"),
    10: ("COLUMN_FIRST", "api/arguments/conv"),
    11: ("RECIPROCAL", "quantization/rescale"),
    12: ("FEATURE_FIRST", "dynamics/event/visit"),
    13: ("TAKES_ANYTHING", "quantization/refuse/threshold-vanished"),
}
ALSO = {  # what else follows from it
    1: ("dynamics/spike_fn/MaxSpike", "dynamics/spike_fn/SingleSpike", "dynamics/reset_fn/MembraneReset"),
    3: ("dynamics/event/leak",),
    4: ("memory/neuron",),
    5: ("shapes/fx",),
    8: ("memory/kernel",),
}
TOPICS = ("shapes", "memory", "quantization", "rescale", "clocked", "event", "pooling", "linear")


def test_an_implementation_in_another_language_conforms(tmp_path: Path) -> None:
    report = run(compiled(tmp_path), topics=[], chip=CHIP, floor=200)
    assert report.fine, [(one.id, one.details) for one in report.failures]
    judged = Counter(one.topic for one in report.played if one.kind == "right")
    assert set(judged) == set(TOPICS)
    assert all("is not among its capabilities" in reason for reason in report.skips)


@pytest.mark.parametrize(("number", "name", "part"), [(n, *told) for n, told in MISTAKES.items()])
def test_a_planted_mistake_is_caught_at_its_clause(number: int, name: str, part: str, tmp_path: Path) -> None:
    report = run(compiled(tmp_path, number), topics=[], chip=CHIP)
    broken = {one.clause.partition("#/")[2] for one in report.failures}
    assert part in broken, f"{name} breaks {broken}"
    assert broken <= {part, *ALSO.get(number, ())}, f"{name} breaks {broken}"
    for one in report.failures:
        assert one.kind == "wrong"
        assert report.chains[one.id].clause.clause == one.clause
