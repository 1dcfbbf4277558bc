"""The network as a drawing: layers from top to bottom, the ways of the spikes, and the cores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.network.network import Edge, Network
from dynapspec.network.verdicts import LayerFit
from dynapspec.report.levels import Way, arranged
from dynapspec.report.showing import OnChip
from dynapspec.report.text import LETTER, fitting, plain

NODE, HIGH = 244, 58  # width and height of a layer
ACROSS, DOWN = 26, 44  # between layers
THIN = 16  # what a way takes on its way past a layer
EDGE = 12
TEXT = 12  # from the border of a box to its text


def flow_drawing(network: Network, chip: OnChip) -> Mapping[str, Any]:
    """The boxes and ways of the drawing, with their places."""
    ends = _ends(network)
    levels = arranged(len(network.layers), ends, NODE, THIN, ACROSS)
    boxes = list(_boxes(network, chip))
    shown = [
        {**box, "x": EDGE + x, "y": EDGE + level * (HIGH + DOWN), "width": NODE, "height": HIGH}
        for box, (x, level) in zip(boxes, levels.places, strict=True)
    ]
    height = 2 * EDGE + levels.count * (HIGH + DOWN) - DOWN
    ways = [_way(network, way) for way in levels.ways]
    labels = [float(way["x"]) + LETTER * len(way["label"]) for way in ways]
    return {
        "width": round(max(2 * EDGE + levels.width, *labels)),
        "height": height,
        "boxes": [_lines(box) for box in shown],
        "ways": ways,
        "told": "; ".join(plain(box["told"]) for box in shown),
    }


def _ends(network: Network) -> list[Edge]:
    """Every way; a network that states none is a chain."""
    if network.edges:
        return list(network.edges)
    count = len(network.layers)
    row = [Edge(i - 1 if i else None, i, 0) for i in range(count)]
    return [*row, Edge(count - 1, None, None)]


# ── Boxes ────────────────────────────────────────────────────────────────────────────────────────


def _boxes(network: Network, chip: OnChip) -> Iterator[dict[str, Any]]:
    """The input, each layer, and the output, in that order."""
    yield _input(network, chip)
    for layer in chip.answer.layers:
        yield _layer(network, chip, layer)
    readout = chip.fitter.chip.spec.readout
    under = f"readout block {readout.destination}: {readout.classes} classes" if readout else ""
    yield {"kind": "end", "title": "output", "under": under, "badge": "", "told": f"output. {under}"}


def _input(network: Network, chip: OnChip) -> dict[str, Any]:
    asked = network.preprocessing
    title = f"input {_sized(network.input_shape)}"
    if asked is None:
        block = chip.fitter.chip.spec.dvs
        under = "from the sensor, or from outside" if block else "from outside"
        return {"kind": "end", "title": title, "under": under, "badge": "", "told": title}
    parts = [f"of {_sized(asked.shape)}"]
    if asked.pool != (1, 1):
        parts.append(f"pool {_window(asked.pool)}")
    if asked.crop is not None:
        top, left, rows, columns = asked.crop
        parts.append(f"crop {rows}x{columns} from {top}, {left}")
    parts += ["merged"] if asked.merge else []
    parts += ["mirrored"] if any(asked.mirror) else []
    parts += ["swapped"] if asked.swap else []
    under = ", ".join(parts)
    return {"kind": "end", "title": title, "under": under, "badge": "DVS", "told": f"{title}: {under}"}


def _layer(network: Network, chip: OnChip, layer: LayerFit) -> dict[str, Any]:
    named = f"{layer.index} {layer.name}" if layer.name else f"layer {layer.index}"
    broken = any(one.layer == layer.index for one in chip.answer.violations)
    shape = "map undefined" if layer.neuron_shape is None else f"{_sized(layer.neuron_shape)} neurons"
    badge = "no core" if layer.core is None else f"core {layer.core}"
    joined = _joined(network, layer.index)
    return {
        "kind": "bad" if broken or layer.core is None else "layer",
        "title": f"{named} · {layer.label.partition(',')[0]}",  # the pooling stands at the way
        "under": shape,
        "badge": badge,
        "joined": joined,
        "told": f"{named}: {layer.label}, {shape}, {badge}{f', inputs joined by {joined}' if joined else ''}",
    }


def _joined(network: Network, index: int) -> str:
    ways = network.into(index)
    if len(ways) < 2:
        return ""
    return "concat" if any(way.feature_shift for way in ways) else "add"


def _lines(box: Mapping[str, Any]) -> Mapping[str, Any]:
    """A box with the places of its texts."""
    room = NODE - 2 * TEXT
    badge = 8 * len(box["badge"]) + 10 if box["badge"] else 0
    right = box["x"] + NODE - 8
    return {
        "joined": "",
        **box,
        "title": fitting(box["title"], room),
        "whole": plain(box["told"]),
        "under": fitting(box["under"], (room - badge) * 1.13),
        "text_x": box["x"] + TEXT,
        "title_y": box["y"] + 23,
        "under_y": box["y"] + 44,
        "badge_x": right - badge,
        "badge_y": box["y"] + 31,
        "badge_width": badge,
        "badge_text": right - badge / 2,
        "joined_x": box["x"] + NODE / 2,
        "joined_y": box["y"] - 5,
    }


# ── Ways ─────────────────────────────────────────────────────────────────────────────────────────


def _way(network: Network, way: Way) -> Mapping[str, Any]:
    """A line that leaves a box below, passes others, and arrives above."""
    points = [(EDGE + x, float(EDGE + level * (HIGH + DOWN))) for x, level in way.points]
    start = (points[0][0], float(points[0][1] + HIGH))
    path, (x, y) = [f"M{start[0]:.1f} {start[1]:.1f}"], start
    for across, top in points[1:]:
        half = (top - y) / 2
        path.append(f"C{x:.1f} {y + half:.1f} {across:.1f} {top - half:.1f} {across:.1f} {top:.1f}")
        x, y = across, top
        if (across, top) != points[-1]:
            y = top + HIGH
            path.append(f"L{x:.1f} {y:.1f}")
    label = _label(network, way.edge)
    return {"path": " ".join(path), "label": label, "x": f"{start[0] + 6:.1f}", "y": f"{start[1] + 15:.0f}"}


def _label(network: Network, edge: Edge) -> str:
    parts = []
    if edge.source is not None and edge.destination is not None:
        source = network.layers[edge.source].description
        pool = source.destinations[edge.destination] if source else {}
        size = pool.get("kernel_size", 1)
        pair = tuple(size) if isinstance(size, list | tuple) else (size, size)
        if pair != (1, 1):
            parts.append(f"pool {_window(pair)}")
        decimate = source.neurons.get("decimate") if source else None
        parts += [f"1 of {decimate}"] if decimate not in (None, 1) else []
    if edge.feature_shift:
        parts.append(f"features +{edge.feature_shift}")
    return ", ".join(parts)


def _window(size: tuple[int, ...]) -> str:
    return str(size[0]) if size[0] == size[1] else _sized(size)


def _sized(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
