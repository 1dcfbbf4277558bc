"""The clauses and lines of the specs behind what no chip of a family can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from dynapspec.diagnostics import InputError
from dynapspec.model import Chip, Layer
from dynapspec.model.provenance import find

About: TypeAlias = Literal["neurons", "pooling", "scale", "recurrence", "fan-out", "synapses"]

# What a refusal is about, and the part of the layer spec or of the chip spec that says so.
PARTS: Mapping[str, tuple[Literal["layer", "chip"], tuple[str, ...]]] = {
    "neurons": ("layer", ("dynamics", "event", "steps")),
    "pooling": ("layer", ("rules", "pooling", "must")),
    "scale": ("layer", ("quantization", "groups", "weights")),
    "fan-out": ("layer", ("rules", "fan-out", "must")),
    "synapses": ("layer", ("api", "arguments", "conv", "accepts")),
    "recurrence": ("chip", ("errata", "recurrence", "text")),
}


class Cited:
    """Names the place in the specs that a refusal rests on."""

    def __init__(self, layer: Layer, chip: Chip) -> None:
        self._entries: Mapping[str, Layer | Chip] = {"layer": layer, "chip": chip}

    def __call__(self, about: str) -> str:
        """The clause and its line; empty where these specs say nothing of the kind."""
        kind, path = PARTS[about]
        entry = self._entries[kind]
        try:
            span = find(entry, path).span
        except InputError:
            return ""
        return f"{entry.clause(*path)}, {span.file}:{span.line}"


def because(text: str, clause: str) -> str:
    """A message with the clause that it rests on."""
    return f"{text} ({clause})" if clause else text
