"""``dynapspec export``, the schema of what it writes, and the guide to loading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from docs_kit import blocks, pages
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.export import Options, Sensor, export
from dynapspec.export.schema import configuration_schema
from dynapspec.model import load_model
from export_kit import SPECS, conv, layer, two_layers

MODEL = load_model(SPECS)
VALIDATOR = Draft202012Validator(configuration_schema(MODEL))
BUILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from export_kit import conv, layer, nn, two_layers

def too_large():
    return layer(conv([[[[1]]]], stride=3), 5, -5, (1, 9, 9))
"""


@pytest.fixture
def source(tmp_path: Path) -> str:
    file = tmp_path / "model.py"
    file.write_text(BUILD)
    return str(file)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["export", *map(str, arguments), "--specs", str(SPECS)])


def test_a_file_is_written(source: str, tmp_path: Path) -> None:
    out = tmp_path / "chip.json"
    done = run(f"{source}:two_layers", "--chip", "speck2f", "--out", out, "--monitor", "0,1")
    assert done.exit_code == 0, done.output
    assert "layers 0 on core 0, 1 on core 1 of speck2f" in done.stdout
    assert "layer 0 pools, and its monitor shows the spikes before that" in done.stderr
    assert "layer 0 has biases" in done.stderr
    data = json.loads(out.read_text())
    assert data == export(two_layers(), "speck2f", options=Options(monitor=(0, 1)), specs=SPECS)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["chip.json", "model.py"]


def test_without_a_file_it_is_printed(source: str) -> None:
    done = run(f"{source}:two_layers", "--chip", "speck2f")
    assert json.loads(done.stdout) == export(two_layers(), "speck2f", specs=SPECS)


def test_blocks_by_option(source: str) -> None:
    options = ["--readout", "--dvs", "--dvs-pooling", "2", "--monitor", "none", "--state"]
    done = run(f"{source}:two_layers", "--chip", "speck2f", *options)
    chosen = Options((), True, True, Sensor(2))
    assert json.loads(done.stdout) == export(two_layers(), "speck2f", options=chosen, specs=SPECS)


def test_a_network_that_does_not_fit_writes_nothing(source: str, tmp_path: Path) -> None:
    out = tmp_path / "chip.json"
    out.write_text("before")
    done = run(f"{source}:too_large", "--chip", "speck2f", "--out", out)
    assert done.exit_code == 1
    assert "stride (3, 3), the chip takes 1 or 2 or 4 or 8" in done.stderr
    assert "does not fit speck2f" in done.stderr
    assert done.stdout == ""
    assert out.read_text() == "before"


def test_a_network_file_has_no_weights(tmp_path: Path) -> None:
    out = tmp_path / "chip.json"
    done = run(SPECS / "networks" / "sinabs-mnist.yaml", "--chip", "speck2f", "--out", out)
    assert not out.exists()
    assert isinstance(done.exception, InputError)
    assert "no-weights" in str(done.exception)
    assert "network files hold no weights" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--monitor", "one"], "one names no layers"),
        (["--monitor", "0,,1"], "0,,1 names no layers"),
        (["--dvs-pooling", "2"], "--dvs-pooling says how --dvs is used"),
    ],
)
def test_bad_usage(source: str, arguments: list[str], told: str) -> None:
    done = run(f"{source}:two_layers", "--chip", "speck2f", *arguments)
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize(
    ("chip", "told"),
    [("speck9", "there is no chip 'speck9'"), ("all", "'all' names 7"), ("family", "a base")],
)
def test_one_chip_that_there_is(source: str, chip: str, told: str) -> None:
    done = run(f"{source}:two_layers", "--chip", chip)
    assert isinstance(done.exception, InputError)
    assert told in str(done.exception)


@pytest.mark.parametrize("place", ["none/chip.json", "file/chip.json", "folder"])
def test_a_place_that_cannot_be_written(source: str, tmp_path: Path, place: str) -> None:
    """Nothing is left, and no traceback is shown."""
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    done = run(f"{source}:two_layers", "--chip", "speck2f", "--out", tmp_path / place)
    if isinstance(done.exception, InputError):
        assert "cannot be written" in str(done.exception)
    else:
        assert (done.exit_code, "is a directory" in done.stderr) == (2, True)
    assert sorted(tmp_path.iterdir()) == before


