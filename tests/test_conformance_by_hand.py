"""Conformance vectors whose answers were worked out by hand."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from dynapspec.emit.conformance.emitter import emit
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, Any]]:
    """Every vector file, by its path below the folder of vectors."""
    outputs = {output.path: json.loads(output.text) for output in emit(load_model(SPECS))}
    return {
        path.removeprefix("conformance/vectors/").removesuffix(".json"): data
        for path, data in outputs.items()
    }


def case(files: dict[str, dict[str, Any]], file: str, name: str) -> dict[str, Any]:
    """One case, by the end of its id."""
    found = [one for one in files[file]["cases"] if one["id"].endswith(f"/{name}")]
    assert len(found) == 1, f"{len(found)} cases {name} in {file}"
    return dict(found[0])


def f32(text: str) -> float:
    return float(struct.unpack(">f", bytes.fromhex(text.removeprefix("0x")))[0])


def test_kernel_memory_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """7 x 9 positions need 6 address bits and 4 features 2: 2 * 2^8 words, of which 2 * 4 * 63 are used."""
    found = case(files, "dynapcnn/memory", "c=2,kh=7,kw=9,f=4")
    assert found["expected"] == {"words": 512, "used": 504}
    assert found["clause"].endswith("#/memory/kernel")
    assert "no-ceil" in found["flags"]


def test_plain_quantization_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """The weights 0.5, -0.25 and 0.1 at scale 127 / 0.5: 127, a tie at -63.5 that goes to -64, and 25.4."""
    found = case(files, "dynapcnn/quantization", "plain")
    assert [f32(x) for x in found["input"]["weight"]] == pytest.approx([0.5, -0.25, 0.1])
    assert found["expected"] == {
        "weight": [127, -64, 25],
        "threshold": 254,
        "v_floor": -254,
        "scale": "0x437e0000",
    }


def test_ties_by_hand(files: dict[str, dict[str, Any]]) -> None:
    expected = case(files, "dynapcnn/quantization", "ties")["expected"]
    assert expected["weight"] == [127, 0, 2, 2, 0, -2, -2, 4]


def test_the_absent_floor_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """No floor counts as -32768, so the scale is 1 and small weights vanish."""
    found = case(files, "dynapcnn/quantization", "no-floor")
    assert found["input"]["v_floor"] is None
    assert found["expected"] == {"weight": [0, 0], "threshold": 1, "v_floor": -32768, "scale": "0x3f800000"}


def test_neurons_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """As the simulator recorded it: 0.5 0.5 1 2.5 -3 0.4 3.7 with a threshold of 1 and a floor of -1."""
    expected = case(files, "dynapcnn/clocked", "MultiSpike-MembraneSubtract-floor--1.0")["expected"]
    assert expected["spikes"] == [0, 1, 1, 2, 0, 0, 3]
    assert f32(expected["v"]) == pytest.approx(0.1, abs=1e-6)
    single = case(files, "dynapcnn/clocked", "SingleSpike-MembraneSubtract-floor-none")["expected"]
    assert single["spikes"] == [0, 1, 1, 1, 0, 0, 1]
    assert f32(single["v"]) == pytest.approx(1.6, abs=1e-6)


def test_events_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """Weights 127, 1, 127, 0, 0 on a threshold of 64: 63 stays, 64 fires, 63 stays, nothing, nothing."""
    expected = case(files, "dynapcnn/event", "MembraneSubtract-remainder")["expected"]
    assert expected == {"spikes": [1, 1, 1, 0, 0], "v": 63}
    expected = case(files, "dynapcnn/event", "MembraneSubtract-two-thresholds")["expected"]
    assert expected == {"spikes": [0, 1, 1, 0, 0], "v": 62}
    expected = case(files, "dynapcnn/event", "MembraneSubtract-leak")["expected"]
    assert expected == {"spikes": [0, 0, 0, 1, 0, 0], "v": 1}


def test_spikes_of_one_event_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """By row, then column, then feature."""
    order = case(files, "dynapcnn/event", "visit-2-features")["expected"]["order"]
    assert order[:4] == [[0, 1, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]]
    assert sorted(order, key=lambda spike: (spike[1], spike[2], spike[0])) == order


def test_a_kernel_beyond_the_limit_by_hand(files: dict[str, dict[str, Any]]) -> None:
    cases = [one for one in files["speck2f/rules"]["cases"] if one["clause"].endswith("/kernel-size")]
    sizes = {(one["input"]["kh"], one["input"]["kw"]): one for one in cases}
    assert sizes[16, 16]["expected"]["violations"] == []
    assert sizes[17, 17]["expected"]["violations"] == [{"rule": "kernel-size", "actual": 17, "limit": 16}]


def test_no_core_for_both_memories_by_hand(files: dict[str, dict[str, Any]]) -> None:
    """65536 kernel words are on cores 5 and 6 alone, and they have 16384 neurons."""
    cases = [one for one in files["speck2f/rules"]["cases"] if one["clause"].endswith("/fits-a-core")]
    assert any(one["expected"]["cores"] == [5, 6] for one in cases)
    found = [v for one in cases for v in one["expected"]["violations"] if v["rule"] == "fits-a-core"]
    assert {"rule": "fits-a-core", "actual": [65536, 32768, 64], "limit": [65536, 65536, 1024]} in found


def test_placements_by_hand(files: dict[str, dict[str, Any]]) -> None:
    one = case(files, "speck2f/placement", "a-layer-for-each-core")["expected"]
    assert one["smallest"] == list(range(9))
    assert not case(files, "speck2f/placement", "a-layer-too-many")["expected"]["possible"]
    last = case(files, "speck2f/placement", "small-layers-first")
    assert last["expected"]["possible"]
    assert "first-fit" in last["flags"]
