"""Divides a campaign among processes of their own, each in an empty folder, which must stay empty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import RLock

from fuzz_report import Report

CHUNK = 50_000  # cases of one process
PLAYER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fuzz_specs.py")


class Processes:
    """So many processes at a time; ``told`` hears the whole report after each step of one."""

    def __init__(self, at_a_time: int, options: list[str], told: Callable[[Report], None]) -> None:
        self.at_a_time, self.options, self.told = at_a_time, options, told
        self.report = Report()
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = RLock()
        self._stopped = False

    def play(self, numbers: range) -> Report:
        """The report on all cases, or on those that were played until ``stop``."""
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            with ThreadPoolExecutor(self.at_a_time) as pool:
                starts = range(numbers.start, numbers.stop, CHUNK)
                chunks = [range(start, min(start + CHUNK, numbers.stop)) for start in starts]
                list(pool.map(partial(self._chunk, folder), chunks))
            if left := sorted(os.listdir(folder)):
                self._fail(numbers, f"written: {left}")
        return self.report

    def stop(self) -> None:
        """Starts no process any more; those that run tell what they saw and end."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.terminate()

    def _chunk(self, folder: str, numbers: range) -> None:
        """Cases in one process; it writes a report to a line."""
        with self._lock:
            if self._stopped:
                return
            process = self._started(numbers, folder)
            self._running.add(process)
        assert process.stdout is not None
        for line in process.stdout:
            with self._lock:
                self.report.join(json.loads(line))
                self.told(self.report)
        code = process.wait()
        with self._lock:
            self._running.discard(process)
            if code and not self._stopped:
                self._fail(numbers, f"exit {code} in the cases from here")

    def _fail(self, numbers: range, error: str) -> None:
        self.report.failures.append({"case": numbers.start, "error": error, "at": ""})

    def _started(self, numbers: range, folder: str) -> subprocess.Popen[str]:
        path = os.pathsep.join(os.path.abspath(part) for part in sys.path if part)
        chosen = ["--first", str(numbers.start), "--cases", str(len(numbers)), "--lines"]
        command = [sys.executable, "-B", PLAYER, *chosen, *self.options]
        env = {**os.environ, "PYTHONPATH": path}
        return subprocess.Popen(
            command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
