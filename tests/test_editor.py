"""What an editor makes of a spec by the schema that its first line names: keys, texts and mistakes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dynapspec.emit.schema.emitter import emit
from dynapspec.load import Mapping, Node, Sequence, read_file
from dynapspec.load.reader import read_text
from dynapspec.model import load_model

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
KINDS = ("chips", "layers", "mixins", "networks")
FILES = sorted(path for kind in KINDS for path in (SPECS / kind).glob("**/*.yaml"))
MODELINE = "# yaml-language-server: $schema="


@cache
def schemas() -> dict[Path, Any]:
    """The schemas as they are generated, by the place that an editor finds them at."""
    outputs = emit(load_model(SPECS))
    return {(ROOT / "generated" / output.path).resolve(): json.loads(output.text) for output in outputs}


def schema_of(path: Path) -> Any:
    """The schema that the first line of a file names, as an editor finds it."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith(MODELINE), f"{path} names no schema for editors"
    return schemas()[(path.parent / first.removeprefix(MODELINE)).resolve()]


def as_json(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: as_json(value) for key, value in node.items.items()}
    return [as_json(item) for item in node.items] if isinstance(node, Sequence) else node.value


def problems(schema: Any, node: Node) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(as_json(node))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SPECS).as_posix())
def test_every_spec_names_a_schema_that_accepts_it(path: Path) -> None:
    assert problems(schema_of(path), read_file(path)) == []


def test_the_schemas_are_those_that_are_committed() -> None:
    for path, schema in schemas().items():
        assert json.loads(path.read_text(encoding="utf-8")) == schema, path


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that lists keys; a key may itself be named as a keyword of schemas is."""
    if not isinstance(schema, dict):
        return
    if "properties" in schema:
        yield schema
    inner = [
        part for key in ("properties", "patternProperties", "$defs") for part in schema.get(key, {}).values()
    ]
    inner += [schema.get(key) for key in ("items", "additionalProperties")]
    inner += [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, [])]
    for part in inner:
        yield from objects(part)


@pytest.mark.parametrize("name", ["chip", "layer", "chip-mixin", "layer-mixin", "network"])
def test_every_key_has_a_text_to_hover_over(name: str) -> None:
    schema = schemas()[ROOT / "generated" / "schemas" / f"{name}.json"]
    found = [(key, part) for one in objects(schema) for key, part in one["properties"].items()]
    assert len(found) > 10
    assert [key for key, part in found if not part.get("description")] == []


def test_no_object_takes_keys_that_it_does_not_list() -> None:
    """Otherwise a misspelt key would look right."""
    for name in ("chip", "layer", "network"):
        schema = schemas()[ROOT / "generated" / "schemas" / f"{name}.json"]
        assert all(one["additionalProperties"] is False for one in objects(schema))


def test_the_memories_of_a_core_are_offered() -> None:
    chip = schemas()[ROOT / "generated" / "schemas" / "chip.json"]
    offered = set(chip["$defs"]["Core"]["properties"])
    assert {"kernel_words", "neuron_words", "bias_words", "source"} <= offered


# One typing mistake each in a shipped file; the schema alone must see it.
TYPOS = [
    ("chips/speck2f.yaml", "devices:", "devises:"),
    ("chips/speck2f.yaml", "extends: speck2", "extend: speck2"),
    ("chips/speck2f.yaml", "vendor_name: Speck2fModuleDevKit", "vendorname: Speck2fModuleDevKit"),
    ("chips/speck2f.yaml", "version: ", "version: 1.0 # was "),
    ("chips/speck2f.yaml", "format: 1", "format: 2"),
    ("chips/speck2.yaml", "one_of: [2,", "oneof: [2,"),
    ("chips/speck2.yaml", "congestion_balancer: {has: true", "congestion_balancer: {has: yes"),
    ("chips/speck2.yaml", "classes: 15", "classes: fifteen"),
    ("layers/dynapcnn.yaml", "unit: word", "unit: words"),
    ("layers/dynapcnn.yaml", "kind: channel, domain: 1..16777216", "kind: chanel, domain: 1..16777216"),
    ("layers/dynapcnn.yaml", "domain: 1..16777216", "domain: 1-16777216"),
    ("layers/dynapcnn.yaml", "role: synapses", "role: synapse"),
    ("layers/dynapcnn.yaml", "weight: {bits: 8", "weight: {bits: 1"),
    ("layers/dynapcnn.yaml", "weight: {bits: 8", "weight: {bit: 8"),
    ("layers/dynapcnn.yaml", "combine: min", "combine: minimum"),
    ("layers/dynapcnn.yaml", "level: datasheet", "level: data-sheet"),
    ("layers/dynapcnn.yaml", "quantization:\n", "quantisation:\n"),
    ("networks/sinabs-mnist.yaml", "kernel_size: 5", "kernel: 5"),
    ("networks/sinabs-mnist.yaml", "out_features", "features"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), TYPOS, ids=[f"{typo[2].strip()}" for typo in TYPOS])
def test_typing_mistakes_are_seen_by_the_schema(name: str, right: str, wrong: str) -> None:
    path = SPECS / name
    text = path.read_text(encoding="utf-8")
    assert right in text
    assert problems(schema_of(path), read_text(text.replace(right, wrong, 1), name))
