"""What both suites say of one mutant."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from dynapspec.emit.conformance.vector_set import VectorFile
from dynapspec.model import Layer, Model
from dynapspec.mutate.edit import changed, typed
from dynapspec.mutate.judge import Trial
from dynapspec.mutate.leaves import Mutation
from peer_trial import Ground, code_of, generated, peer, put, silenced, told, touched, written
from peer_watch import IMPORT, Watch, watched

FORK = get_context("fork")  # a child has torch and the specs from the start
ALONE = Lock()  # held while a child is forked off, and by whoever writes: a child must find no lock taken
SECONDS = 240.0  # after which a suite that still runs has told the mutant: it hangs

Case = tuple[VectorFile, dict[str, Any]]
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Base:
    """What holds for the package as it is: both suites accept it, apart from what is left out."""

    code: Mapping[str, str]
    files: Mapping[str, Sequence[str]]  # of sinabs's tests: those that are about the layer, by file
    reached: Mapping[str, set[str]]  # functions, by file
    seconds: Mapping[str, float]
    vectors: set[str]  # that sinabs, with the package in its place, answers rightly
    direct: set[str]  # that the package itself does
    left_out: Mapping[str, str]  # tests, with the reason
    others: int  # tests that reach nothing of the package


@dataclass(frozen=True)
class Result:
    """One mutant. ``is_``: refused, equal, elsewhere (no code that has a counterpart changes), or judged."""

    clause: str
    kind: str
    before: str
    after: str
    is_: str
    ours: str = ""  # the vector that tells it, asked of sinabs's names or of the package
    peer: str = ""  # the vector that tells it when sinabs's names are asked
    theirs: str = ""  # the test of sinabs that tells it
    spec: str = ""  # the digest of the spec that was mutated
    interpreted: str = ""  # the vector that tells it from the interpreter of the specs


def in_child(work: Callable[[Callable[[str, Any], None]], None], limit: float) -> dict[str, Any]:
    """What some work says of itself, key by key; ``hangs`` says that it had to be ended."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_child, args=(work, sender))
    with ALONE:
        process.start()
    sender.close()
    said: dict[str, Any] = {}
    try:
        while receiver.poll(limit):
            said |= json.loads(receiver.recv_bytes())
    except EOFError:
        process.join()
        return said
    process.kill()
    process.join()
    return said | {"hangs": True}


def _child(work: Callable[[Callable[[str, Any], None]], None], sender: Connection) -> None:
    silenced()

    def say(key: str, value: Any) -> None:
        sender.send_bytes(json.dumps({key: value}).encode())

    try:
        work(say)
    except BaseException:
        say("error", traceback.format_exc())
    finally:
        sender.close()


