"""Runs sinabs's own tests in this process, and sees what became of each and which code they reach."""

from __future__ import annotations

import random
import sys
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch

IMPORT = "import"  # stands for a file: what runs while sinabs is imported


@dataclass
class Seen:
    """What a run of tests showed."""

    outcomes: dict[str, str] = field(default_factory=dict)  # of each test: passed, skipped or failed
    reasons: dict[str, str] = field(default_factory=dict)  # of those that did not pass
    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # functions, by file
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # by file


class Watch:
    """Watches a run; ``folder`` is that of the package whose functions are noted."""

    def __init__(self, folder: Path | None = None) -> None:
        self.seen, self._folder = Seen(), folder

    @contextmanager
    def noting(self, file: str) -> Iterator[None]:
        """Notes the functions that run meanwhile."""
        began, reached = time.perf_counter(), self.seen.reached[file]
        prefix = None if self._folder is None else str(self._folder)

        def note(frame: FrameType, event: str, _: Any) -> None:
            code = frame.f_code
            function = event == "call" and code.co_flags & CO_OPTIMIZED  # no module and no class body
            if function and prefix and code.co_filename.startswith(prefix):
                name = code.co_qualname.partition(".<locals>")[0]
                reached.add(f"{Path(code.co_filename).stem}.{name}")

        sys.setprofile(note if prefix else None)
        try:
            yield
        finally:
            sys.setprofile(None)
            self.seen.seconds[file] += time.perf_counter() - began

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        """A file of tests is imported."""
        _seed()
        with self.noting(collector.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """A test runs."""
        _seed()
        with self.noting(item.nodeid.partition("::")[0]):
            return (yield)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported, or is skipped as a whole, counts as one test."""
        if not report.passed:
            self._note(report.nodeid, report.outcome, report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What became of a test; a failure in any of its phases counts."""
        if report.when == "call" or not report.passed:
            self._note(report.nodeid, report.outcome, report)

    def _note(self, name: str, outcome: str, report: pytest.CollectReport | pytest.TestReport) -> None:
        if self.seen.outcomes.get(name) == "failed":
            return
        self.seen.outcomes[name] = outcome
        if outcome != "passed":
            self.seen.reasons[name] = _reason(report)


def _seed() -> None:
    """The tests draw numbers without a seed; each run must draw the same."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


def _reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash else report.longrepr).strip()
    return text.splitlines()[0 if crash else -1][:160] if text else "no reason"


def watched(watch: Watch, tests: Path, names: Sequence[str], first: bool = False) -> Seen:
    """Runs tests by the names that pytest gives them; ``first``: up to the first failure."""
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={tests}", "-W", "ignore", "--tb=line"]
    options += ["-x"] if first else ["--continue-on-collection-errors"]
    pytest.main([*options, "-c", "/dev/null", *(str(tests / name) for name in names)], plugins=[watch])
    return watch.seen
