"""Mixins are laid over what a spec extends, in their order, below the lines of the spec itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.model import Chip, load_model
from dynapspec.model.provenance import origins, trace

SPECS = Path(__file__).resolve().parents[1] / "specs"
HEAD = """format: 1
mixin: {name}
for: {kind}
version: 1.0.0
doc: "{name}"
sources:
  SHEET: {{level: datasheet, title: a sheet}}
"""
CHIP = """format: 1
chip: mine
version: 1.0.0
extends: {parent}
mixins: [{mixins}]
"""
BIG = "cores:\n  0..2: {neuron_words: 131072, source: SHEET}\nclaims: {neuron-total: null}\n"
SMALL_MAP = "limits:\n  input_map: {max: 64, source: SHEET}\n"


def copy_of_specs(folder: Path) -> Path:
    return Path(shutil.copytree(SPECS, folder / "specs"))


def write(root: Path, name: str, body: str, kind: str = "chip") -> None:
    (root / "mixins").mkdir(exist_ok=True)
    (root / "mixins" / f"{name}.yaml").write_text(HEAD.format(name=name, kind=kind) + body)


def chip(folder: Path, mixins: dict[str, str], own: str = "", parent: str = "speck2") -> Chip:
    root = folder / "specs"
    if not root.exists():
        copy_of_specs(folder)
    for name, body in mixins.items():
        write(root, name, body)
    text = CHIP.format(parent=parent, mixins=", ".join(mixins)) + own
    (root / "chips" / "mine.yaml").write_text(text)
    return load_model(root).chips["mine"]


def codes(folder: Path, mixins: dict[str, str], own: str = "", parent: str = "speck2") -> list[str]:
    with pytest.raises(InputError) as caught:
        chip(folder, mixins, own, parent)
    return [finding.code for finding in caught.value.diagnostics]


def facts(one: Chip) -> dict[str, Any]:
    """What a chip states, its head aside."""
    head = ("chip", "version", "extends", "mixins", "doc", "abstract")
    return {key: value for key, value in one.resolved.items() if key not in head}


def test_a_chip_has_what_its_mixins_state_over_its_parent(tmp_path: Path) -> None:
    mine = chip(tmp_path, {"big": BIG, "small-map": SMALL_MAP})
    assert [core.words["neuron_words"] for core in mine.spec.cores.values()][:4] == [131072] * 3 + [32768]
    assert mine.spec.cores[0].words["kernel_words"] == 16384  # the parent's, of the same entry
    assert mine.spec.limits["input_map"].max == 64
    assert list(mine.spec.claims) == ["kernel-total"]
    assert mine.spec.doc == ""  # each file speaks of itself


def test_a_mixin_is_the_same_as_its_lines_in_the_chip(tmp_path: Path) -> None:
    mixed = facts(chip(tmp_path, {"big": BIG, "small-map": SMALL_MAP}))
    sources = "sources:\n  SHEET: {level: datasheet, title: a sheet}\n"
    assert mixed == facts(chip(tmp_path, {}, sources + BIG + SMALL_MAP))


def test_the_order_of_mixins_that_agree_changes_nothing(tmp_path: Path) -> None:
    forward = facts(chip(tmp_path, {"big": BIG, "small-map": SMALL_MAP}))
    assert facts(chip(tmp_path, {"small-map": SMALL_MAP, "big": BIG})) == forward


def test_the_spec_itself_has_the_last_word(tmp_path: Path) -> None:
    own = "limits:\n  input_map: {max: 32}\n"
    assert chip(tmp_path, {"small-map": SMALL_MAP}, own).spec.limits["input_map"].max == 32


def test_mixins_that_differ_are_settled_by_the_spec(tmp_path: Path) -> None:
    other = "limits:\n  input_map: {max: 96, source: SHEET}\n"
    mixins = {"small-map": SMALL_MAP, "other": other}
    assert codes(tmp_path, mixins) == ["mixin-conflict"]
    mine = chip(tmp_path, mixins, "limits:\n  input_map: {max: 80}\n")
    assert mine.spec.limits["input_map"].max == 80


def test_a_conflict_shows_both_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        chip(tmp_path, {"a": SMALL_MAP, "b": SMALL_MAP.replace("64", "32")})
    (finding,) = caught.value.diagnostics
    assert "64 in specs/mixins/a.yaml:9:20 and 32 in specs/mixins/b.yaml:9:20" in finding.message
    assert finding.span is not None
    assert (finding.span.file, finding.span.line) == ("specs/chips/mine.yaml", 5)


def test_what_one_mixin_takes_out_and_another_states_is_settled_by_taking_it_out(tmp_path: Path) -> None:
    mixins = {"a": "errata:\n  floor-zero: null\n", "b": "errata:\n  floor-zero: {text: other}\n"}
    assert codes(tmp_path, mixins) == ["mixin-conflict"]
    assert "floor-zero" not in chip(tmp_path, mixins, "errata:\n  floor-zero: null\n").spec.errata


def test_two_mixins_may_take_out_the_same(tmp_path: Path) -> None:
    gone = "errata:\n  floor-zero: null\n"
    assert "floor-zero" not in chip(tmp_path, {"a": gone, "b": gone}).spec.errata


def test_what_a_mixin_takes_out_a_spec_states_from_scratch(tmp_path: Path) -> None:
    own = "errata:\n  floor-zero: {text: mended, remedy: none}\n"
    erratum = chip(tmp_path, {"a": "errata:\n  floor-zero: null\n"}, own).spec.errata["floor-zero"]
    assert (erratum.text, erratum.source) == ("mended", None)


def test_mixins_of_a_parent_are_inherited(tmp_path: Path) -> None:
    chip(tmp_path, {"small-map": SMALL_MAP})
    text = "format: 1\nchip: child\nversion: 1.0.0\nextends: mine\n"
    (tmp_path / "specs" / "chips" / "child.yaml").write_text(text)
    child = load_model(tmp_path / "specs").chips["child"]
    assert child.spec.limits["input_map"].max == 64
    assert [d.title for d in child.lineage][:4] == ["child", "mine", "mixin small-map", "speck2"]


def test_mixins_need_no_parent(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    family = (root / "chips" / "family.yaml").read_text()
    moved = family.partition("\nlimits:")[2].partition("\n\n")[0]
    source = "".join(line for line in family.splitlines(True) if line.startswith(("  DS:", "  SW:")))
    write(root, "limits", source + "limits:" + moved + "\n")
    (root / "chips" / "family.yaml").write_text(
        family.replace("\nlimits:" + moved, "").replace("abstract: true", "mixins: [limits]\nabstract: true")
    )
    assert (
        facts(load_model(root).chips["speck2f"])["limits"]
        == (facts(load_model(copy_of_specs(tmp_path / "again")).chips["speck2f"])["limits"])
    )


def test_a_layer_takes_mixins_too(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    write(root, "unpadded", "memory:\n  kernel: {is: words(c * f * kh * kw), source: SHEET}\n", "layer")
    text = "format: 1\nlayer: flat\nversion: 1.0.0\npackage: flat\nextends: dynapcnn\nmixins: [unpadded]\n"
    (root / "layers" / "flat.yaml").write_text(text)
    flat = load_model(root).layers["flat"].spec
    assert flat.memory["kernel"].is_.text == "words(c * f * kh * kw)"
    assert flat.memory["neuron"].is_.text == "f * pow2(ceil_log2(fy) + ceil_log2(fx))"


def test_provenance_goes_through_mixins(tmp_path: Path) -> None:
    mine = chip(tmp_path, {"small-map": SMALL_MAP})
    found = trace(mine, ("limits", "input_map", "max"))
    assert Path(found.setting.span.file).name == "small-map.yaml"
    assert found.kept == ("mine",)
    assert found.evidence == "datasheet: a sheet"
    assert [(o.spec, o.replaced) for o in origins(mine, ("limits", "input_map", "max"))] == [
        ("small-map", False),
        ("family", True),
    ]


def test_explain_shows_a_mixin_in_the_chain_and_by_itself(tmp_path: Path) -> None:
    chip(tmp_path, {"small-map": SMALL_MAP}, "limits:\n  input_map: {max: 32}\n")
    root = str(tmp_path / "specs")
    told = CliRunner().invoke(cli, ["explain", "mine", "limits.input_map.max", "--specs", root]).output
    lines = [line.split()[0] for line in told.splitlines()]
    assert lines == ["limits.input_map.max", "evidence", "set", "instead", "instead", "clause"]
    assert "  instead of 64 in " in told
    alone = CliRunner().invoke(cli, ["explain", "small-map", "limits.input_map.max", "--specs", root])
    assert alone.output.startswith("limits.input_map.max = 64")
    assert "small-map@1.0.0#/limits/input_map/max" in alone.output


def test_pages_show_what_a_mixin_changes(tmp_path: Path) -> None:
    from docs_kit import pages

    chip(tmp_path, {"small-map": SMALL_MAP})
    page = pages(tmp_path / "specs")["docs/chips/mine.md"]
    assert "`mixin small-map`" in page
    assert "max: 64" in page


def test_an_unused_mixin_is_checked_against_what_it_is_for(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    write(root, "fine", SMALL_MAP)
    load_model(root)
    write(root, "bad", "cores:\n  0: {kernal_words: 1}\n")
    with pytest.raises(InputError, match="kernal_words is no memory of the layer"):
        load_model(root)
