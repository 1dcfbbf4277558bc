"""Speed, measured as a user meets it: whole commands, and calls side by side with the peer in one process."""

from dynapspec.bench.commands import command_figures
from dynapspec.bench.figure import Figure
from dynapspec.bench.layer import layer_figures

__all__ = ["Figure", "command_figures", "layer_figures"]
