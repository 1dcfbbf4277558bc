"""Turns a trained model into generated layers, which reproduce the chip: a sequence, or a graph of them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dynapspec.diagnostics import Diagnostic, InputError, fail
from dynapspec.load import find_specs
from dynapspec.model import load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import FitReport, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network, NetworkLayer, Parameters, Shape
from dynapspec.network.verdicts import Violation

if TYPE_CHECKING:
    from torch import nn

    from dynapcnn import SumPool2d


BEHAVIOUR = ("spike_fn", "reset_fn", "surrogate_grad_fn")  # of neurons, beside their numbers
STATES = ("v_mem", "i_syn")  # of neurons, as their buffers are called


class DoesNotFitError(ValueError):
    """The network does not fit the chip; ``report`` is the whole answer."""

    def __init__(self, report: FitReport) -> None:
        self.report = report
        lines = [_said(report, violation) for chip in report.chips for violation in chip.violations]
        chips = ", ".join(chip.chip for chip in report.chips if not chip.fits)
        super().__init__("\n".join([f"{report.network.name} does not fit {chips}", *dict.fromkeys(lines)]))


def _said(report: FitReport, violation: Violation) -> str:
    """A broken rule, the module that breaks it, and the rule with its line."""
    rule = next((one for one in reversed(violation.provenance) if not one.replaced), None)
    where = [f"{violation.clause}, {rule.file}:{rule.line}" if rule else violation.clause]
    if violation.layer is None:
        return f"network: {violation.message} ({', '.join(where)})"
    place = report.network.layers[violation.layer].place
    named = [] if place == f"layer {violation.layer}" else [place]
    return f"layer {violation.layer}: {violation.message} ({'; '.join([*named, *where])})"


def convert(
    model: Any,
    input_shape: Shape | None = None,
    chip: Any = None,
    specs: Path | None = None,
    *,
    discretize: bool = True,
) -> nn.Module:
    """The layers of the chip that a trained model becomes.

    A chain becomes an ``nn.Sequential`` of layers, with the work of the sensor's block before them
    where the model has such; anything else a :class:`dynapspec.network.graph.GraphNetwork`.

    Args:
        model: a torch module, a :class:`Network` with weights, or whatever
            :func:`dynapspec.network.load` reads.
        input_shape: features, height and width of the input, where the model does not say it.
        chip: refuse what does not fit this chip; its name, or a chip of ``dynapcnn.chips``.
        specs: the folder of specs.
        discretize: round the values to words of the chip; without it, the layers compute what the model does.

    Raises:
        InputError: the model is none that chips of the family can hold, or has no weights.
        DoesNotFitError: it does not fit ``chip``.
    """
    specs_model = load_model(find_specs(specs))
    network = model if isinstance(model, Network) else read_network(model, Chain(specs_model), input_shape)
    if chip is not None:
        report = fit(network, fitters(specs_model, str(getattr(chip, "name", chip))))
        if not report.fits:
            raise DoesNotFitError(report)
    missing = list(lacking(network))
    if missing:
        raise InputError(missing)
    from torch import nn

    if not network.is_chain:
        return _graph(network, discretize)
    layers = _apart(
        _layer(index, layer, discretize, _pool(layer)) for index, layer in enumerate(network.layers)
    )
    if network.preprocessing is None:
        return nn.Sequential(*layers)
    from dynapspec.network.graph import SensorBlock

    return nn.Sequential(SensorBlock(network.preprocessing), *layers)


def _graph(network: Network, discretize: bool) -> nn.Module:
    """Layers without pooling, and the poolings on the ways between them."""
    from dynapspec.network.graph import GraphNetwork, identity

    layers = _apart(_layer(index, layer, discretize, None) for index, layer in enumerate(network.layers))
    pools: list[nn.Module] = []
    for edge in network.edges:
        described = None if edge.source is None else network.layers[edge.source].description
        fields = (
            described.destinations[edge.destination] if described and edge.destination is not None else {}
        )
        pools.append(_sum_pool(fields) or identity())
    return GraphNetwork(network, layers, pools)


def _apart(layers: Iterable[nn.Module]) -> list[nn.Module]:
    """The layers, each with a state of its own: one that comes again is copied."""
    made: list[nn.Module] = []
    for layer in layers:
        made.append(deepcopy(layer) if any(layer is other for other in made) else layer)
    return made


def lacking(network: Network) -> Iterator[Diagnostic]:
    """What keeps a network from running: layers without values, without neurons, or without a map."""
    for layer in network.layers:
        if layer.description is None:
            yield Diagnostic("no-map", f"{layer.place}: the layers before it leave no map for it")
        elif layer.parameters is None:
            hint = "convert a NIR graph or a Python model: network files hold no weights"
            yield Diagnostic("no-weights", f"{layer.place} has no weights", hint=hint)
        elif layer.parameters.spike_threshold is None:
            hint = "put IAFSqueeze or ReLU behind it"
            yield Diagnostic("no-neurons", f"{layer.place} has no neurons behind it", hint=hint)


def _layer(index: int, layer: NetworkLayer, discretize: bool, pool: SumPool2d | None) -> nn.Module:
    """One generated layer; a model that holds one already keeps it, unless pooling stands behind it."""
    try:
        import dynapcnn
    except ImportError as error:
        raise fail(
            "missing-extra", f"layers need the package {error.name}", hint="pip install 'dynapspec[torch]'"
        ) from None
    trained, described = layer.parameters, layer.description
    assert trained is not None
    assert described is not None
    if trained.words:
        return _kept(layer, trained.module, pool)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made: nn.Module = dynapcnn.DynapcnnLayer(
            _synapses(layer, trained),
            _neurons(trained),
            described.input_shape,
            pool,
            discretize=discretize,
            rescale_weights=trained.rescale,
        )
    _tell(index, layer, trained, told)
    return made


def _tell(
    index: int, layer: NetworkLayer, trained: Parameters, told: Iterable[warnings.WarningMessage]
) -> None:
    """Says again what making a layer warned of, with the layer that it is about and what can be done."""
    threshold = trained.spike_threshold
    remedy = ""
    if trained.min_v_mem is None and threshold is not None:
        remedy = f"; give its neurons a lower bound, such as min_v_mem={-threshold:g}"
    for one in told:
        if issubclass(one.category, UserWarning):
            text = f"layer {index} ({layer.place}, {layer.label}): {one.message}{remedy}"
            warnings.warn(text, one.category, stacklevel=_outside())
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def _outside() -> int:
    """How many calls up is the first that is not of this package: the line that a warning is about."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("dynapspec.network"):
        frame, level = frame.f_back, level + 1
    return level


