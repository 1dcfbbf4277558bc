"""Search spaces: every answer is that of ``fit`` on the network written out; files are whole and ordered."""

from __future__ import annotations

import json
import re
import textwrap
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as parquet
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.explore.engine import Engine
from dynapspec.explore.parts import cluster_parts, local_parts
from dynapspec.explore.placing import Placing
from dynapspec.explore.plan import Plan, make_plan
from dynapspec.explore.run import explore
from dynapspec.model import load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.runtime.placement import PlacementError, place

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
MODEL = load_model(SPECS)
CHAIN, FITTERS = Chain(MODEL), fitters(MODEL)

SPACE = """
    name: small
    choose:
      size: [16, 30, 70]
      tall: [0, 2]
      width: {range: 4..1028, step: 512}
      k: [3, 4]
      depth: 0..3
      window: [1, 2, 3]
      biased: [true, false]
      mode: [zeros, reflect]
    where: [k != 4 or window != 3]
    input_shape: [2, size, size + tall]
    layers:
      - conv: {out_channels: width, kernel_size: [k, 3], padding: k // 2, bias: biased, padding_mode: mode}
        pool: window
      - conv: {out_channels: 8 * pow2(index), kernel_size: 3}
        repeat: depth
        pool: 2
        neurons: {spike_threshold: 2 - index}
      - linear: {out_features: 10}
"""


def space(folder: Path, text: str = SPACE) -> Path:
    path = folder / "space.yaml"
    path.write_text(textwrap.dedent(text))
    return path


def plan_of(folder: Path, text: str = SPACE, **how: Any) -> Plan:
    return make_plan(space(folder, text), MODEL, **how)


def written_out(row: dict[str, Any]) -> dict[str, Any]:
    """One network of the space, as a network file has it; worked out here by hand."""
    layers: list[dict[str, Any]] = [
        {
            "conv": {
                "out_channels": row["width"],
                "kernel_size": [row["k"], 3],
                "padding": row["k"] // 2,
                "bias": row["biased"],
                "padding_mode": row["mode"],
            },
            "pool": row["window"],
        }
    ]
    for index in range(row["depth"]):
        one = {"conv": {"out_channels": 8 * 2**index, "kernel_size": 3}, "pool": 2}
        layers.append({**one, "neurons": {"spike_threshold": 2 - index}})
    layers.append({"linear": {"out_features": 10}})
    return {"name": "one", "input_shape": [2, row["size"], row["size"] + row["tall"]], "layers": layers}


def answers(folder: Path, row: dict[str, Any]) -> Any:
    path = folder / "network.yaml"
    path.write_text(json.dumps(written_out(row)))
    return fit(read_network(str(path), CHAIN), FITTERS)


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows


def test_every_answer_is_that_of_fit(tmp_path: Path) -> None:
    out = tmp_path / "answers.parquet"
    summary = explore(plan_of(tmp_path), out)
    rows = rows_of(out)
    wanted = [
        {"size": s, "tall": t, "width": w, "k": k, "depth": d, "window": p, "biased": b, "mode": m}
        for s, t, w, k, d, p, b, m in product(
            *((16, 30, 70), (0, 2), range(4, 1029, 512), (3, 4), range(4), (1, 2, 3)),
            *((True, False), ("zeros", "reflect")),
        )
        if k != 4 or p != 3
    ]
    assert [{name: row[name] for name in wanted[0]} for row in rows] == wanted
    assert summary.networks == len(rows) < summary.combinations == 3 * 2 * 3 * 2 * 4 * 3 * 2 * 2
    for row in rows[::23]:
        report = answers(tmp_path, row)
        assert row["layers"] == len(report.chips[0].layers)
        for chip in report.chips:
            assert row[f"fits_{chip.chip}"] == chip.fits, (row, chip)
            stops = {violation.rule for violation in chip.violations}
            assert set((row[f"stopped_by_{chip.chip}"] or "").split()) == stops, row
        memories = [layer.memories for layer in report.chips[0].layers]
        known = all(use.words is not None for one in memories for use in one.values())
        for name in ("kernel", "neuron", "bias"):
            words = sum(one[name].words or 0 for one in memories) if known else None
            assert row[f"{name}_words"] == words or (not known and row[f"{name}_words"] is None)


