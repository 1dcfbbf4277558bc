"""Any traceable model: branches, merges, folding, the sensor's block, and what no chip does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import peer
from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.network import load
from dynapspec.network.conversion import DoesNotFitError
from dynapspec.network.network import Network, Preprocessing

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn
F = torch.nn.functional

SPECS = Path(__file__).resolve().parents[1] / "specs"
SHAPE = (2, 12, 16)


def neurons(threshold: float = 1.0) -> Any:
    return dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=threshold, min_v_mem=-1.0)


def conv(inputs: int, outputs: int, kernel: int = 3, **more: Any) -> Any:
    return nn.Conv2d(inputs, outputs, kernel, **{"padding": kernel // 2, "bias": False, **more})


class Model(nn.Module):  # type: ignore[name-defined, misc]
    """Modules by name, and what is done with them."""

    def __init__(self, does: Callable[[Any, Any], Any], **modules: Any) -> None:
        super().__init__()
        self.does = does
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, x: Any) -> Any:
        return self.does(self, x)


def spikes(shape: tuple[int, int, int] = SHAPE, steps: int = 24) -> Any:
    generator = torch.Generator().manual_seed(3)
    return (torch.rand(steps, *shape, generator=generator) < 0.3).float()


def seeded(model: Any) -> Any:
    """The model with weights and statistics that are far from trivial."""
    torch.manual_seed(5)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.normal_(module.weight, 0.05, 0.25)
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.01, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias, -0.2, 0.4)
    return model.eval()


def convert(
    model: Any, shape: tuple[int, int, int] = SHAPE, chip: Any = None, discretize: bool = True
) -> Any:
    return networks.convert(model, shape, chip, SPECS, discretize=discretize)


def residual() -> Any:
    """One layer feeds the next as it is, and a sum behind it pooled (sinabs 3.1.3: IndexError)."""

    def does(m: Any, x: Any) -> Any:
        a = m.s1(m.c1(x))
        b = m.p2(m.s2(m.c2(a)))
        return m.s3(m.c3(b + m.p1(a)))

    return Model(
        does,
        c1=conv(2, 4),
        s1=neurons(),
        c2=conv(4, 4),
        s2=neurons(),
        p1=nn.AvgPool2d(2),
        p2=nn.AvgPool2d(2),
        c3=conv(4, 3),
        s3=neurons(),
    )


def of_two_scales() -> Any:
    """A mean over four and a branch without pooling (sinabs 3.1.3: one factor for both)."""

    def does(m: Any, x: Any) -> Any:
        return m.s3(m.c3(m.pool(m.s1(m.c1(x))) + m.s2(m.c2(x))))

    return Model(
        does,
        c1=conv(2, 4),
        s1=neurons(),
        pool=nn.AvgPool2d(2),
        c2=conv(2, 4, stride=2),
        s2=neurons(),
        c3=conv(4, 3),
        s3=neurons(),
    )


def of_three_branches() -> Any:
    """Three that are added (sinabs 3.1.3: TypeError)."""

    def does(m: Any, x: Any) -> Any:
        a = m.s0(m.c0(x))
        left, right = m.s1(m.c1(a)), m.s2(m.c2(a))
        more = m.s3(m.c3(m.s4(m.c4(x))))
        return m.s5(m.c5(left + right + more))

    named = {f"c{i}": conv(2 if i in (0, 4) else 4, 4) for i in range(6)}
    return Model(does, **named, **{f"s{i}": neurons() for i in range(6)})


def concatenated() -> Any:
    """Features of two, pooled in different ways, and a Linear on a map that is not square."""

    def does(m: Any, x: Any) -> Any:
        a, b = m.pool(m.s1(m.c1(x))), m.s2(m.c2(x))
        return m.s3(m.fc(torch.flatten(m.drop(torch.cat([a, b], dim=1)), 1)))

    return Model(
        does,
        c1=conv(2, 4),
        s1=neurons(),
        pool=nn.AvgPool2d(4),
        c2=conv(2, 3, stride=4),
        s2=neurons(),
        drop=nn.Dropout(0.5),
        fc=nn.Linear(7 * 3 * 4, 5, bias=False),
        s3=neurons(),
    )


def normalized() -> Any:
    """Norms with an eps that counts, behind convolutions with and without biases."""

    def does(m: Any, x: Any) -> Any:
        x = F.avg_pool2d(m.s1(m.b1(m.c1(x))), 2)
        return m.s2(m.b2(m.c2(x)))

    return Model(
        does,
        c1=conv(2, 4),
        b1=nn.BatchNorm2d(4, eps=0.1),
        s1=neurons(),
        c2=conv(4, 3, bias=True),
        b2=nn.BatchNorm2d(3, eps=0.5),
        s2=neurons(),
    )


def summed_currents() -> Any:
    """Two sets of synapses before one set of neurons are one over both inputs."""

    def does(m: Any, x: Any) -> Any:
        a, b = m.s1(m.c1(x)), m.s2(m.c2(x))
        return m.s3(m.left(a) + m.norm(m.right(b)))

    return Model(
        does,
        c1=conv(2, 4),
        s1=neurons(),
        c2=conv(2, 3),
        s2=neurons(),
        left=conv(4, 5, bias=True),
        right=conv(3, 5),
        norm=nn.BatchNorm2d(5),
        s3=neurons(),
    )


def cropped() -> Any:
    def does(m: Any, x: Any) -> Any:
        return m.s1(m.c1(m.pool(x)[:, :, 1:5, 2:]))

    return Model(does, pool=nn.AvgPool2d(2), c1=conv(2, 4), s1=neurons())


def cropped_first() -> Any:
    """A crop by whole windows before the pooling is the crop of the pooled map."""

    def does(m: Any, x: Any) -> Any:
        return m.s1(m.c1(F.avg_pool2d(x[..., 2:-4, 4:14], 2)))

    return Model(does, c1=conv(2, 4), s1=neurons())


def of_two_outputs() -> Any:
    def does(m: Any, x: Any) -> Any:
        a = m.s1(m.c1(x))
        return a, m.s2(m.c2(a))

    return Model(does, c1=conv(2, 4), s1=neurons(), c2=conv(4, 3), s2=neurons())


def nested() -> Any:
    """A module of the user's own inside another is followed as well."""
    inner = Model(lambda m, x: x + m.s(m.c(x)), c=conv(4, 4), s=neurons())

    def does(m: Any, x: Any) -> Any:
        x = m.s1(m.c1(x))
        return m.s2(m.fc(m.inner(x).view(x.size(0), -1)))

    return Model(
        does,
        c1=conv(2, 4),
        s1=neurons(),
        inner=inner,
        fc=nn.Linear(4 * 12 * 16, 3, bias=False),
        s2=neurons(),
    )


