"""What must hold of every damaged spec: findings that a person can use, or code that Python can read."""

from __future__ import annotations

import time

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.emit.pipeline import outputs
from dynapspec.emit.torch.emitter import emit
from dynapspec.model.build import assemble
from dynapspec.model.check import check_model
from dynapspec.model.entries import Model
from dynapspec.resolve import Library
from fuzz_damage import Fuzzer
from fuzz_report import Report

SECONDS = 1.0  # for one case
EMITTED = 32  # one in so many accepted cases becomes code


def judge(fuzzer: Fuzzer, number: int, report: Report) -> list[Diagnostic]:
    """Plays one case; raises AssertionError where the generator does not do as it should."""
    case = fuzzer.damage(number)
    started = time.process_time()
    try:
        damaged = case.make()
        others = [d for d in case.world.documents if d is not case.base]
        model = assemble(Library(case.world.root, [*others, damaged]))
        findings = InputError(check_model(model)).diagnostics
    except InputError as error:
        findings = error.diagnostics
        assert findings, "an error without a finding"
    taken = time.process_time() - started
    report.add(case.kind, taken, bool(findings))
    assert taken < SECONDS, f"it took {taken:.1f} s"
    for finding in findings:
        _tells(finding)
    report.codes.update({finding.code for finding in findings})
    if not findings:
        report.accepted += 1
        if report.accepted % EMITTED == 0:
            _emits(model, report)
    return findings


def _tells(finding: Diagnostic) -> None:
    """A finding has a place in a file, words of ours, and a remedy."""
    assert finding.span is not None, finding
    assert finding.span.line >= 1, finding
    assert 1 <= finding.span.column < finding.span.end, finding
    assert finding.hint, finding
    assert "Input should" not in finding.message, finding  # words of pydantic
    assert finding.render()


def _emits(model: Model, report: Report) -> None:
    """What is taken becomes code that Python can read."""
    report.emitted += 1
    for output in outputs(model, [emit]):
        if output.path.endswith(".py"):
            compile(output.text, output.path, "exec")
