"""Throws damaged specs at the generator: it answers with findings, or takes them, and never breaks.

A case is a sound spec with some damage, at one of three levels: its text, its document, or one of its
formulas. What must hold of every case is in ``judge``. The suite plays 20,000 cases; a campaign is

    PYTHONPATH=generator:generated python tests/fuzz_specs.py --cases 1000000 --processes 2

A case is told by seed and number, and ``--only NUMBER`` plays it alone and shows what it says.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.emit.pipeline import outputs
from dynapspec.emit.torch.emitter import emit
from dynapspec.model import build, check, values
from dynapspec.model.build import assemble
from dynapspec.model.check import check_model
from dynapspec.model.entries import Layer, Model
from dynapspec.resolve import Document, Library
from fuzz_damage import Fuzzer

SECONDS = 1.0  # for one case
ENDLESS = 20  # seconds after which a case is broken off
MEGABYTES = 200  # for a process, whatever the number of its cases
EMITTED = 32  # one in so many accepted cases becomes code
COLLECTED = 500  # cases after which what they left behind is cleared away
CHUNK = 50_000  # cases of one process
KEPT = 20_000  # answers that are remembered at most


@dataclass
class Report:
    """What a campaign saw."""

    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    emitted: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    megabytes: float = 0.0

    def add(self, kind: str, taken: float, refused: bool) -> None:
        """Counts one case."""
        self.kinds.setdefault(kind, Counter())["refused" if refused else "accepted"] += 1
        self.slowest[kind] = max(self.slowest.get(kind, 0.0), round(taken, 3))

    def join(self, other: dict[str, Any]) -> None:
        """Adds what another process saw."""
        for kind, counts in other["kinds"].items():
            self.kinds.setdefault(kind, Counter()).update(counts)
            self.slowest[kind] = max(self.slowest.get(kind, 0.0), other["slowest"][kind])
        self.codes.update(other["codes"])
        self.accepted += other["accepted"]
        self.emitted += other["emitted"]
        self.failures += other["failures"]
        self.megabytes = max(self.megabytes, other["megabytes"])


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


@contextmanager
def remembering(fuzzer: Fuzzer) -> Iterator[None]:
    """Formulas are parsed once; what a case has not touched is typed and checked once."""
    sound = {id(one) for world in (fuzzer.tiny, fuzzer.shipped) for one in world.documents}

    def written(lineage: tuple[Document, ...]) -> tuple[int, ...] | None:
        """Which documents a spec comes from; None where one of them is damaged."""
        key = tuple(map(id, lineage))
        return key if sound.issuperset(key) else None

    plain: dict[tuple[Any, str], Callable[..., Any]] = {
        (values, "parse"): lambda call: lru_cache(KEPT)(call),
        (build, "_typed"): lambda call: _typed_once(call, written),
        (check, "check_layer"): lambda call: _checked_once(call, written),
    }
    calls = {place: getattr(*place) for place in plain}
    for (module, name), once in plain.items():
        setattr(module, name, once(calls[module, name]))
    try:
        yield
    finally:
        for (module, name), call in calls.items():
            setattr(module, name, call)


def _typed_once(call: Callable[..., Any], written: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[Any, Any] = {}

    def typed(library: Library, kind: str, name: str, spec: Any, findings: list[Any], *more: Any) -> Any:
        try:
            key = written(tuple(library.lineage(kind, name)))
        except InputError:
            key = None
        if key in known:
            return known[key]
        before = len(findings)
        answer = call(library, kind, name, spec, findings, *more)
        if key is not None and answer is not None and len(findings) == before:
            known[key] = answer
        return answer

    return typed


def _checked_once(call: Callable[[Layer], Iterator[Diagnostic]], written: Callable[..., Any]) -> Any:
    known: dict[Any, list[Diagnostic]] = {}

    def checked(layer: Layer) -> list[Diagnostic]:
        key = written(layer.lineage)
        if key is None:
            return list(call(layer))
        if key not in known:
            known[key] = list(call(layer))
        return known[key]

    return checked


def campaign(fuzzer: Fuzzer, first: int, cases: int, stop_after: int = 20) -> Report:
    """Plays many cases; failures are kept, with what reproduces them."""
    report = Report()
    for world in (fuzzer.tiny, fuzzer.shipped):
        unsound = list(check_model(assemble(Library(world.root, world.documents))))
        assert not unsound, f"the {world.name} specs are wrong before any damage: {unsound[0]}"
    gc.collect()
    gc.freeze()
    gc.disable()
    signal.signal(signal.SIGALRM, _too_long)
    for number in range(first, first + cases):
        signal.alarm(ENDLESS)
        try:
            judge(fuzzer, number, report)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__}: {error}"[:500]
            report.failures.append({"case": number, "error": told, "at": f"{where.filename}:{where.lineno}"})
            if len(report.failures) >= stop_after:
                break
        if number % COLLECTED == 0:
            gc.collect()
    signal.alarm(0)
    report.megabytes = round(peak_megabytes())
    if report.megabytes >= MEGABYTES:
        report.failures.append({"case": first, "error": f"{report.megabytes} MB from this case on", "at": ""})
    return report


def _too_long(*_: object) -> None:
    raise AssertionError(f"broken off after {ENDLESS} s")


def peak_megabytes() -> float:
    """The most memory that this program had; what the one that started it had does not count."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):  # no such file here
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def divided(given: argparse.Namespace) -> Report:
    """The campaign in processes of their own, each in an empty folder, which must stay empty."""
    report = Report()
    starts = range(given.first, given.first + given.cases, CHUNK)
    chunks = [(start, min(CHUNK, given.first + given.cases - start)) for start in starts]
    running: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        while chunks or running:
            while chunks and len(running) < given.processes:
                running.append(_started(given, *chunks.pop(0), folder))
            done = running.pop(0)
            report.join(json.loads(done.communicate()[0]))
            print(f"{report.accepted} accepted, {len(report.failures)} failures", file=sys.stderr)
        left = sorted(os.listdir(folder))
    if left:
        report.failures.append({"case": given.first, "error": f"written: {left}", "at": ""})
    return report


def _started(given: argparse.Namespace, first: int, cases: int, folder: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(os.path.abspath(part) for part in sys.path if part)
    numbers = ["--first", str(first), "--cases", str(cases), "--seed", str(given.seed)]
    command = [
        sys.executable,
        "-B",
        os.path.abspath(__file__),
        *numbers,
        *(["--plain"] if given.plain else []),
    ]
    env = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True)


def main() -> None:
    """Runs a campaign and prints its report as JSON; exit 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=0, help="split the cases among so many at a time")
    parser.add_argument("--long", action="store_true", help="a million cases")
    parser.add_argument("--plain", action="store_true", help="remember nothing from case to case")
    parser.add_argument("--only", type=int, help="play this case alone and show its findings")
    given = parser.parse_args()
    given.cases = 1_000_000 if given.long else given.cases
    if given.only is not None:
        for finding in judge(Fuzzer(given.seed), given.only, Report()):
            print(finding.render())
        return
    started, clock = time.perf_counter(), time.process_time()
    if given.processes:
        report = divided(given)
    elif given.plain:
        report = campaign(Fuzzer(given.seed), given.first, given.cases)
    else:
        fuzzer = Fuzzer(given.seed)
        with remembering(fuzzer):
            report = campaign(fuzzer, given.first, given.cases)
    about = {
        "seconds": round(time.perf_counter() - started, 1),
        "of_cpu": round(time.process_time() - clock, 1),
    }
    print(json.dumps({**vars(report), **about}, indent=1))
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
