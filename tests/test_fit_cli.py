"""``dynapspec fit`` on the command line: exit codes, formats, and input that cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dynapspec.cli import main as entry
from dynapspec.cli.main import cli

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
MNIST = SPECS / "networks" / "sinabs-mnist.yaml"
VPRTEMPO = SPECS / "networks" / "vprtempo-2linear.yaml"
SMALL = "name: small\ninput_shape: [1, 8, 8]\nlayers:\n  - conv: {out_channels: 1, kernel_size: 1}\n"


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, as the installed script runs it."""
    monkeypatch.setattr(sys, "argv", ["dynapspec", "fit", *arguments, "--specs", str(SPECS)])
    with pytest.raises(SystemExit) as caught:
        entry.main()
    written = capsys.readouterr()
    return int(caught.value.code or 0), written.out, written.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([str(MNIST), "--chip", "speck2f"], 0),
        ([str(MNIST), "--chip", "speck2cmini"], 1),
        ([str(MNIST)], 0),  # it fits at least one chip
        ([str(MNIST), "--chip", "all"], 1),  # not every one
        ([str(VPRTEMPO)], 1),
        ([str(VPRTEMPO), "--chip", "speck2f"], 1),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    result = CliRunner().invoke(cli, ["fit", *arguments, "--specs", str(SPECS), "--format", "json"])
    assert result.exit_code == code
    assert json.loads(result.stdout)["network"] in ("sinabs-mnist", "vprtempo-2linear")


def test_a_small_network_fits_every_chip(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    result = CliRunner().invoke(cli, ["fit", str(path), "--chip", "all", "--specs", str(SPECS)])
    assert result.exit_code == 0
    assert result.stdout.endswith("fits 7 of 7 chips\n")


def test_json_of_one_chip() -> None:
    arguments = ["fit", str(MNIST), "--chip", "speck2f", "--format", "json", "--specs", str(SPECS)]
    data = json.loads(CliRunner().invoke(cli, arguments).stdout)
    (chip,) = data["chips"]
    assert (chip["chip"], chip["fits"]) == ("speck2f", True)
    assert [layer["core"] for layer in chip["layers"]] == [0, 3, 5, 6, 1]
    assert chip["layers"][0] == {
        "index": 0,
        "neuron_shape": [20, 24, 24],
        "kernel_words": 1024,
        "neuron_words": 20480,
        "bias_words": 0,
        "kernel_waste": 524,
        "neuron_waste": 8960,
        "cores": [0, 1, 2, 3, 4],
        "core": 0,
    }


@pytest.mark.parametrize("shape", ["1,32,32", "1x32x32"])
def test_input_shape(shape: str) -> None:
    arguments = ["fit", str(MNIST), "--input-shape", shape, "--format", "json", "--specs", str(SPECS)]
    data = json.loads(CliRunner().invoke(cli, arguments).stdout)
    assert data["chips"][0]["layers"][0]["neuron_shape"] == [20, 28, 28]


@pytest.mark.parametrize(
    "shape", ["1,32", "1,0,3", "a,b,c", "1,2,3,4", "-1,2,3", "", "9" * 5000 + ",2,3", "\x1b[31m"]
)
def test_input_shape_that_is_none(shape: str) -> None:
    result = CliRunner().invoke(cli, ["fit", str(MNIST), "--input-shape", shape])
    assert result.exit_code == 2
    assert "is no shape" in result.stderr
    assert "\x1b" not in result.stderr


def test_unknown_chip(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run(capsys, monkeypatch, str(MNIST), "--chip", "speck2ff")
    assert (code, out) == (2, "")
    assert "there is no chip 'speck2ff'" in err
    assert "did you mean speck2f?" in err


CONTENTS = {
    "empty.yaml": b"",
    "binary.yaml": bytes(range(256)),
    "zeros.yaml": b"\0" * 64,
    "list.yaml": b"- 1\n",
    "broken.yaml": b"layers: [",
    "deep.yaml": b"[" * 5000,
    "empty.nir": b"",
    "binary.nir": bytes(range(256)),
    "unknown.bin": bytes(range(256)),
    "fails.py": b"raise OSError('gone')\n",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_file_that_cannot_be_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    if name.endswith(".nir"):
        pytest.importorskip("nir")
    path = tmp_path / name
    path.write_bytes(CONTENTS[name])
    model = f"{path}:build" if name.endswith(".py") else str(path)
    code, out, err = run(capsys, monkeypatch, model)
    assert (code, out) == (2, "")
    assert "error[" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("none.yaml", "No such file"),
        ("none.nir", "No such file"),
        ("none.py:build", "there is no file none.py"),
        ("no_such_module:build", "No module named 'no_such_module'"),
        ("none", "there is no file none"),
        ("sinabs-mnist", "did you mean"),
        (":", "there is no file"),
        (".", "is no file"),
        ("/dev/zero", "is no file"),
        ("a\0b.yaml", "there is no file"),
        ("a" * 5000 + ":x", "No module named"),
        ("a" * 5000 + ".py:x", "there is no file"),
        ("a" * 5000, "there is no file"),
        ("a" * 5000 + ".nir", "error["),
        ("\x1b[31mred.yaml", "\\x1b[31mred.yaml"),
    ],
)
def test_nothing_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, monkeypatch, model)
    assert (code, out) == (2, "")
    assert says in err


