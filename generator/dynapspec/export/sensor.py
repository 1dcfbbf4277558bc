"""The chip's sensor as the input of a network: which region of its pixels arrives where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.export.options import Sensor
from dynapspec.model import Chip, LayerSpec
from dynapspec.network.chain import sized
from dynapspec.network.network import Network, Preprocessing
from dynapspec.runtime.configuration import Block, Destination


def sensor_block(
    network: Network, chip: Chip, spec: LayerSpec, sensor: Sensor, cores: Sequence[int]
) -> Block:
    """The sensor with its region, and the cores that receive it.

    Raises:
        InputError: the chip has no such sensor, or it has fewer pixels than the network takes.
    """
    dvs = chip.spec.dvs
    if dvs is None:
        raise fail("sensor", f"{chip.name} has no sensor", hint="leave --dvs out")
    pooling, (row, column) = _asked(network, sensor)
    asked = network.preprocessing or Preprocessing(network.input_shape)
    _, height, width = network.input_shape
    if asked.swap:
        height, width = width, height  # of the region, which is cut before it is turned
    if pooling not in dvs.pooling:
        raise fail("sensor", f"the sensor pools by {dvs.pooling}, not by {pooling}")
    pixels = (dvs.array.height // pooling, dvs.array.width // pooling)
    if row < 0 or column < 0 or row + height > pixels[0] or column + width > pixels[1]:
        told = f"the network takes {sized((height, width))} from row {row} and column {column} on"
        raise fail("sensor", f"{told}, and the sensor has {sized(pixels)} after pooling by {pooling}")
    region = {
        "window": pooling,
        "first_row": row,
        "first_column": column,
        "last_row": row + height - 1,
        "last_column": column + width - 1,
        **_turn(asked, chip),
    }
    targets = dict.fromkeys(edge.target for edge in network.out_of(None) if edge.target is not None)
    values = {**_dims(spec, network), **region}
    return Block(values, tuple(Destination({}, cores[target]) for target in targets), sensor.monitored)


def _turn(asked: Preprocessing, chip: Chip) -> dict[str, bool]:
    """How the region is turned; refused where the chip's configuration has no field for it."""
    rows, columns = asked.mirror
    found = {"rows_mirrored": rows, "columns_mirrored": columns, "swapped": asked.swap}
    stated = chip.spec.configuration and chip.spec.configuration.sensor
    written = {field.is_ for field in stated.fields.values()} if stated else set()
    lost = next((name for name, asked_for in found.items() if asked_for and name not in written), None)
    if lost is not None:
        told = f"the network turns its input, and the configuration of {chip.name} has no field for {lost}"
        raise fail("sensor", told, hint="turn the weights of the first layer instead")
    return found


def turn_notes(network: Network) -> Iterator[str]:
    """What no source says of the turn that a network asks for."""
    asked = network.preprocessing
    if asked is None or not asked.swap:
        return
    _, height, width = network.input_shape
    if any(asked.mirror):
        yield "the sensor mirrors before it swaps rows and columns, as in sinabs; no data sheet says so"
    if height != width:
        yield "the sensor swaps rows and columns of a region that is not square; no source says that it can"


def refuse_unused(network: Network) -> None:
    """Refuses a network that leaves work to the block of the sensor, which is not in use."""
    if network.preprocessing is not None:
        hint = "say --dvs (Options(sensor=Sensor())), or begin with a convolution and pool before you send"
        told = f"{network.name} pools, crops or turns its input before the first layer"
        raise fail("sensor", told, hint=hint)


def _asked(network: Network, sensor: Sensor) -> tuple[int, tuple[int, int]]:
    """The windows, and the first row and column behind them, of the user and of the network together."""
    asked, origin = network.preprocessing, sensor.origin
    if asked is None:
        return sensor.pooling, origin
    down, across = asked.pool
    if down != across or origin[0] % down or origin[1] % across:
        told = f"windows of {down}x{across} from row {origin[0]} and column {origin[1]} on"
        raise fail("sensor", f"the sensor has square windows, and begins with a whole one, not {told}")
    top, left = asked.crop[:2] if asked.crop else (0, 0)
    return sensor.pooling * down, (origin[0] // down + top, origin[1] // across + left)


def _dims(spec: LayerSpec, network: Network) -> Mapping[str, Any]:
    """The dimensions that say what the first layers receive."""
    axes = next(a.axes for a in spec.api.arguments.values() if a.role == "input_shape")
    sizes = dict(zip(axes, network.input_shape, strict=True))
    of_input = {n: d.from_.fields[0] for n, d in spec.dims.items() if d.from_.role == "input_shape"}
    return {name: sizes[axis] for name, axis in of_input.items() if axis in sizes}
