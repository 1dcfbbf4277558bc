"""The typed, checked and frozen model of the specs: what every command works on."""

from dynapspec.model.build import load_model
from dynapspec.model.chip_spec import ChipSpec, Limit
from dynapspec.model.entries import Chip, Layer, Model
from dynapspec.model.layer_spec import LayerSpec

__all__ = ["Chip", "ChipSpec", "Layer", "LayerSpec", "Limit", "Model", "load_model"]
