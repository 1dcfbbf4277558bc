"""Bad specs get exactly the findings that they state: code, place, message and hint."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bad_spec_kit import Case, accept, cases, found, only_a_proof_tells, specs_of

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_spec_gets_the_findings_that_it_states(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = specs_of(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    told = found(root, case.day, case.against)
    if only_a_proof_tells(told):
        pytest.skip("NOT TESTED: z3 is not installed, and only a proof finds this")
    if os.environ.get("DYNAPSPEC_ACCEPT"):
        accept(case, told)
        pytest.skip(f"accepted {len(told)} findings")
    assert told == case.expected
    assert told