def test_help_says_what_the_exit_code_means() -> None:
    text = " ".join(CliRunner().invoke(cli, ["fit", "--help"]).stdout.split())
    assert "With --chip NAME the exit code is 0 if MODEL fits that chip" in text
    assert "Without --chip it is 0 if MODEL fits at least one" in text


# ── As a process of its own ─────────────────────────────────────────────────────────────────────


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dynapspec", *arguments]
    path = os.pathsep.join([str(ROOT / "generator"), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "DYNAPSPEC_SPECS": str(SPECS), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False, encoding="utf-8")


def test_piped_text_is_plain() -> None:
    done = process("fit", str(MNIST), "--chip", "speck2f", COLUMNS="80")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.split("\n"))) <= 80


def test_a_terminal_without_unicode_is_enough() -> None:
    done = process("fit", str(MNIST), "--chip", "speck2f", COLUMNS="120", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "####" in done.stdout


def test_names_that_a_terminal_cannot_show(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SMALL.replace("small", '"gr\u00fc\u00dfe \\e[31m\\x9b"'), encoding="utf-8")
    done = process("fit", str(path), "--chip", "speck2f", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("gr??e \\x1b[31m\\x9b: 1 layer")


def test_a_line_of_a_file_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("name: \x1b[31mred\n")
    done = process("fit", str(path))
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "name: ?[31mred" in done.stderr


def test_a_device_that_is_called_a_graph(tmp_path: Path) -> None:
    pytest.importorskip("nir")
    (tmp_path / "net.nir").symlink_to("/dev/zero")
    done = process("fit", str(tmp_path / "net.nir"))
    assert done.returncode == 2
    assert "is no file" in done.stderr


def test_an_error_goes_to_stderr() -> None:
    done = process("fit", "none.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("none.yaml:1:1: error[unreadable]")


def test_a_file_needs_neither_torch_nor_numpy() -> None:
    script = (
        "import sys, json\n"
        "sys.modules.update(dict.fromkeys(['torch', 'numpy', 'nir', 'h5py', 'rich']))\n"
        f"sys.argv = ['dynapspec', 'fit', {str(MNIST)!r}, '--format', 'json']\n"
        "from dynapspec.cli.main import main\n"
        "main()\n"
    )
    path = os.pathsep.join([str(ROOT / "generator"), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "DYNAPSPEC_SPECS": str(SPECS)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["network"] == "sinabs-mnist"
