"""The JSON Schemas of spec files and network files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from dynapspec.emit.schema.emitter import file_schema, mixin_schema
from dynapspec.emit.schema.network import network_schema
from dynapspec.emit.schema.parts import IDENTIFIER, RULE_ID, VERSION
from dynapspec.load import Mapping, Node, Sequence, read_file
from dynapspec.load.reader import read_text
from dynapspec.model import ChipSpec, LayerSpec, load_model
from dynapspec.model.values import Identifier, RuleId, Version

SPECS = Path(__file__).resolve().parents[1] / "specs"
FILES = sorted(path for kind in ("chips", "layers", "networks") for path in SPECS.glob(f"{kind}/*.yaml"))
NETWORK = network_schema(load_model(SPECS).layers["dynapcnn"].spec)
SCHEMAS = {
    "layers": file_schema(LayerSpec, "layer"),
    "chips": file_schema(ChipSpec, "chip"),
    "networks": NETWORK,
    "chip mixins": mixin_schema(ChipSpec, "chip"),
    "layer mixins": mixin_schema(LayerSpec, "layer"),
}


def as_json(node: Node) -> Any:
    """A document as an editor's validator sees it: every key is text."""
    if isinstance(node, Mapping):
        return {key: as_json(value) for key, value in node.items.items()}
    return [as_json(item) for item in node.items] if isinstance(node, Sequence) else node.value


def problems(schema: dict[str, Any], text: str) -> list[str]:
    document = as_json(read_text(text, "test"))
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())
def test_each_is_a_schema(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_spec_file_is_valid_as_it_is_written(path: Path) -> None:
    errors = Draft202012Validator(SCHEMAS[path.parent.name]).iter_errors(as_json(read_file(path)))
    assert [error.message for error in errors] == []


MIXIN = "format: 1\nmixin: half\nfor: chip\nversion: 1.0.0\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (MIXIN, ""),
        (MIXIN + "limits: {stride: {max: 3}}\ncores: {0..2: {bias_words: 0}, 8: null}\n", ""),
        (MIXIN.replace("for: chip\n", ""), "'for' is a required property"),
        (MIXIN.replace("for: chip", "for: layer"), "'chip' was expected"),
        (MIXIN + "extends: speck2\n", "'extends' was unexpected"),
        (MIXIN + "mixins: [other]\n", "'mixins' was unexpected"),
        (MIXIN + "limits: {stride: {mx: 3}}\n", "not valid under any"),
        (MIXIN + "dims: {}\n", "'dims' was unexpected"),
    ],
)
def test_editors_know_mixins(text: str, wrong: str) -> None:
    found = problems(SCHEMAS["chip mixins"], text)
    assert bool(found) == bool(wrong)
    assert all(wrong in message for message in found)


def test_editors_know_that_specs_take_mixins() -> None:
    head = "format: 1\nchip: mine\nversion: 1.0.0\n"
    assert problems(SCHEMAS["chips"], head + "mixins: [half]\n") == []
    assert problems(SCHEMAS["chips"], head + "mixins: half\n") != []


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        found = schema.get("properties", {})
        if "type" not in found or isinstance(found["type"], dict):  # else it is a key of that name
            yield from found.items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())
def test_every_key_has_a_text_to_show(schema: dict[str, Any]) -> None:
    bare = {name for name, part in properties(schema) if not part.get("description")}
    assert bare == set()


