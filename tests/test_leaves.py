"""No leaf of a spec is dead: changing what is not documentation changes code, or is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dynapspec.emit.torch.emitter import emit
from dynapspec.load.node import Mapping, Node, leaves
from dynapspec.model import Chip, Layer, Model, load_model
from dynapspec.model.check import check_model
from dynapspec.mutate.edit import REMOVED, typed
from dynapspec.mutate.edit import changed as changed_at

SPECS = Path(__file__).resolve().parents[1] / "specs"
# What is written for readers alone. Evidence is documentation: it changes no behaviour.
DOCUMENTATION_KEYS = {"doc", "note", "source"}
DOCUMENTATION_PARTS = {"sources", "differences", "errata", "unknown", "waive"}
# Stated by every file for itself, and checked when it is read: a name must be that of its file.
HEAD = {"format", "layer", "chip", "extends", "mixins"}
LeafPath = tuple[int | str, ...]

MODEL = load_model(SPECS)


def is_documentation(path: LeafPath) -> bool:
    return path[-1] in DOCUMENTATION_KEYS or path[0] in DOCUMENTATION_PARTS or path[0] in HEAD


def candidates(value: Any) -> Iterator[Any]:
    """Other values that could stand in a leaf's place."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value + 100  # where the next number stands in the same list already
    elif value is None:
        yield from (1, "MultiSpike")
    else:
        yield from text_candidates(str(value))


def text_candidates(text: str) -> Iterator[Any]:
    for old, new in (
        ("+", "-"),
        (" - ", " + "),
        (" * ", " + "),
        ("*", "+"),
        (">=", ">"),
        ("<=", "<"),
        ("==", "!="),
        ("> ", ">= "),
        (" and ", " or "),
        ("min(", "max("),
        ("half_even", "half_up"),
        ("pow2(", "abs("),
        (" / ", " * "),
        ("lowest", "highest"),
        (".y", ".x"),
        (".x", ".y"),
        (".min", ".max"),
        (".max", ".min"),
        ("65536", "65535"),  # a default lies in its domain, so the upper end
        ("16777216", "16777215"),
        ("reset_fn", "MembraneReset"),
    ):
        if old in text:
            yield text.replace(old, new, 1)
    if digits := re.search(r"\d+", text):
        yield text[: digits.start()] + str(int(digits[0]) + 1) + text[digits.end() :]
    yield from OTHER.get(text, ())
    if text.startswith("words("):
        yield "words(f + 1)"
    yield text + "x"
    yield ""
    yield REMOVED


OTHER = {  # words of the language, and what else could stand there
    "min": ("max",),
    "int": ("f32",),
    "f32": ("int",),
    "pixel": ("ratio",),
    "ratio": ("pixel",),
    "channel": ("pixel",),
    "count": ("channel",),
    "name": ("bool",),
    "level": ("count",),
    "bit": ("count",),
    "word": ("count",),
    "row": ("column",),
    "weight": ("bias",),
    "MultiSpike": ("SingleSpike",),
    "MembraneSubtract": ("MembraneReset",),
    "SingleExponential": ("Heaviside",),
    "threshold": (0.5, "v", "v_floor"),
    "v_floor": ("v", "threshold"),
    "v": ("weight", "neuron_unused"),
    "bias": ("state", "weight", "bias_unused"),
    "state": ("weight",),
    "features": ("height",),
    "synapses": ("neurons",),
    "neurons": ("synapses",),
    "neuron_shape": ("synapses",),
    "height": ("width",),
    "fy": ("fx",),
    "fx": ("fy",),
    "oy": ("ox",),
    "ox": ("oy",),
    "column": ("row",),
    "feature": ("row",),
    "input_shape.height": ("input_shape.width",),
    "input_shape.width": ("input_shape.height",),
    "n = spike_fn": ("n = SingleSpike",),
    "n = SingleSpike": ("n = MultiSpike",),
    "v = floor": ("v = v",),
    # what the fields of a configuration hold
    **dict.fromkeys(("c_in", "window", "last_row", "last_column"), ("f", "qy", "first_row")),
    **dict.fromkeys(("w", "h", "f", "sx", "sy", "px", "py", "kh", "kw", "decimation"), ("c_in",)),
    **dict.fromkeys(("qx", "ty", "tx", "target", "connected"), ("qy", "shift")),
    **dict.fromkeys(("qy", "shift"), ("tx", "target")),
    **dict.fromkeys(("first_row", "first_column"), ("last_row",)),
    "rows_mirrored": ("columns_mirrored",),
    "columns_mirrored": ("swapped",),
    "swapped": ("rows_mirrored",),
    "leaks": ("monitored",),
    "monitored": ("leaks", "window"),
    "weight_unused": ("weight",),
    "bias_unused": ("bias",),
    "neuron_unused": ("v",),
    "kernel": ("neuron",),
    "neuron": ("kernel",),
}


