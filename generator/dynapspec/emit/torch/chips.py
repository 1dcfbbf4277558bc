"""Contexts of the chip modules."""

from __future__ import annotations

from typing import Any

from dynapspec.emit.torch.text import docstring, literal
from dynapspec.model import Chip, Layer, Limit


def identifier(name: str) -> str:
    """A chip's name as a name in Python."""
    return name.replace("-", "_")


def one_chip(chip: Chip, layer: Layer) -> dict[str, Any]:
    """The constants of one chip."""
    spec = chip.spec
    memories = [f"{name}_words" for name in layer.spec.memory]
    return {
        "name": chip.name,
        "identifier": identifier(chip.name),
        "version": spec.version,
        "doc": docstring(spec.doc or chip.name),
        "doc_code": literal(spec.doc),
        "cores": [
            {"number": number, "words": ", ".join(f"{key}={core.words[key]}" for key in memories)}
            for number, core in spec.cores.items()
        ],
        "limits": [{"name": name, "code": limit_code(limit)} for name, limit in spec.limits.items()],
        "widths": {name: width.bits for name, width in spec.widths.items()},
        "features": {name: feature.has for name, feature in spec.features.items()},
        "devices": {name: device.vendor_name for name, device in spec.devices.items()},
        "bandwidth": {number: one.synops_per_second for number, one in spec.bandwidth.items()},
        "blocks": blocks(chip),
        "configuration": spec.configuration.layout(layer.spec) if spec.configuration else {},
    }


def limit_code(limit: Limit) -> str:
    """A limit as a constructor call."""
    parts = [f'"{limit.kind}"']
    for field, value in (("least", limit.min), ("most", limit.max), ("one_of", limit.one_of)):
        if value is not None:
            parts.append(f"{field}={value!r}")
    return f"Limit({', '.join(parts)})"


def blocks(chip: Chip) -> dict[str, Any]:
    """Facts about blocks beside the cores, as plain data."""
    spec, found = chip.spec, dict[str, Any]()
    if spec.placement:
        found["prefer_for_input_layers"] = list(spec.placement.prefer.input_layers)
    if spec.readout:
        keys = ("destination", "classes", "channel_stride")
        found["readout"] = {key: getattr(spec.readout, key) for key in keys}
    if spec.dvs:
        found["dvs"] = {
            "array": [spec.dvs.array.height, spec.dvs.array.width],
            "pooling": {"kind": spec.dvs.pooling.kind, "takes": spec.dvs.pooling.data},
            "destinations": {"kind": spec.dvs.destinations.kind, "takes": spec.dvs.destinations.data},
            "layer_id": spec.dvs.id.layer,
        }
    return found