HEAD = "format: 1\nchip: mine\nversion: 1.0.0\n"
LAYER = "format: 1\nlayer: mine\nversion: 1.0.0\n"
MISTAKES = {
    "no format": ("chips", "chip: mine\nversion: 1.0.0"),
    "no name": ("chips", "format: 1\nversion: 1.0.0"),
    "no version": ("layers", "format: 1\nlayer: mine"),
    "another format": ("chips", "format: 2\nchip: mine\nversion: 1.0.0"),
    "a short version": ("chips", "format: 1\nchip: mine\nversion: '1.0'"),
    "an unknown section": ("chips", HEAD + "core: {}"),
    "an unknown key of a limit": ("chips", HEAD + "limits: {stride: {maximum: 4}}"),
    "a limit in words": ("chips", HEAD + "limits: {stride: {max: four}}"),
    "an unknown kind": ("chips", HEAD + "limits: {stride: {max: 4, kind: pixels}}"),
    "a range that is none": ("chips", HEAD + "cores: {0-2: {kernel_words: 16}}"),
    "words below zero": ("chips", HEAD + "cores: {0: {kernel_words: -1}}"),
    "a core without a unit": ("chips", HEAD + "cores: {0: {kernel: 16}}"),
    "a text for a truth value": ("chips", HEAD + "features: {readout: {has: 'yes'}}"),
    "an erratum with an underscore": ("chips", HEAD + "errata: {floor_zero: {text: a, remedy: b}}"),
    "a list for a mapping": ("chips", HEAD + "limits: []"),
    "an unknown without a text": ("chips", HEAD + "unknown: {overflow: null}"),
    "an unknown level": ("layers", LAYER + "sources: {DS: {level: sure, title: t}}"),
    "a word that is too wide": ("layers", LAYER + "widths: {weight: {bits: 65}}"),
    "a path without a field": ("layers", LAYER + "dims: {c: {kind: channel, from: synapses, doc: d}}"),
    "a range without an end": ("layers", LAYER + "dims: {c: {domain: 1..}}"),
    "a truth value for a formula": ("layers", LAYER + "rules: {r: {must: true}}"),
    "a rule for each core": ("layers", LAYER + "rules: {r: {each: cores}}"),
    "a step without a target": ("layers", LAYER + "dynamics: {clocked: {steps: [v + input]}}"),
    "a step that compares": ("layers", LAYER + "dynamics: {clocked: {steps: [v == input]}}"),
    "an unknown role": ("layers", LAYER + "api: {arguments: {conv: {role: weights}}}"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_seen(name: str) -> None:
    kind, text = MISTAKES[name]
    assert problems(SCHEMAS[kind], text)


@pytest.mark.parametrize(
    "text",
    [
        "extends: family\nlimits: {stride: {max: 4}}",
        "extends: family\ncores: {0..2: {kernel_words: 16, source: DS}, 8: null}",
        "extends: family\ndevices: {old_board: null}",
        "extends: family\nclaims: null\nreadout: null\nerrata: {floor-zero: null}",
        "abstract: true\nbandwidth: {0..8: {synops_per_second: 1000}}",
        "limits: {stride: {max: null, one_of: [1, 2]}}",
        "devices: {board: {vendor_name: null}}",
    ],
)
def test_what_a_child_may_say(text: str) -> None:
    assert problems(SCHEMAS["chips"], HEAD + text) == []


@pytest.mark.parametrize(
    ("kind", "pattern"), [(Identifier, IDENTIFIER), (RuleId, RULE_ID), (Version, VERSION)]
)
@given(st.text("aZ_-0.1 é", max_size=6))
def test_patterns_say_what_the_model_says(kind: Any, pattern: str, value: str) -> None:
    """The models check by code, editors by pattern; the two must not drift apart."""
    try:
        TypeAdapter(kind).validate_python(value)
        accepted = True
    except ValidationError:
        accepted = False
    assert Draft202012Validator({"pattern": pattern}).is_valid(value) == accepted


NET = "name: n\ninput_shape: [1, 28, 28]\nlayers:\n"


@pytest.mark.parametrize(
    "layer",
    [
        "- conv: {out_channels: 20, kernel_size: 5, stride: 1, padding: 0, bias: false}\n  pool: 2",
        "- conv: {out_channels: 20, kernel_size: [5, 3]}\n  pool: {kernel_size: 2, stride: 2}",
        "- linear: {out_features: 10}\n  decimate: 4",
        "- conv: {out_channels: 2, kernel_size: 1, padding_mode: circular}",
    ],
)
def test_networks(layer: str) -> None:
    assert problems(NETWORK, NET + layer) == []


@pytest.mark.parametrize(
    "text",
    [
        NET + "- conv: {kernel_size: 5}",
        NET + "- conv: {out_channels: 0, kernel_size: 5}",
        NET + "- conv: {out_channels: 1, kernel_size: [5, 5, 5]}",
        NET + "- conv: {out_channels: 1, kernel_size: 5, kernel: 5}",
        NET + "- conv: {out_channels: 1, kernel_size: 5, padding_mode: mirror}",
        NET + "- conv: {out_channels: 1, kernel_size: 5}\n  linear: {out_features: 1}",
        NET + "- {}",
        NET + "- linear: {out_features: 1, stride: 2}",
        NET + "- linear: {out_features: 1}\n  pool: two",
        "input_shape: [1, 28]\nlayers: [{linear: {out_features: 1}}]",
        "input_shape: [1, 28, 28]\nlayers: []",
        "layers: [{linear: {out_features: 1}}]",
    ],
)
def test_networks_with_a_mistake(text: str) -> None:
    assert problems(NETWORK, text)


def test_yaml_of_another_reader_is_valid_too() -> None:
    """Editors read YAML by their own library; numbered keys are text to their validator."""
    text = (SPECS / "chips" / "five-core.yaml").read_text()
    document = yaml.safe_load(text)
    document["cores"] = {str(key): core for key, core in document["cores"].items()}
    assert Draft202012Validator(SCHEMAS["chips"]).is_valid(document)
