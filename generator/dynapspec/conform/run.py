"""A whole run: which files are played, against what, and what is reported."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynapspec.conform.implementation import PATH
from dynapspec.conform.known import Known, complaints, marked, strangers
from dynapspec.conform.links import Chain, Linker
from dynapspec.conform.outcome import Played, Report
from dynapspec.conform.play import Limits, Player
from dynapspec.conform.registry import DEFAULT, known
from dynapspec.conform.session import Session
from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.emit.conformance.homes import home
from dynapspec.emit.conformance.vector_set import VectorFile, set_digest, vector_files
from dynapspec.emit.pipeline import inputs
from dynapspec.load.locate import VARIABLE
from dynapspec.load.reader import display_name
from dynapspec.model import Model


@dataclass(frozen=True)
class Plan:
    """What the user asked for."""

    implementation: str | None = None
    command: str | None = None
    chip: str | None = None
    topics: Sequence[str] = ()
    vectors: Path | None = None
    path: Path | None = None
    known: Known | None = None
    floor: int | None = None
    limits: Limits = field(default_factory=Limits)


def conform(model: Model, plan: Plan) -> Report:
    """Plays the vectors that the plan asks for.

    Raises:
        InputError: the plan names what does not exist, or the implementation does not start.
    """
    every = frozen_files(plan.vectors) if plan.vectors else vector_files(model)
    files = chosen(model, every, plan)
    launch = launcher(model, plan)
    began = time.perf_counter()
    player = Player(launch, files, plan.limits)
    files = of_layer(model, files, player.identity.layer)
    played = list(player.play(files))
    if plan.known:
        played = marked(played, plan.known)
    identity = player.identity
    return Report(
        implementation=identity.name,
        version=identity.version,
        capabilities=identity.capabilities,
        played=played,
        errors=[*_errors(files, played, plan)],
        made_from=made_from(model, files),
        seconds=time.perf_counter() - began,
        chains=_chains(model, played),
        notes=strangers(plan.known, _ids(every)) if plan.known else [],
    )


def chosen(model: Model, files: Sequence[VectorFile], plan: Plan) -> list[VectorFile]:
    """The files of one chip and its layer, or of all; and of these the wanted topics."""
    found = list(files)
    if plan.chip is not None:
        if plan.chip not in model.chips:
            message = f"there is no chip {plan.chip}"
            raise fail("unknown-chip", message, hint=did_you_mean(plan.chip, model.chips))
        wanted = {plan.chip, *_layers(model, model.chips[plan.chip].spec.layers)}
        found = [file for file in found if file.subject in wanted]
    for topic in plan.topics:
        known_topics = {file.topic for file in files}
        if topic not in known_topics:
            raise fail(
                "unknown-topic", f"no vectors are about {topic}", hint=did_you_mean(topic, known_topics)
            )
    if plan.topics:
        found = [file for file in found if file.topic in plan.topics]
    if not found:
        raise fail("no-vectors", "there is no vector to play", hint="ask for another chip or topic")
    return found


def _layers(model: Model, names: Sequence[str]) -> list[str]:
    """Layer specs and those that extend them, which describe the same cores."""
    return [
        layer.name
        for layer in model.layers.values()
        if any(document.name in names for document in layer.lineage)
    ]


def of_layer(model: Model, files: Sequence[VectorFile], name: str | None) -> list[VectorFile]:
    """The files that hold for one layer spec; without a name for the first that extends no other.

    Raises:
        InputError: there is no such layer spec, or no file for it.
    """
    first = next(layer for layer in model.layers.values() if len(layer.lineage) == 1)
    if name is not None and name not in model.layers:
        message = f"the implementation follows the layer spec {name}, and there is none"
        raise fail("unknown-layer", message, hint=did_you_mean(name, model.layers))
    layer = first if name is None else model.layers[name]
    found = [file for file in files if home(file.topic, layer, model).name == file.layer]
    if not found:
        raise fail("no-vectors", f"no vector is about the layer spec {layer.name}")
    return found


def frozen_files(folder: Path) -> list[VectorFile]:
    """The vectors of a folder, as the generator wrote them.

    Raises:
        InputError: there are none, or one is no file of vectors.
    """
    found = []
    for path in sorted(folder.rglob("*.json")) if folder.is_dir() else []:
        file = VectorFile(path.relative_to(folder).as_posix().removesuffix(".json"), path.read_text("utf-8"))
        try:
            topic, cases, names = file.topic, file.cases, file.head["names"]
            usable = bool(topic and file.subject and file.layer) and isinstance(cases, list)
            usable = usable and isinstance(names, dict) and all(_is_case(case) for case in cases)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            usable = False
        if not usable:
            raise fail("no-vectors", f"{display_name(path)} is no file of vectors")
        found.append(file)
    if not found:
        hint = "it is generated/conformance/vectors of a project"
        raise fail("no-vectors", f"{display_name(folder)} holds no vectors", hint=hint)
    return found


def _is_case(case: Any) -> bool:
    return isinstance(case, dict) and {"id", "clause", "flags", "input", "expected"} <= case.keys()


def launcher(model: Model, plan: Plan) -> Callable[[], Session]:
    """How the implementation is started; raises InputError for one that is not known."""
    if plan.command is not None:
        try:
            words = shlex.split(plan.command)
        except ValueError as error:
            raise fail("implementation-start", f"--command cannot be read: {error}") from None
        if not words:
            raise fail("implementation-start", "--command is empty", hint="name a program and its arguments")
        return lambda: Session(words)
    name = known(plan.implementation or DEFAULT)
    command = [sys.executable, "-m", "dynapspec.conform.worker", name]
    env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), VARIABLE: str(model.root.resolve())}
    if plan.path is not None:
        env[PATH] = str(plan.path.resolve())
    return lambda: Session(command, env)


def made_from(model: Model, files: Sequence[VectorFile]) -> dict[str, Any]:
    """Specs, vectors and generator by hash."""
    made = inputs(model)
    return {
        "specs": made["specs"],
        "vectors": {"sha256": set_digest(files), "files": {file.name: file.digest for file in files}},
        "generator": made["generator"],
    }


def _errors(files: Sequence[VectorFile], played: Sequence[Played], plan: Plan) -> list[str]:
    """What is wrong with the run as a whole."""
    found = [
        f"{file.name}: {len(file.cases)} cases, and the file promises {count}"
        for file in files
        if (count := file.head.get("count", 0)) > len(file.cases)
    ]
    judged = sum(one.kind != "skipped" for one in played)
    floor = max(1, plan.floor or 0)
    if judged < floor:
        found.append(f"{judged} cases were judged, and at least {floor} must be")
    return found + (complaints(list(played), plan.known) if plan.known else [])


def _chains(model: Model, played: Sequence[Played]) -> dict[str, Chain]:
    """What stands behind the clause of each case that failed."""
    linker = Linker(model)
    found = {one.id: linker.chain(one.clause, one.spec) for one in played if one.failed or one.known}
    return {case: chain for case, chain in found.items() if chain is not None}


def _ids(files: Sequence[VectorFile]) -> list[str]:
    return [case["id"] for file in files for case in file.cases]