def _kept(layer: NetworkLayer, ready: Any, pool: SumPool2d | None) -> nn.Module:
    """A layer that is one already; one of another class, or with other pooling behind it, as a copy."""
    import dynapcnn

    ours = isinstance(ready, dynapcnn.DynapcnnLayer)
    own = ready.pool_layer if ours else None
    wanted = None if pool is None else (tuple(pool.kernel_size), tuple(pool.stride))
    kept: nn.Module = ready
    if not ours or wanted != (None if own is None else _window(own)):
        described = layer.description
        assert described is not None
        neurons = ready.spk_layer if ours else _fresh(ready.spk_layer)
        parts = (ready.conv_layer, neurons, described.input_shape, pool)
        made = dynapcnn.DynapcnnLayer(*parts, discretize=False)
        made.discretize, kept = True, made
    return kept


def _window(pool: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Kernel and stride, each as a pair."""
    kernel, stride = pool.kernel_size, pool.stride or pool.kernel_size
    return (
        tuple(kernel) if isinstance(kernel, tuple | list) else (kernel, kernel),
        tuple(stride) if isinstance(stride, tuple | list) else (stride, stride),
    )


def _synapses(layer: NetworkLayer, trained: Parameters) -> nn.Conv2d | nn.Linear:
    import torch
    from torch import nn

    assert layer.description is not None
    weight = torch.as_tensor(trained.weight, dtype=torch.float32)
    bias = None if trained.bias is None else torch.as_tensor(trained.bias, dtype=torch.float32)
    made: nn.Conv2d | nn.Linear
    if layer.kind == "linear":
        made = nn.Linear(weight.shape[1], weight.shape[0], bias is not None)
    else:
        fields = {name: x for name, x in layer.description.synapses.items() if name not in ("weight", "bias")}
        made = nn.Conv2d(**fields, bias=bias is not None)
    made.weight = nn.Parameter(weight.clone())
    if bias is not None:
        made.bias = nn.Parameter(bias.clone())
    return made


def _neurons(trained: Parameters) -> nn.Module:
    """A copy of the model's neurons without their state, or new ones where a layer takes none of the kind."""
    import dynapcnn

    if "IAFSqueeze" in {cls.__name__ for cls in type(trained.module).__mro__}:
        return _fresh(trained.module)
    threshold, floor = trained.spike_threshold, trained.min_v_mem
    assert threshold is not None
    kept = {name: getattr(trained.module, name) for name in BEHAVIOUR if hasattr(trained.module, name)}
    made: nn.Module = dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=threshold, min_v_mem=floor, **kept)
    return made


def _fresh(module: Any) -> nn.Module:
    """Neurons as they are before they run: a potential would be quantized with the weights."""
    import torch

    made: nn.Module = deepcopy(module)
    for name, value in made.named_buffers(recurse=False):
        if name in STATES:
            setattr(made, name, torch.zeros(0, device=value.device))
    return made


def _pool(layer: NetworkLayer) -> SumPool2d | None:
    assert layer.description is not None
    return _sum_pool(layer.description.destinations[0])


def _sum_pool(pool: Mapping[str, Any]) -> SumPool2d | None:
    import dynapcnn

    return dynapcnn.SumPool2d(pool["kernel_size"], pool["stride"]) if pool else None
