"""The names of a layer class as its spec gives them, for whoever asks an implementation of it."""

from __future__ import annotations

from dynapspec.emit.reference_tests.ask.package import Names
from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.numbers import api
from dynapspec.model import Layer


def names_of(layer: Layer) -> Names:
    """Class, arguments and attributes."""
    found = api(Formulas(layer))
    roles = ("synapses", "neurons", "input_shape", "pools", "discretize", "rescale")
    return Names(
        layer=found["class_name"],
        **{role: found[role] for role in roles},
        synapses_attribute=found["synapses_attribute"],
        neurons_attribute=found["neurons_attribute"],
        listed=found["each"],
    )
