"""Bad arguments: each error names the argument and says what to do."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from dynapcnn import DynapcnnLayer, IAFSqueeze


def neurons(**options: Any) -> IAFSqueeze:
    return IAFSqueeze(batch_size=1, **{"min_v_mem": -1.0, **options})


def layer(conv: Any = None, spk: Any = None, in_shape: Any = (1, 6, 6), **options: Any) -> DynapcnnLayer:
    return DynapcnnLayer(conv or nn.Conv2d(1, 2, 3), spk or neurons(), in_shape, **options)


@pytest.mark.parametrize("discretize", [True, False])
@pytest.mark.parametrize(
    "conv",
    [nn.Conv1d(1, 2, 3), nn.ConvTranspose2d(1, 2, 3), nn.Conv3d(1, 2, 3), nn.Identity(), "conv", nn.Conv2d],
)
def test_conv_of_another_kind(conv: Any, discretize: bool) -> None:
    with pytest.raises(TypeError, match=r"conv is a \w+, and must be a Conv2d or a Linear"):
        layer(conv, discretize=discretize)
    with pytest.raises(TypeError, match="conv is a NoneType"):
        DynapcnnLayer(None, neurons(), (1, 6, 6))  # type: ignore[arg-type]


@pytest.mark.parametrize("conv", [nn.LazyConv2d(2, 3), nn.LazyLinear(2)])
def test_lazy_modules_must_have_run(conv: nn.Module) -> None:
    with pytest.raises(TypeError, match=r"conv is a Lazy\w+ that has no weights yet: run it once"):
        layer(conv)
    linear = isinstance(conv, nn.LazyLinear)
    conv(torch.ones(1, 36) if linear else torch.ones(1, 1, 6, 6))
    assert layer(conv).get_neuron_shape() == ((2, 1, 1) if linear else (2, 4, 4))


def test_swapped_arguments() -> None:
    with pytest.raises(TypeError, match="spk is a Conv2d"):
        layer(neurons(), nn.Conv2d(1, 2, 3))


def test_linear_of_another_size() -> None:
    with pytest.raises(ValueError, match=r"conv takes 10 inputs, and in_shape \(1, 6, 6\) has 36"):
        layer(nn.Linear(10, 2))


def test_one_number_for_each_neuron() -> None:
    for spk in (neurons(spike_threshold=torch.ones(2, 4, 4)), neurons(min_v_mem=-torch.ones(2))):
        with pytest.raises(ValueError, match=r"spk has a threshold or lower bound for each neuron"):
            layer(spk=spk)


def test_pool_larger_than_the_map() -> None:
    with pytest.raises(ValueError, match=r"pooled-map-not-empty: .*8x8 .*4x4; leave the pooling out"):
        layer(pool=8)


@pytest.mark.parametrize("pool", [0, -2, (0, 0), (2, 2, 2), (2,), ("2", "2")])
def test_pool_sizes(pool: Any) -> None:
    with pytest.raises(ValueError, match=r"pool|kernel_size"):
        layer(pool=pool)


def test_everything_that_is_refused_is_told_at_once() -> None:
    conv = nn.Conv2d(2, 2, 9)
    with pytest.raises(
        ValueError, match=r"channels-match: [^\n]*\nmap-not-empty: [^\n]*\npool-square: "
    ) as caught:
        layer(conv, pool=(2, 4))
    assert len(str(caught.value).splitlines()) == 3


def computed() -> list[nn.Conv2d]:
    pruned = nn.Conv2d(1, 2, 3)
    cut: Any = prune.random_unstructured
    cut(pruned, "weight", 0.5)
    biased = nn.Conv2d(1, 2, 3)
    cut(biased, "bias", 0.5)
    return [parametrizations.weight_norm(nn.Conv2d(1, 2, 3)), pruned, biased]


@pytest.mark.parametrize("conv", computed())
def test_weights_that_are_computed_would_undo_the_rounding(conv: nn.Conv2d) -> None:
    with pytest.raises(ValueError, match=r"conv\.(weight|bias) is computed .*make it permanent first"):
        layer(conv)
    with pytest.raises(ValueError, match=r"conv\.(weight|bias) is computed"):
        layer(conv, discretize=False, rescale_weights=2)


def test_weights_that_are_computed_can_be_trained() -> None:
    conv = parametrizations.weight_norm(nn.Conv2d(1, 2, 3))
    made = layer(conv, discretize=False)
    made(torch.ones(1, 1, 6, 6)).sum().backward()
    names = {name for name, p in made.conv_layer.named_parameters() if p.grad is not None}
    assert names == {"bias", "parametrizations.weight.original0", "parametrizations.weight.original1"}
    torch.nn.utils.parametrize.remove_parametrizations(conv, "weight")
    assert layer(conv).conv_layer.weight.abs().max() <= 128


def test_input_of_another_shape_is_torchs_error() -> None:
    with pytest.raises(RuntimeError, match="expected input"):
        layer()(torch.ones(1, 2, 6, 6))
