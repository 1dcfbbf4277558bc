"""A sample of the mutants through the class that is emitted from them: the same vectors must tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

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


def sample(verdicts: Sequence[Verdict], layer: Layer, size: int) -> list[Verdict]:
    """Killed mutants of a layer spec, spread evenly over the classes of change and over the spec."""
    killed = [one for one in verdicts if one.outcome == "killed" and one.spec == layer.title]
    kinds = list(dict.fromkeys(one.kind for one in killed))
    size = min(size, len(killed))
    found: list[Verdict] = []
    while len(found) < size:
        for kind in kinds:
            of_kind = [one for one in killed if one.kind == kind and one not in found]
            found += of_kind[len(of_kind) // 2 :][:1]
    return found[:size]


def played(model: Model, out: Path, verdicts: Sequence[Verdict], size: int) -> Iterator[Sampled]:
    """A sample of the mutants, emitted and played; none where torch is missing."""
    layer = next(iter(model.layers.values()))
    if find_spec("torch") is None:
        return
    known = {(mutation.path, mutation.after): mutation for mutation in Mutations(layer)} if size else {}
    for verdict in sample(verdicts, layer, size):
        mutation = known[verdict.path, verdict.after]
        mutant = typed(layer, changed(layer.node, mutation.path, mutation.value))
        assert isinstance(mutant, Layer)
        yield Sampled(verdict, tuple(_told(model, out, mutant, verdict)))


def _told(model: Model, out: Path, mutant: Layer, verdict: Verdict) -> Iterator[str]:
    """The vectors that the emitted package gets wrong, of the topics that told the mutant."""
    folder = out / FOLDER
    told = set(verdict.vectors)
    topics = {f.topic for f in frozen_files(folder) if told & {case["id"] for case in f.cases}}
    with TemporaryDirectory() as place:
        _write(Model(model.root, {mutant.name: mutant}, model.chips), Path(place))
        plan = Plan(
            implementation=mutant.spec.package, vectors=folder, path=Path(place), topics=sorted(topics)
        )
        yield from [one.id for one in conform(model, plan).played if one.failed][:SHOWN]


def _write(model: Model, place: Path) -> None:
    for output in emit(model):
        path = place / output.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(output.text, encoding="utf-8")
