"""The chip's sensor as the input of a network: which region of its pixels arrives where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.export.options import Sensor
from dynapspec.model import Chip, LayerSpec
from dynapspec.network.chain import sized
from dynapspec.network.network import Network
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
    _, height, width = network.input_shape
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
    }
    targets = dict.fromkeys(edge.target for edge in network.out_of(None) if edge.target is not None)
    values = {**_dims(spec, network), **region}
    return Block(values, tuple(Destination({}, cores[target]) for target in targets), sensor.monitored)


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
    if any(asked.mirror) or asked.swap:
        told = "the network mirrors its input, and the configuration has no word for it"
        raise fail("sensor", told, hint="mirror the weights of the first layer instead")
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
