"""Many layers at once: memories, sizes of maps and every rule of a chip, all dimensions as columns."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.turns import in_turn

LAYERS = 1_000_000
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


def vector_figures(runs: int) -> Iterator[Figure]:
    """The verdict of a chip on a million layers, by all processors; nothing when NumPy is not installed."""
    try:
        np: Any = import_module("numpy")
        arrays: Any = import_module("dynapcnn.arrays")
    except ImportError:
        return
    chip = [*import_module("dynapcnn.chips").CHIPS.values()][-1]
    columns = _columns(np)
    name = f"verdict on {LAYERS // 1_000_000} million layers"
    yield in_turn(name, runs, lambda: arrays.judge(chip, columns))


def _columns(np: Any) -> dict[str, Any]:
    dice = np.random.default_rng(SEED)
    found = {name: dice.integers(low, high + 1, LAYERS) for name, (low, high) in RANGES.items()}
    found |= {name: dice.choice(values, LAYERS) for name, values in ONE_OF.items()}
    found |= {name: found[other] for name, other in SAME.items()}
    return found | {"has_bias": dice.random(LAYERS) < 0.5}