def test_the_summary_counts_the_rows(tmp_path: Path) -> None:
    out = tmp_path / "answers.parquet"
    summary = explore(plan_of(tmp_path), out)
    rows = rows_of(out)
    for name, one in summary.chips.items():
        fitting = [row for row in rows if row[f"fits_{name}"]]
        assert one.fits == len(fitting)
        stops = [stop for row in rows for stop in (row[f"stopped_by_{name}"] or "").split()]
        assert dict(one.stopped_by) == {stop: stops.count(stop) for stop in set(stops)}
        most = max(row["parameters"] for row in fitting)
        first = next(row for row in fitting if row["parameters"] == most)
        assert one.largest is not None
        assert (one.largest.number, one.largest.parameters) == (first["number"], most)
        assert one.largest.choices == {key: first[key] for key in one.largest.choices}


def test_chunks_change_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    small = Plan(plan.checked, plan.layer, plan.chips, plan.total, chunk=100)
    explore(plan, tmp_path / "one.parquet")
    explore(small, tmp_path / "many.parquet")
    assert parquet.read_table(tmp_path / "one.parquet").equals(parquet.read_table(tmp_path / "many.parquet"))


def test_the_limit_takes_the_first(tmp_path: Path) -> None:
    explore(plan_of(tmp_path), tmp_path / "all.parquet")
    summary = explore(plan_of(tmp_path, limit=77), tmp_path / "first.parquet")
    whole, first = rows_of(tmp_path / "all.parquet"), rows_of(tmp_path / "first.parquet")
    assert first == [row for row in whole if row["number"] < 77]
    assert summary.combinations == 77


def test_a_space_of_astronomic_size_starts_at_once(tmp_path: Path) -> None:
    text = """
        choose: {a: 1..1000000, b: 1..1000000, c: 1..1000000}
        input_shape: [1, 16, 16]
        layers: [{conv: {out_channels: a, kernel_size: b}}, {linear: {out_features: c}}]
    """
    plan = plan_of(tmp_path, text, limit=10)
    assert explore(plan).networks == 10
    whole = local_parts(plan_of(tmp_path, text))
    assert next(whole).numbers.tolist()[:2] == [0, 1]
    whole.close()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_hall_agrees_with_placing(data: st.DataObject) -> None:
    cores = data.draw(st.integers(1, 6))
    kind = data.draw(st.lists(st.integers(0, 3), min_size=cores, max_size=cores))
    kinds = [[core for core in range(cores) if kind[core] == one] for one in sorted(set(kind))]
    subsets = [
        sum(1 << core for one in chosen for core in one)
        for size in range(1 << len(kinds))
        for chosen in [[k for place_, k in enumerate(kinds) if size >> place_ & 1]]
    ]
    networks = data.draw(
        st.lists(st.lists(st.sampled_from(subsets), min_size=3, max_size=3), min_size=1, max_size=8)
    )
    layers = [np.array(column) for column in zip(*networks, strict=True)]
    found = Placing(kinds).possible(layers)
    alone = Placing(kinds)._one_by_one(layers)
    for index, network in enumerate(networks):
        fitting = [[core for core in range(cores) if bits >> core & 1] for bits in network if bits]
        try:
            place(fitting)
            possible = True
        except PlacementError:
            possible = False
        assert found[index] == alone[index] == possible


