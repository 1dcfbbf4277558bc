"""Plays files of vectors against a running implementation, and starts it anew after a crash or a hang."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynapspec.conform.outcome import Kind, Played
from dynapspec.conform.session import Crashed, Session, TimedOut
from dynapspec.diagnostics import InputError, fail, visible
from dynapspec.emit.conformance.protocol import (
    CASE,
    PROTOCOL,
    SKIP,
    START,
    case_message,
    start_message,
    topics,
)
from dynapspec.emit.conformance.vector_set import VectorFile
from dynapspec.emit.reference_tests.ask.judge import REFUSED, judge_refusal, judge_result

RESTARTS = 30  # of an implementation in one run; after that its remaining cases count as crashed
GUIDE = "generated/docs/conformance.md describes the messages"
REMEDIES = {  # by what the end of an implementation says that never got as far as a message
    "ModuleNotFoundError": "install that module, or name the folder that holds it in PYTHONPATH",
    "AttributeError": "--impl takes module:callable, a callable that makes the adapter",
    "cannot be started": "--command takes a program and its arguments; paths start in the current folder",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that an implementation has to start, and to answer one case."""

    start: float = 60.0
    case: float = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What an implementation says of itself."""

    name: str
    version: str
    capabilities: tuple[str, ...]
    layer: str | None = None


class Player:
    """One run: a way to start the implementation, and the files to play."""

    def __init__(self, launch: Callable[[], Session], files: Sequence[VectorFile], limits: Limits) -> None:
        self._launch, self._limits = launch, limits
        self._start = start_message([file.head for file in files])
        self._session, self.identity = self._begin()
        self._left = RESTARTS

    def _begin(self) -> tuple[Session | None, Identity]:
        """Starts the implementation.

        Raises:
            InputError: it does not start, or does not say what it is.
        """
        session = None
        try:
            session = self._launch()
            return session, _identity(session.ask(self._start, self._limits.start))
        except (Crashed, TimedOut) as error:
            if session is not None:
                session.kill()
            message = f"the implementation does not start: {error}"
            hint = next((told for word, told in REMEDIES.items() if word in message), GUIDE)
            raise fail("implementation-start", message, hint=hint) from None
        except InputError:
            if session is not None:
                session.kill()
            raise

    def play(self, files: Sequence[VectorFile]) -> Iterator[Played]:
        """Every case of some files, in order."""
        try:
            for file in files:
                for case in file.cases:
                    yield self._one(file, case)
        finally:
            if self._session is not None:
                self._session.stop()

    def _one(self, file: VectorFile, case: Mapping[str, Any]) -> Played:
        began = time.perf_counter()
        kind, details = self._answer(file, case)
        seconds = time.perf_counter() - began
        return Played(
            id=case["id"],
            file=file.name,
            topic=file.topic,
            spec=str(file.head["spec"]),
            clause=case["clause"],
            flags=tuple(case["flags"]),
            kind=kind,
            details=tuple(details),
            seconds=seconds,
        )

    def _answer(self, file: VectorFile, case: Mapping[str, Any]) -> tuple[Kind, Sequence[str]]:
        if file.topic not in self.identity.capabilities:
            return "skipped", [f"{file.topic} is not among its capabilities"]
        try:
            session = self._running()
            answer = session.ask(case_message(file.head, case), self._limits.case)
            kind, details, broken = judge(file.topic, case, answer)
        except TimedOut as error:
            self._session = None
            return "timed out", [str(error)]
        except Crashed as error:
            kind, details, broken = "crashed", [str(error)], True
        if broken:  # out of step: what it says next could be about this case
            self._drop()
        return kind, details

    def _drop(self) -> None:
        if self._session is not None:
            self._session.kill()
        self._session = None

    def _running(self) -> Session:
        """The running implementation, started anew where the last case ended it."""
        if self._session is None:
            if self._left == 0:
                raise Crashed(f"not played: the implementation was started anew {RESTARTS} times already")
            self._left -= 1
            try:
                self._session, _ = self._begin()
            except InputError as error:
                raise Crashed(error.diagnostics[0].message) from None
        assert self._session is not None
        return self._session


def judge(topic: str, case: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[Kind, Sequence[str], bool]:
    """What an answer is worth, why, and whether it breaks the protocol."""
    message = answer.get("message")
    if answer.get("id") != case["id"] or message not in (CASE, SKIP):
        told = f"the answer is a {message!r} about {answer.get('id')!r}, expected one about this case"
        return "crashed", [visible(told)], True
    if message == SKIP:
        return _skip(answer)
    if "error" in answer:
        return "crashed", [visible(str(answer["error"]))], False
    if REFUSED in answer:
        kind, details = judge_refusal(case["expected"], str(answer[REFUSED]))
    else:
        kind, details = judge_result(topic, case["expected"], answer.get("result"))
    return kind, [visible(one) for one in details], False


def _skip(answer: Mapping[str, Any]) -> tuple[Kind, Sequence[str], bool]:
    reason = answer.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        return "crashed", ["a case was skipped without a reason"], False
    return "skipped", [visible(reason)], False


def _identity(answer: Mapping[str, Any]) -> Identity:
    """What the answer to ``start`` says; raises InputError for anything else."""
    name, version, names = (answer.get(key) for key in ("name", "version", "capabilities"))
    texts = isinstance(name, str) and isinstance(version, str) and isinstance(names, list)
    if answer.get("message") != START or not texts:
        told = "the first answer must be a start message with name, version and capabilities"
        raise fail("implementation-start", told, hint=GUIDE)
    if answer.get("protocol") != PROTOCOL:
        told = f"the implementation speaks protocol {answer.get('protocol')!r}, this is protocol {PROTOCOL}"
        raise fail("implementation-start", visible(told), hint=GUIDE)
    assert isinstance(names, list)
    layer = answer.get("layer")
    known = topics()
    if wrong := [one for one in names if one not in known]:
        told = f"the capability {wrong[0]!r} is not known"
        raise fail("implementation-start", visible(told), hint=f"known: {', '.join(known)}")
    return Identity(
        visible(str(name)), visible(str(version)), tuple(names), None if layer is None else str(layer)
    )
