"""Placement of as many layers as a chip has cores, ours and the peer's in turn in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from inspect import signature
from types import SimpleNamespace
from typing import Any

from dynapspec.bench.bound import Bound, Kind
from dynapspec.bench.figure import Figure
from dynapspec.bench.peer import sinabs, sinabs_mapping
from dynapspec.bench.rows import Absent, Row
from dynapspec.bench.turns import Pace, in_turn
from dynapspec.diagnostics import fail

CALLS = 20
LAYERS = 9
LARGE, SMALL = (16, 8), (4, 4)  # features and rows; every third layer is large


def placement_rows() -> Iterator[Row]:
    """From layers to cores on the last chip with that many."""
    yield Row("placement", _measure, Bound(Kind.RATIO, 10), against="sinabs", needs=("torch", "numpy"))


def _measure(pace: Pace) -> Figure:
    """Both, once each gave a valid assignment; raises InputError for one that is not."""
    chips = [chip for chip in import_module("dynapcnn.chips").CHIPS.values() if len(chip.cores) == LAYERS]
    if not chips:
        raise Absent(f"no chip has {LAYERS} cores")
    chip, dynapcnn = chips[-1], import_module("dynapcnn")
    ours = _layers(dynapcnn.DynapcnnLayer, dynapcnn.IAFSqueeze)
    _valid(chip, ours, chip.place(ours).cores)
    peer, other = _peer(chip, ours)
    name = f"placement of {LAYERS} layers on {LAYERS} cores"
    return in_turn(name, pace, lambda: chip.place(ours), peer, other, calls=CALLS)


def _layers(layer: Any, neurons: Any) -> list[Any]:
    torch, made = import_module("torch"), []
    for index in range(LAYERS):
        features, rows = SMALL if index % 3 else LARGE
        conv = torch.nn.Conv2d(features, 4 * features, 3, padding=1, bias=False)
        made.append(layer(conv, neurons(batch_size=1, min_v_mem=-1.0), (features, rows, rows)))
    return made


def _peer(chip: Any, ours: list[Any]) -> tuple[str, Callable[[], Any] | None]:
    """The peer's call on the same layers and cores, once its answer was found valid."""
    found, mapping = sinabs(), sinabs_mapping()
    if found is None or mapping is None:
        return "", None
    layers = _layers(found.layer, found.neurons)
    cores = [
        mapping.LayerConstraints(core.kernel_words, core.neuron_words, core.bias_words)
        for core in chip.cores.values()
    ]
    by_number = "layers" in signature(mapping.get_valid_mapping).parameters  # from version 3.1 on
    network: Any = dict(enumerate(layers)) if by_number else SimpleNamespace(sequence=layers)
    numbers = list(chip.cores)
    assigned = dict(mapping.get_valid_mapping(network, cores))
    _valid(chip, ours, [numbers[assigned[index]] for index in range(LAYERS)])
    return found.name, lambda: mapping.get_valid_mapping(network, cores)


def _valid(chip: Any, layers: Sequence[Any], cores: Sequence[int]) -> None:
    """Every layer has a core of its own with room for it."""
    fits = all(core in chip.cores_for(layer) for layer, core in zip(layers, cores, strict=True))
    if not fits or len(set(cores)) < len(layers):
        raise fail("bench", f"{list(cores)} is no valid assignment of cores")