# ── The schema ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("chip", MODEL.chips)
def test_every_chip_writes_what_the_schema_says(chip: str) -> None:
    Draft202012Validator.check_schema(configuration_schema(MODEL))
    data = export(two_layers(), chip, options=Options(sensor=Sensor(), monitor=(0,)), specs=SPECS)
    assert VALIDATOR.is_valid(json.loads(json.dumps(data)))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["cnn_layers"][0]["weights"][0][0][0].__setitem__(0, 128),
        lambda d: d["cnn_layers"][0]["biases"].__setitem__(0, 1 << 15),
        lambda d: d["cnn_layers"][0].update(leak_enable=1),
        lambda d: d["cnn_layers"][0].update(speed=3),
        lambda d: d["cnn_layers"][0].pop("threshold_low"),
        lambda d: d["cnn_layers"][0]["destinations"].pop(),
        lambda d: d["cnn_layers"][2].update(leak_enable=True),
        lambda d: d["cnn_layers"].pop(),
        lambda d: d["dvs_layer"].update(pass_sensor_events=True),
        lambda d: d.update(readout={"enable": 2}),
        lambda d: d.update(weights_kill_bit=[]),
    ],
)
def test_the_schema_refuses_the_rest(change: Any) -> None:
    data = export(two_layers(), "speck2f", specs=SPECS)
    assert VALIDATOR.is_valid(data)
    change(data)
    assert not VALIDATOR.is_valid(data)


# ── The guide ────────────────────────────────────────────────────────────────────────────────────


class Object:
    """An object of the vendor's library, as far as its reference pages tell: fields that are there."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__dict__:
            raise AttributeError(name)
        self.__dict__[name] = value


def places(**fields: Any) -> list[Object]:
    return [Object(layer=0, enable=False, **fields) for _ in range(2)]


def fields_of(name: str) -> dict[str, Any]:
    data = export(two_layers(), "speck2f", options=Options(sensor=Sensor()), specs=SPECS)
    found = data["cnn_layers"][0] if name == "core" else data["dvs_layer"]
    return {key: None for key in found if key != "destinations"}


def vendors_object() -> Any:
    cores = [Object(destinations=places(pooling=1, feature_shift=0), **fields_of("core")) for _ in range(9)]
    sensor = Object(destinations=places(), **fields_of("sensor"))
    return Object(cnn_layers=cores, dvs_layer=sensor, readout=Object(enable=False))


def test_the_guide_fills_the_vendors_object() -> None:
    """The two functions of the page, run on a stand-in that refuses fields which it does not have."""
    page = pages()["docs/configuration.md"]
    (code,) = [block for block in blocks(page, "py") if "import samna" in block]
    assert "samna.speck2f.configuration.SpeckConfiguration()" in code
    scope: dict[str, Any] = {}
    exec(code.replace("import samna", ""), scope)
    data = export(two_layers(), "speck2f", options=Options(sensor=Sensor()), specs=SPECS)
    filled = vendors_object()
    scope["load"](filled, data)
    assert filled.cnn_layers[0].dimensions == data["cnn_layers"][0]["dimensions"]
    assert filled.cnn_layers[0].weights == [[[[1, 3], [2, 4]]], [[[-5, 7], [0, -8]]]]
    assert (filled.cnn_layers[0].destinations[0].layer, filled.cnn_layers[0].destinations[0].pooling) == (
        1,
        2,
    )
    assert filled.cnn_layers[0].destinations[0].enable is True
    assert filled.cnn_layers[8].monitor_enable is False
    assert filled.dvs_layer.cut == {"x": 2, "y": 3}
    assert filled.dvs_layer.destinations[0].enable is True
    assert filled.readout.enable is False


def test_the_address_of_the_guide_is_right() -> None:
    (code,) = [block for block in blocks(pages()["docs/configuration.md"], "python") if "decode" in block]
    exec(code, {})


def test_a_chip_without_a_layout_is_refused(tmp_path: Path) -> None:
    from docs_kit import copy_of_specs

    root = copy_of_specs(tmp_path)
    for file in (root / "chips").glob("*.yaml"):
        text = file.read_text()
        if file.stem == "family":
            start, stop = text.index("\nconfiguration:\n"), text.index("\nerrata:\n")
            file.write_text(text[:start] + text[stop:])
        elif "\nconfiguration:" in text:
            head, _, tail = text.partition("\nconfiguration:\n")
            rest = [line for line in tail.splitlines() if not line.startswith(" ")]
            after = tail[tail.index(rest[0]) :] if rest else ""
            file.write_text(f"{head}\n{after}")
    assert all(chip.spec.configuration is None for chip in load_model(root).chips.values())
    with pytest.raises(InputError, match="does not say how its configuration is written"):
        export(layer(conv([[[[1]]]]), 5, -5, (1, 1, 1)), "speck2f", specs=root)
    assert "docs/configuration.md" not in pages(root)
