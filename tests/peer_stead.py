"""Puts a generated package into the place of sinabs's own layer, wherever sinabs itself uses it.

Each module of sinabs that has a counterpart gets the counterpart's names as soon as it was loaded, before
anything can import the originals from it. So a change of the package acts as if sinabs's own code had it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

FUNCTIONS = {
    "spike_generation": ("MultiSpike", "SingleSpike", "MaxSpike"),
    "reset_mechanism": ("MembraneSubtract", "MembraneReset"),
    "surrogate_gradient_fn": (
        *("SingleExponential", "PeriodicExponential", "Heaviside", "Gaussian"),
        "MultiGaussian",
    ),
}

# The modules of the package that have a counterpart in sinabs, or serve one that has.
TAKEN = ("__init__", "activations", "arithmetic", "layer", "memory", "neurons", "pooling", "quantization")
SERVING = ("shapes", "tensors")

Maker = Callable[[Any], Mapping[str, Any]]


def table() -> dict[str, Maker]:
    """The modules of sinabs that are replaced in part, each with what makes the replacements."""
    return {
        **{f"sinabs.activation.{name}": _functions(names) for name, names in FUNCTIONS.items()},
        "sinabs.layers.iaf": _neurons,
        "sinabs.layers.pool2d": lambda package: {"SumPool2d": package.SumPool2d},
        "sinabs.backend.dynapcnn.discretize": _discretize,
        "sinabs.backend.dynapcnn.dynapcnn_layer": lambda package: {"DynapcnnLayer": package.DynapcnnLayer},
    }


class Stead(MetaPathFinder):
    """Finds the modules of sinabs that have a counterpart, and replaces the names in them."""

    def __init__(self, package: str) -> None:
        self.package, self.table = package, table()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as it is found without us, with a loader that replaces names in it."""
        if fullname not in self.table:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _Replacing(spec.loader, self.package, self.table[fullname])
        return spec


class _Replacing(Loader):
    """Loads a module and replaces some of its names."""

    def __init__(self, loader: Loader, package: str, maker: Maker) -> None:
        self._loader, self._package, self._maker = loader, package, maker

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As without us."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module; then the names are those of the package."""
        self._loader.exec_module(module)
        for name, value in self._maker(import_module(self._package)).items():
            setattr(module, name, value)


def _functions(names: Sequence[str]) -> Maker:
    return lambda package: {name: getattr(package, name) for name in names}


def _neurons(package: Any) -> dict[str, Any]:
    """The neurons of the package, with the base classes that sinabs asks for."""
    stateful = import_module("sinabs.layers.stateful_layer").StatefulLayer
    squeezing = import_module("sinabs.layers.reshape").SqueezeMixin
    own: Any = package.IAFSqueeze

    class State(stateful):  # type: ignore[misc, valid-type]  # a class of sinabs
        """The base class of sinabs's neurons, without states of its own."""

        def __init__(self) -> None:
            nn.Module.__init__(self)

    class IAF(own, State):  # type: ignore[misc]  # the generated class
        """Neurons whose input is (batch, time, ...)."""

        def __init__(self, **options: Any) -> None:
            own.__init__(self, batch_size=1, **options)

        def forward(self, input_data: Tensor) -> Any:
            """Through the squeezed form, which is the one that the package has."""
            self.batch_size, self.num_timesteps = input_data.shape[:2]
            spikes = own.forward(self, input_data.flatten(0, 1)).unflatten(0, input_data.shape[:2])
            self.firing_rate = spikes.mean()
            return spikes

        def __deepcopy__(self, memo: dict[int, Any]) -> Any:
            rate = self.__dict__.pop("firing_rate", None)  # of the last call, with its history
            try:
                return own.__deepcopy__(self, memo)
            finally:
                self.firing_rate = rate

        @property
        def _param_dict(self) -> dict[str, Any]:
            names = ("spike_fn", "reset_fn", "surrogate_grad_fn", "spike_threshold", "min_v_mem")
            return {name: getattr(self, name) for name in (*names, "record_states")}

    class IAFSqueeze(IAF, squeezing):  # type: ignore[misc, valid-type]
        """Neurons whose input is (batch * time, ...)."""

        def __init__(
            self, batch_size: int | None = None, num_timesteps: int | None = None, **options: Any
        ) -> None:
            own.__init__(self, batch_size, num_timesteps, **options)

        def forward(self, input_data: Tensor) -> Any:
            """As the package does it."""
            return own.forward(self, input_data)

    return {"IAF": IAF, "IAFSqueeze": IAFSqueeze}


def _discretize(package: Any) -> dict[str, Any]:
    """The functions of sinabs, each by way of the public ones of the package."""
    own = import_module(f"{package.__name__}.quantization")

    def conv_(layer: Any, spk_thr: Any, spk_thr_low: Any, spk_state: Any = None, to_int: bool = True) -> Any:
        """Neurons of these numbers are made and thrown away again."""
        spk = package.IAFSqueeze(batch_size=1, spike_threshold=spk_thr, min_v_mem=spk_thr_low)
        if spk_state is not None:
            spk.v_mem = spk_state.detach().clone()
        return own.discretize_conv_spike_(layer, spk, to_int=to_int)[0]

    def spk_(layer: Any, conv_weight: Tensor, conv_bias: Tensor | None = None, to_int: bool = True) -> Any:
        """A convolution of these weights is made and thrown away again."""
        features, channels, height, width = conv_weight.shape
        conv = nn.Conv2d(channels, features, (height, width), bias=conv_bias is not None)
        conv.weight.data = conv_weight.detach().clone()
        if conv_bias is not None:
            conv.bias = nn.Parameter(conv_bias.detach().clone())
        return own.discretize_conv_spike_(conv, layer, to_int=to_int)[1]

    def tensor(obj: Tensor, scaling: Any, to_int: bool = True) -> Tensor:
        """Values in whole steps."""
        rounded: Tensor = own.rounded(obj, scaling)
        return rounded.int() if to_int else rounded

    return {
        "DYNAPCNN_WEIGHT_PRECISION_BITS": own.WIDTHS["weight"],
        "DYNAPCNN_STATE_PRECISION_BITS": own.WIDTHS["state"],
        "discretize_conv_spike": own.discretize_conv_spike,
        "discretize_conv_spike_": own.discretize_conv_spike_,
        "discretize_conv": lambda layer, *args, **options: conv_(deepcopy(layer), *args, **options),
        "discretize_conv_": conv_,
        "discretize_spk": lambda layer, *args, **options: spk_(deepcopy(layer), *args, **options),
        "discretize_spk_": spk_,
        "determine_discretization_scale": own.scale_of,
        "discretize_tensor": tensor,
        "discretize_scalar": lambda obj, scaling: int(own.rounded(torch.tensor(obj), float(scaling))),
    }
