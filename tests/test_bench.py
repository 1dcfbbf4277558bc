"""The benchmark's arithmetic; how fast anything is, no test says."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from dynapspec.bench import every, others, peak
from dynapspec.bench.bound import Bound, Kind
from dynapspec.bench.commands import command_rows
from dynapspec.bench.figure import Figure
from dynapspec.bench.growth import Growth
from dynapspec.bench.rows import Absent, Row
from dynapspec.bench.schema import bench_schema
from dynapspec.bench.turns import Pace, in_turn
from dynapspec.bench.variants import write_variants
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"


def row(name: str, figure: Figure, bound: Bound | None = None, **more: Any) -> Row:
    return Row(name, lambda pace: figure, bound, **more)


def missing(pace: Pace) -> Figure:
    raise Absent("no such recording")


ROWS = [
    row("fast", Figure("a fast thing", (2e-6,), "peer 1.0", (4e-6,)), Bound(Kind.RATIO, 2)),
    row("slow", Figure("a slow thing", (3.0,), "the copy", (1.0,)), Bound(Kind.TIMES, 1.5)),
    row("alone", Figure("a lonely thing", (0.5, 0.25, 1.0)), Bound(Kind.RATIO, 3), against="peer"),
    Row("missing", missing, Bound(Kind.SECONDS, 1)),
    row("lacking", Figure("", (1.0,)), needs=("a_module_that_nobody_has",)),
    row("backward", Figure("backward", (1.0,)), slow=True),
]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every, "every_row", lambda specs: ROWS)


def bench(*arguments: str, specs: Path = SPECS) -> Result:
    return CliRunner().invoke(cli, ["bench", "--specs", str(specs), *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench(*arguments, "--format", "json").stdout)
    assert [error.message for error in Draft202012Validator(bench_schema()).iter_errors(found)] == []
    return found


def test_a_ratio_is_the_median_over_pairs() -> None:
    figure = Figure("x", (1.0, 2.0, 4.0), "peer", (3.0, 2.0, 40.0))
    assert figure.median == 2.0
    assert figure.ratio == 3.0
    assert figure.peer_median == 3.0
    assert Figure("x", (1.0,)).ratio is None


@pytest.mark.parametrize(
    ("bound", "measured", "met"),
    [
        (Bound(Kind.RATIO, 3.0), 3.0, True),
        (Bound(Kind.RATIO, 3.1), 3.0, False),
        (Bound(Kind.TIMES, 0.34), 1 / 3, True),
        (Bound(Kind.TIMES, 0.33), 1 / 3, False),
        (Bound(Kind.SECONDS, 2.0), 2.0, True),
        (Bound(Kind.SECONDS, 1.9), 2.0, False),
        (Bound(Kind.RATE, 5.0, amount=10), 5.0, True),
        (Bound(Kind.RATE, 5.1, amount=10), 5.0, False),
    ],
)
def test_a_target_is_a_least_or_a_most(bound: Bound, measured: float, met: bool) -> None:
    figure = Figure("x", (1.0, 2.0, 4.0), "peer", (3.0, 2.0, 40.0))
    assert bound.measured(figure) == pytest.approx(measured)
    assert bound.is_met(figure) is met


def test_without_a_peer_no_ratio_is_judged() -> None:
    for kind in (Kind.RATIO, Kind.TIMES):
        assert Bound(kind, 1.0).is_met(Figure("x", (1.0,))) is None


def test_runs_are_in_turn_and_the_first_does_not_count() -> None:
    calls: list[str] = []
    told: list[tuple[int, int]] = []
    pace = Pace(2, tell=lambda done, runs, _: told.append((done, runs)))
    figure = in_turn("x", pace, lambda: calls.append("own"), "peer", lambda: calls.append("peer"), calls=2)
    assert calls == 3 * ["own", "own", "peer", "peer"]
    assert (len(figure.seconds), len(figure.peer_seconds)) == (2, 2)
    assert told == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(("seconds", "runs"), [(1.0, 7), (3.0, 3), (11.0, 1), (0.0, 7)])
def test_slow_rows_get_fewer_runs(seconds: float, runs: int) -> None:
    assert Pace(7, limit=10.0).count(seconds) == runs
    assert Pace(7).count(seconds) == 7


@pytest.mark.usefixtures("few")
def test_json_has_each_row() -> None:
    found = answer("--runs", "1")
    kept = ("name", "seconds", "against", "ratio", "measured", "met", "why")
    assert [tuple(one[key] for key in kept) for one in found["rows"]] == [
        ("fast", 2e-6, "peer 1.0", 2.0, 2.0, True, ""),
        ("slow", 3.0, "the copy", 0.3333, 3.0, False, ""),
        ("alone", 0.5, "", None, None, None, "peer is not installed"),
        ("missing", None, "", None, None, None, "no such recording"),
        ("lacking", None, "", None, None, None, "a_module_that_nobody_has is not installed"),
    ]
    assert [one["package"] for one in found["others"]] == ["spikingjelly", "snntorch", "norse"]


@pytest.mark.usefixtures("few")
def test_the_last_lines_say_what_is_below_target() -> None:
    text = bench("--runs", "1").output
    assert "fast     2 us  peer 1.0 2x  " in text
    assert "3x of the copy  <= 1.5x  below" in text
    assert text.splitlines()[-5:] == [
        "Not measured: missing: no such recording.",
        "Not measured: lacking: a_module_that_nobody_has is not installed.",
        "Nothing to compare with: peer is not installed.",
        "Below target: slow: a slow thing: 3 times as long, and should be at most 1.5 times as long;"
        " it takes 3 s (the copy 1 s).",
        "1 of 2 targets are reached.",
    ]


@pytest.mark.usefixtures("few")
def test_rows_are_chosen_by_name_and_pattern() -> None:
    assert [one["name"] for one in answer("--rows", "s*", "--rows", "backward")["rows"]] == [
        "slow",
        "backward",
    ]
    assert "backward" not in bench("--runs", "1").output
    assert "backward" in bench("--runs", "1", "--training").output
    listed = bench("--list").output.splitlines()
    assert listed[1] == "slow      at most 1.5 times as long"
    assert listed[-1] == "backward  with --training"


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rows", "fats"], "did you mean fast?"),
        (["--rows", "q*"], "known: alone, backward, fast"),
        (["--rows", "fast", "--plot", "/nowhere/x.svg"], "cannot be written"),
        (["--rows", "fast", "--plot", "/a/site-packages/x.svg"], "lies among installed packages"),
    ],
)
def test_what_cannot_be_is_told(arguments: list[str], told: str) -> None:
    error = bench(*arguments).exception
    assert isinstance(error, InputError)
    (found,) = error.diagnostics
    assert told in f"{found.message} {found.hint}"


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("option", ["--runs", "--seconds", "--variants"])
def test_bad_usage_is_told(option: str) -> None:
    result = bench(option, "0")
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr


@pytest.mark.usefixtures("few")
def test_a_record_is_kept_and_measured_again_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        peak, "peaks", lambda tell: iter([peak.Peak("p", "a work", 3 << 20, "sinabs", 5 << 20)])
    )
    monkeypatch.setattr("dynapspec.bench.scaling.scaling", lambda pace: iter([]))
    path = tmp_path / "evidence" / "speed.json"
    assert bench("--record", "--runs", "1", specs=tmp_path).exit_code == 0
    first = json.loads(path.read_text())
    assert [error.message for error in Draft202012Validator(bench_schema()).iter_errors(first)] == []
    assert [one["name"] for one in first["rows"]] == [one.name for one in ROWS]
    assert first["memory"][0]["against_mib"] == 5
    monkeypatch.setattr(every, "every_row", lambda specs: [row("slow", Figure("s", (1.0,), "c", (1.0,)))])
    assert bench("--record", "--rows", "slow", "--runs", "1", specs=tmp_path).exit_code == 0
    second = json.loads(path.read_text())
    assert second["rows"][1]["seconds"] == 1.0
    assert (second["rows"][0], second["memory"]) == (first["rows"][0], first["memory"])
    second["machine"]["processor"] = "another"
    path.write_text(json.dumps(second))
    refused = bench("--record", "--rows", "slow", "--runs", "1", specs=tmp_path).exception
    assert isinstance(refused, InputError)
    assert "was measured on another machine" in refused.diagnostics[0].message


def test_an_interrupted_run_keeps_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(pace: Pace) -> Figure:
        raise KeyboardInterrupt

    monkeypatch.setattr(every, "every_row", lambda specs: [ROWS[0], Row("later", interrupted), ROWS[1]])
    result = bench("--record", specs=tmp_path)
    assert isinstance(result.exception, InputError)
    assert result.exception.diagnostics[0].message == "ended after 1 of 3 rows"
    assert "peer 1.0 2x" in result.output
    kept = json.loads((tmp_path / "evidence" / "speed.json").read_text())
    assert [one["name"] for one in kept["rows"]] == ["fast"]


def test_the_machine_is_described_and_nobody_is_named() -> None:
    import platform

    from dynapspec.bench.machine import machine

    found = machine()
    text = found.model_dump_json()
    assert found.cores >= 1
    assert found.python == platform.python_version()
    assert platform.node() not in text or len(platform.node()) < 4
    assert str(Path.home()) not in text


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    shutil.copytree(SPECS, tmp_path / "specs")
    chip = tmp_path / "specs" / "chips" / "speck2f.yaml"
    chip.write_text(chip.read_text().replace("extends: speck2", "extends: nothing"))
    with pytest.raises(InputError, match="dynapspec generate failed"):
        next(command_rows(tmp_path / "specs")).measure(Pace(1))


def test_a_growth_is_what_one_chip_adds() -> None:
    growth = Growth("check", 4, (5.0, 3.0, 4.0), (2.0, 1.0, 9.0))
    assert growth.name == "check, 4 chips more"
    assert growth.each == 0.5


@pytest.mark.usefixtures("few")
def test_growths_are_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "dynapspec.bench.growth.growth_figures",
        lambda root, counts, pace: [Growth("check", n, (n + 1.0,), (1.0,)) for n in counts],
    )
    asked = ["--rows", "fast", "--variants", "10", "--variants", "100"]
    assert answer(*asked)["growths"] == [
        {"name": "check, 10 chips more", "seconds": 11.0, "seconds_per_chip": 1.0},
        {"name": "check, 100 chips more", "seconds": 101.0, "seconds_per_chip": 1.0},
    ]
    assert "1000.0 ms" in bench(*asked).output


def test_made_chips_are_sound_and_each_is_another(tmp_path: Path) -> None:
    write_variants(SPECS, tmp_path / "specs", 24)
    model = load_model(tmp_path / "specs")
    made = [chip.spec for name, chip in model.chips.items() if name.startswith("made-")]
    facts = {
        repr((spec.cores, [limit.data for limit in spec.limits.values()], spec.devices)) for spec in made
    }
    assert len(made) == 24
    assert len(facts) == 24
    assert any(not spec.claims for spec in made)
    assert any(spec.limits["stride"].one_of != (1, 2, 4, 8) for spec in made)


def test_made_chips_are_the_same_each_time(tmp_path: Path) -> None:
    for name, count in (("few", 3), ("more", 9)):
        write_variants(SPECS, tmp_path / name, count)
    for path in sorted((tmp_path / "few" / "chips").glob("made-*.yaml")):
        assert path.read_bytes() == (tmp_path / "more" / "chips" / path.name).read_bytes()


def test_answers_that_differ_are_no_figure() -> None:
    torch = pytest.importorskip("torch")
    from dynapspec.bench.neurons import agree

    agree(torch.ones(3), torch.ones(3), "spikes")
    agree(torch.ones(3), None, "spikes")
    with pytest.raises(InputError, match="our spikes and the peer's differ"):
        agree(torch.ones(3), torch.zeros(3), "spikes")


def test_growth_of_memory_is_that_of_the_work_alone() -> None:
    np = pytest.importorskip("numpy")
    before = np.ones(300 << 17)  # 300 MiB, freed before the work
    del before
    # much, since the system counts the pages of a process in batches, and so a MiB or two late
    grown = peak.growth(lambda: np.ones(200 << 17).sum()) / peak.MIB
    if peak.CLEAR.exists():
        assert 195 <= grown <= 205
    assert grown >= 0


class Stand:
    """Stands in for a library whose neurons subtract the threshold; ``off`` makes it wrong."""

    def __init__(self, off: float) -> None:
        self.off = off

    def IFNode(self, v_threshold: float, **options: Any) -> Any:  # noqa: N802
        torch = pytest.importorskip("torch")
        assert options == {"v_reset": None, "step_mode": "m", "detach_reset": False}

        def run(x: Any) -> Any:
            v, left = torch.zeros_like(x[0]), []
            for one in x:
                v = v + one + self.off
                left.append((v >= v_threshold).float())
                v = v - left[-1] * v_threshold
            return torch.stack(left)

        made = SimpleNamespace(reset=lambda: None)
        return type("Made", (), {"reset": lambda self: made.reset(), "__call__": lambda self, x: run(x)})()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SHAPE", (2, 8, 8)), ("BATCH", 2), ("TIME", 20)):
        monkeypatch.setattr(others, name, value)
    monkeypatch.setattr(others, "drawn", lambda shape: _drawn(40, *shape))


def _drawn(*shape: int) -> Any:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch.randn(*shape) * 0.5


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("off", [0.0, 0.01])
def test_another_library_is_compared_before_it_is_timed(off: float, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    name, stand = "spikingjelly.activation_based.neuron", ModuleType("stand")
    stand.IFNode = Stand(off).IFNode  # type: ignore[attr-defined]
    for parent in ("spikingjelly", "spikingjelly.activation_based"):
        monkeypatch.setitem(sys.modules, parent, ModuleType(parent))
    monkeypatch.setitem(sys.modules, name, stand)
    monkeypatch.setattr(others, "version", lambda package: "9.9")
    first = next(others.other_rows())
    if off:
        with pytest.raises(InputError, match="our spikes and the peer's differ"):
            first.measure(Pace(1))
    else:
        assert first.measure(Pace(1)).peer == "spikingjelly 9.9"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("one", others.OTHERS, ids=lambda one: one.package)
def test_libraries_that_are_installed_agree(one: others.Other) -> None:
    torch = pytest.importorskip("torch")
    if one.name is None:
        pytest.skip(f"NOT TESTED: the package {one.package} is missing")
    with torch.no_grad():
        own, _ = others.both(one, _drawn(40, *others.SHAPE))
        assert 0 < float(own().mean()) < 1


@pytest.mark.usefixtures("small")
def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    gone = others.Other("a-package-that-nobody-has", lambda: lambda x: x, "")
    monkeypatch.setattr(others, "OTHERS", (gone,))
    monkeypatch.setattr(every, "every_row", lambda specs: list(others.other_rows()))
    (found,) = answer("--runs", "1")["rows"]
    assert (found["against"], found["why"]) == ("", "a-package-that-nobody-has is not installed")
    assert found["seconds"] > 0
