"""Throws damaged specs at the generator: it answers with findings, or takes them, and never breaks.

A case is a sound spec with some damage, at one of three levels: its text, its document, or one of its
formulas. What must hold of every case is in ``fuzz_judge``. The suite plays 20,000 cases; a campaign is

    PYTHONPATH=generator:generated python tests/fuzz_specs.py --cases 1000000 --processes 2

It says every 10,000 cases how far it is. When it is interrupted or terminated it still prints its report.
A case is told by seed and number, and ``--only NUMBER`` plays it alone and shows what it says.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress

from fuzz_campaign import campaign
from fuzz_damage import Fuzzer
from fuzz_judge import judge
from fuzz_memory import remembering
from fuzz_processes import Processes
from fuzz_report import Report

STOPS = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    """Runs a campaign and prints its report as JSON; exit 1 when something failed."""
    given = _given()
    if given.only is not None:
        for finding in judge(Fuzzer(given.seed), given.only, Report()):
            print(finding.render())
        return
    _on_stop(_interrupt)
    if given.lines:
        with suppress(KeyboardInterrupt):
            for step in _played(given):
                print(json.dumps(vars(step)), flush=True)
        return
    started, clock = time.perf_counter(), time.process_time()
    report = _divided(given) if given.processes else _joined(given)
    about = {
        "cases": report.cases,
        "seconds": round(time.perf_counter() - started, 1),
        "of_cpu": round(time.process_time() - clock, 1),
    }
    print(json.dumps({**vars(report), **about}, indent=1))
    sys.exit(1 if report.failures else 0)


def _given() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=0, help="split the cases among so many at a time")
    parser.add_argument("--long", action="store_true", help="a million cases")
    parser.add_argument("--plain", action="store_true", help="remember nothing from case to case")
    parser.add_argument("--only", type=int, help="play this case alone and show its findings")
    parser.add_argument("--lines", action="store_true", help="write a report to a line after each step")
    given = parser.parse_args()
    given.cases = 1_000_000 if given.long else given.cases
    return given


def _on_stop(call: Callable[[], None]) -> None:
    """What happens at the first request to end."""

    def once(*_: object) -> None:
        for request in STOPS:
            signal.signal(request, signal.SIG_IGN)
        call()

    for request in STOPS:
        signal.signal(request, once)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _numbers(given: argparse.Namespace) -> range:
    return range(given.first, given.first + given.cases)


def _played(given: argparse.Namespace) -> Iterator[Report]:
    """The campaign in this process, step by step."""
    fuzzer = Fuzzer(given.seed)
    with nullcontext() if given.plain else remembering(fuzzer):
        yield from campaign(fuzzer, _numbers(given))


def _joined(given: argparse.Namespace) -> Report:
    report, tell = Report(), _Teller()
    with suppress(KeyboardInterrupt):  # before the first case
        for step in _played(given):
            report.join(vars(step))
            tell(report)
    return report


def _divided(given: argparse.Namespace) -> Report:
    options = ["--seed", str(given.seed), *(["--plain"] if given.plain else [])]
    processes = Processes(given.processes, options, _Teller())
    _on_stop(processes.stop)
    print(f"playing {given.cases} cases", file=sys.stderr, flush=True)
    return processes.play(_numbers(given))


class _Teller:
    """Says how far a campaign is, and each failure as soon as it is known."""

    def __init__(self) -> None:
        self.failures = 0

    def __call__(self, report: Report) -> None:
        fresh = report.failures[self.failures :]
        self.failures += len(fresh)
        for line in (report.line, *map(json.dumps, fresh)):
            print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
