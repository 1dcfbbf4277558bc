"""Adapters of the generated packages."""

from __future__ import annotations

import os
import sys

from dynapspec.conform.implementation import PATH
from dynapspec.emit.reference_tests.ask.package import Package
from dynapspec.emit.reference_tests.names import names_of
from dynapspec.load import find_specs
from dynapspec.model import load_model


class Generated(Package):
    """One generated package; the layer spec says what its class and its arguments are called."""

    def __init__(self, package: str) -> None:
        layers = load_model(find_specs()).layers.values()
        layer = next(one for one in layers if one.spec.package == package)
        super().__init__(package, names_of(layer), layer.name)


def dynapcnn() -> Generated:
    """The package with the API of sinabs 2.0.0 to 3.0.4."""
    return _of_folder("dynapcnn")


def dynapcnn_v31() -> Generated:
    """The package with the API of sinabs 3.1."""
    return _of_folder("dynapcnn_v31")


def _of_folder(package: str) -> Generated:
    """A package out of the folder that the run names, or as it is installed."""
    if folder := os.environ.get(PATH):
        sys.path.insert(0, folder)
    return Generated(package)
