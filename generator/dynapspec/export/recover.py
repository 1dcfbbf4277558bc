"""Reads a configuration back: the layers of its cores in their order, as a network with weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import InputError, fail
from dynapspec.export.configure import one_chip
from dynapspec.load import find_specs
from dynapspec.model import LayerSpec, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.network import Block, Joined, Network, Parameters, Source, Tap
from dynapspec.runtime.configuration import ConfigurationError, Configured, CoreContent, Destination, write
from dynapspec.runtime.reading import read


@dataclass(frozen=True)
class Recovered:
    """What a configuration says.

    Attributes:
        network: the layers of the cores in use, in an order in which spikes run; their values are words.
        cores: the core of each layer.
        used: what each core and block holds, as it is written.
        chip: the name of the chip.
    """

    network: Network
    cores: tuple[int, ...]
    used: Configured
    chip: str
    _layout: Mapping[str, Any]
    _numbers: tuple[int, ...]

    def write(self) -> dict[str, Any]:
        """The configuration once more."""
        return write(self._layout, self._numbers, self.used)

    def layers(self) -> list[Any]:
        """The layers of a chain as modules of the generated package, for ``dynapcnn.simulation``."""
        from dynapspec.export.modules import layers_of

        return layers_of(self)


def read_configuration(data: Mapping[str, Any], chip: Any, specs: Path | None = None) -> Recovered:
    """The layers that a configuration holds.

    Args:
        data: a configuration, such as :func:`dynapspec.export.export` makes it.
        chip: the name of the chip that it is for, or a chip of ``dynapcnn.chips``.
        specs: the folder of specs.

    Raises:
        InputError: the data is no configuration of that chip, or no network is in it.
    """
    model = load_model(find_specs(specs))
    found = one_chip(model, str(getattr(chip, "name", chip))).chip
    if found.spec.configuration is None:
        raise fail(
            "no-configuration", f"the spec of {found.name} does not say how its configuration is written"
        )
    layout = found.spec.configuration.layout(model.layer_of(found).spec)
    try:
        used = read(layout, data)
    except (ConfigurationError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise fail("configuration", f"this is no configuration of {found.name}: {error}") from None
    if not used.cores:
        raise fail("configuration", "no core of this configuration is in use")
    order = list(_order(used.cores))
    network = _network(used, order, Chain(model))
    return Recovered(network, tuple(order), used, found.name, layout, tuple(found.spec.cores))


def _order(cores: Mapping[int, CoreContent]) -> Iterator[int]:
    """The cores in an order in which none comes before one that sends to it."""
    waiting = {core: {n for n, one in cores.items() if core in _targets(one)} for core in cores}
    while waiting:
        ready = [core for core, sources in waiting.items() if not sources & waiting.keys()]
        if not ready:
            lost = ", ".join(map(str, waiting))
            raise fail("configuration", f"the spikes of cores {lost} run in a circle, and a network has none")
        yield ready[0]
        del waiting[ready[0]]


def _targets(content: CoreContent) -> list[int]:
    return [one.target for one in content.destinations if one.target is not None]


def _network(used: Configured, order: Sequence[int], chain: Chain) -> Network:
    spec = chain.spec
    blocks = [_block(used, core, order, spec) for core in order]
    first = used.cores[order[0]]
    shape = tuple(first.values[name] for name in _input_dims(spec))
    try:
        return chain.build(
            "configuration", (shape[0], shape[1], shape[2]), blocks, outputs=_outputs(used, order, spec)
        )
    except InputError as error:
        raise fail("configuration", f"the cores do not make a network: {error}") from None


def _input_dims(spec: LayerSpec) -> list[str]:
    """The dimensions of the input map: features, height, width."""
    axes = ("features", "height", "width")
    of = {d.from_.fields[0]: n for n, d in spec.dims.items() if d.from_.role == "input_shape"}
    return [of[axis] for axis in axes]


def _block(used: Configured, core: int, order: Sequence[int], spec: LayerSpec) -> Block:
    content = used.cores[core]
    import numpy as np

    weight = np.array(content.weight, np.float32)
    bias = np.array(content.bias, np.float32) if any(content.bias) else None
    values = content.values
    described = _fields(spec, "synapses", values) | {
        "kernel_size": weight.shape[2:],
        "bias": bias is not None,
    }
    described = {k: v for k, v in described.items() if k not in ("in_channels", "weight")}
    trained = Parameters(weight, bias, float(values["threshold"]), float(values["v_floor"]), words=True)
    return Block(
        f"core {core}",
        "conv",
        {**described, "out_channels": weight.shape[0], "in_channels": weight.shape[1]},
        _fields(spec, "neurons", values)
        | {"spike_threshold": int(values["threshold"]), "min_v_mem": int(values["v_floor"])},
        parameters=trained,
        name=f"core{core}",
        inputs=_inputs(used, core, order, spec),
    )


def _fields(spec: LayerSpec, role: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a role, pairs with rows first."""
    found: dict[str, Any] = {}
    for name, dim in spec.dims.items():
        path = dim.from_
        if path.role != role or name not in values:
            continue
        if len(path.fields) == 2 and path.fields[1] in ("y", "x"):
            found.setdefault(path.fields[0], {})[path.fields[1]] = values[name]
        elif len(path.fields) == 1:
            found[path.fields[0]] = values[name]
    return {k: (v["y"], v["x"]) if isinstance(v, dict) else v for k, v in found.items()}


def _pool(one: Destination, spec: LayerSpec) -> dict[str, Any]:
    """The pooling of a destination, by field."""
    found: dict[str, dict[str, Any]] = {}
    for name, dim in spec.destination_dims.items():
        field, axis = dim.from_.fields
        found.setdefault(field, {})[axis] = one.values[name]
    return {field: (axes["y"], axes["x"]) for field, axes in found.items()}


def _inputs(used: Configured, core: int, order: Sequence[int], spec: LayerSpec) -> Source:
    """What a core receives: maps at the same features are added, others stand one behind the other."""
    taps: dict[int, list[Tap]] = {}
    for source in order:
        for one in used.cores[source].destinations:
            if one.target == core:
                taps.setdefault(one.shift, []).append(Tap(order.index(source), _pool(one, spec)))
    if not taps:
        return Tap(None)
    bands: list[Source] = [
        found[0] if len(found) == 1 else Joined("add", tuple(found), f"core {core}")
        for _, found in sorted(taps.items())
    ]
    return bands[0] if len(bands) == 1 else Joined("concat", tuple(bands), f"core {core}")


def _outputs(used: Configured, order: Sequence[int], spec: LayerSpec) -> list[Tap]:
    """What leaves the network: destinations that lead to no core, and cores without any."""
    found = []
    for index, core in enumerate(order):
        content = used.cores[core]
        ends = [one for one in content.destinations if one.target not in used.cores]
        found += [Tap(index, _pool(one, spec)) for one in ends]
        if not content.destinations:
            found.append(Tap(index, {}))
    return found
