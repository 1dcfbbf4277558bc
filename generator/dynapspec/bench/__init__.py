"""Speed, measured as a user meets it: whole commands, and calls side by side with the peer in one process."""

from dynapspec.bench.commands import command_figures
from dynapspec.bench.events import event_figures
from dynapspec.bench.figure import Figure
from dynapspec.bench.growth import Growth, growth_figures
from dynapspec.bench.imports import import_figures
from dynapspec.bench.layer import layer_figures
from dynapspec.bench.neurons import neuron_figures, training_figures
from dynapspec.bench.placement import placement_figures
from dynapspec.bench.vectors import vector_figures

__all__ = [
    "Figure",
    "Growth",
    "command_figures",
    "design_figures",
    "growth_figures",
    "layer_figures",
    "neuron_figures",
    "training_figures",
]


def design_figures(runs: int) -> list[Figure]:
    """What a search for a design asks for again and again, and what every start costs."""
    return [*placement_figures(runs), *vector_figures(runs), *import_figures(runs), *event_figures(runs)]
