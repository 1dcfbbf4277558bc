"""What a model does to its input first is written into the block of the sensor, or refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.export import Options, Sensor, export, read_configuration
from dynapspec.export.configure import Exporter
from dynapspec.model import load_model
from dynapspec.network import load
from dynapspec.network.network import Network, Preprocessing
from export_kit import SPECS, conv, dynapcnn, layer, nn

MODEL = """
from dynapcnn import IAFSqueeze, SumPool2d
from torch import nn

def build():
    neurons = IAFSqueeze(batch_size=1, min_v_mem=-1.0)
    return nn.Sequential(SumPool2d(2), nn.Conv2d(2, 2, 3, bias=False), neurons)
"""


class Cropped(nn.Module):  # type: ignore[misc]
    """Pools by 2, and keeps rows 3 to 10 and columns from 5 on."""

    def __init__(self, features: int = 2) -> None:
        super().__init__()
        self.pool = dynapcnn.SumPool2d(2)
        self.core = layer(conv([[[[1]]] * features]), 5, -5, (features, 8, 11))

    def forward(self, x: Any) -> Any:
        return self.core(self.pool(x)[:, :, 3:11, 5:])


def written(model: Any, shape: Any, sensor: Sensor | None) -> dict[str, Any]:
    data: dict[str, Any] = export(model, "speck2f", shape, Options(sensor=sensor), SPECS)
    return data


def test_pooling_and_a_crop() -> None:
    """A sensor of 32x32: 16x16 after pooling, of which 8 rows from 3 and 11 columns from 5 are kept."""
    block = written(Cropped(), (2, 32, 32), Sensor())["dvs_layer"]
    assert block["pooling"] == {"x": 2, "y": 2}
    assert block["origin"] == {"x": 5, "y": 3}
    assert block["cut"] == {"x": 15, "y": 10}
    assert block["pass_sensor_events"] is True
    assert block["destinations"][0] == {"layer": 0, "enable": True}


def test_the_sensor_may_pool_before_it() -> None:
    """64x64 pixels become the 32x32 of the model by 2, and by 2 once more: 4, from row 4 / 2 + 3 on."""
    block = written(Cropped(), (2, 32, 32), Sensor(pooling=2, origin=(4, 6)))["dvs_layer"]
    assert block["pooling"] == {"x": 4, "y": 4}
    assert block["origin"] == {"x": 8, "y": 5}
    assert block["cut"] == {"x": 18, "y": 12}


def test_one_polarity_is_merged() -> None:
    assert written(Cropped(1), (1, 32, 32), Sensor())["dvs_layer"]["merge"] is True


def test_it_reads_back() -> None:
    data = written(Cropped(), (2, 32, 32), Sensor())
    found = read_configuration(data, "speck2f", SPECS)
    assert found.write() == data
    assert found.used.sensor is not None
    assert found.used.sensor.values["window"] == 2
    assert (found.used.sensor.values["first_row"], found.used.sensor.values["last_row"]) == (3, 10)


@pytest.mark.parametrize(
    ("sensor", "told"),
    [
        (None, "pools, crops or turns its input before the first layer"),
        (Sensor(origin=(1, 0)), "windows of 2x2 from row 1 and column 0 on"),
        (Sensor(pooling=4), "the sensor pools by 1 or 2 or 4, not by 8"),
        (Sensor(pooling=2, origin=(62, 0)), "from row 34 and column 5 on, and the sensor has 32x32 after"),
    ],
)
def test_what_cannot_be_written(sensor: Sensor | None, told: str) -> None:
    with pytest.raises(InputError, match=told):
        written(Cropped(), (2, 32, 32), sensor)


def asking(mirror: tuple[bool, bool], swap: bool) -> Network:
    """16 rows and 16 columns after pooling; 8 rows and 11 columns of them are kept, and turned."""
    core = layer(conv([[[[1]], [[1]]]]), 5, -5, (2, 11, 8) if swap else (2, 8, 11))
    network: Network = load(nn.Sequential(core), (2, 11, 8) if swap else (2, 8, 11), SPECS)
    return replace(
        network, preprocessing=Preprocessing((2, 32, 32), (2, 2), (3, 5, 8, 11), False, mirror, swap)
    )


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("swap", [False, True])
def test_a_turned_region(rows: bool, columns: bool, swap: bool) -> None:
    """x goes along a row: mirror.x turns columns. The region is that of the map before it is turned."""
    data = written(asking((rows, columns), swap), None, Sensor())
    block = data["dvs_layer"]
    assert block["mirror"] == {"x": columns, "y": rows}
    assert block["mirror_diagonal"] is swap
    assert (block["origin"], block["cut"]) == ({"x": 5, "y": 3}, {"x": 15, "y": 10})
    size = {"x": 8, "y": 11} if swap else {"x": 11, "y": 8}
    assert data["cnn_layers"][0]["dimensions"]["input_shape"]["size"] == size
    found = read_configuration(data, "speck2f", SPECS)
    assert found.write() == data
    assert found.used.sensor is not None
    said = found.used.sensor.values
    assert (said["rows_mirrored"], said["columns_mirrored"], said["swapped"]) == (rows, columns, swap)


def test_what_no_source_says_is_told() -> None:
    """Mirroring before swapping is known from sinabs alone, and of an oblong region nothing is."""
    exporter = Exporter(load_model(SPECS), "speck2f")

    def notes(mirror: tuple[bool, bool], swap: bool) -> list[str]:
        found = exporter.export(asking(mirror, swap), options=Options(sensor=Sensor())).notes
        return [note for note in found if note.startswith("the sensor")]

    assert notes((True, True), False) == []
    (oblong,) = notes((False, False), True)
    assert "not square" in oblong
    assert len(notes((True, False), True)) == 2


def test_a_chip_without_a_field_for_it(tmp_path: Path) -> None:
    """It is told, and not left out."""
    specs = tmp_path / "specs"
    shutil.copytree(SPECS, specs)
    family = specs / "chips" / "family.yaml"
    lines = family.read_text().splitlines(keepends=True)
    family.write_text("".join(line for line in lines if "rows_mirrored" not in line))
    assert export(asking((False, True), False), "speck2f", None, Options(sensor=Sensor()), specs)
    with pytest.raises(InputError, match="the configuration of speck2f has no field for rows_mirrored"):
        export(asking((True, False), False), "speck2f", None, Options(sensor=Sensor()), specs)


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(MODEL)
    asked = [
        "export",
        f"{path}:build",
        "--chip",
        "speck2f",
        "--input-shape",
        "2,16,16",
        "--specs",
        str(SPECS),
    ]
    told = str(CliRunner().invoke(cli, asked).exception)
    assert "pools, crops or turns its input before the first layer" in told
    assert "--dvs" in told
    assert CliRunner().invoke(cli, [*asked, "--dvs"]).exit_code == 0