def code(model: Model) -> dict[str, str]:
    return {output.path: output.text for output in emit(model)}


def without_claims(node: Mapping) -> Mapping:
    return replace(node, items={key: part for key, part in node.items.items() if key != "claims"})


def only(layer: Layer, chip: Chip) -> Model:
    """One layer and one chip, so that emitting is fast; without claims, which would refuse any new number.

    What claims of a layer refuse is told by test_check_proofs.
    """
    layer = layer_of(layer, without_claims(layer.node))
    chip = chip_of(chip, without_claims(chip.node))
    return Model(SPECS, {layer.name: layer}, {chip.name: chip})


def layer_of(layer: Layer, node: Node) -> Layer:
    made = typed(layer, node)
    assert isinstance(made, Layer)
    return made


def chip_of(chip: Chip, node: Node) -> Chip:
    made = typed(chip, node)
    assert isinstance(made, Chip)
    return made


def changed_model(kind: str, path: LeafPath, value: Any, base: Model) -> Model | None:
    """The model with another value in one leaf; None when the specs are then refused."""
    layer, chip = next(iter(base.layers.values())), next(iter(base.chips.values()))
    try:
        if kind == "layer":
            layer = layer_of(layer, changed_at(layer.node, path, value))
        else:
            chip = chip_of(chip, changed_at(chip.node, path, value))
    except ValidationError:
        return None
    model = only(layer, chip)
    return None if list(check_model(model)) else model


def verdict(kind: str, path: LeafPath, value: Any, base: Model, before: dict[str, str]) -> str:
    """How a leaf answers: live when every accepted change alters code, refused when none is accepted."""
    for other in candidates(value):
        if other is REMOVED and not isinstance(path[-1], int):
            continue
        model = changed_model(kind, path, other, base)
        if model is not None:
            changed = code(model) != before
            return "live" if changed else f"dead: {other!r} in place of {value!r} changes no code"
    return "refused"


def check_leaves(kind: str, base: Model, file: str = "") -> Counter[str]:
    """How each leaf answers, or each that a file states."""
    entries: list[Layer | Chip] = [*(base.layers if kind == "layer" else base.chips).values()]
    node = entries[0].node
    before = code(base)
    stated = [(p, x.value) for p, x in leaves(node) if x.span.file.endswith(file) and not is_documentation(p)]
    found = {path: verdict(kind, path, value, base, before) for path, value in stated}
    dead = {"/".join(map(str, path)): text for path, text in found.items() if text.startswith("dead")}
    assert not dead
    return Counter(found.values())


def test_every_leaf_of_the_layer_counts() -> None:
    layer = MODEL.layers["dynapcnn"]
    counts = check_leaves("layer", only(layer, MODEL.chips["speck2f"]))
    assert counts["live"] > 240, counts
    assert counts["refused"] < counts["live"] / 3, counts


def test_every_leaf_of_a_variant_counts() -> None:
    """Those that it states itself; it has the others from its parent."""
    layer, chip = MODEL.layers["dynapcnn_v31"], MODEL.chips["speck2f"]
    chip = chip_of(chip, changed_at(chip.node, ("layers", 0), layer.name))
    counts = check_leaves("layer", only(layer, chip), file="layers/dynapcnn_v31.yaml")
    assert counts["live"] > 9, counts
    assert counts["refused"] < counts["live"] / 3, counts


@pytest.mark.parametrize("name", sorted(MODEL.chips))
def test_every_leaf_of_a_chip_counts(name: str) -> None:
    chip = MODEL.chips[name]
    counts = check_leaves("chip", only(MODEL.layers["dynapcnn"], chip))
    assert counts["live"] > 50, counts
    assert counts["refused"] < counts["live"] / 3, counts


def test_a_claim_refuses_a_table_that_contradicts_it() -> None:
    chip = MODEL.chips["speck2f"]
    changed = chip_of(chip, changed_at(chip.node, ("cores", 3, "kernel_words"), 32769))
    model = Model(SPECS, MODEL.layers, {chip.name: changed})
    assert [finding.code for finding in check_model(model)] == ["claim"]


def test_a_dead_leaf_would_be_found() -> None:
    """The check can fail: a documentation leaf, taken for a live one, is told as dead."""
    base = only(MODEL.layers["dynapcnn"], MODEL.chips["speck2f"])
    path = ("limits", "stride", "source")
    answer = verdict("chip", path, "DS 2.4", base, code(base))
    assert answer.startswith("dead")
