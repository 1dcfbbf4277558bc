"""Neurons that are nearly those of the chip: each is one edit of the spec, or one step of a parameter.

Run as a program it measures what the recording tells of each of them, and of each order in which the
spikes of one event may leave a core, as JSON: ``python tests/silicon_variants.py > FILE``.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias

import numpy as np

import silicon
from dynapcnn.simulation import simulate_events
from dynapspec.emit.torch.emitter import emit
from dynapspec.load.node import Node
from dynapspec.model import Layer, Model, load_model
from dynapspec.mutate.edit import changed, typed

SPECS = Path(__file__).resolve().parents[1] / "specs"
Edit: TypeAlias = Mapping[tuple[str | int, ...], Any]
EVENT = ("dynamics", "event")
AXES = ("row", "column", "feature")

# What is put where in the layer spec.
EDITS: Mapping[str, Edit] = {
    "as the spec has it": {},
    "strict comparison": {("dynamics", "spike_fn", "SingleSpike", "is"): "v - threshold > 0"},
    "reset to zero": {("dynamics", "reset_fn", "MembraneSubtract", "is"): "v * (n == 0)"},
    "no floor": {(*EVENT, "steps", 3): "v = v"},
}
# What is added to the threshold and to the floor of the first layer.
STEPS: Mapping[str, tuple[int, int]] = {
    "floor one higher": (0, 1),
    "floor one lower": (0, -1),
    "threshold one higher": (1, 0),
    "threshold one lower": (-1, 0),
}


def package(name: str, edit: Edit) -> Any:
    """The package that is generated from the edited spec, imported under a name of its own."""
    model = load_model(SPECS)
    layer = next(iter(model.layers.values()))
    node: Node = layer.node
    for path, value in {**edit, ("package",): name}.items():
        node = changed(node, path, value)
    other = typed(layer, node)
    assert isinstance(other, Layer)
    place = Path(mkdtemp())
    for output in emit(Model(model.root, {layer.name: other}, model.chips)):
        file = place / output.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(output.text, encoding="utf-8")
    sys.path.insert(0, str(place))
    try:
        return import_module(name), import_module(f"{name}.simulation")
    finally:
        sys.path.remove(str(place))


COMPILED: dict[int, Any] = {}  # one kernel for each number of neighbours


@cache
def ordered(order: tuple[str, ...]) -> Any:
    """The package of an order of visit, and its simulation.

    The order is in the tables that the kernel is given, and in the kernel is only whether features are
    neighbours in memory: where the text is the same, so is the machine code, and compiling it once is enough.
    """
    edit: Edit = {(*EVENT, "visit", "order", i): axis for i, axis in enumerate(order)}
    home, simulation = package("silicon_order_" + "_".join(order), edit)
    if find_spec("numba") is not None:
        ours, usual = (import_module(f"{name}.simulation_kernel") for name in (home.__name__, "dynapcnn"))
        texts = [kernel_text(module) for module in (ours, usual)]
        assert texts[0] == texts[1]
        # Not with the usual one, whose machine code is kept for later runs: they know no package of a test.
        vars(ours)["_run"] = COMPILED.setdefault(vars(ours)["_LANES"], vars(ours)["_run"])
    return home, simulation


def kernel_text(module: Any) -> list[str]:
    """The functions of a kernel, whatever its package is called."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return [ast.dump(node) for node in tree.body if isinstance(node, ast.FunctionDef)]


@cache
def made(variant: str) -> Any:
    """The package of a variant, and its simulation."""
    edit = EDITS.get(variant, {})
    return package("silicon_" + "_".join(variant.split()), edit)


def layers(variant: str, count: int) -> list[Any]:
    """The first layers of the recorded network, as a variant's class makes them."""
    home, _ = made(variant)
    parts = silicon.network()[:count]
    return [part.build(home.DynapcnnLayer, home.IAFSqueeze, home.SumPool2d) for part in parts]


def counts(variant: str, digit: int) -> silicon.Counts:
    """Spikes of each neuron of the first layer."""
    base = variant if variant in EDITS else "as the spec has it"
    (layer,) = layers(base, 1)
    threshold, floor = STEPS.get(variant, (0, 0))
    layer.spk_layer.spike_threshold += threshold
    layer.spk_layer.min_v_mem += floor
    # one layer takes NumPy less time than compiling a kernel of another text
    engine = None if base == VARIANTS[0] else "numpy"
    run = simulate_events if base == VARIANTS[0] else made(base)[1].simulate_events
    found: silicon.Counts = run([layer], silicon.events(digit), engine=engine).counts[0].astype(np.int16)
    return found


def clocked(digit: int) -> silicon.Counts:
    """The same in a hundred time bins."""
    (layer,) = layers("as the spec has it", 1)
    found: silicon.Counts = layer(silicon.frames(digit)).sum(0).detach().numpy().astype(np.int16)
    return found


@cache
def error(variant: str) -> int:
    """How many spikes a variant is off, over all neurons and digits."""
    chip = silicon.chip_counts()
    how: Callable[[int], silicon.Counts] = (
        clocked if variant == "clocked" else lambda digit: counts(variant, digit)
    )
    return sum(int(np.abs(how(digit).astype(int) - chip[digit]).sum()) for digit in silicon.DIGITS)


VARIANTS = (*EDITS, *STEPS, "clocked")
WRONG = VARIANTS[1:]


def orders(digit: int) -> Iterator[tuple[str, list[float], int]]:
    """For each order of one event's spikes: the share of neurons that change in each layer, and the class."""
    given = silicon.events(digit)
    usual = simulate_events(layers("as the spec has it", 5), given)
    for order in permutations(AXES):
        home, simulation = ordered(order)
        chain = [p.build(home.DynapcnnLayer, home.IAFSqueeze, home.SumPool2d) for p in silicon.network()]
        found = simulation.simulate_events(chain, given)
        shares = [float((a != b).mean()) for a, b in zip(found.counts, usual.counts, strict=True)]
        yield ", ".join(order), shares, int(found.counts[-1].sum(axis=(1, 2)).argmax())


def main() -> None:
    """Prints everything as JSON."""
    chip = silicon.chip_counts()
    exact = [float((counts(VARIANTS[0], d) == chip[d]).mean()) for d in silicon.DIGITS]
    total = int(chip.sum())
    report = {
        "format": 1,
        "date": date.today().isoformat(),
        "digits": len(silicon.DIGITS),
        "spikes": total,
        "exact": [round(share, 4) for share in exact],
        "off": {variant: error(variant) for variant in VARIANTS},
        "orders": [
            {"order": order, "digit": digit, "changed": [round(s, 4) for s in shares], "class": winner}
            for digit in silicon.DIGITS
            for order, shares, winner in orders(digit)
        ],
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
