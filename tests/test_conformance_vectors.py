"""The conformance vectors are complete, true to their schema, and the same on every machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynapspec.emit.conformance.case import degenerate
from dynapspec.emit.conformance.emitter import CHIP_TOPICS, LAYER_TOPICS, emit
from dynapspec.emit.conformance.homes import home
from dynapspec.emit.reference_tests import known
from dynapspec.model import Model, load_model

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
# The topics whose answers are names, tables and lists of cores: a zero in one is no sign of a stub.
NO_NUMBERS = {*CHIP_TOPICS, "signature"}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def files(model: Model) -> dict[str, dict[str, Any]]:
    """Every vector file, by its path below the folder of vectors."""
    outputs = {output.path: json.loads(output.text) for output in emit(model)}
    assert outputs.pop("conformance/schema.json") is not None
    return {
        path.removeprefix("conformance/vectors/").removesuffix(".json"): data
        for path, data in outputs.items()
    }


def test_every_layer_and_chip_has_its_files(model: Model, files: dict[str, dict[str, Any]]) -> None:
    """Each topic once for all layer specs that answer alike."""
    layers = model.layers.values()
    expected = {f"{home(topic, layer, model).name}/{topic}" for layer in layers for topic in LAYER_TOPICS}
    expected |= {f"{name}/{topic}" for name in model.chips for topic in CHIP_TOPICS}
    assert set(files) == expected


def test_ids_are_unique(files: dict[str, dict[str, Any]]) -> None:
    counts = Counter(one["id"] for data in files.values() for one in data["cases"])
    assert [name for name, count in counts.items() if count > 1] == []


def test_trivial_answers_say_so(files: dict[str, dict[str, Any]]) -> None:
    """And there are few of them: a stub that answers zero must not get far."""
    for path, data in files.items():
        if path.rpartition("/")[2] in NO_NUMBERS:
            continue
        flagged = [one for one in data["cases"] if "degenerate" in one["flags"]]
        assert flagged == [one for one in data["cases"] if degenerate(one["expected"])], path
        assert len(flagged) * 4 < len(data["cases"]), path


def layer_parts(model: Model, name: str) -> Iterator[tuple[str, ...]]:
    spec = model.layers[name].spec
    yield from (("shapes", part) for part in spec.shapes)
    yield from (("destination_shapes", part) for part in spec.destination_shapes)
    yield from (("memory", part) for part in spec.memory)
    yield from (("dynamics", "spike_fn", part) for part in spec.dynamics.spike_fn)
    yield from (("dynamics", "reset_fn", part) for part in spec.dynamics.reset_fn)
    yield from (("quantization", "refuse", part) for part in spec.quantization.refuse)
    yield from (("quantization",), ("quantization", "rescale"), ("dynamics", "floor"), ("dynamics", "event"))
    yield from (("dynamics", "event", "leak"), ("dynamics", "event", "visit"))


def test_every_part_of_a_layer_spec_has_vectors(model: Model, files: dict[str, dict[str, Any]]) -> None:
    """Its own vectors, or those of the spec that answers a topic alike."""
    for name, layer in model.layers.items():
        asked = [files[f"{home(topic, layer, model).name}/{topic}"]["cases"] for topic in LAYER_TOPICS]
        parts = {one["clause"].partition("#")[2] for cases in asked for one in cases}
        missing = [
            part for part in layer_parts(model, name) if layer.clause(*part).partition("#")[2] not in parts
        ]
        assert missing == [], name


def test_every_rule_has_vectors_on_both_sides(model: Model, files: dict[str, dict[str, Any]]) -> None:
    """On every chip: a layer at the limit that breaks nothing, and one that breaks the rule."""
    for name, chip in model.chips.items():
        layer = model.layer_of(chip)
        cases = files[f"{name}/rules"]["cases"]
        broken = {v["rule"] for one in cases for v in one["expected"]["violations"]}
        alone = {
            one["clause"] for one in cases if len({v["rule"] for v in one["expected"]["violations"]}) == 1
        }
        legal = {one["clause"] for one in cases if not one["expected"]["violations"]}
        assert broken == set(layer.spec.rules), name
        assert {layer.clause("rules", rule) for rule in layer.spec.rules} == legal, name
        shared = {"bias-memory"}  # biases run out where features do, so it is never broken alone
        assert {layer.clause("rules", rule) for rule in layer.spec.rules if rule not in shared} <= alone, name


def test_every_limit_has_vectors_at_its_edge(model: Model, files: dict[str, dict[str, Any]]) -> None:
    """Each number of a limit is met by a legal layer, and each neighbour outside by an illegal one."""
    dims = {
        "stride": ("sy", "sx"),
        "padding": ("py", "px"),
        "kernel_size": ("kh", "kw"),
        "input_map": ("h", "w"),
    }
    for name, chip in model.chips.items():
        cases = files[f"{name}/rules"]["cases"]
        for limit, axes in dims.items():
            spec = chip.spec.limits[limit]
            ends = spec.one_of if spec.one_of is not None else [spec.max]
            for axis in axes:
                legal = {one["input"].get(axis) for one in cases if not one["expected"]["violations"]}
                refused = {one["input"].get(axis) for one in cases if one["expected"]["violations"]}
                default = {1} if limit == "stride" else set[int]()
                assert set(ends) - default <= legal, (name, axis)
                assert {end + 1 for end in ends if isinstance(end, int) and end + 1 not in ends} <= refused, (
                    name,
                    axis,
                )


def test_the_worst_mistakes_are_caught(files: dict[str, dict[str, Any]]) -> None:
    wanted = {
        "memory": {"no-ceil", "dims-swapped", "out-of-domain", "sum-for-product", "ignores-has_bias"},
        "shapes": {"rounded-up", "off-by-one", "wrong-sign", "ignores-dy", "ignores-py", "ignores-sy"},
        "quantization": {
            "true-division",
            "exact-arithmetic",
            "half-away",
            "half-up",
            "truncated",
            "largest-scale",
        }
        | {
            "absent-ignored",
            "ignores-v_floor",
            "ignores-biases",
            "ignores-potentials",
            "biases-in-state-words",
        },
        "rescale": {"multiplied", "reciprocal", "rescale-ignored"},
        "clocked": {
            "strict",
            "floor-plain-maximum",
            "floor-before-reset",
            "no-floor",
            "no-reset",
            "unbounded",
        },
        "event": {
            "strict",
            "MultiSpike-on-silicon",
            "no-floor",
            "leak-no-floor",
            "no-reset",
            "feature-first",
        },
        "pooling": {"average", "maximum", "cut-windows-kept"},
        "linear": {"dims-swapped", "bias-ignored"},
    }
    for topic, flags in wanted.items():
        found = {flag for one in files[f"dynapcnn/{topic}"]["cases"] for flag in one["flags"]}
        assert flags <= found, topic


def test_nothing_escapes_the_reference(model: Model) -> None:
    """With the specs that ship, every formula has its counterpart in the reference model."""
    assert [part for layer in model.layers.values() for part in known.unjudged(layer.spec)] == []


DIGEST = """
import hashlib, sys
from pathlib import Path
from dynapspec.emit.conformance.emitter import emit
from dynapspec.emit.pipeline import outputs
from dynapspec.emit.reference_tests.emitter import emit as tests
from dynapspec.model import load_model
total = hashlib.sha256()
for output in outputs(load_model(Path(sys.argv[1])), [emit, tests]):
    total.update(output.path.encode() + output.text.encode())
print(total.hexdigest())
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    path = os.pathsep.join([str(ROOT / "generator"), os.environ.get("PYTHONPATH", "")])
    digests = set()
    for seed in ("0", "12345"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        command = [sys.executable, "-c", DIGEST, str(SPECS)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert len(next(iter(digests))) == len(hashlib.sha256().hexdigest())
