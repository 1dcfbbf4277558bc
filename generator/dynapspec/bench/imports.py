"""How long imports take, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from dynapspec.bench.figure import Figure
from dynapspec.diagnostics import fail

# what is measured, and what is imported before it and does not count
IMPORTS = {
    "import dynapspec": ("dynapspec", ""),
    "import dynapcnn, after torch": ("dynapcnn", "torch"),
    "the layer class, after torch": ("dynapcnn.layer", "torch"),
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


def import_figures(runs: int) -> Iterator[Figure]:
    """The packages; those that need torch only where it is installed."""
    for title, (name, before) in IMPORTS.items():
        if not before or find_spec(before) is not None:
            seconds = [_seconds(name, before) for _ in range(runs + 1)]
            yield Figure(title, tuple(seconds[1:]))  # the first reads the files from disk


def _seconds(name: str, before: str) -> float:
    command = [sys.executable, "-c", CODE, name, before]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise fail("bench", f"import {name} failed: {done.stderr.strip()}")
    return float(done.stdout)
