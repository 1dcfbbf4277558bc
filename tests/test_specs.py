"""Reading, inheriting and checking specs: places, provenance, and errors that help."""

# ruff: noqa: E501  # a row of a table reads best on one line

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynapspec.diagnostics import InputError
from dynapspec.load import Mapping, Scalar, find_specs, plain, read_text
from dynapspec.load.node import descend
from dynapspec.model import load_model
from dynapspec.resolve import open_library

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """A copy of the specs with one edit."""
    shutil.copytree(SPECS, tmp_path / "specs")

    def change(file: str, old: str, new: str) -> Path:
        path = tmp_path / "specs" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return tmp_path / "specs"

    return change


def findings(root: Path) -> list[tuple[str, str, int, int, str]]:
    """Code, file, line, column and hint of all that is wrong with a folder of specs."""
    with pytest.raises(InputError) as caught:
        load_model(root)
    return [
        (d.code, Path(d.span.file).name, d.span.line, d.span.column, d.hint)
        for d in caught.value.diagnostics
        if d.span is not None
    ]


def line_of(root: Path, file: str, text: str) -> tuple[int, int]:
    """Line and column of the first place where a text stands."""
    for number, line in enumerate((root / file).read_text().splitlines(), 1):
        if text in line:
            return number, line.index(text) + 1
    raise AssertionError(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("~", None),
        ("", None),
        ("12", 12),
        ("0x10", 16),
        ("0o17", 15),
        ("017", 17),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("2023-08", "2023-08"),
        ("2023-08-01", "2023-08-01"),
        ("'12'", "12"),
        ("1e3", 1000.0),
        ("0..2", "0..2"),
        (".5", 0.5),
    ],
)
def test_scalars_by_the_core_schema(text: str, value: object) -> None:
    node = read_text(f"a: {text}\n", "t.yaml")
    assert isinstance(node, Mapping)
    found = plain(node)["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml-duplicate", 3, 1),
        ("a: &x 1\nb: *x\n", "yaml-alias", 1, 4),
        ("a: !!python/object:os.system x\n", "yaml-tag", 1, 4),
        ("a: !foo x\n", "yaml-tag", 1, 4),
        ("a: >\n  b\n  c\n", "yaml-multiline", 1, 4),
        ("a: b\n  c\n", "yaml-multiline", 1, 4),
        ("a: [1, 2\nb: 3\n", "yaml-syntax", 2, 2),
        ("? [1]\n: 2\n", "yaml-key", 1, 3),
        ("a: " + "9" * 500 + "\n", "yaml-number", 1, 4),
        ("\n# nothing\n", "yaml-empty", 1, 1),
        ("a: " + "[" * 60 + "]" * 60, "yaml-depth", 1, 44),
        ("a: \x07\n", "yaml-syntax", 1, 4),
    ],
)
def test_yaml_that_specs_do_not_use(text: str, code: str, line: int, column: int) -> None:
    with pytest.raises(InputError) as caught:
        read_text(text, "t.yaml")
    first = caught.value.diagnostics[0]
    assert first.span is not None
    assert (first.code, first.span.line, first.span.column) == (code, line, column)


@given(st.text(max_size=80))
def test_any_text_is_a_document_or_an_input_error(text: str) -> None:
    try:
        read_text(text, "t.yaml")
    except InputError as error:
        assert error.diagnostics


def test_a_value_knows_where_it_was_set_and_what_it_replaced() -> None:
    chip = open_library(SPECS).resolve("chip", "speck2f")
    node = descend(chip, ("limits", "decimator", "one_of"))
    assert (Path(node.span.file).name, len(node.overrides)) == ("speck2.yaml", 1)
    assert Path(node.overrides[0].span.file).name == "family.yaml"
    kept = descend(chip, ("cores", "4", "kernel_words"))
    assert isinstance(kept, Scalar)
    assert (kept.value, Path(kept.span.file).name) == (32768, "nine-core.yaml")


def test_null_takes_an_entry_out() -> None:
    assert list(load_model(SPECS).chips["speck2btiny"].spec.devices) == ["speck2btiny"]


