"""Abstract specs are checked as far as they go; what they leave open is no mistake of theirs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.load import Mapping
from dynapspec.load.node import show_path
from dynapspec.load.reader import read_text
from dynapspec.model import ChipSpec, LayerSpec, load_model
from dynapspec.model.annotations import below, nullable
from dynapspec.model.removals import removals_of_nothing, without_removed
from dynapspec.resolve import merge, open_library

SPECS = Path(__file__).resolve().parents[1] / "specs"
BASE = "format: 1\nchip: mybase\nversion: 1.0.0\nabstract: true\n"
LAYER = "format: 1\nlayer: mybase\nversion: 1.0.0\nabstract: true\n"


def copy_of_specs(folder: Path) -> Path:
    return Path(shutil.copytree(SPECS, folder / "specs"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "extends: family\n",
        "layers: [dynapcnn]\n",
        "extends: family\ncores:\n  0: {kernel_words: 1}\n",
        "extends: family\nlimits:\n  stride: {source: DS}\n",
        "extends: family\nlimits:\n  stride: {source: DS}\nclaims: {}\n",
        "extends: nine-core\nlimits: null\n",
        "extends: nine-core\ncores: null\n",
        "limits:\n  stride: {kind: ratio}\n",
        "limits:\n  stride: {max: 4}\n",
        "bandwidth:\n  0: {synops_per_second: 1}\n",
    ],
)
def test_a_base_may_leave_things_open(tmp_path: Path, body: str) -> None:
    root = copy_of_specs(tmp_path)
    (root / "chips" / "mybase.yaml").write_text(BASE + body)
    load_model(root)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "extends: dynapcnn\n",
        "widths:\n  weight: {bits: 8}\n",
        "api: {class: Other}\n",
        "api:\n  arguments:\n    conv: {doc: other}\n",
        "memory:\n  kernel: {doc: other}\n",
        "api:\n  arguments:\n    kernel: {role: synapses, accepts: [Conv2d], attribute: kernel}\n",
        "rules:\n  room:\n    must: f <= core.neuron_words\n    some: cores\n    decides: placement\n",
        "rules:\n  stride: {must: sy in chip.stride}\n",
    ],
)
def test_an_abstract_layer_may_leave_things_open(tmp_path: Path, body: str) -> None:
    root = copy_of_specs(tmp_path)
    (root / "layers" / "mybase.yaml").write_text(LAYER + body)
    load_model(root)


def test_a_base_alone_in_its_folder_is_checked_too(tmp_path: Path) -> None:
    root = tmp_path / "specs"
    (root / "layers").mkdir(parents=True)
    text = "memory:\n  bias: {unit: word, is: ceil_log2(f), used: words(f)}\n"
    (root / "layers" / "mybase.yaml").write_text(LAYER + text)
    with pytest.raises(InputError, match="of kind bit, and word is expected"):
        load_model(root)


def test_what_is_wrong_in_a_base_is_told_once_for_all_its_children(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    family = root / "chips" / "family.yaml"
    family.write_text(family.read_text().replace("source: DS 2.4", "source: SD 2.4", 1))
    with pytest.raises(InputError) as caught:
        load_model(root)
    assert [finding.code for finding in caught.value.diagnostics] == ["unknown-source"]


def test_what_all_children_override_is_checked_in_the_base(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    five = root / "chips" / "five-core.yaml"
    five.write_text(five.read_text() + "claims:\n  none: {must: sum(kernel_words) == 0, source: SW}\n")
    for name in ("speck2cmini", "speck2dmini"):
        file = root / "chips" / f"{name}.yaml"
        file.write_text(file.read_text() + "claims:\n  none: null\n")
    with pytest.raises(InputError, match="contradicts this claim"):
        load_model(root)


def entries(node: Mapping, kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all entries of keyed lists."""
    for key, value in node.items.items():
        inner = below(kind, key)
        if get_origin(kind) is dict and not nullable(inner):
            yield (*path, key)
        if isinstance(value, Mapping):
            yield from entries(value, inner, (*path, key))


LIBRARY = open_library(SPECS)
SPECS_OF = {("chip", "speck2f"): ChipSpec, ("layer", "dynapcnn"): LayerSpec}
ENTRIES = [
    (kind, name, path)
    for (kind, name), spec in SPECS_OF.items()
    for path in entries(LIBRARY.resolve(kind, name), spec)
]


def test_there_are_entries_in_every_keyed_list() -> None:
    sections = {path[0] for _, _, path in ENTRIES}
    keyed = {
        (field.alias or name)
        for spec in (ChipSpec, LayerSpec)
        for name, field in spec.model_fields.items()
        if get_origin(field.annotation) is dict
    }
    assert keyed - sections <= {"waive", "claims", "differences"} | {"widths"}
    assert len(ENTRIES) > 150


@pytest.mark.parametrize(
    ("kind", "name", "path"), ENTRIES, ids=[f"{name}-{show_path(path)}" for _, name, path in ENTRIES]
)
def test_null_takes_out_each_entry_of_each_keyed_list(kind: str, name: str, path: tuple[str, ...]) -> None:
    """By its key, in whichever list it stands, and whatever it holds."""
    spec: Any = SPECS_OF[kind, name]
    text = "null"
    for step in reversed(path):
        text = f"{{{step}: {text}}}"
    child = read_text(text, "child")
    assert isinstance(child, Mapping)
    lineage = LIBRARY.lineage(kind, name)
    merged = merge(child, LIBRARY.resolve(kind, name))
    assert list(removals_of_nothing(merged, spec, lineage)) == []
    node: Any = without_removed(merged, spec)
    for step in path[:-1]:
        node = node.items[step]
    assert path[-1] not in node.items
    nothing = read_text(text.replace(f"{{{path[-1]}: null}}", "{zz9: null}"), "child")
    assert isinstance(nothing, Mapping)
    (finding,) = removals_of_nothing(merge(nothing, LIBRARY.resolve(kind, name)), spec, lineage)
    assert finding.code == "nothing-to-remove"
