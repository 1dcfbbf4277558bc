"""A variant of a layer spec is another class for the same core: chips and vectors are not stated twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.emit.conformance.emitter import LAYER_TOPICS
from dynapspec.emit.conformance.homes import home
from dynapspec.emit.pipeline import outputs
from dynapspec.model import Model, load_model

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "generated" / "conformance" / "vectors"


def edited(tmp_path: Path, text: str = "", parent: tuple[str, str] = ("", "")) -> Path:
    """The shipped specs with a variant of a few lines, and an edit of its parent."""
    root = tmp_path / "specs"
    for kind in ("layers", "chips"):
        shutil.copytree(ROOT / "specs" / kind, root / kind)
    head = "format: 1\nlayer: mine\nversion: 1.0.0\nextends: dynapcnn\npackage: mine\n"
    (root / "layers" / "mine.yaml").write_text(head + text)
    file = root / "layers" / "dynapcnn.yaml"
    assert file.read_text().count(parent[0]) == 1 or not parent[0]
    file.write_text(file.read_text().replace(*parent) if parent[0] else file.read_text())
    return root


def homes(model: Model, name: str) -> set[str]:
    """The topics whose vectors a layer spec has for itself."""
    layer = model.layers[name]
    return {topic for topic in LAYER_TOPICS if home(topic, layer, model) is layer}


def test_the_version_3_1_layer_runs_on_the_chips_of_its_parent() -> None:
    model = load_model(ROOT / "specs")
    variant, parent = model.layers["dynapcnn_v31"], model.layers["dynapcnn"]
    assert model.variant_of(variant) == [parent]
    assert model.chips_of(variant) == model.chips_of(parent) == list(model.chips.values())
    assert {model.layer_of(chip).name for chip in model.chips.values()} == {"dynapcnn"}


def test_its_vectors_are_those_that_rescaling_and_the_class_change() -> None:
    model = load_model(ROOT / "specs")
    assert homes(model, "dynapcnn") == set(LAYER_TOPICS)
    assert homes(model, "dynapcnn_v31") == {"quantization", "rescale", "signature"}
    files = {path.stem for path in (VECTORS / "dynapcnn_v31").iterdir()}
    assert files == {"quantization", "rescale", "signature"}


def test_vectors_tell_division_from_multiplication() -> None:
    """The same input, other answers: an implementation of one fails on the vectors of the other."""
    answers = {}
    for name in ("dynapcnn", "dynapcnn_v31"):
        cases = json.loads((VECTORS / name / "rescale.json").read_text())["cases"]
        answers[name] = {json.dumps(case["input"]): case["expected"]["weight"] for case in cases}
    both = answers["dynapcnn"].keys() & answers["dynapcnn_v31"].keys()
    assert both
    assert any(answers["dynapcnn"][given] != answers["dynapcnn_v31"][given] for given in both)


def test_a_variant_that_changes_nothing_has_no_vectors(tmp_path: Path) -> None:
    model = load_model(edited(tmp_path))
    assert homes(model, "mine") == set()
    made = {output.path for output in outputs(model)}
    assert {"mine/layer.py", "mine/chips/speck2f.py", "conformance/tests/test_mine_vectors.py"} <= made
    assert not [path for path in made if path.startswith("conformance/vectors/mine")]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("quantization: {value: round_half_up(x * scale)}\n", set(LAYER_TOPICS)),
        ("api: {class: Mine}\n", {"signature"}),
        ("quantization: {rescale: weight * rescale}\n", {"quantization", "rescale"}),
    ],
)
def test_a_variant_has_vectors_of_its_own_for_what_it_changes(
    tmp_path: Path, text: str, own: set[str]
) -> None:
    model = load_model(edited(tmp_path, text))
    assert homes(model, "mine") == own
    assert len(model.chips_of(model.layers["mine"])) == len(model.chips)


def test_another_core_needs_chips_that_name_it(tmp_path: Path) -> None:
    root = edited(tmp_path, "memory: {kernel: {is: words(c * f * kh * kw)}}\n")
    model = load_model(root)
    assert model.variant_of(model.layers["mine"]) == []
    assert model.chips_of(model.layers["mine"]) == []
    chip = root / "chips" / "speck2f.yaml"
    chip.write_text(chip.read_text() + "layers: [dynapcnn, mine]\n")
    again = load_model(root)
    assert [one.name for one in again.chips_of(again.layers["mine"])] == ["speck2f"]


def test_what_a_parent_has_wrong_is_told_once(tmp_path: Path) -> None:
    wrong = ("{role: rescale, default: 1, doc", "{role: rescale, doc")
    root = edited(tmp_path, "api: {arguments: {rescale_weights: {doc: mine}}}\n", wrong)
    with pytest.raises(InputError) as caught:
        load_model(root)
    (finding,) = caught.value.diagnostics
    assert finding.code == "api-order"
    assert finding.span is not None
    assert finding.span.file.endswith("layers/dynapcnn.yaml")
