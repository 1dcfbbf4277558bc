"""From a trained model to generated layers: the words, the pooling, the neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.network import load
from dynapspec.network.conversion import DoesNotFitError
from golden import recorded

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn

SPECS = Path(__file__).resolve().parents[1] / "specs"


def convert(model: Any, input_shape: tuple[int, int, int] | None = None, chip: Any = None) -> Any:
    """The layers, whose attributes no type checker knows, by the specs of this repository."""
    return networks.convert(model, input_shape, chip, SPECS)


def rectified() -> Any:
    torch.manual_seed(7)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 8, 3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8, 3, bias=False),
        nn.ReLU(),
    )


def test_layers_of_a_rectified_network() -> None:
    """An 8x8 map pools to 4x4, which the second convolution takes to 1x1."""
    model = rectified()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    net = convert(model, (2, 8, 8))
    assert [type(layer).__name__ for layer in net] == ["DynapcnnLayer"] * 3
    assert [tuple(layer.input_shape) for layer in net] == [(2, 8, 8), (4, 4, 4), (8, 1, 1)]
    assert [layer.get_neuron_shape() for layer in net] == [(4, 8, 8), (8, 1, 1), (3, 1, 1)]
    assert tuple(net[0].pool_layer.kernel_size) == (2, 2)
    assert net[1].pool_layer is None
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_an_average_divides_the_next_weights() -> None:
    """A window of 2x2 sums to four times its average."""
    model = rectified()
    net = convert(model, (2, 8, 8))
    neurons = dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0)
    expected = dynapcnn.DynapcnnLayer(model[3], neurons, (4, 4, 4), None, rescale_weights=4)
    assert torch.equal(net[1].conv_layer.weight, expected.conv_layer.weight)
    assert torch.equal(net[1].conv_layer.bias, expected.conv_layer.bias)
    assert torch.equal(net[1].spk_layer.spike_threshold, expected.spk_layer.spike_threshold)
    assert net[1].spk_layer.min_v_mem == -net[1].spk_layer.spike_threshold


def test_neurons_of_the_model_are_kept() -> None:
    neurons = dynapcnn.IAFSqueeze(batch_size=3, spike_fn=dynapcnn.SingleSpike, min_v_mem=-1.0)
    net = convert(nn.Sequential(nn.Conv2d(2, 4, 1), neurons), (2, 4, 4))
    assert net[0].spk_layer.batch_size == 3
    assert net[0].spk_layer.spike_fn is dynapcnn.SingleSpike
    assert net[0].spk_layer is not neurons


def test_recorded_network() -> None:
    """README of the recording: threshold 72, floor -72, weights from -128 to 37, no bias."""
    pytest.importorskip("nir")
    path = recorded("DYNAPSPEC_SILICON", "silicon", "the recording of a chip") / "nmnist_scnn.nir"
    first = convert(path, chip="speck2f")[0]
    assert first.spk_layer.spike_threshold == 72
    assert first.spk_layer.min_v_mem == -72
    assert (first.conv_layer.weight.min(), first.conv_layer.weight.max()) == (-128, 37)
    assert not first.conv_layer.bias.any()


def test_generated_layers_are_taken_as_they_are() -> None:
    net = convert(rectified(), (2, 8, 8))
    network = load(net, specs=SPECS)
    assert network.input_shape == (2, 8, 8)
    assert [layer.label for layer in network.layers] == [
        "conv 2->4 k3 p1, pool 2",
        "conv 4->8 k3 s2",
        "conv 8->3 k1",
    ]
    for layer, module in zip(network.layers, net, strict=True):
        assert layer.description is not None
        assert layer.description.neurons["spike_threshold"] == module.spk_layer.spike_threshold
        assert layer.description.synapses["weight"]["max"] == module.conv_layer.weight.max()
    again = convert(net)
    assert all(new is old for new, old in zip(again, net, strict=True))


def test_generated_layers_that_do_not_meet() -> None:
    net = convert(rectified(), (2, 8, 8))
    with pytest.raises(
        InputError, match="module 1, DynapcnnLayer is made for a map of 8x1x1, and receives 4x4x4"
    ):
        load(nn.Sequential(net[0], net[2]), specs=SPECS)


def test_a_network_that_does_not_fit() -> None:
    model = nn.Sequential(nn.Conv2d(1, 17, 1), nn.ReLU())
    with pytest.raises(ValueError, match="layer 0: 69632 words of neuron memory") as caught:
        convert(model, (1, 64, 64), chip="speck2f")
    assert isinstance(caught.value, DoesNotFitError)
    assert not caught.value.report.fits
    assert len(convert(model, (1, 64, 64))) == 1


def test_what_cannot_run() -> None:
    with pytest.raises(InputError, match="layer 0 has no weights") as caught:
        convert(SPECS / "networks" / "sinabs-mnist.yaml")
    assert len(caught.value.diagnostics) == 5
    with pytest.raises(InputError, match="module 0, Conv2d has no neurons behind it"):
        convert(nn.Sequential(nn.Conv2d(1, 2, 1)), (1, 4, 4))


def test_whatever_else() -> None:
    for thing in (3, None, [nn.ReLU()]):
        with pytest.raises(InputError, match="is no network"):
            load(thing, specs=SPECS)


def test_a_chip_may_be_the_chip_itself() -> None:
    from dynapcnn.chips import speck2f

    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.ReLU())
    assert len(convert(model, (1, 8, 8), chip=speck2f)) == 1


@pytest.mark.parametrize("shape", [(34, 34), 34, "1,8,8", (1, 0, 8), (1, 8.0, 8)])
def test_a_shape_that_is_none_is_told(shape: Any) -> None:
    with pytest.raises(InputError, match="input_shape is"):
        convert(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), shape)
