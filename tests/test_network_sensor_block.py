"""What a network file asks of the sensor's block, and the page that tells every key of such a file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs_kit import blocks, pages
from dynapspec.diagnostics import InputError
from dynapspec.emit.schema.network import network_schema
from dynapspec.network.file import GRAPH, LAYER, TOP
from dynapspec.network.keys import Keys
from dynapspec.network.network import Preprocessing
from dynapspec.network.sensor_block import CROP, KEYS
from report_kit import answer, model, written

HEAD = "name: net\ninput_shape: [2, 128, 96]\n"
LAYERS = "layers:\n  - conv: {out_channels: 1, kernel_size: 1}\n"


@pytest.mark.parametrize(
    ("asked", "shape", "before"),
    [
        ("{pool: 2}", (2, 64, 48), Preprocessing((2, 128, 96), (2, 2))),
        ("{pool: [2, 4]}", (2, 64, 24), Preprocessing((2, 128, 96), (2, 4))),
        ("{merge: true}", (1, 128, 96), Preprocessing((2, 128, 96), merge=True)),
        (
            "{pool: 2, crop: {top: 4, left: 8, height: 60, width: 40}}",
            (2, 60, 40),
            Preprocessing((2, 128, 96), (2, 2), (4, 8, 60, 40)),
        ),
        ("{mirror: rows}", (2, 128, 96), Preprocessing((2, 128, 96), mirror=(True, False))),
        ("{mirror: [columns, rows]}", (2, 128, 96), Preprocessing((2, 128, 96), mirror=(True, True))),
        ("{swap: true}", (2, 96, 128), Preprocessing((2, 128, 96), swap=True)),
        ("{}", (2, 128, 96), None),
        ("{pool: 1, merge: false, swap: false, mirror: []}", (2, 128, 96), None),
    ],
)
def test_what_the_first_layers_receive(
    tmp_path: Path, asked: str, shape: tuple[int, ...], before: Preprocessing | None
) -> None:
    network = written(tmp_path, f"{HEAD}sensor: {asked}\n{LAYERS}")
    assert (network.input_shape, network.preprocessing) == (shape, before)


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ("2", "wrong-type", "sensor is a mapping"),
        ("{poll: 2}", "unknown-key", "poll"),
        ("{pool: 0}", "wrong-type", "pool is a whole number from 1 on"),
        ("{pool: [1, 2, 3]}", "wrong-type", "one whole number or two"),
        ("{pool: 200}", "crop", "leaves no map"),
        ("{crop: 3}", "wrong-type", "crop is a mapping"),
        ("{crop: {top: 0, left: 0, height: 4}}", "missing-key", "width is missing"),
        ("{crop: {top: -1, left: 0, height: 4, width: 4}}", "wrong-type", "top is a whole number from 0"),
        ("{crop: {top: 0, left: 0, height: 0, width: 4}}", "wrong-type", "height is a whole number from 1"),
        (
            "{crop: {top: 0, left: 93, height: 4, width: 4}}",
            "crop",
            "ends at row 4 and column 97 of a map of",
        ),
        ("{pool: 2, crop: {top: 61, left: 0, height: 4, width: 4}}", "crop", "row 65"),
        ("{mirror: up}", "wrong-type", "mirror names rows or columns"),
        ("{merge: 1}", "wrong-type", "merge is true or false"),
        ("{swap: rows}", "wrong-type", "swap is true or false"),
    ],
)
def test_what_it_cannot_be(tmp_path: Path, asked: str, code: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        written(tmp_path, f"{HEAD}sensor: {asked}\n{LAYERS}")
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    assert says in finding.message
    assert finding.span is not None
    assert finding.span.line == 3


def test_what_a_chip_cannot_do_is_a_violation(tmp_path: Path) -> None:
    network = written(tmp_path, f"{HEAD}sensor: {{pool: 3}}\n{LAYERS}")
    rules = [one.rule for one in answer(network)[0].chips[0].violations]
    assert rules == ["dvs-pooling"]


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


@cache
def docs() -> dict[str, str]:
    return pages()


def page() -> str:
    return docs()["docs/networks.md"]


EXAMPLES = [block for block in blocks(page(), "yaml") if "layers:" in block]


@pytest.mark.parametrize("block", EXAMPLES)
def test_every_example_fits(tmp_path: Path, block: str) -> None:
    report, _ = answer(written(tmp_path, block))
    assert report.chips[0].fits, report.chips[0].violations


def test_the_examples_show_graphs_decimation_and_the_sensor() -> None:
    assert len(EXAMPLES) == 3
    for key in ("merge: add", "merge: concat", "inputs:", "id:", "decimate:", "sensor:", "pool:", "neurons:"):
        assert any(key in block for block in EXAMPLES), key


def test_the_page_tells_exactly_the_keys_that_are_read() -> None:
    """What the reader takes, key by key, in the order of the tables."""
    keys = Keys(next(iter(model().layers.values())).spec)
    tables = [
        re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
        for table in re.findall(r"\| key \|.*?(?=\n\n)", page() + "\n\n", re.DOTALL)
    ]
    expected = [
        TOP,
        KEYS,
        CROP,
        (*LAYER, *GRAPH),
        keys.conv,
        keys.linear,
        keys.neurons,
        keys.pool,
        ("from", "pool"),
    ]
    assert [sorted(table) for table in tables] == [sorted(each) for each in expected]


def test_the_reader_and_the_schema_take_the_same_keys() -> None:
    schema: dict[str, Any] = network_schema(next(iter(model().layers.values())).spec)
    assert set(schema["properties"]) == set(TOP)
    assert set(schema["properties"]["sensor"]["properties"]) == set(KEYS)
    assert set(schema["properties"]["layers"]["items"]["properties"]) == {*LAYER, *GRAPH}


def test_the_index_leads_to_it() -> None:
    assert "(networks.md)" in docs()["docs/index.md"]
