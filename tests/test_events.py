"""Files of events: every format gives what was written, and damage is told with its place and remedy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import event_kit
from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.events import Recording, fitted, read_events
from event_kit import EVENTS, aedat4, columns, hdf5, nmnist, structured

SHAPE = (2, 6, 8)  # features, height, width


def found(path: Path) -> list[tuple[int, ...]]:
    recording = read_events(path)
    assert recording.events.dtype == np.int64
    return [tuple(event) for event in recording.events.tolist()]


def told(path: Path) -> Diagnostic:
    with pytest.raises(InputError) as caught:
        read_events(path)
    (finding,) = caught.value.diagnostics
    assert path.name in finding.message
    return finding


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# ── What was written is read ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", ["bin", "bs2", "BS2"])
def test_nmnist(tmp_path: Path, ending: str) -> None:
    assert found(written(tmp_path / f"digit.{ending}", nmnist(EVENTS))) == EVENTS


@given(
    st.lists(
        st.tuples(
            st.integers(0, 255),
            st.integers(0, 239),
            st.integers(0, 1),
            st.integers(0, 2**23 - 1),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_event_of_40_bits(
    tmp_path_factory: pytest.TempPathFactory, events: list[event_kit.Event]
) -> None:
    assert found(written(tmp_path_factory.mktemp("bits") / "a.bin", nmnist(events))) == events


def test_the_clock_of_nmnist_overflows(tmp_path: Path) -> None:
    """An event in row 240 is none: all that follow are 2^13 us later than they say."""
    path = written(tmp_path / "a.bin", nmnist([(1, 1, 0, 8000), (0, 240, 0, 8191), (2, 2, 1, 5)]))
    assert found(path) == [(1, 1, 0, 8000), (2, 2, 1, 8197)]
    assert "1 events in row 240 are overflows" in read_events(path).notes[0]


@pytest.mark.parametrize("kind", ["array", "structured", "another order", "floats"])
def test_npy(tmp_path: Path, kind: str) -> None:
    arrays = {
        "array": np.array(EVENTS, np.int32),
        "structured": structured(EVENTS),
        "another order": np.array([(t, p, y, x) for x, y, p, t in EVENTS], "u8, u1, u2, u2"),
        "floats": np.array(EVENTS, np.float64),
    }
    arrays["another order"].dtype.names = ("timestamp", "polarity", "y", "x")
    np.save(tmp_path / "a.npy", arrays[kind])
    assert found(tmp_path / "a.npy") == EVENTS


@pytest.mark.parametrize("kind", ["columns", "events", "single", "compressed"])
def test_npz(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.npz"
    if kind == "columns":
        np.savez(path, label=np.array(3), **columns(EVENTS))
    elif kind == "events":
        np.savez(path, events=np.array(EVENTS), label=np.array(3))
    elif kind == "single":
        np.savez(path, np.array(EVENTS))
    else:
        np.savez_compressed(path, structured(EVENTS))
    assert found(path) == EVENTS


def test_names_of_columns_that_others_use(tmp_path: Path) -> None:
    x, y, p, t = columns(EVENTS).values()
    np.savez(tmp_path / "a.npz", X=x, y=y, polarity=p, timestamps=t)
    assert found(tmp_path / "a.npz") == EVENTS


@pytest.mark.parametrize("layout", ["DSEC", "columns", "one array"])
def test_hdf5(tmp_path: Path, layout: str) -> None:
    assert found(hdf5(tmp_path / "a.h5", EVENTS, layout)) == EVENTS


def test_aedat4_as_the_vendor_writes_it(tmp_path: Path) -> None:
    pytest.importorskip("aedat", reason="NOT TESTED: the package aedat is missing")
    assert found(aedat4(tmp_path / "a.aedat4")) == EVENTS


# ── Damage ──────────────────────────────────────────────────────────────────────────────────────


def test_a_truncated_nmnist_file_says_where(tmp_path: Path) -> None:
    finding = told(written(tmp_path / "a.bin", nmnist(EVENTS)[:-2]))
    assert finding.code == "events-damaged"
    assert "ends within event 2: 13 bytes, and each event has 5" in finding.message
    assert "its first 10 bytes are whole events" in finding.hint


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.h5"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_truncated_files(tmp_path: Path, name: str, part: float) -> None:
    whole = tmp_path / name
    if name == "a.h5":
        hdf5(whole, EVENTS * 200, "DSEC")
    elif name == "a.npz":
        np.savez(whole, **columns(EVENTS * 200))
    else:
        np.save(whole, np.array(EVENTS * 200))
    data = whole.read_bytes()
    finding = told(written(whole, data[: int(len(data) * part)]))
    assert finding.code == "events-damaged"
    assert finding.hint


@pytest.mark.parametrize("name", ["array.npy", "fields.npy", "a.npz", "a.h5", "b.h5"])
def test_damage_anywhere(tmp_path: Path, name: str) -> None:
    """Whatever the bytes, there are events or there is a finding."""
    path = tmp_path / name
    if name.endswith("npy"):
        np.save(path, structured(EVENTS) if name == "fields.npy" else np.array(EVENTS))
    elif name.endswith("npz"):
        np.savez_compressed(path, **columns(EVENTS))
    else:
        hdf5(path, EVENTS, "DSEC" if name == "a.h5" else "one array")
    data, random, told = path.read_bytes(), np.random.default_rng(7), 0
    for _ in range(60):
        damaged = bytearray(data)
        for place in random.integers(0, random.choice([60, 300, len(data)]), 3):
            damaged[min(place, len(data) - 1)] = random.integers(0, 256)
        try:
            assert read_events(written(path, bytes(damaged))).events.shape[1] == 4
        except InputError:
            told += 1
    assert told > 10


def test_a_truncated_aedat_file(tmp_path: Path) -> None:
    pytest.importorskip("aedat", reason="NOT TESTED: the package aedat is missing")
    data = aedat4(tmp_path / "a.aedat4").read_bytes()
    for size in (14, 60, 300, 500):  # within the head, and within the packet
        assert told(written(tmp_path / "b.aedat4", data[:size])).code in ("events-damaged", "events-empty")


def test_damage_that_its_package_does_not_foresee(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It ends its process then, after pages on the terminal; only the finding is wanted."""
    pytest.importorskip("aedat", reason="NOT TESTED: the package aedat is missing")
    data = aedat4(tmp_path / "a.aedat4").read_bytes()
    codes: set[str | int] = set()
    for place in range(18, 130, 16):
        damaged = written(tmp_path / "b.aedat4", data[:place] + b"\xff" + data[place + 1 :])
        try:
            codes.add(len(read_events(damaged).events))
        except InputError as error:
            codes.update(finding.code for finding in error.diagnostics)
    assert "events-damaged" in codes
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.h5", "a.aedat4", "a.bin"])
def test_text_in_place_of_events(tmp_path: Path, name: str) -> None:
    finding = told(written(tmp_path / name, b"once upon a time, there were no events"))
    assert finding.code == "events-damaged"
    assert finding.hint


