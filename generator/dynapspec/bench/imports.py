"""How long imports take, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

from dynapspec.bench.bound import Bound, Kind
from dynapspec.bench.figure import Figure
from dynapspec.bench.rows import Row
from dynapspec.bench.turns import Pace
from dynapspec.diagnostics import fail

# what is measured, what is imported before it and does not count, and the time that it may take
IMPORTS = {
    "import dynapspec": ("dynapspec", "", 0.150),
    "import dynapcnn, after torch": ("dynapcnn", "torch", 0.050),
    "the layer class, after torch": ("dynapcnn.layer", "torch", None),
}
CODE = """
import sys, time
from importlib import import_module
name, before = sys.argv[1:]
if before:
    import_module(before)
start = time.perf_counter()
import_module(name)
print(time.perf_counter() - start)
"""


def import_rows() -> Iterator[Row]:
    """The packages; those that need torch only where it is installed."""
    for title, (name, before, most) in IMPORTS.items():
        bound = Bound(Kind.SECONDS, most) if most else None
        row = f"import-{name.replace('.', '-')}"
        yield Row(row, _measure(title, name, before), bound, needs=(before,) if before else ())


def _measure(title: str, name: str, before: str) -> Callable[[Pace], Figure]:
    def measure(pace: Pace) -> Figure:
        found = pace.times(lambda: (_seconds(name, before),))  # the first reads the files from disk
        return Figure(title, tuple(one for (one,) in found))

    return measure


def _seconds(name: str, before: str) -> float:
    command = [sys.executable, "-c", CODE, name, before]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise fail("bench", f"import {name} failed: {done.stderr.strip()}")
    return float(done.stdout)
