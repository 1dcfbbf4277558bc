"""Speed, measured as a user meets it: whole commands, and calls side by side with the peer in one process."""

from dynapspec.bench.commands import command_figures
from dynapspec.bench.figure import Figure
from dynapspec.bench.growth import Growth, growth_figures
from dynapspec.bench.layer import layer_figures

__all__ = ["Figure", "Growth", "command_figures", "growth_figures", "layer_figures"]
