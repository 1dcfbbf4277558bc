"""A sample of the mutants through the class that is emitted from them: the same vectors must tell them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from dynapspec.conform.outcome import Played
from dynapspec.conform.run import Plan, conform, frozen_files
from dynapspec.emit.torch.emitter import emit
from dynapspec.model import Layer, Model
from dynapspec.mutate.edit import changed, typed
from dynapspec.mutate.judge import SHOWN
from dynapspec.mutate.leaves import Mutations
from dynapspec.mutate.vectors import FOLDER
from dynapspec.mutate.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Sampled:
    """One mutant as a package, and the first vectors that tell it from the spec; none is a gap."""

    verdict: Verdict
    vectors: tuple[str, ...]


def spread(verdicts: Sequence[Verdict], layer: Layer) -> Iterator[Verdict]:
    """Killed mutants of a layer spec, one of each class of change after the other, from the middle on."""
    killed = [one for one in verdicts if one.outcome == "killed" and one.spec == layer.title]
    kinds: dict[str, list[Verdict]] = {}
    for one in killed:
        kinds.setdefault(one.kind, []).append(one)
    queues = [deque((*group[len(group) // 2 :], *group[: len(group) // 2])) for group in kinds.values()]
    while any(queues):
        yield from (queue.popleft() for queue in queues if queue)


def played(model: Model, out: Path, verdicts: Sequence[Verdict], size: int) -> Iterator[Sampled]:
    """A sample of the mutants, emitted and played; none where torch is missing.

    One whose vectors ask what the class has no name for is passed over.
    """
    layer = next(iter(model.layers.values()))
    if find_spec("torch") is None or not size:
        return
    known = {(mutation.path, mutation.after): mutation for mutation in Mutations(layer)}
    for verdict in spread(verdicts, layer):
        mutation = known[verdict.path, verdict.after]
        mutant = typed(layer, changed(layer.node, mutation.path, mutation.value))
        assert isinstance(mutant, Layer)
        judged = _judged(model, out, mutant, verdict)
        if any(one.id in verdict.vectors for one in judged):
            yield Sampled(verdict, tuple(one.id for one in judged if one.failed)[:SHOWN])
            size -= 1
        if not size:
            return


def _judged(model: Model, out: Path, mutant: Layer, verdict: Verdict) -> list[Played]:
    """What the emitted package answers to the topics that told the mutant."""
    folder = out / FOLDER
    told = set(verdict.vectors)
    topics = {f.topic for f in frozen_files(folder) if told & {case["id"] for case in f.cases}}
    with TemporaryDirectory() as place:
        _write(Model(model.root, {mutant.name: mutant}, model.chips), Path(place))
        name = mutant.spec.package
        plan = Plan(implementation=name, vectors=folder, path=Path(place), topics=sorted(topics))
        return [one for one in conform(model, plan).played if one.kind != "skipped"]


def _write(model: Model, place: Path) -> None:
    for output in emit(model):
        path = place / output.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(output.text, encoding="utf-8")
