"""The schema of the vectors takes every vector, and refuses what is damaged."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dynapspec.emit.conformance.emitter import emit
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.conformance.topic_forms import topic_forms
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"
File = dict[str, Any]


@cache
def made() -> dict[str, File]:
    """The schema and every file of vectors, by path."""
    outputs = emit(load_model(SPECS))
    return {output.path.removeprefix("conformance/"): json.loads(output.text) for output in outputs}


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(made()["schema.json"])
    return Draft202012Validator(made()["schema.json"])


def files() -> dict[str, File]:
    return {path: data for path, data in made().items() if path != "schema.json"}


def first(topic: str) -> File:
    """A file of a topic, with one of its cases that has an answer."""
    data = next(copy.deepcopy(one) for one in files().values() if one["topic"] == topic)
    data["cases"] = [next(case for case in data["cases"] if "refused" not in case["expected"])]
    return data


def test_every_file_meets_the_schema() -> None:
    for path, data in files().items():
        assert [error.message for error in validator().iter_errors(data)] == [], path


def test_every_topic_has_forms_of_its_own() -> None:
    assert set(topic_forms(load_model(SPECS).layers.values())) == set(PROMISES)


def with_more(case: File) -> None:
    case["input"]["more"] = 1


def with_less(case: File) -> None:
    case["input"].pop(max(case["input"], key=lambda name: name in ("of", "pools", "layers")))


def with_another_answer(case: File) -> None:
    case["expected"]["more"] = 1


def with_less_of_an_answer(case: File) -> None:
    case["expected"].pop(next(iter(case["expected"])))


def with_a_fraction(case: File) -> None:
    assert fraction(case["expected"])


def fraction(part: Any) -> bool:
    """Puts a number that no answer may hold in the place of the first value; whether there is one."""
    for key, value in list(part.items() if isinstance(part, dict) else enumerate(part)):
        if isinstance(value, dict | list):
            if fraction(value):
                return True
        else:
            part[key] = 0.5
            return True
    return False


@pytest.mark.parametrize(
    "harm", [with_more, with_less, with_another_answer, with_less_of_an_answer, with_a_fraction]
)
@pytest.mark.parametrize("topic", PROMISES)
def test_a_damaged_vector_is_refused(topic: str, harm: Callable[[File], None]) -> None:
    data = first(topic)
    assert validator().is_valid(data)
    harm(data["cases"][0])
    assert not validator().is_valid(data)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "perhaps"},
        {"flags": ["two words"]},
        {"clause": "b"},
        {"expected": {}},
        {"id": ""},
        {"more": 1},
    ],
    ids=str,
)
def test_the_parts_of_a_case(change: File) -> None:
    data = first("memory")
    data["cases"][0] |= change
    assert not validator().is_valid(data)


def test_bits_are_told_from_texts() -> None:
    """Eight hexadecimal digits in small letters; a decimal number is none."""
    data = first("clocked")
    for wrong in ("0x3f8", "0x3F800000", "1.0", 1):
        data["cases"][0]["input"]["threshold"] = wrong
        assert not validator().is_valid(data), wrong


def test_a_question_is_about_a_known_name() -> None:
    data = first("memory")
    data["cases"][0]["input"]["of"] = "weights"
    assert not validator().is_valid(data)
    data = first("clocked")
    data["cases"][0]["input"]["spike_fn"] = "NoSpike"
    assert not validator().is_valid(data)


def test_heads_hold_what_an_implementer_needs() -> None:
    """Worked out by hand from the data sheet and the documentation of the simulator."""
    clocked = files()["vectors/dynapcnn/clocked.json"]
    assert clocked["functions"]["reset_fn"]["MembraneSubtract"] == {
        "parameters": {"subtract_value": "threshold"},
        "is": "v - n * subtract_value",
    }
    assert clocked["functions"]["spike_fn"]["MaxSpike"]["parameters"] == {"max_num_spikes_per_bin": None}
    assert clocked["dynamics"]["defaults"]["spike_threshold"] == "0x3f800000"
    assert clocked["dynamics"]["steps"] == ["v = v + input", "n = spike_fn", "v = reset_fn", "v = floor"]
    gradient = files()["vectors/dynapcnn/gradient.json"]["functions"]["surrogate_grad_fn"]
    assert gradient["SingleExponential"]["parameters"] == {
        "grad_width": "0x3f000000",
        "grad_scale": "0x3f800000",
    }
    assert files()["vectors/dynapcnn/event.json"]["dynamics"]["order"] == ["row", "column", "feature"]
    chip = files()["vectors/speck2f/rules.json"]["chip"]
    assert chip["cores"]["5"] == {"kernel_words": 65536, "neuron_words": 16384, "bias_words": 1024}
    assert len(chip["cores"]) == 9
    assert chip["limits"]["kernel_size"]["max"] == 16
    assert chip["limits"]["stride"]["one_of"] == [1, 2, 4, 8]
    assert chip["widths"]["state"]["bits"] == 16
    assert files()["vectors/speck2f/placement.json"]["chip"]["cores"] == chip["cores"]
