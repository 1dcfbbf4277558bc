"""One process that answers questions, line by line, with a time limit for each."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, Any

from dynapspec.diagnostics import visible
from dynapspec.emit.conformance.protocol import STOP, Message, line_of

KEPT = 12  # lines of what the process said last that are kept
MAX_LINE = 16_000_000  # characters of one answer at most
LEAVING = 5.0  # seconds that a process has to end after `stop`
SHOWN = 200  # characters of a line that is no message


class Crashed(Exception):
    """The process ended, or said what is no message."""


class TimedOut(Exception):
    """The process did not answer in time."""


class Session:
    """A running implementation."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="backslashreplace",
                env={**os.environ, **(env or {})},
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            raise Crashed(f"{command[0]} cannot be started: {error.strerror or error}") from None
        self._answers: queue.Queue[str] = queue.Queue()
        self._said: deque[str] = deque(maxlen=KEPT)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._questions: IO[str] = self._process.stdin
        self._threads = [
            threading.Thread(target=_pump, args=(self._process.stdout, self._answers.put, ""), daemon=True),
            threading.Thread(target=_pump, args=(self._process.stderr, self._said.append, None), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, message: Message, seconds: float) -> Mapping[str, Any]:
        """Sends one message and waits for the answer.

        Raises:
            Crashed: the process has ended or ends, or answers with what is no JSON object.
            TimedOut: there is no answer in time; the process is ended.
        """
        try:
            self._questions.write(line_of(message))
            self._questions.flush()
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.kill()
            raise TimedOut(f"no answer within {seconds:g} s") from None
        except (OSError, ValueError):
            line = ""
        if not line:
            raise Crashed(self._ending())
        return _object(line)

    def _ending(self) -> str:
        """How the process ended, and what it said last."""
        try:
            code = self._process.wait(timeout=LEAVING)
        except subprocess.TimeoutExpired:
            self.kill()
            return "the output was closed while the process ran on"
        self._threads[1].join(LEAVING)
        last = next((line.strip() for line in reversed(self._said) if line.strip()), "")
        return _status(code) + (f": {visible(last)[:SHOWN]}" if last else "")

    def stop(self) -> None:
        """Asks the process to end, and ends it when it does not."""
        try:
            self._questions.write(line_of({"message": STOP}))
            self._questions.close()
            self._process.wait(timeout=LEAVING)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            pass
        self.kill()

    def kill(self) -> None:
        """Ends the process and what it started."""
        if self._process.poll() is None:
            try:
                if os.name == "posix":
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()
            except ProcessLookupError:
                pass
            self._process.wait()


def _pump(pipe: IO[str], put: Any, end: str | None) -> None:
    """Hands on every line of a pipe, and ``end`` after the last."""
    try:
        while line := pipe.readline(MAX_LINE):
            put(line)
    except ValueError:
        pass  # the pipe was closed
    if end is not None:
        put(end)


def _object(line: str) -> Mapping[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Crashed(f"not a message: {visible(line.strip())[:SHOWN]}")
    return data


def _status(code: int) -> str:
    if code >= 0:
        return f"the process ended with exit code {code}"
    try:
        return f"the process was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"the process was ended by signal {-code}"