def in_a_row() -> Any:
    """A sequence with a module of the user's own in it, which is followed."""
    block = Model(lambda m, x: x + m.s(m.c(x)), c=conv(4, 4), s=neurons())
    return nn.Sequential(conv(2, 4), neurons(), block, nn.Flatten(), nn.Linear(4 * 12 * 16, 3), neurons())


MODELS = {
    made.__name__: made
    for made in (
        residual,
        of_two_scales,
        of_three_branches,
        concatenated,
        normalized,
        summed_currents,
        cropped,
        cropped_first,
        of_two_outputs,
        nested,
        in_a_row,
    )
}


@pytest.mark.parametrize("name", MODELS)
def test_the_converted_model_does_the_same(name: str) -> None:
    """Without rounding, spike for spike; thresholds are not met exactly by random weights."""
    model = seeded(MODELS[name]())
    expected, found = model(spikes()), convert(model, discretize=False)(spikes())
    expected = expected if isinstance(expected, tuple) else (expected,)
    found = found if isinstance(found, tuple) else (found,)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert other.sum() > 20
        torch.testing.assert_close(one.reshape(other.shape), other)


@pytest.mark.parametrize("name", MODELS)
def test_it_runs_trains_and_saves(name: str, tmp_path: Path) -> None:
    model = seeded(MODELS[name]())
    net = convert(model, discretize=False)
    out = net(spikes())
    (sum(one.sum() for one in out) if isinstance(out, tuple) else out.sum()).backward()
    gradients = [p.grad for n, p in net.named_parameters() if n.endswith("conv_layer.weight")]
    assert gradients
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    again = convert(seeded(MODELS[name]()), discretize=False)
    again.load_state_dict(torch.load(tmp_path / "net.pt"))
    for one, other in zip(net.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def described(name: str) -> Network:
    return load(seeded(MODELS[name]()), SHAPE, SPECS)


def test_a_layer_that_feeds_two() -> None:
    network = described("residual")
    assert [(e.source, e.target, e.destination) for e in network.edges] == [
        (None, 0, 0),
        (0, 1, 0),
        (1, 2, 0),
        (0, 2, 1),
        (2, None, 0),
    ]
    first = network.layers[0].description
    assert first is not None
    assert first.destinations == ({}, {"kernel_size": (2, 2), "stride": (2, 2)})
    parameters = network.layers[2].parameters
    assert parameters is not None
    assert parameters.rescale == 4
    assert convert(seeded(residual()), chip="speck2f") is not None


def test_scales_that_differ_take_features_of_their_own() -> None:
    network = described("of_two_scales")
    assert [edge.feature_shift for edge in network.into(2)] == [0, 4]
    last = network.layers[2]
    assert last.description is not None
    assert last.description.input_shape == (8, 6, 8)
    assert last.parameters is not None
    weight = seeded(of_two_scales()).c3.weight
    assert torch.equal(last.parameters.weight, torch.cat([weight / 4, weight], 1))
    assert "its inputs have the scales 4, 1" in network.notes[0]


def test_three_scales_are_too_many() -> None:
    def does(m: Any, x: Any) -> Any:
        a, b, c = (s(c(x)) for s, c in ((m.s1, m.c1), (m.s2, m.c2), (m.s3, m.c3)))
        return m.s4(m.c4(m.p1(a) + m.p2(b) + c))

    named: dict[str, Any] = {f"s{i}": neurons() for i in range(1, 5)}
    named |= {"c1": conv(2, 4), "c2": conv(2, 4, stride=1), "c3": conv(2, 4, stride=4), "c4": conv(4, 2)}
    model = Model(does, **named, p1=nn.AvgPool2d(4), p2=nn.Sequential(nn.AvgPool2d(2), nn.AvgPool2d(1)))
    model.c2 = conv(2, 4, stride=2)
    with pytest.raises(
        InputError, match=r"adds inputs of 3 different scales \(16, 4, 1\).*#/quantization"
    ) as e:
        load(model, SHAPE, SPECS)
    assert e.value.diagnostics[0].code == "scale"


def test_three_destinations_are_told_by_fit() -> None:
    """As sinabs 3.1.3 builds it, and fails with an IndexError when a configuration is made."""

    def does(m: Any, x: Any) -> Any:
        a = m.s0(m.c0(x))
        return m.s4(m.c4(m.s1(m.c1(a)) + m.s2(m.c2(a)) + m.s3(m.c3(a))))

    named = {f"c{i}": conv(2 if i == 0 else 4, 4) for i in range(5)}
    model = seeded(Model(does, **named, **{f"s{i}": neurons() for i in range(5)}))
    with pytest.raises(DoesNotFitError, match="layer 0: 3 destinations, the chip takes at most 2"):
        convert(model, chip="speck2f")
    torch.testing.assert_close(convert(model, discretize=False)(spikes()), model(spikes()))


def test_pooling_behind_the_last_layer_is_kept() -> None:
    """Sinabs 3.1.3 simulates it and exports none: here it is the destination of the output."""
    model = nn.Sequential(conv(2, 4), neurons(), dynapcnn.SumPool2d(2))
    network = load(model, SHAPE, SPECS)
    assert network.layers[0].description is not None
    assert network.layers[0].description.destinations == ({"kernel_size": (2, 2), "stride": (2, 2)},)
    assert network.edges[-1].shape == (4, 6, 8)
    assert convert(model)(spikes()).shape == (24, 4, 6, 8)


def test_the_sensor_pools_and_crops() -> None:
    """12x16 pools to 6x8, of which rows 1 to 4 and columns from 2 on are kept; the mean divides weights."""
    network = described("cropped")
    assert network.preprocessing == Preprocessing(SHAPE, (2, 2), (1, 2, 4, 6))
    assert network.input_shape == (2, 4, 6)
    assert network.notes[-1] == (
        "the sensor's block sums windows of 2x2 and keeps 4x6 pixels from row 1 and column 2 on"
        " before the first layer"
    )
    assert network.layers[0].parameters is not None
    assert network.layers[0].parameters.rescale == 4
    assert described("cropped_first").preprocessing == Preprocessing(SHAPE, (2, 2), (1, 2, 3, 5))
    with pytest.raises(DoesNotFitError, match="network: pooling of 3x3 before the first layer"):
        convert(nn.Sequential(dynapcnn.SumPool2d(3), conv(2, 4), neurons()), (2, 12, 12), "speck2f")


def test_norms_keep_their_eps() -> None:
    """var 1e-4 and eps 1e-3: x / sqrt(0.0011) = 30.151, where sinabs has x / sqrt(0.0001) = 100."""
    norm = nn.BatchNorm2d(1, eps=1e-3)
    norm.running_var.fill_(1e-4)
    synapses = conv(1, 1, 1)
    nn.init.constant_(synapses.weight, 0.5)
    network = load(nn.Sequential(synapses, norm, neurons()), (1, 4, 4), SPECS)
    assert network.layers[0].parameters is not None
    assert network.layers[0].parameters.weight.item() == pytest.approx(0.5 * 30.1511, rel=1e-5)


# ── What no chip does ───────────────────────────────────────────────────────────────────────────


def simple(does: Callable[[Any, Any], Any], **modules: Any) -> Any:
    return Model(does, c1=conv(2, 4), s1=neurons(), c2=conv(4, 4), s2=neurons(), **modules)


class LIF(nn.Module):  # type: ignore[name-defined, misc]
    """Neurons with a leak of their own, known by their name."""

    def forward(self, x: Any) -> Any:
        return x


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "maximum": (
        lambda: simple(lambda m, x: F.max_pool2d(m.s1(m.c1(x)), 2)),
        r"max_pool2d.* \(.*test_network_traced\.py:\d+\): .*#/rules/pooling/must, .*dynapcnn\.yaml:\d+",
    ),
    "maximum as a module": (
        lambda: simple(lambda m, x: m.most(m.s1(m.c1(x))), most=nn.MaxPool2d(2)),
        r"module most, MaxPool2d \(.*test_network_traced\.py:\d+\): .*#/rules/pooling/must",
    ),
    "leaky neurons": (
        lambda: simple(lambda m, x: m.leaky(m.c1(x)), leaky=LIF()),
        r"module leaky, LIF \(.*\): .*#/dynamics/event/steps",
    ),
    "a recurrent module": (
        lambda: simple(lambda m, x: m.again(m.s1(m.c1(x)))[0], again=nn.LSTM(4, 4)),
        r"module again, LSTM .*#/errata/recurrence",
    ),
    "padded means": (
        lambda: simple(lambda m, x: m.s2(m.c2(m.mean(m.s1(m.c1(x))))), mean=nn.AvgPool2d(2, padding=1)),
        r"module mean, AvgPool2d.*: pooling with padding",
    ),
    "a difference": (lambda: simple(lambda m, x: m.s1(m.c1(x)) - x), r"sub \(.*\): "),
    "a number": (lambda: simple(lambda m, x: m.s1(m.c1(x)) + 1), r"add \(.*\): it adds a number"),
    "a condition": (
        lambda: simple(lambda m, x: m.s1(m.c1(x)) if x.sum() > 0 else x),
        "Model cannot be traced: TraceError",
    ),
    "currents that branch": (
        lambda: simple(lambda m, x: operator.add(m.s1(m.c1(x)), m.s2(m.c1(x)))),
        "several layers are joined to one output",
    ),
    "currents to two": (
        lambda: simple(lambda m, x: ((y := m.c1(x)), m.s1(y))),
        "module c1, Conv2d.*goes to several places before its neurons",
    ),
    "a joined output": (
        lambda: simple(lambda m, x: m.s1(m.c1(x)) + m.s2(m.c2(m.s1(m.c1(x))))),
        "output 0: several layers are joined",
    ),
    "two inputs": (lambda: TwoInputs(), "input y: a second input"),
    "joined rows": (
        lambda: simple(lambda m, x: m.s2(m.c2(torch.cat([m.s1(m.c1(x)), x], 2)))),
        "it joins maps in axis 2",
    ),
    "different maps": (
        lambda: simple(lambda m, x: m.s2(m.c2(m.s1(m.c1(x)) + F.avg_pool2d(m.s1(m.c1(x)), 2)))),
        r"adds maps of 4x12x16 and 4x6x8",
    ),
    "a crop inside": (
        lambda: simple(lambda m, x: m.s2(m.c2(m.s1(m.c1(x))[:, :, 1:]))),
        "a crop behind the first layer",
    ),
    "an input that is pooled for one": (
        lambda: simple(
            lambda m, x: (m.s1(m.c1(x)), m.s3(m.c3(F.avg_pool2d(x, 2)))), c3=conv(2, 2), s3=neurons()
        ),
        "the input reaches the layers in different ways",
    ),
    "a map for a Linear": (
        lambda: simple(lambda m, x: m.s2(m.fc(m.s1(m.c1(x)))), fc=nn.Linear(16, 3)),
        "module fc, Linear.*: it receives a map, which is not flat",
    ),
    "a convolution behind a Linear": (
        lambda: simple(
            lambda m, x: m.s2(m.c2(m.s1(m.fc(torch.flatten(x, 1))))), fc=nn.Linear(2 * 12 * 16, 4)
        ),
        "module c2, Conv2d.*: it takes a map, and a Linear stands before it",
    ),
    "a crop that cuts windows": (
        lambda: simple(lambda m, x: m.s1(m.c1(F.avg_pool2d(x[:, :, 1:], 2)))),
        r"getitem.*: it cuts windows of avg_pool2d",
    ),
    "a crop of the features": (
        lambda: simple(lambda m, x: m.s1(m.c1(x[:, 1:]))),
        r"getitem.*: it takes a part of a map",
    ),
    "a crop twice": (
        lambda: simple(lambda m, x: m.s1(m.c1(x[:, :, 2:][:, :, 2:]))),
        r"getitem.*: getitem.* crops already",
    ),
    "a crop of everything": (
        lambda: simple(lambda m, x: m.s1(m.c1(x[:, :, 12:]))),
        "the crop leaves nothing of a map of 12x16",
    ),
    "nothing": (lambda: Model(lambda m, x: x), "the model has no layers"),
    "neurons behind a sum of spikes": (
        lambda: simple(lambda m, x: m.s3(m.s1(m.c1(x)) + m.s2(m.c2(m.s1(m.c1(x))))), s3=neurons()),
        "it receives a sum of other things than currents",
    ),
}