def test_a_cluster_gives_the_same_rows(tmp_path: Path) -> None:
    from distributed import LocalCluster

    plan = plan_of(tmp_path)
    small = Plan(plan.checked, plan.layer, plan.chips, plan.total, chunk=100)
    how: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(processes=True, **how) as cluster:  # type: ignore[no-untyped-call]
        explore(small, tmp_path / "cluster.parquet", cluster.scheduler_address)
    explore(small, tmp_path / "here.parquet")
    assert (tmp_path / "cluster.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()


def test_nothing_is_left_of_what_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out" / "answers.parquet"
    out.parent.mkdir()

    def stop(self: Any, task: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Engine, "run", stop)
    done = CliRunner().invoke(
        cli, ["explore", str(space(tmp_path)), "--out", str(out), "--specs", str(SPECS)]
    )
    assert done.exit_code == 130
    assert "was not written" in done.output
    assert list(out.parent.iterdir()) == []


def test_json_keeps_its_schema(tmp_path: Path) -> None:
    asked = ["explore", str(space(tmp_path)), "--chip", "speck2f", "--format", "json", "--specs", str(SPECS)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    schema = json.loads((ROOT / "generated/schemas/explore.json").read_text())
    jsonschema.validate(json.loads(done.output), schema)
    assert [one["chip"] for one in json.loads(done.output)["chips"]] == ["speck2f"]


def test_the_text_tells_what_fits_and_what_stops_the_rest(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["explore", str(space(tmp_path)), "--specs", str(SPECS)])
    assert done.exit_code == 0
    assert re.search(r"small: \d+ networks, \d+ more combinations are left out by where", done.output)
    assert "padding-mode" in done.output
    assert "largest on" in done.output


def test_where_nothing_fits_the_exit_code_is_1(tmp_path: Path) -> None:
    text = """
        choose: {s: [3, 5]}
        input_shape: [2, 9, 9]
        layers: [{conv: {out_channels: 1, kernel_size: 3, stride: s}}]
    """
    done = CliRunner().invoke(cli, ["explore", str(space(tmp_path, text)), "--specs", str(SPECS)])
    assert done.exit_code == 1
    assert "stride 2" in done.output


WRONG = [
    ("kernel_size: [k, 3]", "kernel_sise: [k, 3]", "unknown-key", "kernel_sise", "did you mean kernel_size?"),
    ("out_channels: width", "out_channels: widht", "unknown-name", "widht", "did you mean width?"),
    ("k // 2", "k / 2", "leaves-domain", "k / 2", "use // to divide"),
    ("[16, 30, 70]", "[]", "wrong-value", "size", "list one"),
    ("[16, 30, 70]", "[16, a]", "wrong-type", "size", "keep one type"),
    ("repeat: depth", "repeat: depth * 1000", "out-of-domain", "depth * 1000", ""),
    ("depth: 0..3", "index: 0..3", "name-clash", "index", "choose another name"),
    ("depth: 0..3", "fits_it: 0..3", "name-clash", "fits_it", "choose another name"),
    ("- linear: {out_features: 10}", "- pool: 2", "wrong-layer", "pool", "conv"),
    ("pow2(index)", "power(index)", "unknown-function", "power(index)", ""),
    ("[2, size, size + tall]", "[2, size]", "wrong-type", "[2, size]", "features, height, width"),
    ("width: {range", "width: {rnge", "unknown-key", "rnge", ""),
    ("[3, 4]", "[3, 3]", "listed-twice", "k", "keep one"),
    ("[zeros, reflect]", "[zeros, zero]", "unknown-name", "zero", "did you mean zeros?"),
    ("8 * pow2(index)", "pow2(60 * index)", "leaves-domain", "pow2(60 * index)", ""),
]


@pytest.mark.parametrize(("old", "new", "code", "at", "hint"), WRONG, ids=[new for _, new, *_ in WRONG])
def test_what_is_wrong_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, code: str, at: str, hint: str
) -> None:
    assert old in SPACE
    path = space(tmp_path, SPACE.replace(old, new))
    done = CliRunner().invoke(cli, ["explore", str(path), "--specs", str(SPECS)])
    assert done.exit_code != 0
    with pytest.raises(InputError) as error:
        make_plan(path, MODEL)
    found = [one for one in error.value.diagnostics if one.code == code]
    assert found, [str(one) for one in error.value.diagnostics]
    spans = [one.span for one in found if one.span is not None]
    lines = path.read_text().splitlines()
    assert any(at in lines[span.line - 1] for span in spans)
    assert any(hint in one.hint for one in found)


def test_bad_usage_is_told_without_a_traceback(tmp_path: Path) -> None:
    runner, path = CliRunner(), str(space(tmp_path))
    for asked in (
        ["explore"],
        ["explore", path, "--out", str(tmp_path / "x.csv")],
        ["explore", path, "--limit", "0"],
    ):
        done = runner.invoke(cli, [*asked, "--specs", str(SPECS)])
        assert done.exit_code == 2, asked
        assert "Traceback" not in done.output
    for asked in (
        ["explore", str(tmp_path / "none.yaml")],
        ["explore", path, "--chip", "speck2g"],
        ["explore", path, "--out", str(tmp_path / "no" / "x.parquet")],
        ["explore", path, "--scheduler", "nothing at all"],
    ):
        done = runner.invoke(cli, [*asked, "--specs", str(SPECS)])
        assert isinstance(done.exception, InputError), (asked, done.output)


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.setitem(sys.modules, "distributed", None)
    plan = plan_of(tmp_path)
    with pytest.raises(InputError, match="pyarrow"):
        explore(plan, tmp_path / "x.parquet")
    with pytest.raises(InputError, match="distributed"):
        next(cluster_parts(plan, "tcp://127.0.0.1:1"))
    assert explore(plan).networks > 0


def test_the_example_of_the_docs_is_a_space_and_keeps_the_schema(tmp_path: Path) -> None:
    page = (ROOT / "generated/docs/explore.md").read_text()
    text = page.partition("```yaml\n")[2].partition("```")[0]
    assert explore(plan_of(tmp_path, text)).any_fits
    schema = json.loads((ROOT / "generated/schemas/space.json").read_text())
    for one in (text, textwrap.dedent(SPACE)):
        jsonschema.validate(yaml.safe_load(one), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text.replace("out_channels", "outchannels")), schema)
