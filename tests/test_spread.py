"""Work that is shared among processes: the same results in the same order, and errors that arrive."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dynapspec.bench.variants import write_variants
from dynapspec.diagnostics import InputError, fail
from dynapspec.emit import spread as module
from dynapspec.emit.pipeline import build
from dynapspec.emit.spread import spread
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"


@pytest.fixture(params=[1, 3])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(module, "_cores", lambda: count)
    monkeypatch.setattr(module, "WORTH_A_PROCESS", 2)
    return count


def test_results_keep_the_order_of_the_items(cores: int) -> None:
    offset = 1000  # of this process: a closure reaches the others
    assert list(spread(lambda item: item + offset, range(50))) == list(range(1000, 1050))


def test_other_processes_do_the_work(cores: int) -> None:
    made_by = set(spread(lambda item: os.getpid(), range(50)))
    assert (os.getpid() in made_by) == (cores == 1)


def test_no_item_is_no_work(cores: int) -> None:
    assert list(spread(str, [])) == []


def test_a_finding_arrives_as_it_was_raised(cores: int) -> None:
    def work(item: int) -> int:
        if item == 17:
            raise fail("no-such-chip", "there is no chip of that name", hint="name one that is there")
        return item

    with pytest.raises(InputError, match="there is no chip of that name") as caught:
        list(spread(work, range(50)))
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.hint) == ("no-such-chip", "name one that is there")


def test_work_goes_on_when_a_process_is_killed(cores: int) -> None:
    own = os.getpid()

    def work(item: int) -> int:
        if item == 17 and os.getpid() != own:
            os.kill(os.getpid(), 9)
        return item

    assert list(spread(work, range(50))) == list(range(50))


def test_files_are_the_same_however_many_processes_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_variants(SPECS, tmp_path, 5)
    monkeypatch.setattr(module, "WORTH_A_PROCESS", 2)
    made = []
    for count in (1, 2):
        monkeypatch.setattr(module, "_cores", lambda count=count: count)
        made.append(build(load_model(tmp_path), laid_out=dict))
    assert made[0] == made[1]
