"""What the benchmark runs on, without saying whose it is: no names of hosts and no paths."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dynapspec.emit.conformance.speed import SpeedMachine

PACKAGES = ("torch", "numba", "numpy", "sinabs", "spikingjelly", "snntorch", "norse")
CPUINFO = Path("/proc/cpuinfo")
GIB = 1 << 30


def machine() -> SpeedMachine:
    """The machine and the versions of what counts."""
    torch: Any = sys.modules.get("torch")
    return SpeedMachine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        threads=torch.get_num_threads() if torch else None,
        memory_gib=_memory(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions=dict(_versions()),
    )


def _versions() -> list[tuple[str, str]]:
    found = []
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append((name, version(name)))
    return found


def _processor() -> str:
    """The model of the processor as it names itself; its kind where it does not."""
    with suppress(OSError):
        found = re.search(r"^model name\s*:\s*(.+)$", CPUINFO.read_text(), re.MULTILINE)
        if found:
            return " ".join(found[1].split())
    return platform.processor() or platform.machine()


def _memory() -> float | None:
    """All memory, where the system tells it."""
    with suppress(ValueError, OSError, AttributeError):
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB, 1)
    return None
