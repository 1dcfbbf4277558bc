"""``dynapspec explain`` leads from a value to the line that set it, and to what that line replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.load.node import show_path
from dynapspec.model import load_model
from dynapspec.model.provenance import entry_named, parse_path, trace, traces

ROOT = Path(__file__).resolve().parents[1]
MODEL = load_model(ROOT / "specs")
SPECK2F = MODEL.chips["speck2f"]


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *args, "--specs", str(ROOT / "specs")], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("cores[3].kernel_words", ("cores", 3, "kernel_words")),
        ("cores.3.kernel_words", ("cores", 3, "kernel_words")),
        ("limits.stride.one_of[2]", ("limits", "stride", "one_of", 2)),
        ("rules.kernel-size.must", ("rules", "kernel-size", "must")),
        ("layers", ("layers",)),
        (" cores[3].kernel_words ", ("cores", 3, "kernel_words")),
        ("cores[ 3 ]", ("cores", 3)),
        ("cores[3][kernel_words]", ("cores", 3, "kernel_words")),
        ('rules["kernel-size"].must', ("rules", "kernel-size", "must")),
        ("rules['kernel-size']['must']", ("rules", "kernel-size", "must")),
        ("/cores/3/kernel_words", ("cores", 3, "kernel_words")),
        ("speck2f@1.0.0#/cores/3/kernel_words", ("cores", 3, "kernel_words")),
        ("#/errata/a~1b~0c", ("errata", "a/b~c")),
    ],
)
def test_paths(text: str, steps: tuple[int | str, ...]) -> None:
    assert parse_path(text) == steps
    assert parse_path(show_path(steps)) == steps


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "[", "a[]", "]", " ", "a.", ".a", "a]b", "a[1", "a[1]]", "/", "//a", "#"]
)
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(InputError, match=r"is no path|has no"):
        list(traces(SPECK2F, parse_path(text)))


def test_an_inherited_value() -> None:
    found = trace(SPECK2F, ("cores", 3, "kernel_words"))
    assert (found.setting.value, found.unit) == (32768, "word")
    assert found.evidence == "datasheet: Speck Dev Kit Datasheet (2023-08), Table 1"
    assert found.overridden == ()
    line = (ROOT / "specs/chips/nine-core.yaml").read_text().splitlines()[found.setting.span.line - 1]
    assert line[found.setting.span.column - 1 :].startswith("32768")
    assert line.startswith("  3..4:")


def test_an_overridden_value_shows_what_it_replaced() -> None:
    found = trace(SPECK2F, ("limits", "decimator", "one_of"))
    assert found.setting.value == (2, 4, 8, 16, 32, 128, 256, 512)
    assert [old.value for old in found.overridden] == [()]
    assert Path(found.overridden[0].span.file).name == "family.yaml"


def test_one_value_in_words() -> None:
    result = run("speck2f", "features.decimator.has")
    assert result.exit_code == 0
    value, evidence, place, kept, replaced, clause = result.output.splitlines()
    assert value == "features.decimator.has = true"
    assert evidence == "  evidence  datasheet: Speck Dev Kit Datasheet (2023-08)"
    assert place.endswith("specs/chips/speck2.yaml:13:20")
    assert kept == "  kept by   speck2f"
    assert replaced.startswith("  instead of false in ")
    assert clause == "  clause    speck2f@1.1.0#/features/decimator/has"


def test_a_whole_chip_is_a_table_of_every_value() -> None:
    result = run("speck2f")
    assert result.exit_code == 0
    for path in ("cores[0].kernel_words", "cores[8].bias_words", "limits.stride.one_of", "readout.classes"):
        assert path in result.output
    assert "sources." not in result.output


def test_every_value_can_be_asked_for() -> None:
    for entry in (SPECK2F, MODEL.layers["dynapcnn"]):
        for found in traces(entry):
            assert trace(entry, parse_path(found.path)) == found


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("spek2f",), "did you mean speck2f?"),
        (("speck2f", "cores[3].kernal_words"), "did you mean kernel_words?"),
        (("speck2f", "cores[12]"), "cores has no 12"),
        (("speck2f", "cores[12]"), "there are 0, 1, 2, 3, 4, 5, 6, 7, 8"),
        (("speck2f", "cores[7..9].bias_words"), "cores has no 9"),
        (("speck2f", "cores[03]"), "cores has no 03"),
        (("speck2f", "cores[-1]"), "cores has no -1"),
        (("speck2f", "limits.stride.one_of[9]"), "it is a list, with entries 0 to 3"),
        (("speck2f", "version.x"), "version is one value"),
        (("speck2btiny", "devices.speck2b"), "speck2btiny.yaml:8:3 takes it out"),
        (("nine-cores",), "did you mean nine-core?"),
        (("speck2f", "limits.stride.one_of[9]"), "limits.stride.one_of has no 9"),
        (("speck2f", "version.x"), "version has no x"),
    ],
)
def test_wrong_questions_are_answered_with_a_hint(args: tuple[str, ...], message: str) -> None:
    assert message in str(run(*args).exception)


def test_a_layer_is_explained_too() -> None:
    assert entry_named(MODEL, "dynapcnn") is MODEL.layers["dynapcnn"]
    assert "memory.kernel.is = c * pow2" in run("dynapcnn", "memory.kernel.is").output


def test_ranges_and_all_of_a_list() -> None:
    few = run("speck2f", "cores[1..3].kernel_words").output
    assert [f"cores[{n}].kernel_words" in few for n in range(5)] == [False, True, True, True, False]
    every = run("speck2f", "cores[*].bias_words").output
    assert all(f"cores[{n}].bias_words" in every for n in range(9))
    assert run("speck2f", "cores[3..3].bias_words").output.startswith("cores[3].bias_words = 1024 word")


def test_a_base_is_explained_by_itself() -> None:
    told = run("nine-core", "cores[3].kernel_words").output.splitlines()
    assert told[0] == "cores[3].kernel_words = 32768 word"
    assert not any(line.startswith("  kept by") for line in told)
    assert told[-1] == "  clause    nine-core@1.0.0#/cores/3/kernel_words"
    whole = run("speck2").output
    assert "limits.decimator.one_of" in whole
    assert "devices" not in whole  # those of a chip that completes it are not its own


def test_what_is_kept_names_the_specs_between() -> None:
    found = trace(SPECK2F, ("limits", "stride", "one_of"))
    assert found.kept == ("nine-core", "speck2", "speck2f")
    assert trace(SPECK2F, ("devices", "speck2fdevkit", "vendor_name")).kept == ()


def test_an_empty_part_is_said_to_be_empty(tmp_path: Path) -> None:
    specs = Path(shutil.copytree(ROOT / "specs", tmp_path / "specs"))
    file = specs / "chips" / "speck2e.yaml"
    file.write_text(file.read_text().partition("devices:")[0] + "devices: {}\n")
    result = CliRunner().invoke(cli, ["explain", "speck2e", "devices", "--specs", str(specs)])
    assert result.output == "devices of speck2e is empty\n"
