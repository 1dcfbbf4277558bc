"""Reads whole layers of the chip: of the generated classes, and of those that these stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynapspec.model.layer_spec import Api
from dynapspec.network.modules import names_of, refuse_own_computation
from dynapspec.network.network import Shape
from dynapspec.network.parts import Neurons, Part, Pool, Sensor, Synapses, refuse
from dynapspec.network.torch_readers import READERS, conv, neurons, pool_of, read_as

SENSOR = "DVSLayer"  # what sinabs calls the block of the sensor
POLARITIES = 2  # on and off: what the block adds when it is asked to
ROLES = ("synapses", "neurons", "pools", "input_shape")


@dataclass(frozen=True, slots=True)
class Ready:
    """What one layer says; ``ways`` has the pooling to each destination, None where there is none."""

    synapses: Synapses
    neurons: Neurons
    ways: tuple[Pool | None, ...]

    def parts(self) -> Iterator[Part]:
        """Its parts in their order, where it sends to one destination."""
        yield from (self.synapses, self.neurons)
        if len(self.ways) != 1:
            told = f"it sends to {len(self.ways)} destinations, and one follows in a sequence"
            raise refuse(self.synapses.place, told, "give the whole network that it stands in")
        yield from filter(None, self.ways)


class ReadyLayers:
    """Knows layers by the names that some layer specs give to their parts."""

    def __init__(self, apis: Sequence[Api]) -> None:
        self.names = tuple(dict.fromkeys(api.class_ for api in apis))
        self._attributes = [_attributes(api) for api in apis]

    def holds(self, module: Any) -> bool:
        """Whether a module is such a layer."""
        return bool({*self.names} & {*names_of(module)})

    def read(self, place: str, layer: Any) -> Ready:
        """The parts of a layer, which holds words unless told not to.

        Raises:
            InputError: it computes something else, or is of a version that no layer spec describes.
        """
        refuse_own_computation(place, layer, next(n for n in names_of(layer) if n in self.names))
        names = next((n for n in self._attributes if all(hasattr(layer, one) for one in n)), None)
        if names is None:
            missing = next(one for one in self._attributes[0] if not hasattr(layer, one))
            raise refuse(place, f"it has no {missing}", "it is of another version of the API than the spec")
        synapses, spiking, pools, shape = (getattr(layer, name) for name in names)
        words = bool(getattr(layer, "discretize", True))
        stated = replace(
            read_as(place, synapses, conv),
            input_shape=shape_of(shape),
            words=words,
            module=layer if words else None,
        )
        ways = tuple(pools) if isinstance(pools, list | tuple) else (pools,)
        return Ready(stated, read_as(place, spiking, neurons), tuple(_way(place, one) for one in ways))


def sensor_parts(place: str, block: Any) -> Iterator[Part]:
    """The block of the sensor as sinabs has it: polarities are added, then it pools, crops and turns."""
    refuse_own_computation(place, block, SENSOR)
    shape, merge = shape_of(block.input_shape), bool(block.merge_polarities)
    if shape is not None and merge:
        shape = (POLARITIES, *shape[1:])  # it states what it makes of them
    yield Sensor(place, shape, merge)
    for module in (block.pool_layer, block.crop_layer, block.flip_layer):
        known = next((name for name in names_of(module) if name in READERS), None)
        if module is not None:
            yield read_as(place, module, READERS.get(known or "", pool_of))


def shape_of(value: Any) -> Shape | None:
    """Features, height and width, where the value is that."""
    sizes = [int(x) for x in value] if isinstance(value, tuple | list) else []
    return (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else None


def _attributes(api: Api) -> tuple[str, ...]:
    """What the parts of a layer are called on it."""
    found: dict[str, str] = {
        argument.role: argument.attribute or name for name, argument in api.arguments.items()
    }
    return tuple(found[role] for role in ROLES)


def _way(place: str, pool: Any) -> Pool | None:
    """The pooling to one destination: a module, the size of its windows, or None."""
    if pool is None:
        return None
    if isinstance(pool, int | tuple | list):
        down, across = (pool, pool) if isinstance(pool, int) else (int(pool[0]), int(pool[-1]))
        return None if (down, across) == (1, 1) else Pool(place, (down, across), (down, across))
    return read_as(place, pool, pool_of)