@pytest.mark.parametrize("name", ["a.npy", "a.bin", "a.aedat4", "a.h5"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    assert told(written(tmp_path / name, b"")).code == "events-empty"


def test_a_file_without_events(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((0, 4), np.int64))
    assert told(tmp_path / "a.npy").code == "events-empty"


def test_objects_are_never_loaded(tmp_path: Path) -> None:
    """To read a pickle is to run it."""
    np.save(tmp_path / "a.npy", np.array([Path], dtype=object), allow_pickle=True)
    assert "objects of Python" in told(tmp_path / "a.npy").message


def test_older_versions_of_aedat_say_what_to_do(tmp_path: Path) -> None:
    finding = told(written(tmp_path / "a.aedat", b"#!AER-DAT3.1\r\n#Format: RAW\r\n"))
    assert finding.code == "events-format"
    assert "is AEDAT 3, and AEDAT 4 is read" in finding.message
    assert "DV converts it" in finding.hint


def test_endings_and_files_that_are_none(tmp_path: Path) -> None:
    assert "did you mean .npy?" in told(tmp_path / "a.npyy").hint
    assert told(tmp_path / "a").code == "events-format"
    assert told(tmp_path / "a.bin").code == "unreadable"
    (tmp_path / "folder.npz").mkdir()
    assert "is a folder" in told(tmp_path / "folder.npz").message


def test_columns_that_are_missing_or_differ(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    x, y, p, t = columns(EVENTS).values()
    np.savez(path, x=x, y=y, t=t)
    assert "holds x, y, t, and no polarity" in told(path).message
    assert "name polarity as p or polarity or pol" in told(path).hint
    np.savez(path, x=x[1:], y=y, p=p, t=t)
    assert "its columns differ: x (2,), y (3,)" in told(path).message
    np.savez(path, x=x[:, None], y=y[:, None], p=p[:, None], t=t[:, None])
    assert told(path).code == "events-columns"


def test_arrays_that_hold_no_events(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((3, 5), int))
    assert "an array (3, 5) of int64 holds no events" in told(path).message
    np.save(path, np.array(EVENTS) * [1, 1, 1, 1e-6])
    assert "event 0 has t 0.001, and whole numbers are expected" in told(path).message
    assert "multiply seconds by 1e6" in told(path).hint
    np.save(path, np.array([[0, 0, 0, np.nan]]))
    assert "event 0 has t nan" in told(path).message
    np.save(path, np.array([[0, 0, 0, 2**64 - 1]], np.uint64))
    assert "event 0 has t 18446744073709551615, which is too large" in told(path).message
    np.save(path, np.array([["a", "b", "c", "d"]]))
    assert told(path).code == "events-values"


def test_an_hdf5_file_of_something_else(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["images"] = np.zeros(3)
    finding = told(tmp_path / "a.h5")
    assert "holds images, and no events in a layout that is known" in finding.message
    assert "events/x, y, p and t" in finding.hint


@pytest.mark.parametrize(("name", "package"), [("a.aedat4", "aedat"), ("a.h5", "h5py")])
def test_a_missing_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    written(tmp_path / name, b"#!AER-DAT4.0\r\n")
    with pytest.raises(InputError) as caught:
        read_events(tmp_path / name)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.hint) == ("missing-extra", "pip install 'dynapspec[events]'")
    assert package in finding.message


# ── Events and a network ────────────────────────────────────────────────────────────────────────


def shown(
    tmp_path: Path, events: list[event_kit.Event], shape: tuple[int, int, int] = SHAPE, sort: bool = False
) -> Recording:
    np.save(tmp_path / "a.npy", np.array(events))
    return fitted(read_events(tmp_path / "a.npy"), shape, sort)


def codes(caught: pytest.ExceptionInfo[InputError]) -> set[str]:
    return {finding.code for finding in caught.value.diagnostics}


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        shown(tmp_path, [(8, 0, 0, 5), (0, 6, 0, 4), (0, 0, 2, 6), (9, 0, 0, 7)])
    assert codes(caught) == {"events-outside", "events-polarity", "events-order"}
    text = str(caught.value)
    assert (
        "2 of 4 events are outside the map, the first at event 0: x is 8, and the network takes 0 to 7"
        in text
    )
    assert (
        "1 of 4 events is outside the map, the first at event 1: y is 6, and the network takes 0 to 5" in text
    )
    assert "1 of 4 events is of wrong polarity, the first at event 2: 2, and the network takes 0 to 1" in text
    assert "event 1 is at 4 us, and the one before it at 5 us" in text
    assert text.count("hint: ") == 4


def test_a_place_in_a_file_of_records_is_a_byte_too(tmp_path: Path) -> None:
    path = written(tmp_path / "a.bin", nmnist([(0, 0, 0, 1), (0, 0, 0, 2), (200, 0, 0, 3)]))
    with pytest.raises(InputError, match=r"event 2 \(byte 10\)"):
        fitted(read_events(path), SHAPE)


def test_events_can_be_sorted(tmp_path: Path) -> None:
    recording = shown(tmp_path, [(1, 0, 0, 9), (2, 0, 0, 3), (3, 0, 0, 9)], sort=True)
    assert recording.events[:, 0].tolist() == [2, 1, 3]
    assert recording.notes == ("the events were put in the order of time",)


def test_signed_polarity_is_read(tmp_path: Path) -> None:
    recording = shown(tmp_path, [(0, 0, -1, 1), (0, 0, 1, 2)])
    assert recording.events[:, 2].tolist() == [0, 1]
    with pytest.raises(InputError, match="of wrong polarity, the first at event 0: -1"):
        shown(tmp_path, [(0, 0, -1, 1), (0, 0, 0, 2)])


def test_one_input_feature_takes_both_polarities(tmp_path: Path) -> None:
    recording = shown(tmp_path, [(0, 0, 0, 1), (0, 0, 1, 2)], (1, 6, 8))
    assert recording.events[:, 2].tolist() == [0, 0]
    assert "both polarities" in recording.notes[0]


def test_more_features_than_polarities(tmp_path: Path) -> None:
    assert shown(tmp_path, [(0, 0, 4, 1)], (5, 6, 8)).events[0, 2] == 4
