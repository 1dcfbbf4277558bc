"""The page and the drawing of a recorded benchmark."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from dynapspec.bench.schema import bench_schema
from dynapspec.diagnostics import InputError
from dynapspec.emit.conformance.evidence import read_evidence
from dynapspec.emit.conformance.speed import SpeedBound, SpeedRecord, speed
from dynapspec.emit.docs.speed_bars import speed_bars
from dynapspec.emit.docs.speed_page import speed_page
from dynapspec.emit.docs.speed_words import duration, quantity, target
from dynapspec.model import Model, load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"
SVG = "{http://www.w3.org/2000/svg}"


def a_row(name: str, ratio: float | None = None, **more: Any) -> dict[str, Any]:
    against = {"against": "peer 1.0", "against_seconds": 0.002 * ratio} if ratio else {}
    empty = {"against": "", "against_seconds": None, "bound": None, "measured": None, "met": None, "why": ""}
    return (
        {"name": name, "title": f"the {name}", "seconds": 0.002, "runs": 7, "ratio": ratio}
        | empty
        | against
        | more
    )


def judged(name: str, ratio: float, least: float) -> dict[str, Any]:
    bound = {"kind": "ratio", "value": least}
    return a_row(name, ratio, bound=bound, measured=ratio, met=ratio >= least)


def a_record() -> dict[str, Any]:
    point = {"axis": "time", "title": "steps", "against": "peer 1.0", "against_seconds": 1.0, "ratio": 500.0}
    return {
        "format": 1,
        "date": "2026-11-23",
        "machine": {
            "processor": "A <Processor>",
            "cores": 2,
            "threads": 2,
            "memory_gib": 4.0,
            "system": "Linux x86_64",
            "python": "3.11.7",
            "versions": {"torch": "2.13.0"},
        },
        "rows": [
            judged("quick", 100.0, 10.0),
            judged("lagging", 2.0, 10.0),
            a_row("free", 0.1),
            a_row("gone", None, seconds=None, runs=0, why="no module"),
        ],
        "memory": [{"name": "m", "title": "a work", "mib": 3.0, "against": "peer 1.0", "against_mib": 5.4}],
        "scaling": [point | {"value": "50", "seconds": 0.002}, point | {"value": "400", "seconds": 0.016}],
        "growths": [],
        "others": [{"package": "a-library", "version": None, "settings": "Neuron(x='m')"}],
    }


@pytest.fixture
def model(tmp_path: Path) -> Model:
    shutil.copytree(SPECS, tmp_path / "specs")
    (tmp_path / "specs" / "evidence" / "speed.json").write_text(json.dumps(a_record()))
    return load_model(tmp_path / "specs")


def test_the_page_shows_every_figure(model: Model) -> None:
    text = speed_page(model)
    assert "1 of 2 targets are reached." in text
    assert (
        "| the quick | peer 1.0 | at least 10 times as fast | 100 times as fast | 2 ms | 200 ms | 7 |" in text
    )
    assert "**2 times as fast, below it**" in text
    assert "| the free | peer 1.0 | 0.1 | 2 ms |" in text
    assert "- gone: no module" in text
    assert "| a work | 3 | peer 1.0 | 5 |" in text
    assert "| ours, in parts of the first | 1 | 8 |" in text
    assert "| times as long | 500 | 500 |" in text
    assert "not installed, so not measured" in text
    assert "A &#60;Processor&#62;" in text


def test_the_record_is_no_run_against_an_implementation(model: Model) -> None:
    assert all(record.implementation != "speed" for record in read_evidence(model).records)
    assert [error.message for error in Draft202012Validator(bench_schema()).iter_errors(a_record())] == []


def test_another_file_is_refused(model: Model) -> None:
    path = model.root / "evidence" / "speed.json"
    path.write_text('{"format": 1}')
    with pytest.raises(InputError, match="no such record"):
        speed(model)
    path.unlink()
    assert "Nothing has been recorded" in speed_page(model)


def test_bars_are_to_scale() -> None:
    """From 0.1 to 100 are three powers of ten, and each bar begins at 1."""
    root = ElementTree.fromstring(speed_bars(SpeedRecord.model_validate(a_record())))
    bars = {bar.get("class"): bar for bar in root.iter(f"{SVG}rect") if bar.get("class") != "page"}
    one = float(next(line.get("x1", "") for line in root.iter(f"{SVG}line") if line.get("class") == "one"))
    power = float(bars["reached"].get("width", "")) / 2
    assert [round(float(bars[kind].get("width", "")) / power, 2) for kind in ("below", "other")] == [
        0.30,
        1.0,
    ]
    assert [float(bars[kind].get("x", "")) for kind in ("reached", "below")] == [one, one]
    assert float(bars["other"].get("x", "")) == pytest.approx(one - power, abs=0.11)
    targets = [float(line.get("x1", "")) for line in root.iter(f"{SVG}line") if line.get("class") == "target"]
    assert targets == pytest.approx([one + power] * 2, abs=0.11)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for part in [*root.iter(f"{SVG}rect"), *root.iter(f"{SVG}text")]:
        assert 0 <= float(part.get("x", "")) + float(part.get("width", "0")) <= width
        assert 0 <= float(part.get("y", "")) <= height


def test_the_drawing_is_for_light_and_dark_and_escaped() -> None:
    text = speed_bars(SpeedRecord.model_validate(a_record()))
    assert "@media (prefers-color-scheme: dark)" in text
    assert "A &lt;Processor&gt;" in text
    assert text.count("http") == 1  # the name space
    empty = SpeedRecord.model_validate(a_record() | {"rows": []})
    assert ElementTree.fromstring(speed_bars(empty)).find(f"{SVG}title") is not None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (12.34, "12.3 s"),
        (1234.5, "1234 s"),
        (1.0, "1 s"),
        (0.0123, "12.3 ms"),
        (2e-6, "2 us"),
        (0.1234, "123 ms"),
    ],
)
def test_times_have_three_digits(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_targets_in_words() -> None:
    bounds = [("ratio", 5.0), ("ratio", 1.0), ("times", 1.5), ("seconds", 0.008), ("rate", 1e7)]
    assert [target(SpeedBound(kind=kind, value=value)) for kind, value in bounds] == [  # type: ignore[arg-type]
        "at least 5 times as fast",
        "at least as fast",
        "at most 1.5 times as long",
        "at most 8 ms",
        "at least 10 million a second",
    ]
    assert quantity(SpeedBound(kind="ratio", value=5.0), 2.345) == "2.35 times as fast"