def test_all_findings_of_all_files_come_at_once_and_in_order(edit: Edit) -> None:
    edit("chips/speck2e.yaml", "vendor_name: Speck2eDevKit", "vendor: Speck2eDevKit")
    edit("layers/dynapcnn.yaml", "kernel_size.y", "kernel_size.y.")
    root = edit("chips/family.yaml", "{max: 128, kind: pixel", "{max: many, kind: pixle")
    found = findings(root)
    assert [(code, file) for code, file, *_ in found] == [
        ("wrong-type", "family.yaml"),
        ("wrong-value", "family.yaml"),
        ("missing-key", "speck2e.yaml"),
        ("unknown-key", "speck2e.yaml"),
        ("path-syntax", "dynapcnn.yaml"),
    ]
    assert findings(root) == found


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "mark", "hint"),
    [
        ("layers/dynapcnn.yaml", "ceil_log2(kh*kw)", "ceil_log2(kh*kv)", "unknown-name", "kv) +", "did you mean kw?"),
        ("layers/dynapcnn.yaml", "words(f) if", "f if", "unit-mismatch", "f if has_bias", "words(n) names a count of words"),
        ("layers/dynapcnn.yaml", "needs: map-not-empty,", "needs: map-empty,", "unknown-rule", "map-empty,", "did you mean map-not-empty?"),
        ("layers/dynapcnn.yaml", "must: kh == kw", "must: kh = kw", "formula-syntax", "= kw", "compare with =="),
        ("layers/dynapcnn.yaml", "must: kh == kw", "must: kh + kw", "unit-mismatch", "kh + kw", "write a comparison, such as a <= b"),
        ("layers/dynapcnn.yaml", "in chip.groups", "in chip.group", "unknown-name", "chip.group", "did you mean chip.groups?"),
        ("layers/dynapcnn.yaml", "source: DS 3.2.4.1", "source: DSS 3.2.4.1", "unknown-source", "DSS 3.2", "did you mean DS?"),
        ("layers/dynapcnn.yaml", "spike_fn: MultiSpike", "spike_fn: Multispike", "unknown-name", "Multispike", "did you mean MultiSpike?"),
        ("layers/dynapcnn.yaml", "{kh}x{kw}, and the chip has one", "{kx}x{kw}, and the chip has one", "unknown-name", "{kx}x{kw}, and the chip", "did you mean kw?"),
        ("chips/speck2f.yaml", "extends: speck2", "extends: spek2", "extends-missing", "spek2", "did you mean speck2?"),
        ("chips/speck2f.yaml", "format: 1", "format: 2", "spec-format", "2", "this generator reads format 1"),
        ("chips/speck2f.yaml", "chip: speck2f", "chip: speck2g", "spec-name", "speck2g", "names are letters, digits, hyphens and underscores; rename the file or the spec"),
        ("chips/nine-core.yaml", "7..8: {kernel_words: 16384, ", "7..8: {", "missing-memory", "", "give `kernel_words: 0` if the core has none"),
        ("chips/nine-core.yaml", "3..4:", "2..4:", "range-overlap", "2..4", "it is part of the key in line 10 already"),
        ("chips/nine-core.yaml", "3..4:", "4..3:", "range-order", "4..3", "write 3..4"),
        ("chips/nine-core.yaml", "== 278528", "== 278529", "claim", "sum(kernel_words)", "the table has sum(kernel_words) = 278528; a chip of which it is not true says `claims: {kernel-total: null}`"),
        ("chips/family.yaml", "padding: {max: 7", "padding: {maxx: 7", "unknown-key", "maxx: 7", "did you mean max?"),
    ],
)  # fmt: skip
def test_a_wrong_spec_is_told_with_place_and_hint(
    edit: Edit, file: str, old: str, new: str, code: str, mark: str, hint: str
) -> None:
    root = edit(file, old, new)
    found = next(f for f in findings(root) if f[0] == code)
    assert found[4] == hint
    if mark:
        assert (found[2], found[3]) == line_of(root, file, mark)


def test_a_finding_shows_the_line_and_a_caret_below_the_place(
    edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = edit("layers/dynapcnn.yaml", "ceil_log2(kh*kw)", "ceil_log2(kh*kv)")
    monkeypatch.chdir(root.parent)
    with pytest.raises(InputError) as caught:
        load_model(root)
    head, line, carets, hint = caught.value.diagnostics[0].render().splitlines()
    assert head.startswith("specs/layers/dynapcnn.yaml:")
    assert head.endswith("error[unknown-name]: kv is not known here")
    assert line[carets.index("^") :].startswith("kv)")
    assert carets.count("^") == 2
    assert hint == "  hint: did you mean kw?"


def test_specs_that_extend_each_other_are_refused(edit: Edit) -> None:
    root = edit("chips/family.yaml", "abstract: true", "abstract: true\nextends: nine-core")
    assert "extends-cycle" in {code for code, *_ in findings(root)}


def test_specs_are_found_by_flag_then_variable_then_upward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("flag", "variable", "near/specs/layers", "near/deep/er"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.delenv("DYNAPSPEC_SPECS", raising=False)
    assert find_specs(start=tmp_path / "near" / "deep" / "er") == tmp_path / "near" / "specs"
    monkeypatch.setenv("DYNAPSPEC_SPECS", str(tmp_path / "variable"))
    assert find_specs(start=tmp_path / "near") == tmp_path / "variable"
    assert find_specs(tmp_path / "flag") == tmp_path / "flag"
    with pytest.raises(InputError, match="there is no such folder"):
        find_specs(tmp_path / "nowhere")


def test_every_chip_of_the_family_is_there() -> None:
    chips = load_model(SPECS).chips
    assert list(chips) == [
        "dynapcnndevkit",
        "speck2b",
        "speck2btiny",
        "speck2cmini",
        "speck2dmini",
        "speck2e",
        "speck2f",
    ]
    words = [
        (c.words["kernel_words"], c.words["neuron_words"], c.words["bias_words"])
        for c in chips["speck2cmini"].spec.cores.values()
    ]
    assert words == [
        (16384, 65536, 0),
        (32768, 32768, 0),
        (32768, 32768, 0),
        (65536, 16384, 1024),
        (16384, 16384, 1024),
    ]
    assert [len(chip.spec.cores) for chip in chips.values()] == [9, 9, 9, 5, 5, 9, 9]
    assert {name for name, chip in chips.items() if chip.spec.features["kill_bits"].has} == {
        "dynapcnndevkit",
        "speck2b",
        "speck2btiny",
    }
    assert {name for name, chip in chips.items() if chip.spec.features["decimator"].has} == {
        "speck2e",
        "speck2f",
    }
    assert not chips["speck2b"].spec.features["readout"].has


def test_what_a_child_breaks_in_its_parent_names_the_child(edit: Edit) -> None:
    root = edit("chips/speck2f.yaml", "devices:", "cores:\n  6..8: null\ndevices:")
    told = [(code, file, hint) for code, file, _, _, hint in findings(root)]
    assert told[0] == (
        "claim",
        "nine-core.yaml",
        "speck2f inherits this; the table has sum(kernel_words) = 180224; a chip of which it is not true says `claims: {kernel-total: null}`",
    )
    assert {hint.split(";")[0] for _, _, hint in told} == {"speck2f inherits this"}
