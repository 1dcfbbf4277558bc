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
from dynapspec.diagnostics import fail

FINDINGS = 1  # the exit code of a network that does not fit


def command_figures(specs: Path, runs: int) -> Iterator[Figure]:
    """Generating everything, generating with nothing to do, and asking whether a network fits."""
    network = next(iter(sorted((specs / "networks").glob("*.yaml"))), None)
    with tempfile.TemporaryDirectory(prefix="dynapspec-bench-") as name:
        out = Path(name) / "generated"
        generate = ["generate", "--specs", str(specs), "--out", str(out)]
        yield Figure(
            "generate everything", times(generate, runs, lambda: shutil.rmtree(out, ignore_errors=True))
        )
        yield Figure("generate, nothing to do", times(generate, runs))
    if network is not None:
        fit = ["fit", str(network), "--specs", str(specs)]
        yield Figure(f"fit {network.stem}", times(fit, runs))


def times(arguments: list[str], runs: int, before: Callable[[], None] = lambda: None) -> tuple[float, ...]:
    """Wall-clock seconds of each run, after one that does not count."""
    found = []
    for _ in range(runs + 1):
        before()
        start = time.perf_counter()
        command = [sys.executable, "-m", "dynapspec", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        found.append(time.perf_counter() - start)
        if done.returncode not in (0, FINDINGS):
            raise fail("bench", f"dynapspec {arguments[0]} failed: {done.stderr.strip()}")
    return tuple(found[1:])
