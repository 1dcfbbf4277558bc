"""Events of iniVation's cameras: AEDAT 4, read by the package aedat in a process of its own.

That package is compiled, and damage that it does not foresee ends the process that it is in, after
pages on the terminal; so it gets one that may end.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

from dynapspec.diagnostics import fail
from dynapspec.events.recording import Recording, bad, columns

MAGIC = b"#!AER-DAT"  # of every version; its number follows
VERSION = b"4"
WORKER = Path(__file__).with_name("aedat4_worker.py")
HINT = "is it whole? else open and save it with the program that wrote it"


def read(path: Path, name: str) -> Recording:
    """Reads the events of the first stream that has some.

    Raises:
        InputError: it is another version of AEDAT, damaged, or holds no stream of events.
    """
    _check_version(path, name)
    if find_spec("aedat") is None:
        hint = "pip install 'dynapspec[events]'"
        raise fail("missing-extra", "AEDAT files need the package aedat", hint=hint)
    command = [sys.executable, "-P", str(WORKER), str(path.resolve())]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise bad(name, "events-damaged", "is damaged, in a way that its package cannot tell", HINT)
    head, _, data = done.stdout.partition(b"\n")
    told = json.loads(head)
    if told["error"]:
        raise bad(name, "events-damaged", f"is damaged or cut off: {told['error']}", HINT)
    streams = told["streams"]
    if "events" not in streams:
        kinds = ", ".join(sorted(set(streams))) or "nothing"
        raise bad(name, "events-empty", f"holds {kinds}, and no stream of events")
    with np.load(BytesIO(data), allow_pickle=False) as found:
        events = columns(name, dict(found))
    many = streams.count("events")
    note = f"the events of its first stream of {many} that hold some"
    return Recording(name, "AEDAT 4", events, (note,) if many > 1 else ())


def _check_version(path: Path, name: str) -> None:
    with path.open("rb") as file:
        head = file.read(len(MAGIC) + len(VERSION))
    if not head.startswith(MAGIC):
        hint = "is the ending the right one?"
        raise bad(name, "events-damaged", "does not begin as an AEDAT file does", hint)
    if head != MAGIC + VERSION:
        version = head[len(MAGIC) :].decode("ascii", "replace")
        hint = "iniVation's DV converts it to AEDAT 4; or save x, y, polarity and t with numpy.savez"
        raise bad(name, "events-format", f"is AEDAT {version}, and AEDAT 4 is read", hint)
