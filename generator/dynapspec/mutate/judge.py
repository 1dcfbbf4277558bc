"""Judges mutants: is it a spec, does a vector tell it, and if none does, is it proven equal?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as Folder

from pydantic import ValidationError

from dynapspec.load.node import Node, plain, step_into
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.check import check_model
from dynapspec.mutate.edit import Path, changed, typed
from dynapspec.mutate.equal import knowing, proof
from dynapspec.mutate.leaves import Mutation, Mutations
from dynapspec.mutate.suggest import suggestion
from dynapspec.mutate.vectors import Player, Vector, read_vectors
from dynapspec.mutate.verdict import Verdict

DEFAULT = "what is left out is what was said"
SHOWN = 3  # vectors that are named for a killed mutant


class Trial:
    """The mutants of one layer spec or chip, and the vectors that they are played against."""

    def __init__(self, model: Model, entry: Layer | Chip, out: Folder) -> None:
        self.model, self.entry = model, entry
        self.layer = entry if isinstance(entry, Layer) else model.layer_of(entry)
        self.chips = [entry] if isinstance(entry, Chip) else self._chips(entry)
        self.vectors = {chip.name: read_vectors(out, chip.name) for chip in self.chips}
        self.own = read_vectors(out, *homes(self.layer, model)) if isinstance(entry, Layer) else []
        knowing(self.layer)

    def _chips(self, layer: Layer) -> list[Chip]:
        """The chips whose vectors speak of a layer spec; one that tells a mutant is enough."""
        own = [chip for chip in self.model.chips.values() if self.model.layer_of(chip) is layer]
        return own or list(self.model.chips.values())[:1]

    def mutations(self) -> list[Mutation]:
        """Every change of the spec; of one that extends another, those of what it does not share with it."""
        every = Mutations(self.entry)
        bases = homes(self.layer, self.model)[1:] if isinstance(self.entry, Layer) else []
        if not bases:
            return list(every)
        shared = self.model.layers[bases[0]].node
        return [one for one in every if not _alike(shared, self.entry.node, one.path)]

    def verdict(self, mutation: Mutation) -> Verdict:
        """What becomes of one mutant."""
        about = (self.entry.title, mutation.path, mutation.kind, mutation.before, mutation.after)
        try:
            mutant = typed(self.entry, changed(self.entry.node, mutation.path, mutation.value))
        except ValidationError as error:
            return Verdict(*about, "refused", reason=str(error.errors()[0]["type"]))
        if mutant.spec == self.entry.spec:
            return Verdict(*about, "equal", reason=DEFAULT)
        if (code := self._refused(mutant)) is not None:
            return Verdict(*about, "refused", reason=code)
        if told := tuple(self._told(mutant, mutation)):
            return Verdict(*about, "killed", told)
        if isinstance(mutant, Layer):
            if (reason := proof(mutation, self.layer, mutant, self.chips)) is not None:
                return Verdict(*about, "equal", reason=reason)
            return Verdict(*about, "survivor", reason=suggestion(mutation, self.layer, mutant, self.chips))
        return Verdict(*about, "survivor")

    def _refused(self, mutant: Layer | Chip) -> str | None:
        """The code of the first finding that says that the mutant is no sound spec.

        Claims are left out: they restate the numbers, so that they would refuse every other number.
        """
        layer = mutant if isinstance(mutant, Layer) else self.layer
        bases = {name: self.model.layers[name] for name in homes(self.layer, self.model)}
        chips = [mutant] if isinstance(mutant, Chip) else self.chips[:1]
        model = Model(self.model.root, {**bases, layer.name: layer}, {chip.name: chip for chip in chips})
        codes = (finding.code for finding in check_model(model))
        return next((code for code in codes if not code.startswith("claim")), None)

    def _told(self, mutant: Layer | Chip, mutation: Mutation) -> Iterator[str]:
        """The first vectors that the mutant gets wrong."""
        left = SHOWN
        for player, vectors in self._games(mutant):
            for vector in nearest(vectors, mutation):
                if not player.right(vector):
                    yield vector.id
                    left -= 1
                    if not left:
                        return
            if left < SHOWN:
                return

    def _games(self, mutant: Layer | Chip) -> Iterator[tuple[Player, Sequence[Vector]]]:
        """The vectors of the layer spec with those of a first chip; then those of the other chips."""
        if isinstance(mutant, Chip):
            yield Player(self.layer, mutant), self.vectors[mutant.name]
            return
        for index, chip in enumerate(self.chips):
            yield Player(mutant, chip), [*([] if index else self.own), *self.vectors[chip.name]]


def _alike(one: Node, other: Node, path: Path) -> bool:
    """Whether two documents have the same part at a place."""
    for step in path:
        first, second = step_into(one, step), step_into(other, step)
        if first is None or second is None:
            return False
        one, other = first, second
    return bool(plain(one) == plain(other))


def nearest(vectors: Sequence[Vector], mutation: Mutation) -> list[Vector]:
    """The vectors, those first whose clause lies nearest to the change: they tell it soonest."""
    path = "/" + "/".join(map(str, mutation.path)) + "/"
    return sorted(vectors, key=lambda vector: -_common(path, vector.clause))


def _common(path: str, clause: str) -> int:
    """Steps that two places share."""
    steps = zip(path.split("/"), clause.partition("#")[2].split("/"), strict=False)
    return next((index for index, (one, other) in enumerate(steps) if one != other), 99)


def homes(layer: Layer, model: Model) -> list[str]:
    """The layer spec itself and those that it extends, whose vectors hold for it too."""
    return [document.name for document in layer.lineage if document.name in model.layers]
