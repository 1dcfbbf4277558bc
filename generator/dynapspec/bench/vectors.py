"""Many layers at once: memories, sizes of maps and every rule of a chip, all dimensions as columns."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dynapspec.bench.bound import Bound, Kind
from dynapspec.bench.figure import Figure
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace, in_turn

LAYERS = 1_000_000
PER_SECOND = 10_000_000
SEED = 9
# columns of one value in every layer would cost nothing; these have the values that networks have
RANGES = {
    "c": (1, 64),
    "f": (1, 200),
    "h": (4, 100),
    "w": (4, 100),
    "kh": (1, 9),
    "py": (0, 4),
    "px": (0, 4),
    "dy": (1, 2),
    "dx": (1, 2),
    "groups": (1, 2),
    "padding_mode": (0, 1),
    "weight_min": (-128, 0),
    "weight_max": (0, 100),
    "threshold": (1, 1000),
    "v_floor": (-1000, -1),
    "decimation": (1, 4),
    "destinations": (0, 3),
}
ONE_OF = {"sy": (1, 2, 4), "sx": (1, 2, 4), "qy": (1, 2, 4)}
SAME = {"c_in": "c", "kw": "kh", "qx": "qy", "ty": "qy", "tx": "qy"}


def vector_rows() -> Iterator[Row]:
    """The verdict of a chip on a million layers, by all processors."""
    yield Row("verdicts", _measure, Bound(Kind.RATE, PER_SECOND, LAYERS), needs=("numpy",))


def _measure(pace: Pace) -> Figure:
    arrays: Any = import_module("dynapcnn.arrays")
    chip = [*import_module("dynapcnn.chips").CHIPS.values()][-1]
    columns = _columns(import_module("numpy"))
    name = f"verdict on {LAYERS // 1_000_000} million layers"
    return in_turn(name, pace, lambda: arrays.judge(chip, columns))


def _columns(np: Any) -> dict[str, Any]:
    dice = np.random.default_rng(SEED)
    found = {name: dice.integers(low, high + 1, LAYERS) for name, (low, high) in RANGES.items()}
    found |= {name: dice.choice(values, LAYERS) for name, values in ONE_OF.items()}
    found |= {name: found[other] for name, other in SAME.items()}
    return found | {"has_bias": dice.random(LAYERS) < 0.5}
