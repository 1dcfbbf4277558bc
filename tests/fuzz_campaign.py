"""Plays many damaged specs in this process, and tells in steps what it saw."""

from __future__ import annotations

import gc
import resource
import signal
import traceback
from collections.abc import Iterator
from pathlib import Path

from dynapspec.model.build import assemble
from dynapspec.model.check import check_model
from dynapspec.resolve import Library
from fuzz_damage import Fuzzer
from fuzz_judge import judge
from fuzz_report import Report

ENDLESS = 20  # seconds after which a case is broken off
MEGABYTES = 200  # for a process, whatever the number of its cases
COLLECTED = 500  # cases after which what they left behind is cleared away
STEP = 10_000  # cases of one report


def campaign(fuzzer: Fuzzer, numbers: range, stop_after: int = 20) -> Iterator[Report]:
    """Plays cases and reports on each step of them; an interrupt ends it with what was seen since.

    Failures are kept, with what reproduces them; after so many there is no point in going on.
    """
    _is_sound(fuzzer)
    gc.collect()
    gc.freeze()
    gc.disable()
    signal.signal(signal.SIGALRM, _too_long)
    failures = 0
    for start in range(numbers.start, numbers.stop, STEP):
        report, stopped = Report(), False
        try:
            for number in range(start, min(start + STEP, numbers.stop)):
                _play(fuzzer, number, report)
                if stopped := failures + len(report.failures) >= stop_after:
                    break
        except KeyboardInterrupt:
            stopped = True
        signal.alarm(0)
        report.megabytes = round(peak_megabytes())
        if report.megabytes >= MEGABYTES:
            told = f"{report.megabytes} MB from this case on"
            report.failures.append({"case": numbers.start, "error": told, "at": ""})
        failures += len(report.failures)
        yield report
        if stopped:
            return


def _is_sound(fuzzer: Fuzzer) -> None:
    """Whether there is nothing to find before any damage."""
    for world in (fuzzer.tiny, fuzzer.shipped):
        unsound = list(check_model(assemble(Library(world.root, world.documents))))
        assert not unsound, f"the {world.name} specs are wrong before any damage: {unsound[0]}"


def _play(fuzzer: Fuzzer, number: int, report: Report) -> None:
    """One case; whatever it raises is a failure."""
    signal.alarm(ENDLESS)
    try:
        judge(fuzzer, number, report)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error}"[:500]
        report.failures.append({"case": number, "error": told, "at": f"{where.filename}:{where.lineno}"})
    if number % COLLECTED == 0:
        gc.collect()


def _too_long(*_: object) -> None:
    raise AssertionError(f"broken off after {ENDLESS} s")


def peak_megabytes() -> float:
    """The most memory that this program had; what the one that started it had does not count."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):  # no such file here
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
