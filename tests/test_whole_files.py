"""Files that a user names are written whole, all of them or none; what is wrong with a name is told."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.whole_files import refuse_unwritable, write_whole

ROOT = Path(__file__).resolve().parents[1]
NETWORK = str(ROOT / "specs" / "networks" / "sinabs-mnist.yaml")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    """The second of three cannot be: the first keeps its old text, the third is not made."""
    (tmp_path / "old").write_text("kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder cannot be written: it is a folder"):
        write_whole({tmp_path / "old": "new", tmp_path / "folder": "x", tmp_path / "third": "x"})
    assert (tmp_path / "old").read_text() == "kept"
    assert names(tmp_path) == ["folder", "old"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (".", "it is a folder"),
        ("none/a.json", "there is no folder"),
        ("file/a.json", "file is a file, and no folder"),
        ("file/below/a.json", "file is a file, and no folder"),
        ("a\0b", "null byte"),
        ("x" * 300, "name too long"),
        ("/proc/a.json", "cannot be written"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match=told) as caught:
        write_whole({tmp_path / name: "text"})
    (finding,) = caught.value.diagnostics
    assert (finding.code, bool(finding.hint)) == ("unwritable", True)
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("name", [".", "none/a.json", "file/a.json", "a\0b"])
def test_it_is_told_before_the_work_too(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError):
        refuse_unwritable(tmp_path / name)
    refuse_unwritable(tmp_path / "file")
    refuse_unwritable(tmp_path / "new")
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT TESTED: whoever is root may write everywhere")
def test_without_permission(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    file = tmp_path / "file"
    file.touch(mode=0o400)
    for path, told in ((locked / "a", "permission denied"), (file, "it is read-only")):
        with pytest.raises(InputError, match=told):
            write_whole({path: "text"})
    with pytest.raises(InputError, match="is read-only"):
        refuse_unwritable(locked / "a")


def test_what_breaks_half_way_leaves_nothing(tmp_path: Path) -> None:
    def full(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    (tmp_path / "a").write_text("kept")
    with pytest.raises(InputError, match="no space left on device"):
        write_whole({tmp_path / "a": full})
    assert (tmp_path / "a").read_text() == "kept"
    assert names(tmp_path) == ["a"]


def test_links_and_devices_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_whole({tmp_path / "link": "text"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "text"
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) & 0o600 == 0o600
    write_whole({Path("/dev/null"): b"text"})
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("command", [["--html"], ["--svg"]])
@pytest.mark.parametrize("place", [".", "file/a", "none/a"])
def test_no_traceback_on_the_command_line(tmp_path: Path, command: list[str], place: str) -> None:
    (tmp_path / "file").write_text("kept")
    asked = [sys.executable, "-m", "dynapspec", "fit", NETWORK, "--chip", "speck2f", *command, place]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "cannot be written" in done.stderr
    assert names(tmp_path) == ["file"]


def test_what_reads_it_gets_all_of_it(tmp_path: Path) -> None:
    """A file over a longer one has none of its end."""
    path = tmp_path / "a.json"
    write_whole({path: json.dumps(list(range(1000)))})
    write_whole({path: "[]"})
    assert path.read_text() == "[]"
