"""Adapters of sinabs 3.0.4 and 3.1.3, the library that the generated packages take the place of.

Its layer stands in ``sinabs.backend.dynapcnn``, which imports the vendor's driver samna although the
layer never calls it: an inert module takes the driver's place, in the process of the adapter alone.
Whatever is asked, the public names of sinabs answer it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from dynapspec.bench.peer import StandIn
from dynapspec.conform.implementation import PATH, Case, Skip

FOLDERS = {"3.0.4": "DYNAPSPEC_SINABS", "3.1.3": "DYNAPSPEC_SINABS31"}  # variables that name a folder
LISTED = (3, 1)  # from this version on the layer has a list of poolings


class NotFound(Exception):
    """Sinabs, or the wanted version of it, is not there."""


class Sinabs:
    """One version of sinabs."""

    name = "sinabs"

    def __init__(self, wanted: str | None = None) -> None:
        _find(wanted)
        self.version = str(import_module("sinabs").__version__)
        if wanted is not None and self.version != wanted:
            raise NotFound(f"sinabs is {self.version}, and {wanted} is asked for; {_remedy(wanted)}")
        self.listed = tuple(map(int, self.version.split(".")[:2])) >= LISTED
        self.layer = "dynapcnn_v31" if self.listed else "dynapcnn"

    def capabilities(self) -> list[str]:
        """Everything but the limits of a chip, which sinabs leaves to the vendor, and events."""
        return [
            *("shapes", "memory", "quantization", "rescale", "clocked", "gradient", "pooling"),
            *("linear", "placement", "layer", "convolution", "facts"),
        ]

    def run(self, case: Case) -> Mapping[str, Any]:
        """The answer of sinabs."""
        from dynapspec.conform.adapters import sinabs_topics
        from dynapspec.emit.reference_tests.ask import torch_topics

        library = sinabs_topics.Library(self.listed)
        own: Callable[..., Any] | None = getattr(sinabs_topics, case.topic, None)
        if own is not None:
            return dict(own(library, case))
        shared: Callable[..., Any] = getattr(torch_topics, case.topic)
        return dict(shared(library, case.input))


def _find(wanted: str | None) -> None:
    """Makes sinabs importable: from the folder that is named, or where it is installed."""
    named = os.environ.get(PATH) or (os.environ.get(FOLDERS[wanted]) if wanted in FOLDERS else None)
    if named:
        sys.path.insert(0, named)
    sys.meta_path.insert(0, StandIn())  # first: the samna of the package index runs pip when imported
    try:
        for part in ("layers", "activation", "backend.dynapcnn.dynapcnn_layer", "backend.dynapcnn.mapping"):
            import_module(f"sinabs.{part}")
    except ImportError as error:
        raise NotFound(f"sinabs cannot be imported ({error}); {_remedy(wanted)}") from None


def _remedy(wanted: str | None) -> str:
    version = wanted or next(iter(FOLDERS))
    return (
        f"name a folder with --path or {FOLDERS[version]}, as "
        f"`pip install --no-deps --target FOLDER sinabs=={version}` makes it, "
        "and install pbr, nir, nirtorch and matplotlib"
    )


def chip_builder(name: str) -> Any:
    """What sinabs knows of a chip."""
    try:
        module = import_module(f"sinabs.backend.dynapcnn.chips.{name}")
    except ImportError:
        raise Skip(f"this version of sinabs has no {name}") from None
    return next(
        value
        for key, value in vars(module).items()
        if key.lower() == f"{name}configbuilder" and hasattr(value, "get_constraints")
    )


def sinabs() -> Sinabs:
    """The version that is installed."""
    return Sinabs()


def sinabs_3_0_4() -> Sinabs:
    """Version 3.0.4."""
    return Sinabs("3.0.4")


def sinabs_3_1_3() -> Sinabs:
    """Version 3.1.3."""
    return Sinabs("3.1.3")
