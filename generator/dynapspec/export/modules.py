"""The layers of a configuration as modules of the generated package, which simulate what the cores do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynapspec.diagnostics import fail
from dynapspec.runtime.configuration import CoreContent

if TYPE_CHECKING:
    from torch import nn

    from dynapspec.export.recover import Recovered


def layers_of(recovered: Recovered) -> list[nn.Module]:
    """The layers of a chain, each feeding the next, with the words that the configuration holds.

    Raises:
        InputError: the layers are no chain, or torch is not installed.
    """
    if not recovered.network.is_chain:
        hint = "its layers are in `network`, and what each core holds in `used`"
        raise fail("no-chain", "the cores of this configuration are no chain of layers", hint=hint)
    try:
        import torch  # noqa: F401

        import dynapcnn
    except ImportError as error:
        told, hint = f"layers need the package {error.name}", "pip install 'dynapspec[torch]'"
        raise fail("missing-extra", told, hint=hint) from None
    pools = [layer.description.destinations[0] for layer in recovered.network.layers if layer.description]
    contents = [recovered.used.cores[core] for core in recovered.cores]
    shapes = [layer.description.input_shape for layer in recovered.network.layers if layer.description]
    return [
        _layer(dynapcnn, *parts) for parts in zip(contents, shapes, pools, _strides(recovered), strict=True)
    ]


def _strides(recovered: Recovered) -> list[Mapping[str, Any]]:
    """The fields of the convolution of each layer, beside its words."""
    names = ("stride", "padding", "dilation", "groups")
    described = [layer.description for layer in recovered.network.layers if layer.description]
    return [{name: one.synapses[name] for name in names if name in one.synapses} for one in described]


def _layer(
    dynapcnn: Any, content: CoreContent, shape: Any, pool: Mapping[str, Any], fields: Mapping[str, Any]
) -> nn.Module:
    import torch
    from torch import nn

    weight = torch.tensor(content.weight, dtype=torch.float32)
    has_bias = any(content.bias)
    out, into, rows, columns = weight.shape
    conv = nn.Conv2d(into, out, (rows, columns), bias=has_bias, **fields)
    conv.weight = nn.Parameter(weight)
    if has_bias:
        conv.bias = nn.Parameter(torch.tensor(content.bias, dtype=torch.float32))
    neurons = dynapcnn.IAFSqueeze(
        batch_size=1,
        spike_threshold=float(content.values["threshold"]),
        min_v_mem=float(content.values["v_floor"]),
        reset_fn=getattr(dynapcnn, content.values["reset_fn"])(),
    )
    pooling = dynapcnn.SumPool2d(pool["kernel_size"], pool["stride"]) if pool else None
    made: Any = dynapcnn.DynapcnnLayer(conv, neurons, shape, pooling, discretize=False)
    made.discretize = True  # its values are words already
    return made  # type: ignore[no-any-return]
