"""``dynapspec generate --watch`` as a process with a pipe: saves of all kinds, and a Ctrl-C."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from watch_kit import CHIP, KERNEL, LAYER, ROOT, STRIDE, TYPO, Outside, cold, copy_specs, edit, files_of

MARK = "networks/sinabs-mnist.yaml"


class Place:
    """A committed folder of specs with a loop over it, which tests share: a process takes long to start."""

    def __init__(self, folder: Path) -> None:
        self.specs = copy_specs(folder)
        git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@e"]
        for args in (["init", "-q"], ["add", "specs"], ["commit", "-qm", "specs"]):
            subprocess.run([*git, *args], check=True, capture_output=True)
        self.loop = Outside(self.specs)
        self.first = self.loop.block()
        self.mended = 0

    def mend(self) -> None:
        """The specs as they were, and the loop at rest."""
        self.mended += 1
        if self.loop.process.poll() is not None:
            self.loop = Outside(self.specs)
            self.loop.block()
        shutil.copytree(ROOT / "specs", self.specs, dirs_exist_ok=True, copy_function=_copy_differing)
        with (self.specs / MARK).open("a", encoding="utf-8") as file:
            file.write(f"# {self.mended}\n")  # the last save; once it is told, all before it are
        while f"== specs/{MARK} changed" not in self.loop.complete():
            pass


def _copy_differing(source: str, target: str) -> None:
    if not Path(target).exists() or Path(source).read_bytes() != Path(target).read_bytes():
        shutil.copy(source, target)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("watched"))
    try:
        yield place
    finally:
        place.loop.close()


@pytest.fixture
def place(shared: Place) -> Place:
    shared.mend()
    return shared


def test_a_session_begins_with_the_specs_as_they_are(shared: Place) -> None:
    assert shared.first[0] == "== specs"
    assert any(line.startswith("wrote ") for line in shared.first)


def test_saves_of_several_files(place: Place) -> None:
    specs, loop = place.specs, place.loop
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
    told = loop.complete()
    assert "  breaking for deployed networks, conformance vectors" in told
    assert "  against the committed revision: 1 change: limits.stride" in told
    edit(specs, CHIP, STRIDE[1], STRIDE[0])
    assert "  against the committed revision: no changes" in loop.complete()


def test_a_burst_ends_with_what_was_saved_last(place: Place) -> None:
    specs, loop = place.specs, place.loop
    known = re.search(
        r"^version: (\d+\.\d+)\.(\d+)$", (specs / LAYER).read_text(encoding="utf-8"), re.MULTILINE
    )
    assert known is not None
    minor, patch = known[1], int(known[2])
    for number in range(patch, patch + 10):
        edit(specs, LAYER, *KERNEL)
        edit(specs, LAYER, KERNEL[1], KERNEL[0])
        edit(specs, LAYER, f"version: {minor}.{number}", f"version: {minor}.{number + 1}")
    last = f" -> {minor}.{patch + 10}"
    while not any(line.endswith(last) for line in loop.complete()):
        pass
    assert files_of(specs.parent / "generated") == cold(specs)


def test_files_that_are_renamed_into_place_and_folders_that_appear(place: Place) -> None:
    specs, loop = place.specs, place.loop
    fresh = specs / "chips" / "speck2f.yaml.tmp"
    fresh.write_text((specs / CHIP).read_text().replace(*STRIDE))
    fresh.replace(specs / CHIP)
    assert loop.complete()[0] == "== specs/chips/speck2f.yaml changed"
    (specs / "chips" / "more").mkdir()
    text = 'format: 1\nchip: mine\nversion: 1.0.0\nextends: speck2\ndoc: "Mine."\n'
    (specs / "chips" / "more" / "mine.yaml").write_text(text)
    assert "chip mine is new" in loop.complete()
    shutil.rmtree(specs / "chips" / "more")
    assert "chip mine is gone" in loop.complete()
    specs.rename(specs.with_name("away"))
    told = loop.complete()
    while "nothing was written" not in told:
        told = loop.complete()
    specs.with_name("away").rename(specs)
    while not any("are what the specs say" in line for line in told):
        told = loop.complete()


def test_a_ctrl_c_leaves_everything_as_a_run_without_watching_does(place: Place) -> None:
    specs, loop = place.specs, place.loop
    edit(specs, LAYER, *KERNEL)
    told = loop.complete()
    assert any(line.startswith("wrote ") for line in told)
    assert loop.interrupt() == 0
    assert loop.block()[-1] == "-- ended"
    check = CliRunner().invoke(cli, ["generate", "--check", "--specs", str(specs)])
    assert check.exit_code == 0, check.output
    assert not [path for path in specs.parent.rglob("*") if path.name.startswith(".dynapspec")]


def test_with_check_it_only_looks(tmp_path: Path) -> None:
    specs = copy_specs(tmp_path)
    loop = Outside(specs, "--check")
    try:
        assert any(line.endswith("differ") for line in loop.block())
        assert not (specs.parent / "generated").exists()
        assert loop.interrupt() == 0
    finally:
        loop.close()


def test_without_its_package_it_says_which_extra_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = copy_specs(tmp_path)
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = CliRunner().invoke(cli, ["generate", "--watch", "--specs", str(specs)])
    assert isinstance(result.exception, InputError)
    (finding,) = result.exception.diagnostics
    assert finding.code == "missing-extra"
    assert finding.hint == "pip install 'dynapspec[watch]'"
    assert not (specs.parent / "generated").exists()
