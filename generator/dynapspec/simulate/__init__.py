"""Shows a recording to a network, as the chip or as time bins would have it."""

from __future__ import annotations

from dynapspec.simulate.report import LayerActivity, Simulation
from dynapspec.simulate.simulation import Options, simulate

__all__ = ["LayerActivity", "Options", "Simulation", "simulate"]
