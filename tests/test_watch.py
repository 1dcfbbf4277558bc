"""``dynapspec generate --watch`` as a process with a pipe: saves of all kinds, and a Ctrl-C."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from watch_kit import CHIP, KERNEL, LAYER, STRIDE, TYPO, Outside, cold, copy_specs, edit, files_of


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    return copy_specs(tmp_path)


@pytest.fixture
def loop(specs: Path) -> Iterator[Outside]:
    running = Outside(specs)
    try:
        assert running.block()[0] == "== specs"
        yield running
    finally:
        running.close()


def test_saves_of_several_files_and_a_ctrl_c(specs: Path, loop: Outside) -> None:
    edit(specs, LAYER, *KERNEL)
    told = loop.complete()
    assert told[0] == "== specs/layers/dynapcnn.yaml changed"
    assert "  + words(c * f * kh * kw)" in told
    assert any(line.startswith("wrote ") for line in told)
    edit(specs, CHIP, *TYPO)
    told = loop.complete()
    assert told[1].startswith("specs/chips/speck2f.yaml:5:10: error[extends-missing]")
    assert "nothing was written" in told
    edit(specs, CHIP, TYPO[1], TYPO[0])
    assert any("nothing changed in meaning" in line for line in loop.complete())
    edit(specs, CHIP, *STRIDE)
    assert "  breaking for deployed networks, conformance vectors" in loop.complete()
    assert loop.interrupt() == 0
    assert loop.block()[-1] == "-- ended"
    check = CliRunner().invoke(cli, ["generate", "--check", "--specs", str(specs)])
    assert check.exit_code == 0, check.output
    assert files_of(specs.parent / "generated") == cold(specs)
    assert not [path for path in specs.parent.rglob("*") if path.name.startswith(".dynapspec")]


def test_a_burst_ends_with_what_was_saved_last(specs: Path, loop: Outside) -> None:
    for number in range(2, 12):
        edit(specs, LAYER, *KERNEL)
        edit(specs, LAYER, KERNEL[1], KERNEL[0])
        edit(
            specs,
            LAYER,
            "version: 2.0.0" if number == 2 else f"version: 2.0.{number - 1}",
            f"version: 2.0.{number}",
        )
    blocks = [loop.complete()]
    while "layer dynapcnn 2.1.0 -> 2.0.11" not in blocks[-1] and not any(
        " -> 2.0.11" in x for x in blocks[-1]
    ):
        blocks.append(loop.complete())
    assert loop.interrupt() == 0
    assert files_of(specs.parent / "generated") == cold(specs)


def test_files_that_are_renamed_into_place_and_folders_that_appear(specs: Path, loop: Outside) -> None:
    fresh = specs / "chips" / "speck2f.yaml.tmp"
    fresh.write_text((specs / CHIP).read_text().replace(*STRIDE))
    fresh.replace(specs / CHIP)
    assert loop.complete()[0] == "== specs/chips/speck2f.yaml changed"
    (specs / "chips" / "more").mkdir()
    text = 'format: 1\nchip: mine\nversion: 1.0.0\nextends: speck2\ndoc: "Mine."\n'
    (specs / "chips" / "more" / "mine.yaml").write_text(text)
    assert "chip mine is new" in loop.complete()
    specs.rename(specs.with_name("away"))
    told = loop.complete()
    while "nothing was written" not in told:
        told = loop.complete()
    specs.with_name("away").rename(specs)
    while not any("are what the specs say" in line for line in told):
        told = loop.complete()
    assert loop.interrupt() == 0


def test_what_differs_from_the_committed_revision(tmp_path: Path) -> None:
    specs = copy_specs(tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@e"]
    for args in (["init", "-q"], ["add", "specs"], ["commit", "-qm", "specs"]):
        subprocess.run([*git, *args], check=True, capture_output=True)
    loop = Outside(specs)
    try:
        loop.block()
        edit(specs, CHIP, *STRIDE)
        assert "  against the committed revision: 1 change: limits.stride" in loop.complete()
        edit(specs, CHIP, STRIDE[1], STRIDE[0])
        assert "  against the committed revision: no changes" in loop.complete()
        assert loop.interrupt() == 0
    finally:
        loop.close()


def test_with_check_it_only_looks(specs: Path) -> None:
    loop = Outside(specs, "--check")
    try:
        assert any(line.endswith("differ") for line in loop.block())
        assert not (specs.parent / "generated").exists()
        assert loop.interrupt() == 0
    finally:
        loop.close()


def test_without_its_package_it_says_which_extra_has_it(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = CliRunner().invoke(cli, ["generate", "--watch", "--specs", str(specs)])
    assert isinstance(result.exception, InputError)
    (finding,) = result.exception.diagnostics
    assert finding.code == "missing-extra"
    assert finding.hint == "pip install 'dynapspec[watch]'"
    assert not (specs.parent / "generated").exists()
