"""Whole commands, each in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dynapspec.bench.figure import Figure
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace
from dynapspec.diagnostics import fail

FINDINGS = 1  # the exit code of a network that does not fit


def command_rows(specs: Path) -> Iterator[Row]:
    """Generating everything, generating with nothing to do, and asking whether a network fits."""
    yield Row("generate-everything", lambda pace: _generate(specs, pace, anew=True))
    yield Row("generate-nothing", lambda pace: _generate(specs, pace, anew=False))
    network = next(iter(sorted((specs / "networks").glob("*.yaml"))), None)
    if network is not None:
        fit = ["fit", str(network), "--specs", str(specs)]
        title = f"fit {network.stem}"
        yield Row("fit", lambda pace: Figure(title, times(fit, pace)))


def _generate(specs: Path, pace: Pace, *, anew: bool) -> Figure:
    with tempfile.TemporaryDirectory(prefix="dynapspec-bench-") as name:
        out = Path(name) / "generated"
        generate = ["generate", "--specs", str(specs), "--out", str(out)]
        if anew:
            seconds = times(generate, pace, lambda: shutil.rmtree(out, ignore_errors=True))
            return Figure("generate everything", seconds)
        return Figure("generate, nothing to do", times(generate, pace))


def times(arguments: list[str], pace: Pace, before: Callable[[], None] = lambda: None) -> tuple[float, ...]:
    """Wall-clock seconds of each run, after one that does not count."""

    def turn() -> tuple[float, ...]:
        before()
        start = time.perf_counter()
        command = [sys.executable, "-m", "dynapspec", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        taken = time.perf_counter() - start
        if done.returncode not in (0, FINDINGS):
            raise fail("bench", f"dynapspec {arguments[0]} failed: {done.stderr.strip()}")
        return (taken,)

    return tuple(one for (one,) in pace.times(turn))
