"""Measures in a process of its own: ``python -m dynapspec.bench.fresh WHAT RUNS``."""

from __future__ import annotations

import json
import subprocess
import sys

from dynapspec.bench.turns import Pace
from dynapspec.diagnostics import fail


def measured(name: str, runs: int) -> list[tuple[float, float]]:
    """Pairs of seconds, ours and the other's, from a process that ends with it."""
    return [(own, other) for own, other in in_process(__name__, name, str(runs))]


def in_process(module: str, *arguments: str) -> list[list[float]]:
    """What a module of the benchmark prints as JSON in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise fail("bench", f"{' '.join(arguments)} failed: {''.join(last)}")
    found: list[list[float]] = json.loads(done.stdout)
    return found


def main(name: str, runs: str) -> None:
    """Prints the pairs of one measurement."""
    from dynapspec.bench.neurons import MAPS, copying, size

    (shape,) = (shape for shape in MAPS if name == f"copy-{size(shape)}")
    figure = copying(shape, Pace(int(runs)))
    print(json.dumps(list(zip(figure.seconds, figure.peer_seconds, strict=True))))


if __name__ == "__main__":
    main(*sys.argv[1:])
