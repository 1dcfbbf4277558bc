"""What a torch module is taken for, by the name of its class, and whether it computes just that.

Nothing of torch is imported here: classes are found by their names among those of the module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.network.parts import refuse

HOME = "torch.nn.modules"
OF_TORCH = (
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "Dropout",
    "Dropout2d",
    "Flatten",
    "Identity",
    "Linear",
    "ReLU",
    "Sequential",
)
COMPUTES = ("forward", "_conv_forward", "__call__")
HOOKS = ("_forward_hooks", "_forward_pre_hooks")
PERMANENT = (
    "make it permanent: torch.nn.utils.prune.remove for pruning,"
    " torch.nn.utils.parametrize.remove_parametrizations for a parametrization"
)


def names_of(module: Any) -> list[str]:
    """The names of the module's class and of what it derives from, nearest first."""
    return [cls.__name__ for cls in type(module).__mro__]


def is_module(value: Any) -> bool:
    """Whether the value is a torch module, and no class of modules."""
    return not isinstance(value, type) and "Module" in names_of(value)


def of_torch(module: Any) -> bool:
    """Whether its class is one of torch itself, which is not made of others that are known."""
    return type(module).__module__.startswith(HOME)


def place_of(name: str, module: Any) -> str:
    """How messages name a module."""
    kind = type(module).__name__
    return f"module {name}, {kind}" if name else kind


def leaves(
    model: Any, whole: tuple[str, ...], name: str = "", above: tuple[Any, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """The modules of nested sequences in their order, with their dotted positions.

    A module that stands in several places is given for each of them.
    """
    if "Sequential" in names_of(model) and not set(whole) & set(names_of(model)):
        place = place_of(name, model)
        refuse_own_computation(place, model, "Sequential")
        if any(model is other for other in above):
            raise refuse(place, "it stands inside itself", "torch could not run it either")
        for key, child in model._modules.items():
            yield from leaves(child, whole, f"{name}.{key}" if name else key, (*above, model))
    else:
        yield name, model


def refuse_own_computation(place: str, module: Any, known: str) -> None:
    """Refuses a module that computes something else than the class that it is taken for."""
    taken_for = [cls for cls in type(module).__mro__ if cls.__name__ == known][-1]
    if known in OF_TORCH and not taken_for.__module__.startswith(HOME):
        raise refuse(place, f"it is no {known} of torch.nn", f"use torch.nn.{known}")
    for method in COMPUTES:
        own = getattr(type(module), method, None) is not getattr(taken_for, method, None)
        if own or method in vars(module):
            raise refuse(place, f"it has a {method} of its own", f"the chip computes what {known} does")
    if any(getattr(module, hooks, None) for hooks in HOOKS):
        hint = "remove the hooks: the chip runs none"
        raise refuse(place, "it has hooks, which may change what it computes", hint)


def refuse_computed_weights(place: str, module: Any) -> None:
    """Refuses weights that are computed anew from other parameters, and may be stale here."""
    for name in ("weight", "bias"):
        if name not in module._parameters and getattr(module, name) is not None:
            raise refuse(
                place,
                f"its {name} is no parameter of its own, but pruned, normalized or parametrized",
                PERMANENT,
            )
