"""What no chip does is refused by naming the module, its place, the rule, and the line of the spec.

Each is asked as a sequence, as a model whose forward is traced, as a NIR graph, and as a network file,
as far as these can say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynapspec import network as networks
from dynapspec.diagnostics import InputError
from dynapspec.network import load
from dynapspec.network.conversion import DoesNotFitError
from dynapspec.network.schema import fit_schema
from test_network_traced import LIF, SPECS, Model, conv, neurons

torch = pytest.importorskip("torch")
nn = torch.nn
np = pytest.importorskip("numpy")

SHAPE = (2, 8, 8)
HERE = r"\(\S*test_network_refusals\.py:(\d+)\)"


def told_by(made: Any, shape: Any = SHAPE, chip: str | None = None) -> str:
    """The message of the refusal."""
    with pytest.raises((InputError, DoesNotFitError)) as caught:
        networks.convert(made, shape, chip, SPECS)
    return str(caught.value)


def assert_cited(told: str, clause: str) -> None:
    """The clause, and behind it a file and a line at which the last part of the clause stands."""
    found = re.search(re.escape(clause) + r"[^,]*, ([^\s,;)]+\.yaml):(\d+)", told)
    assert found, told
    path = SPECS.parent / found[1] if not Path(found[1]).is_absolute() else Path(found[1])
    line = path.read_text().splitlines()[int(found[2]) - 1]
    assert clause.rsplit("/", 1)[1] in line or "must" in line, line


def assert_here(told: str, text: str) -> None:
    """The line of this file that is named has this text."""
    found = re.search(HERE, told)
    assert found, told
    assert text in Path(__file__).read_text().splitlines()[int(found[1]) - 1]


class Leaky(nn.Module):  # type: ignore[name-defined, misc]
    """Its class is what a user calls it; what it holds is known."""

    def __init__(self) -> None:
        super().__init__()
        self.synapses, self.leaky = conv(2, 2), LIF()

    def forward(self, x: Any) -> Any:
        x = self.synapses(x)
        return self.leaky(x)  # here


class Largest(nn.Module):  # type: ignore[name-defined, misc]
    def __init__(self) -> None:
        super().__init__()
        self.c1, self.s1, self.most = conv(2, 2), neurons(), nn.MaxPool2d(2)

    def forward(self, x: Any) -> Any:
        x = self.s1(self.c1(x))
        return self.most(x)  # here


class Again(nn.Module):  # type: ignore[name-defined, misc]
    def __init__(self) -> None:
        super().__init__()
        self.c1, self.s1, self.back = conv(2, 2), neurons(), nn.LSTM(8, 8)

    def forward(self, x: Any) -> Any:
        x = self.s1(self.c1(x))
        return self.back(x)[0]  # here


FORBIDDEN: dict[str, tuple[Callable[[], Any], Callable[[], Any], str, str, str]] = {
    "leaky neurons": (
        Leaky,
        lambda: nn.Sequential(conv(2, 2), LIF()),
        "module leaky, LIF",
        "module 1, LIF",
        "#/dynamics/event/steps",
    ),
    "a maximum": (
        Largest,
        lambda: nn.Sequential(conv(2, 2), neurons(), nn.MaxPool2d(2)),
        "module most, MaxPool2d",
        "module 2, MaxPool2d",
        "#/rules/pooling/must",
    ),
    "recurrence": (
        Again,
        lambda: nn.Sequential(conv(2, 2), neurons(), nn.LSTM(8, 8)),
        "module back, LSTM",
        "module 2, LSTM",
        "#/errata/recurrence",
    ),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_a_module_of_a_traced_model(case: str) -> None:
    made, _, place, _, clause = FORBIDDEN[case]
    told = told_by(made())
    assert place in told
    assert_here(told, "# here")
    assert_cited(told, clause)


@pytest.mark.parametrize("case", FORBIDDEN)
def test_a_module_of_a_sequence(case: str) -> None:
    _, made, _, place, clause = FORBIDDEN[case]
    told = told_by(made())
    assert f"{place}: " in told
    assert_cited(told, clause)


class Scales(nn.Module):  # type: ignore[name-defined, misc]
    """Means over sixteen, four and one, added."""

    def __init__(self) -> None:
        super().__init__()
        for i, stride in enumerate((1, 2, 4)):
            setattr(self, f"c{i}", conv(2, 2, stride=stride))
            setattr(self, f"s{i}", neurons())
        self.p0, self.p1 = nn.AvgPool2d(4), nn.AvgPool2d(2)
        self.last, self.out = conv(2, 2), neurons()

    def forward(self, x: Any) -> Any:
        a, b, c = self.p0(self.s0(self.c0(x))), self.p1(self.s1(self.c1(x))), self.s2(self.c2(x))
        return self.out(self.last(a + b + c))  # here


def test_three_scales() -> None:
    told = told_by(Scales())
    assert "module last, Conv2d" in told
    assert "adds inputs of 3 different scales (16, 4, 1)" in told
    assert_here(told, "# here")
    assert_cited(told, "#/quantization/groups/weights")


class Fan(nn.Module):  # type: ignore[name-defined, misc]
    """One layer for three others."""

    def __init__(self) -> None:
        super().__init__()
        self.c0, self.s0 = conv(2, 2), neurons()
        for i in (1, 2, 3):
            setattr(self, f"c{i}", conv(2, 2))
            setattr(self, f"s{i}", neurons())

    def forward(self, x: Any) -> Any:
        x = self.s0(self.c0(x))  # here
        return self.s1(self.c1(x)), self.s2(self.c2(x)), self.s3(self.c3(x))


def test_three_destinations() -> None:
    """Whether they are too many is for a chip to say, so the model itself can be read."""
    assert len(load(Fan(), SHAPE, SPECS).layers) == 4
    told = told_by(Fan(), chip="speck2f")
    assert "layer 0: 3 destinations, the chip takes at most 2 (module c0, Conv2d" in told
    assert_here(told, "# here")
    assert_cited(told, "#/rules/fan-out")


# ── NIR graphs and network files ────────────────────────────────────────────────────────────────


def test_nodes_of_a_graph(tmp_path: Path) -> None:
    """Leaky neurons by their node; a loop by the nodes on it."""
    nir = pytest.importorskip("nir")
    ones = np.ones((1, 4, 4), np.float32)

    def synapses() -> Any:
        return nir.Conv2d((4, 4), np.ones((1, 1, 1, 1), np.float32), 1, 0, 1, 1, np.zeros(1, np.float32))

    ends = {"input": nir.Input(np.array([1, 4, 4])), "output": nir.Output(np.array([1, 4, 4]))}
    spiking = nir.IF(ones, ones, v_reset=0 * ones)
    leaky = nir.LIF(ones, ones, 0 * ones, ones, 0 * ones)
    row = [("input", "a"), ("a", "b"), ("b", "output")]
    for node, more, place, clause in (
        (leaky, [], "node 'b' (LIF)", "#/dynamics/event/steps"),
        (spiking, [("b", "c"), ("c", "a")], "'a'", "#/errata/recurrence"),
    ):
        nodes = {**ends, "a": synapses(), "b": node} | ({"c": synapses()} if more else {})
        nir.write(tmp_path / "net.nir", nir.NIRGraph(nodes, [*row, *more], type_check=False))
        told = told_by(tmp_path / "net.nir", None)
        assert place in told
        assert_cited(told, clause)


def test_a_loop_in_a_file(tmp_path: Path) -> None:
    """By the line and column of the file."""
    path = tmp_path / "net.yaml"
    layer = {"conv": {"out_channels": 2, "kernel_size": 1}}
    layers = [{"id": "a", "inputs": ["input", "b"], "merge": "add", **layer}, {"id": "b", **layer}]
    path.write_text(json.dumps({"input_shape": [2, 4, 4], "layers": layers}, indent=1))
    with pytest.raises(InputError) as caught:
        load(path, specs=SPECS)
    (found,) = caught.value.diagnostics
    assert found.span is not None
    assert '"b"' in path.read_text().splitlines()[found.span.line - 1]
    assert "recurrence: what layer 0 sends comes back to it from b" in found.message
    assert_cited(found.message, "#/errata/recurrence")


# ── Empty, silent, and shapes that do not meet ──────────────────────────────────────────────────


class Through(nn.Module):  # type: ignore[name-defined, misc]
    def forward(self, x: Any) -> Any:
        return x


@pytest.mark.parametrize(
    "made", [nn.Sequential, lambda: nn.Sequential(nn.Identity(), nn.Dropout()), lambda: Model(lambda m, x: x)]
)
def test_nothing_in_it(made: Callable[[], Any]) -> None:
    told = told_by(made())
    assert "the model has no layers" in told
    assert "a layer is a convolution or a Linear, and its neurons" in told


def test_an_output_that_does_not_spike() -> None:
    """Its memory can be judged; it cannot run on a chip, and the hint says what is missing."""
    silent = nn.Sequential(conv(2, 2), neurons(), nn.Flatten(), nn.Linear(128, 3))
    network = load(silent, SHAPE, SPECS)
    assert "module 3, Linear: no neurons follow in the model" in " ".join(network.notes)
    told = told_by(silent)
    assert "module 3, Linear has no neurons behind it" in told
    assert "put IAFSqueeze or ReLU behind it" in told


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            lambda: nn.Sequential(conv(2, 2), neurons(), nn.Flatten(), nn.Linear(100, 3), neurons()),
            r"module 3, Linear takes 100 values, and its map holds 2x8x8 = 128",
        ),
        (
            lambda: Model(lambda m, x: m.s(m.c(x) + m.d(x)), c=conv(2, 2), d=conv(2, 3), s=neurons()),
            r"adds .* which differ in more than their inputs",
        ),
        (
            lambda: Model(
                lambda m, x: m.s2(m.e(m.s(m.c(x)) + m.s1(m.d(x)))),
                c=conv(2, 2),
                d=conv(2, 3),
                e=conv(2, 1),
                s=neurons(),
                s1=neurons(),
                s2=neurons(),
            ),
            r"add \(.*test_network_refusals\.py:\d+\) adds maps of 2x8x8 and 3x8x8",
        ),
    ],
)
def test_shapes_that_do_not_meet(made: Callable[[], Any], told: str) -> None:
    assert re.search(told, told_by(made()))


def test_input_features_that_do_not_meet() -> None:
    """A chip is needed to say it: the rule is one of the layer spec."""
    told = told_by(nn.Sequential(conv(3, 2), neurons()), chip="speck2f")
    assert "layer 0: the layer takes 3 input features and the input map has 2 (module 0, Conv2d" in told
    assert_cited(told, "#/rules/channels-match")


# ── What fit tells of a model that can be read ──────────────────────────────────────────────────


class Strided(nn.Module):  # type: ignore[name-defined, misc]
    """Its second convolution has a stride that no chip has."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(conv(2, 4), neurons(), conv(4, 4, stride=3), neurons())

    def forward(self, x: Any) -> Any:
        return self.features(x)


