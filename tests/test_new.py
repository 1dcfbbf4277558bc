"""``dynapspec new`` writes a starter that passes ``check``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynapspec.cli.main import cli
from dynapspec.model import load_model

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    return tmp_path / "specs"


def run(specs: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, ["new", *args, "--specs", str(specs)])


@pytest.mark.parametrize("parent", ["speck2f", "speck2btiny", "speck2cmini", "nine-core", "speck2"])
def test_a_starter_is_sound_and_is_its_parent(specs: Path, parent: str) -> None:
    result = run(specs, "speck3x", "--extends", parent)
    assert result.exit_code == 0, result.exception
    chip = load_model(specs).chips["speck3x"]
    assert chip.spec.devices == {}
    cores = {number: core.words for number, core in chip.spec.cores.items()}
    assert len(cores) == (5 if parent == "speck2cmini" else 9)
    assert cores[0] == {
        "kernel_words": 16384,
        "neuron_words": 65536,
        "bias_words": 0 if len(cores) == 5 else 1024,
    }


def test_it_says_what_to_fill_in(specs: Path) -> None:
    run(specs, "speck3x", "--extends", "speck2f")
    text = (specs / "chips" / "speck3x.yaml").read_text()
    assert text.count("To fill in") == 2
    assert "  speck2fmodule: null" in text
    assert "#   0..2: {kernel_words: 0, source: DS Table 1}" in text


def test_the_examples_in_its_comments_are_right(specs: Path) -> None:
    """Uncommented, they are accepted: a core of the starter then has no kernel memory."""
    run(specs, "speck3x", "--extends", "speck2f")
    path = specs / "chips" / "speck3x.yaml"
    head, _, examples = path.read_text().partition("for example:\n#\n")
    lines = [line.removeprefix("# ") for line in examples.partition("#\n")[0].splitlines()]
    body = "\n".join(lines).replace("cores:", "claims: null\ncores:", 1)
    path.write_text(head + "\n" + body + "\n")
    chip = load_model(specs).chips["speck3x"]
    assert chip.spec.cores[2].words == {"kernel_words": 0, "neuron_words": 65536, "bias_words": 1024}
    assert chip.spec.limits["input_map"].max == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("speck2e", "--extends", "speck2f"), "there is a spec speck2e already"),
        (("family", "--extends", "speck2f"), "there is a spec family already"),
        (("x", "--extends", "spek2f"), "did you mean speck2f?"),
        (("../x", "--extends", "speck2f"), "cannot name a chip"),
        (("2x", "--extends", "speck2f"), "cannot name a chip"),
        (("Größe", "--extends", "speck2f"), "cannot name a chip"),
        (("Speck", "--extends", "speck2f"), "cannot name a chip"),
        (("", "--extends", "speck2f"), "cannot name a chip"),
        (("class", "--extends", "speck2f"), "class is a word of Python"),
        (("_x", "--extends", "speck2f"), "begins with an underscore"),
        (("dynapcnn", "--extends", "speck2f"), "there is a spec dynapcnn already"),
        (("nine_core", "--extends", "speck2f"), "would be the same module"),
        (("x", "--extends", "dynapcnn"), "there is no chip dynapcnn to extend"),
        (("x", "--extends", "speck2f", "--mixin", "none"), "there is no mixin none"),
    ],
)
def test_nothing_is_written_for_a_name_that_cannot_be(
    specs: Path, args: tuple[str, ...], message: str
) -> None:
    before = sorted(specs.parent.rglob("*"))
    result = run(specs, *args)
    assert message in str(result.exception)
    assert sorted(specs.parent.rglob("*")) == before


def test_it_never_writes_among_installed_packages(specs: Path) -> None:
    packages = specs.parent / "site-packages"
    shutil.copytree(specs, packages / "specs")
    result = run(packages / "specs", "speck3x", "--extends", "speck2f")
    assert "lies among installed packages" in str(result.exception)
    assert not (packages / "specs" / "chips" / "speck3x.yaml").exists()


MIXIN = "format: 1\nmixin: small-map\nfor: chip\nversion: 1.0.0\nsources:\n"
MIXIN += "  S: {level: datasheet, title: a sheet}\nlimits:\n  input_map: {max: 64, source: S}\n"


def test_a_starter_can_have_mixins(specs: Path) -> None:
    (specs / "mixins").mkdir()
    (specs / "mixins" / "small-map.yaml").write_text(MIXIN)
    assert run(specs, "speck3x", "--extends", "speck2f", "--mixin", "small-map").exit_code == 0
    assert load_model(specs).chips["speck3x"].spec.limits["input_map"].max == 64
    result = run(specs, "speck3y", "--extends", "small-map")
    assert "say --extends CHIP --mixin small-map" in str(result.exception)


def test_a_starter_says_what_its_parent_leaves_open(specs: Path) -> None:
    assert run(specs, "speck3x", "--extends", "family").exit_code == 0
    text = (specs / "chips" / "speck3x.yaml").read_text()
    assert "cores, of which family has none" in text
    cores = load_model(specs).chips["speck3x"].spec.cores
    assert {n: core.words for n, core in cores.items()} == {
        0: {"kernel_words": 0, "neuron_words": 0, "bias_words": 0}
    }


def test_nothing_is_written_where_the_parent_lacks_more_than_cores(specs: Path) -> None:
    text = "format: 1\nchip: empty\nversion: 1.0.0\nabstract: true\n"
    (specs / "chips" / "empty.yaml").write_text(text)
    before = sorted(specs.rglob("*"))
    assert "limits is missing" in str(run(specs, "speck3x", "--extends", "empty").exception)
    assert sorted(specs.rglob("*")) == before


def test_a_starter_is_written_whole_or_not_at_all(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dynapspec.cli.new.os.link", full)
    before = sorted(specs.rglob("*"))
    assert "No space left on device" in str(run(specs, "speck3x", "--extends", "speck2f").exception)
    assert sorted(specs.rglob("*")) == before