class Judge:
    """Judges the mutants of one layer spec."""

    def __init__(self, model: Model, layer: Layer, trial: Trial, ground: Ground, base: Base) -> None:
        self.model, self.layer, self.trial = model, layer, trial
        self.ground, self.base = ground, base

    def result(self, mutation: Mutation) -> Result:
        """Both verdicts, from a process of its own."""
        said = in_child(lambda say: self._work(mutation, say), SECONDS)
        if "error" in said or "is" not in said:
            raise RuntimeError(
                f"{place_of(self.layer, mutation)} {mutation.after}: {said.get('error', said)}"
            )
        about = (place_of(self.layer, mutation), mutation.kind, mutation.before, mutation.after)
        ended = "it hangs" if "hangs" in said else "the process ends"
        suites = ("ours", "peer", "theirs") if said["is"] == "judged" else ()
        verdicts = {name: said.get(name, ended) for name in suites}
        interpreted = said.get("interpreted", "")
        return Result(*about, said["is"], **verdicts, spec=self.layer.digest, interpreted=interpreted)

    def control(self) -> dict[str, Any]:
        """What tells the package as it is, played as a mutant in which everything differs: nothing must."""
        return in_child(self._control, 4 * SECONDS)

    def _control(self, say: Callable[[str, Any], None]) -> None:
        with TemporaryDirectory() as folder:
            written(self.model, self.layer, Path(folder))
            self._judge((), Path(folder), set(self.base.code), say)

    def _work(self, mutation: Mutation, say: Callable[[str, Any], None]) -> None:
        verdict = self.trial.verdict(mutation)
        if verdict.outcome in ("refused", "equal"):
            say("is", verdict.outcome)
            return
        say("interpreted", next(iter(verdict.vectors), ""))
        mutant = typed(self.layer, changed(self.layer.node, mutation.path, mutation.value))
        assert isinstance(mutant, Layer)
        with TemporaryDirectory() as folder:
            package = written(self.model, mutant, Path(folder))
            differs = self._differing(code_of(package))
            say("is", "judged" if differs else "elsewhere")
            if differs:
                self._judge(mutation.path, Path(folder), differs, say)

    def _differing(self, code: Mapping[str, str]) -> set[str]:
        names = code.keys() | self.base.code.keys()
        return {name for name in names if code.get(name) != self.base.code.get(name)}

    def _judge(self, path: Steps, place: Path, differs: set[str], say: Callable[[str, Any], None]) -> None:
        try:
            put(self.ground, place)
        except Exception as error:  # whatever a package raises that cannot take sinabs's place
            for name in ("peer", "theirs", "ours"):
                say(name, f"import: {type(error).__name__}")
            return
        cases = self._nearest(path)
        known = [one for one in cases if one[1]["id"] in self.base.vectors]
        found = next((name for name, _ in told(peer(), known)), "")
        say("peer", found)
        direct = [one for one in cases if one[1]["id"] in self.base.direct]
        say("ours", found or next((name for name, _ in told(generated(), direct)), ""))
        say("theirs", self._theirs(differs))

    def _nearest(self, steps: Steps) -> list[Case]:
        """The vectors, those first whose clause lies nearest to the change."""
        path = list(map(str, steps))

        def far(one: Case) -> int:
            clause = one[1]["clause"].partition("#/")[2].split("/")
            same = (index for index, pair in enumerate(zip(path, clause, strict=False)) if pair[0] != pair[1])
            return -next(same, min(len(path), len(clause)))

        return sorted(every_case(self.ground.vectors), key=far)

    def _theirs(self, differs: set[str]) -> str:
        """The first test that fails, of the files that reach what differs, the quickest files first."""
        reached, functions = self.base.reached, touched(self.base.code, differs)
        everything = functions is None or bool(functions & reached.get(IMPORT, set()))
        files = [file for file in self.base.files if everything or (functions or set()) & reached[file]]
        for file in sorted(files, key=lambda file: self.base.seconds[file]):
            seen = watched(Watch(), self.ground.tests, self.base.files[file], first=True)
            for name, outcome in seen.outcomes.items():
                if outcome == "failed":
                    return name
        return ""


def place_of(layer: Layer, mutation: Mutation) -> str:
    """The place of a change behind the name of the spec."""
    return f"{layer.title}#/{'/'.join(map(str, mutation.path))}"


def every_case(files: Sequence[VectorFile]) -> Iterator[Case]:
    """All vectors, each with its file."""
    for file in files:
        for case in file.cases:
            yield file, case


# ── The package as it is ─────────────────────────────────────────────────────────────────────────


def base_of(model: Model, layer: Layer, ground: Ground, names: Sequence[str]) -> Base:
    """Runs sinabs's tests on sinabs, then on the package in its place; both in processes of their own."""
    own = in_child(lambda say: _own(ground, names, say), 20 * SECONDS)
    with TemporaryDirectory() as folder:
        package = written(model, layer, Path(folder))
        code = code_of(package)
        ours = in_child(lambda say: _replaced(ground, names, package, say), 20 * SECONDS)
    reached = {file: set(functions) for file, functions in ours["reached"].items()}
    left_out, others, files = {}, 0, dict[str, list[str]]()
    for test, outcome in ours["outcomes"].items():
        file = test.partition("::")[0]
        if own["outcomes"].get(test) != "passed":
            left_out[test] = own["reasons"].get(test, "it is not there")
        elif outcome != "passed":
            left_out[test] = ours["reasons"][test]
        elif reached.get(file):
            files.setdefault(file, []).append(test)
        else:
            others += 1
    vectors, direct = set(ours["vectors"]), set(ours["direct"])
    return Base(code, files, reached, ours["seconds"], vectors, direct, left_out, others)


def _own(ground: Ground, names: Sequence[str], say: Callable[[str, Any], None]) -> None:
    put(ground, None)
    seen = watched(Watch(), ground.tests, names)
    say("outcomes", seen.outcomes)
    say("reasons", seen.reasons)


def _replaced(ground: Ground, names: Sequence[str], package: Path, say: Callable[[str, Any], None]) -> None:
    watch = Watch(package)
    with watch.noting(IMPORT):
        put(ground, package.parent)
    cases = list(every_case(ground.vectors))
    for key, implementation in (("vectors", peer()), ("direct", generated())):
        wrong = {name for name, _ in told(implementation, cases)}
        say(key, [case["id"] for _, case in cases if case["id"] not in wrong])
    seen = watched(watch, ground.tests, names)
    say("reached", {file: sorted(functions) for file, functions in seen.reached.items()})
    say("seconds", seen.seconds)
    say("outcomes", seen.outcomes)
    say("reasons", seen.reasons)