def test_fit_names_the_module_and_its_line(capsys: Any) -> None:
    """In the text and in JSON; what fits has its place in JSON alone."""
    from rich.console import Console

    from dynapspec.model import load_model
    from dynapspec.network.fit import fit, fitters
    from dynapspec.network.report import show

    report = fit(load(Strided(), SHAPE, SPECS), fitters(load_model(SPECS), "speck2f"))
    pytest.importorskip("jsonschema").Draft202012Validator(fit_schema()).validate(report.data())
    places = [layer["place"] for layer in report.data()["chips"][0]["layers"]]
    assert [re.sub(HERE, "HERE", place) for place in places] == [
        "module features.0, Conv2d HERE",
        "module features.2, Conv2d HERE",
    ]
    assert_here(places[1], "return self.features(x)")
    show(report, Console(width=200))
    told = capsys.readouterr().out
    assert f"place  {places[1]}\n" in told
    assert places[0] not in told


def test_a_refusal_shows_the_line() -> None:
    """The line of the user's code stands below the message, with a caret."""

    class Leaks(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(conv(2, 2), LIF())

        def forward(self, x: Any) -> Any:
            return self.features(x)  # leaks here

    told = told_by(Leaks()).splitlines()
    assert re.match(
        r"\S*test_network_refusals\.py:\d+:13: error\[unsupported\]: module features\.1, LIF ", told[0]
    )
    assert told[1].endswith("return self.features(x)  # leaks here")
    assert told[2].strip(" |") == "^" * len("return self.features(x)  # leaks here")


def test_fit_names_the_line_of_a_network_file(tmp_path: Path, capsys: Any) -> None:
    from rich.console import Console

    from dynapspec.model import load_model
    from dynapspec.network.fit import fit, fitters
    from dynapspec.network.report import show

    path = tmp_path / "net.yaml"
    path.write_text(
        "input_shape: [2, 8, 8]\nlayers:\n  - conv: {out_channels: 4, kernel_size: 3, stride: 3}\n"
    )
    report = fit(load(path, specs=SPECS), fitters(load_model(SPECS), "speck2f"))
    show(report, Console(width=200))
    assert "place  net.yaml:3\n" in capsys.readouterr().out
    assert "place" not in report.data()["chips"][0]["layers"][0]
