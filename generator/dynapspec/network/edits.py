"""Changes of single values of a network, and which values a chip would take in their place.

Which limit goes with which value is read off the rules of the layer spec: ``sy in chip.stride`` says
that the stride is one of those of the chip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dynapspec.formula import tree as t
from dynapspec.interpret import Judge
from dynapspec.model import Chip, LayerSpec, Limit
from dynapspec.network.network import Block, Network, Preprocessing
from dynapspec.network.suggestion import Change
from dynapspec.network.wiring import Wiring, taps

FEATURES = "out_channels"
POOL = "pool"
INPUT = "input_shape"
SENSOR_POOL = "sensor.pool"
WEIGHT = "weight"
TAKEN = "in_channels"  # features that a layer says it takes
USUAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": False, POOL: 1, "decimate": 1}
NEAREST: dict[str, Callable[[int, int], int]] = {"<=": min, ">=": max}
MAP = ("features", "height", "width")  # of an input, as the layer spec calls them
WIDE = 64  # values of a range that are all tried where no near one helps
RANGE = 8  # values below one that a limit takes by range: these are tried, and the limit itself


def sketched(network: Network) -> list[Block]:
    """The blocks of a network without their weights, so that their shapes can be changed."""
    made = []
    for block, layer in zip(network.blocks, network.layers, strict=True):
        synapses, neurons = dict(block.synapses), dict(block.neurons)
        if layer.description is not None:
            known = layer.description
            if synapses.get("in_channels") == known.input_shape[0]:
                synapses.pop("in_channels")
            if "weight" in known.synapses:
                synapses["weight"] = known.synapses["weight"]
            neurons |= known.neurons
        plain = Block(block.place, block.kind, synapses, neurons, block.pool, block.span)
        made.append(replace(plain, name=block.name, inputs=block.inputs))
    return made


def value_of(block: Block, field: str) -> Any:
    """What a block has of a field; of a pair of equal numbers, the number."""
    if field == POOL:
        value, stride = (block.pool.get(name, 1) for name in ("kernel_size", "stride"))
        if stride not in (value, _one(value)):
            return ("kernel_size", _one(value)), ("stride", _one(stride))
    elif field == "decimate" or field in block.neurons:
        value = block.neurons.get(field, USUAL.get(field))
    else:
        value = block.synapses.get(field, USUAL.get(field))
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else _one(value)


def _one(value: Any) -> Any:
    """Of a pair of equal numbers, the number; a pair as a tuple."""
    pair = isinstance(value, tuple | list)
    return value[0] if pair and len(set(value)) == 1 else tuple(value) if pair else value


def changed(blocks: Sequence[Block], changes: Iterable[Change]) -> list[Block]:
    """The blocks with other values."""
    made = list(blocks)
    for change in changes:
        if change.layer is not None:
            made[change.layer] = _with(made[change.layer], change.field, change.after)
    return made


def _with(block: Block, field: str, value: Any) -> Block:
    if field == POOL:
        return replace(block, pool={} if value == 1 else {"kernel_size": value, "stride": value})
    if field == "decimate" or field in block.neurons:
        return replace(block, neurons={**block.neurons, field: value})
    return replace(block, synapses={**block.synapses, field: dict(value) if field == WEIGHT else value})


class Values:
    """The values that a chip takes of each field."""

    def __init__(self, judge: Judge) -> None:
        chip = judge.chip
        self.limits = dict(_limits(judge.interpreter.spec, chip))
        self.bounds = dict(_bounds(judge))
        dvs = chip.spec.dvs
        self.array = (dvs.array.height, dvs.array.width) if dvs else None
        self.windows = [n for n in (dvs.pooling.one_of or () if dvs else ()) if isinstance(n, int) and n > 1]

    def near(self, block: Block, field: str) -> Iterator[Any]:
        """The values on both sides of the one that a block has, the nearest first."""
        now, limit = value_of(block, field), self.limits.get(field)
        if field == "bias":
            yield from (False,) if now else ()
            return
        if isinstance(now, int) and field in self.bounds and self.bounds[field](now) != now:
            yield self.bounds[field](now)
            return
        if limit is None or now is None:
            return
        if isinstance(now, str):
            yield from (name for name in limit.one_of or () if name != now)
            return
        legal = self._legal(limit, field, now)
        own = [n for n in dict.fromkeys(_sizes(now)) if n in legal]  # of a pair, each of the two
        least = min(_sizes(now))
        below = [n for n in legal if n < least]
        yield from own
        yield from below[-1:]
        yield from [n for n in legal if n > least and n not in own][:1]
        if not all(n in limit or n == USUAL.get(field) for n in _sizes(now)):
            yield from below[:-1]

    def others(self, block: Block, field: str) -> list[Any]:
        """All values that a chip takes of a field of numbers, the nearest first."""
        now, limit = value_of(block, field), self.limits.get(field)
        if limit is None or field == "bias" or now is None or isinstance(now, str):
            return []
        least, top = min(_sizes(now)), limit.max
        wide = range(limit.min or 0, top + 1) if top is not None else ()
        legal = {*self._legal(limit, field, now), *(wide if len(wide) <= WIDE else ())} - {now}
        return sorted(legal, key=lambda n: (abs(n - least), n))

    def _legal(self, limit: Limit, field: str, now: Any) -> list[int]:
        usual = USUAL.get(field)
        known = [*_numbers(limit, now), *([usual] if usual is not None else [])]
        return sorted({n for n in known if n == usual or n in limit} - {now})

    def inputs(self, shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Smaller maps that a sensor could give: cropped to what the chip takes or to a square, or pooled."""
        features, *sizes = shape
        most = [self.limits[name].max if name in self.limits else None for name in MAP]
        first = [n if top is None else min(n, top) for n, top in zip((features, *sizes), most, strict=True)]
        square = min(first[1:])
        pooled = [tuple(n // by for n in sizes) for by in self.windows if min(sizes) >= by]
        found = [tuple(first), (first[0], square, square), *((features, *one) for one in pooled)]
        yield from (one for one in dict.fromkeys(found) if one != tuple(shape))

    def sensors(self, before: Preprocessing) -> Iterator[tuple[str, Any, Any]]:
        """Other poolings of the sensor's block, and the map of the chip's own sensor."""
        if before.crop is not None:  # which would be another part of another map
            return
        for window in self.windows:
            if before.pool != (window, window):
                yield SENSOR_POOL, before.pool, (window, window)
        if self.array is not None:
            features, *sizes = before.shape
            kept = tuple(min(pair) for pair in zip(sizes, self.array, strict=True))
            if kept != tuple(sizes):
                yield INPUT, before.shape, (features, *kept)

    def most(self, field: str, now: int) -> int:
        """The largest value of a field that is worth a try."""
        limit = self.limits.get(field)
        top = limit.max if limit is not None else None
        return top if top is not None else 4 * now


def _sizes(now: Any) -> list[int]:
    """The numbers of a value: one, one for each axis, or those of a window and its stride."""
    if not isinstance(now, tuple):
        return [now]
    return [n for one in now for n in _sizes(one[1] if isinstance(one, tuple) else one)]


def _numbers(limit: Limit, now: Any) -> list[int]:
    """Values that a limit takes, those of a range as far as they are near."""
    if limit.one_of is not None:
        return [value for value in limit.one_of if isinstance(value, int)]
    least = min(_sizes(now))
    ends = [end for end in (limit.min, limit.max) if end is not None]
    return [*ends, *range(max(0, least - RANGE), least + 2)]


def _limits(spec: LayerSpec, chip: Chip) -> Iterator[tuple[str, Limit]]:
    dims = {**spec.dims, **spec.destination_dims}
    for rule in spec.rules.values():
        for node in t.walk(rule.must.tree):
            if isinstance(node, t.Compare) and isinstance(node.left, t.Name):
                owner, _, name = _text(node.right).partition(".")
                dim = dims.get(node.left.id)
                if dim is not None and owner == "chip" and name in chip.spec.limits:
                    field = POOL if dim.from_.role == "pools" else dim.from_.fields[0]
                    yield field, chip.spec.limits[name]


def _bounds(judge: Judge) -> Iterator[tuple[str, Callable[[int], int]]]:
    """What brings a level of the neurons within a word: the nearest that a rule takes."""
    dims = judge.interpreter.spec.dims
    for rule in judge.rules:
        for node in t.walk(rule.rule.must.tree):
            if (
                not isinstance(node, t.Compare)
                or not isinstance(node.left, t.Name)
                or node.left.id not in dims
            ):
                continue
            path, names = dims[node.left.id].from_, t.names_in(node.right)
            if path.role == "neurons" and node.op in NEAREST and names and {*names} <= judge.constants.keys():
                end = judge.interpreter.compile(node.right)(judge.constants)
                yield path.fields[0], partial(NEAREST[node.op], end)


def _text(tree: t.Tree) -> str:
    return tree.id if isinstance(tree, t.Name) else ""


def fields(block: Block) -> list[str]:
    """The fields of a block that may change."""
    geometry = (
        ["kernel_size", "stride", "padding", "dilation", "groups", "padding_mode"]
        if block.kind == "conv"
        else []
    )
    return [*geometry, "bias", POOL, "decimate", *block.neurons]


def senders(blocks: Sequence[Block], layer: int) -> list[int]:
    """The layers that one receives from."""
    return sorted({tap.layer for tap in taps(Wiring(blocks).inputs[layer]) if tap.layer is not None})
