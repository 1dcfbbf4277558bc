"""The documentation: Markdown pages and a drawing for each chip."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.emit.docs.layer_page import layer_page
from dynapspec.emit.output import Output
from dynapspec.model import Model


def emit(model: Model) -> Iterator[Output]:
    """Every page below ``docs/``."""
    for layer in model.layers.values():
        yield Output(f"docs/layers/{layer.name}.md", layer_page(model, layer), (layer,))
