"""Modules that are more than they seem: used twice, discretized already, pruned, with code of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import peer
from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.network import load
from dynapspec.network.network import Network

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn
prune = pytest.importorskip("torch.nn.utils.prune")

SPECS = Path(__file__).resolve().parents[1] / "specs"
SHAPE = (2, 8, 8)


def spikes(**changes: Any) -> Any:
    return dynapcnn.IAFSqueeze(**({"batch_size": 1, "min_v_mem": -1.0} | changes))


def conv(inputs: int = 2, outputs: int = 2) -> Any:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def ready(size: int = 8, **changes: Any) -> Any:
    return dynapcnn.DynapcnnLayer(conv(), spikes(), (2, size, size), **changes)


def read(*modules: Any, shape: tuple[int, int, int] = SHAPE) -> Network:
    return load(nn.Sequential(*modules), shape, SPECS)


def converted(*modules: Any) -> Any:
    return networks.convert(nn.Sequential(*modules), SHAPE, specs=SPECS)


def words(network: Network, index: int = 0) -> Any:
    described = network.layers[index].description
    assert described is not None
    return described.synapses["weight"], described.neurons


# ── Modules in several places ───────────────────────────────────────────────────────────────────


def test_a_module_that_is_used_twice_is_two() -> None:
    synapses, neurons = conv(), spikes()
    net = converted(synapses, neurons, synapses, neurons)
    assert len(net) == 2
    assert torch.equal(net[0].conv_layer.weight, net[1].conv_layer.weight)
    assert net[0].spk_layer is not net[1].spk_layer
    assert net(torch.ones(3, *SHAPE)).shape == (3, 2, 8, 8)


def test_neurons_that_are_used_twice_are_told() -> None:
    """Their potential goes from one place to the other in the model, and not on the chip."""
    shared = spikes()
    (note,) = [note for note in read(conv(), shared, conv(), shared).notes if "state" in note]
    used = "module 1, IAFSqueeze: its neurons are used 2 times, and keep one state in the model"
    assert note == f"{used}; on the chip each place has a state of its own"
    assert not [note for note in read(conv(), spikes(), conv(), spikes()).notes if "state" in note]


def test_shared_pooling_and_rectified_units_count_each_time() -> None:
    pool, relu = dynapcnn.SumPool2d(2), nn.ReLU()
    network = read(conv(), relu, pool, conv(), relu, pool)
    assert [layer.label for layer in network.layers] == ["conv 2->2 k3 p1, pool 2"] * 2
    assert all(one.parameters and one.parameters.spike_threshold == 1 for one in network.layers)


def test_a_ready_layer_that_is_used_twice_has_two_states() -> None:
    layer = ready()
    net = converted(layer, layer)
    assert net[0] is layer
    assert net[1] is not layer
    assert torch.equal(net[1].conv_layer.weight, layer.conv_layer.weight)


# ── Ready layers ────────────────────────────────────────────────────────────────────────────────


def test_pooling_behind_a_ready_layer_becomes_its_own() -> None:
    layer = ready()
    (made,) = converted(layer, dynapcnn.SumPool2d(2))
    assert made is not layer
    assert layer.pool_layer is None
    assert made.get_output_shape() == (2, 4, 4)
    assert made.discretize is True
    assert torch.equal(made.conv_layer.weight, layer.conv_layer.weight)
    x = torch.ones(2, *SHAPE)
    assert torch.equal(made(x), dynapcnn.SumPool2d(2)(layer(x)))


def test_pooling_behind_pooling_of_a_ready_layer_is_both() -> None:
    (made,) = converted(ready(pool=2), dynapcnn.SumPool2d(2))
    assert tuple(made.pool_layer.kernel_size) == (4, 4)


def test_an_average_before_a_ready_layer_is_refused() -> None:
    with pytest.raises(InputError, match=r"module 3, DynapcnnLayer: an average .* by 4\n.*SumPool2d"):
        read(conv(), spikes(), nn.AvgPool2d(2), ready(4))
    assert len(read(conv(), spikes(), nn.AvgPool2d(2), ready(4, discretize=False)).layers) == 2


def test_a_layer_that_is_not_discretized_is_trained() -> None:
    trained = ready(discretize=False)
    parts = (trained.conv_layer, trained.spk_layer)
    assert words(read(trained)) == words(read(*parts))
    assert words(read(trained))[0]["max"] > 1
    (made,) = converted(trained)
    expected = dynapcnn.DynapcnnLayer(*parts, SHAPE)
    assert made.discretize is True
    assert torch.equal(made.conv_layer.weight, expected.conv_layer.weight)
    assert torch.equal(made.spk_layer.spike_threshold, expected.spk_layer.spike_threshold)
    assert float(trained.conv_layer.weight.detach().abs().max()) < 1


# ── Neurons ─────────────────────────────────────────────────────────────────────────────────────


def test_a_state_of_the_model_counts_for_nothing() -> None:
    synapses, neurons = conv(), spikes()
    fresh = words(read(synapses, neurons))
    neurons.init_state_with_shape((1, 2, 8, 8))
    neurons.v_mem += 1000.0
    assert words(read(synapses, neurons)) == fresh
    (made,) = converted(synapses, neurons)
    assert float(made.spk_layer.spike_threshold) == fresh[1]["spike_threshold"]
    assert not made.spk_layer.v_mem.numel()
    assert neurons.v_mem.min() == 1000


class IAF(nn.Module):  # type: ignore[name-defined, misc]
    """Neurons with an axis for time, as in sinabs."""

    def __init__(self) -> None:
        super().__init__()
        self.spike_threshold, self.min_v_mem = torch.tensor(1.0), torch.tensor(-1.0)
        self.spike_fn, self.reset_fn = dynapcnn.SingleSpike, dynapcnn.MembraneReset()
        self.surrogate_grad_fn: Any = dynapcnn.Heaviside()


def test_neurons_of_another_kind_keep_their_functions() -> None:
    neurons = IAF()
    (made,) = converted(conv(), neurons)
    assert made.spk_layer.spike_fn is dynapcnn.SingleSpike
    assert type(made.spk_layer.reset_fn) is dynapcnn.MembraneReset
    assert type(made.spk_layer.surrogate_grad_fn) is dynapcnn.Heaviside


def test_neurons_of_sinabs_keep_their_functions() -> None:
    with peer.loaded() as sinabs:
        functions = {
            "spike_fn": sinabs.activation.SingleSpike,
            "reset_fn": sinabs.activation.MembraneReset(),
            "surrogate_grad_fn": sinabs.activation.Heaviside(),
        }
        (made,) = converted(conv(), sinabs.layers.IAF(min_v_mem=-1.0, **functions))
        assert made.spk_layer.spike_fn is functions["spike_fn"]
        for name in ("reset_fn", "surrogate_grad_fn"):
            assert type(getattr(made.spk_layer, name)) is type(functions[name])
        made(torch.ones(3, *SHAPE))
        with pytest.raises(InputError, match="module 1, IAF: it has no spike_fn"):
            read(conv(), sinabs.layers.IAF(spike_fn=None))
        squeezed = sinabs.layers.IAFSqueeze(batch_size=1, min_v_mem=-1.0)
        squeezed(torch.full((2, 2, 8, 8), 0.3))
        (made,) = converted(conv(), squeezed, sinabs.layers.SumPool2d(2))
        assert not made.spk_layer.v_mem.numel()
        assert squeezed.v_mem.numel()
        assert made(torch.ones(3, *SHAPE)).shape == (3, 2, 4, 4)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_threshold_that_is_no_number(value: float) -> None:
    for threshold in (value, torch.tensor(value)):
        neurons = IAF()
        neurons.__dict__["spike_threshold"] = threshold
        with pytest.raises(InputError, match="module 1, IAF: spike_threshold is infinite or not a number"):
            read(conv(), neurons)


# ── Code of their own ───────────────────────────────────────────────────────────────────────────


class Scaled(nn.Conv2d):  # type: ignore[name-defined, misc]
    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


class Quiet(nn.Conv2d):  # type: ignore[name-defined, misc]
    """A subclass that computes the same."""


class Skipping(nn.Sequential):  # type: ignore[name-defined, misc]
    def forward(self, x: Any) -> Any:
        return x + super().forward(x)


def of_the_name(name: str, *bases: Any) -> Any:
    """A class of that name with a forward of its own."""
    return type(name, bases, {"forward": lambda self, x: x})


def hooked(register: str) -> Any:
    module = conv()
    getattr(module, register)(lambda *_: None)
    return module


def pruned(part: str = "weight") -> Any:
    module = conv()
    prune.l1_unstructured(module, part, 0.5)
    return module


def parametrized() -> Any:
    module = conv()
    nn.utils.parametrize.register_parametrization(module, "weight", nn.Tanh())
    return module


def inside(changed: str, module: Any) -> Any:
    layer = ready()
    setattr(layer, changed, module)
    return layer


def endless() -> Any:
    inner = nn.Sequential(conv())
    return inner.append(inner)


def patched() -> Any:
    module = conv()
    module.forward = lambda x: x
    return module


REFUSED: dict[str, tuple[Callable[[], list[Any]], str]] = {
    "a forward of its own": (lambda: [Scaled(2, 2, 3)], "module 0, Scaled: it has a forward of its own"),
    "a forward of the instance": (lambda: [patched()], "module 0, Conv2d: it has a forward of its own"),
    "the same name": (lambda: [of_the_name("Conv2d", nn.Conv2d)(2, 2, 3)], "module 0, Conv2d: it has a forw"),
    "the name alone": (lambda: [of_the_name("ReLU", nn.Module)()], r"module 0, ReLU: it is no ReLU of torch"),
    "what is passed over": (
        lambda: [conv(), of_the_name("Mine", nn.Identity)()],
        "module 1, Mine: it has a forward of its own",
    ),
    "a sequence": (lambda: [Skipping(conv(), nn.ReLU())], "module 0, Skipping: it has a forward of its own"),
    "inside itself": (lambda: [endless()], r"module 0\.1, Sequential: it stands inside itself"),
    "a hook": (lambda: [hooked("register_forward_hook")], "module 0, Conv2d: it has hooks"),
    "a hook before": (lambda: [hooked("register_forward_pre_hook")], "module 0, Conv2d: it has hooks"),
    "a ready layer": (
        lambda: [of_the_name("Mine", dynapcnn.DynapcnnLayer)(conv(), spikes(), SHAPE)],
        "module 0, Mine: it has a forward of its own",
    ),
    "inside a ready layer": (
        lambda: [inside("conv_layer", Scaled(2, 2, 3, padding=1))],
        "module 0, DynapcnnLayer: it has a forward",
    ),
    "another module in a ready layer": (
        lambda: [inside("pool_layer", nn.MaxPool2d(2))],
        "module 0, DynapcnnLayer: a MaxPool2d stands in it",
    ),
    "pruned": (lambda: [pruned()], r"module 0, Conv2d: its weight is no param.*\n.*prune\.remove"),
    "pruned bias": (lambda: [pruned("bias")], r"module 0, Conv2d: its bias is no parameter"),
    "parametrized": (lambda: [parametrized()], r"its weight is no parameter.*\n.*remove_parametrizations"),
    "pruned in a layer": (lambda: [inside("conv_layer", pruned())], "module 0, DynapcnnLayer: its weight is"),
    "divisor": (
        lambda: [conv(), nn.ReLU(), nn.AvgPool2d(2, divisor_override=1)],
        "module 2, AvgPool2d: pooling with divisor_override",
    ),
    "no Flatten": (
        lambda: [conv(), nn.ReLU(), nn.Linear(128, 3)],
        r"module 2, Linear: it receives a map, which is not flat\n.*put nn\.Flatten\(\) before it",
    ),
    "no Flatten behind a ready layer": (
        lambda: [ready(), nn.Linear(128, 3)],
        "module 1, Linear: it receives",
    ),
    "no Unflatten": (
        lambda: [nn.Flatten(), nn.Linear(128, 128), nn.ReLU(), conv()],
        "module 3, Conv2d: it takes a map, and a Linear stands before it",
    ),
    "pooling of a flat map": (
        lambda: [nn.Flatten(), nn.Linear(128, 128), nn.ReLU(), nn.AvgPool2d(1)],
        "module 3, AvgPool2d: a flat map cannot be pooled",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_module(case: str) -> None:
    modules, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        read(*modules())


def test_what_computes_the_same_is_taken() -> None:
    (layer,) = read(Quiet(2, 2, 3), nn.ReLU()).layers
    assert layer.place == "module 0, Quiet"
    synapses = pruned()
    prune.remove(synapses, "weight")
    assert len(read(synapses, nn.ReLU()).layers) == 1
    flat = [nn.Flatten(), nn.Linear(128, 4), nn.ReLU(), nn.Linear(4, 2), nn.ReLU()]
    assert len(read(conv(), nn.ReLU(), *flat).layers) == 3


# ── Words and messages ──────────────────────────────────────────────────────────────────────────


def test_the_bias_sets_the_scale_too() -> None:
    """The bias of 100 becomes the largest bias word, 32767: the weights of 0.5 have what is left."""
    synapses = nn.Conv2d(2, 1, 1)
    synapses.weight.data.fill_(0.5)
    synapses.bias.data.fill_(100.0)
    expected = dynapcnn.DynapcnnLayer(synapses, spikes(), SHAPE)
    weight, neurons = words(read(synapses, spikes()))
    assert weight["max"] == expected.conv_layer.weight.max()
    assert neurons["spike_threshold"] == expected.spk_layer.spike_threshold
    synapses.bias.data.fill_(0.0)
    assert words(read(synapses, spikes()))[1] != neurons


def test_padding_by_name_is_for_each_axis() -> None:
    network = read(nn.Conv2d(2, 2, (5, 3), padding="same"), nn.ReLU())
    described = network.layers[0].description
    assert described is not None
    assert described.synapses["padding"] == (2, 1)


def test_what_fits_no_chip_is_told_once() -> None:
    model = nn.Sequential(nn.Conv2d(1, 17, 1), nn.ReLU())
    with pytest.raises(ValueError, match="layer 0: 69632 words") as caught:
        networks.convert(model, (1, 64, 64), "all", SPECS)
    lines = str(caught.value).split("\n")
    assert len(lines) == len(set(lines))
    assert lines[0].startswith("Sequential does not fit dynapcnndevkit, speck2b")
