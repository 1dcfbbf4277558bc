"""Chips share the work on their vectors; what each chip's vectors say does not depend on the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dynapspec.bench.variants import write_variants
from dynapspec.emit.conformance.formulas import Formulas
from dynapspec.emit.conformance.placement import placement_cases
from dynapspec.emit.conformance.rules import RuleVectors
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.model import Model, load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("made") / "specs"
    write_variants(SPECS, folder, 8)
    return load_model(folder)


def _vectors(model: Model) -> dict[str, list[str]]:
    layer = model.layer_of(next(iter(model.chips.values())))
    vectors = RuleVectors(Formulas(LayerInterpreter(layer)))
    found = {}
    for chip in model.chips.values():
        if model.layer_of(chip) is layer:
            search = vectors.search(chip)
            found[chip.name] = [case.text() for case in vectors.cases(search)]
            found[chip.name] += [case.text() for case in placement_cases(search, vectors)]
    return found


def test_the_vectors_of_a_chip_stand_alone(model: Model) -> None:
    together = _vectors(model)
    for name in ("made-00001", "made-00005"):
        assert _vectors(replace(model, chips={name: model.chips[name]}))[name] == together[name]


def test_shared_verdicts_are_those_of_the_judge(model: Model) -> None:
    layer = model.layer_of(model.chips["made-00001"])
    interpreter = LayerInterpreter(layer)
    vectors = RuleVectors(Formulas(interpreter))
    for name in ("made-00001", "made-00002", "made-00003"):
        search, judge = vectors.search(model.chips[name]), Judge(model.chips[name], interpreter)
        assert search.ground.common.plain
        for _, known, _ in search.found():
            judged, verdicts = judge.judge_layout(known.layout), search.space.verdicts
            broken = [(one.rule, one.actual, one.limit) for one in verdicts.broken(known)]
            assert broken == [(one.rule, one.actual, one.limit) for one in judged.violations]
            assert verdicts.fitting(known) == judged.cores