class TwoInputs(nn.Module):  # type: ignore[name-defined, misc]
    def forward(self, x: Any, y: Any) -> Any:
        return x + y


@pytest.mark.parametrize("case", REFUSED)
def test_refused_model(case: str) -> None:
    made, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        load(made(), SHAPE, SPECS)


# ── Against sinabs ──────────────────────────────────────────────────────────────────────────────


def test_words_are_those_of_sinabs() -> None:
    """A sequence as sinabs makes it of a rectified model, with its own neurons: bit for bit."""
    torch.manual_seed(11)
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.ReLU(),
        nn.AvgPool2d((2, 2)),
        nn.Conv2d(4, 6, 3, bias=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(6 * 4 * 4, 5),
        nn.ReLU(),
    )
    with peer.loaded() as sinabs:
        import sinabs.from_torch as from_torch
        from sinabs.backend.dynapcnn import DynapcnnNetwork

        snn = from_torch.from_model(model, input_shape=(2, 12, 12), batch_size=1)
        theirs = DynapcnnNetwork(snn, input_shape=(2, 12, 12), discretize=True)
        assert sinabs.version
        network = load(snn, specs=SPECS)
        ours: Any = networks.convert(snn.spiking_model, (2, 12, 12), None, SPECS)
        assert network.input_shape == (2, 12, 12)
        layers = [layer for layer in theirs.sequence if type(layer).__name__ == "DynapcnnLayer"]
        assert len(ours) == len(layers) == 3
        for mine, other in zip(ours, layers, strict=True):
            assert torch.equal(mine.conv_layer.weight, other.conv_layer.weight)
            assert (mine.conv_layer.bias is None) == (other.conv_layer.bias is None)
            if mine.conv_layer.bias is not None:
                assert torch.equal(mine.conv_layer.bias, other.conv_layer.bias)
            assert torch.equal(mine.spk_layer.spike_threshold, other.spk_layer.spike_threshold)
            assert torch.equal(mine.spk_layer.min_v_mem, other.spk_layer.min_v_mem)
        x = spikes((2, 12, 12), 40)
        expected = theirs(x)
        assert expected.sum() > 0
        assert torch.equal(ours(x).reshape(expected.shape), expected)
