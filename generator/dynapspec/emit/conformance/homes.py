"""Where the vectors of a layer spec stand: once for all specs that answer alike.

A variant of a layer spec has vectors of its own for what it changes alone, and shares the others.
"""

from __future__ import annotations

from typing import Any

from dynapspec.model import Layer, Model

# What no answer depends on: the head of the file, the names of the class, evidence and prose.
UNASKED = {
    *("format", "layer", "version", "package", "abstract", "extends", "mixins", "doc"),
    *("sources", "api", "differences", "waive", "claims"),
}
ABOUT_THE_CLASS = ("signature",)  # the topics that ask for its names
RESCALED = ("quantization", "rescale")  # the topics that ask what rescaling does


def home(topic: str, layer: Layer, model: Model) -> Layer:
    """The layer spec whose vectors of a topic hold for this one: the farthest ancestor that answers alike."""
    asked = _asked(topic, layer)
    bases = [model.layers.get(document.name) for document in layer.lineage[1:]]
    alike = [base for base in bases if base is not None and _asked(topic, base) == asked]
    return alike[-1] if alike else layer


def _asked(topic: str, layer: Layer) -> dict[str, Any]:
    """The parts of a spec that the answers of a topic can depend on."""
    unasked = UNASKED - {"api"} if topic in ABOUT_THE_CLASS else UNASKED
    found = {key: part for key, part in layer.resolved.items() if key not in unasked}
    if topic not in RESCALED:
        found["quantization"] = {k: part for k, part in found["quantization"].items() if k != "rescale"}
    return found
