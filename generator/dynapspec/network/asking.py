"""Asks whether changed networks fit one chip, and how far each is from the network as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from dynapspec.diagnostics import InputError
from dynapspec.formula.tree import names_in
from dynapspec.network.chain import Chain
from dynapspec.network.edits import INPUT, SENSOR_POOL, WEIGHT, Values, changed, sketched
from dynapspec.network.fit import Fitter
from dynapspec.network.joint import together
from dynapspec.network.network import Block, Network, Preprocessing, Shape, Tap
from dynapspec.network.parts import Turn
from dynapspec.network.sensing import Asked, sensed
from dynapspec.network.suggestion import Change
from dynapspec.network.verdicts import ChipFit

EACH = 0.25  # what one change costs beside what it does to parameters and neurons
UNKNOWN = 3  # rules that a layer without a map is taken to break: more than most do once it has one
ASKED = 3000  # networks that are asked about at most

Changes = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A changed network: what was changed, the answer for it, what is broken still, how far it is off."""

    changes: Changes
    answer: ChipFit
    broken: int
    cost: float


class Asker:
    """Asks about changes of one network for one chip; every answer is kept."""

    def __init__(self, network: Network, chain: Chain, fitter: Fitter) -> None:
        self.network, self.chain, self.fitter = network, chain, fitter
        self.blocks = sketched(network)
        self.values = Values(fitter.judge)
        shapes = {*chain.spec.shapes}
        memories = chain.spec.memory.items()
        self.parameters_in = [name for name, m in memories if not shapes & set(names_in(m.is_.tree))]
        self._known: dict[Changes, Found | None] = {}
        self.now = self.ask(())
        assert self.now is not None

    def ask(self, changes: Changes) -> Found | None:
        """The answer for the network with some changes; None where there is no such network."""
        if changes not in self._known:
            self._known[changes] = self._ask(changes) if len(self._known) < ASKED else None
        return self._known[changes]

    def _ask(self, changes: Changes) -> Found | None:
        blocks = changed(self.blocks, changes)
        shape, before = received(self.network, changes)
        return self.built(shape, blocks, self.network.outputs, changes, before)

    def built(
        self,
        shape: Shape,
        blocks: Sequence[Block],
        outputs: Sequence[Tap],
        changes: Changes,
        before: Preprocessing | None,
    ) -> Found | None:
        """The answer for other blocks; None where they make no network."""
        try:
            made = self.chain.build(self.network.name, shape, blocks, outputs=outputs, preprocessing=before)
            answer = self.fitter.fit(made)
        except InputError:
            return None
        return Found(changes, answer, _broken(answer), self._cost(answer, changes))

    def arriving(self, changes: Changes, layer: int) -> int | None:
        """The features that arrive at a layer of the changed network, where it is known."""
        shape, _ = received(self.network, changes)
        try:
            made = self.chain.build("", shape, changed(self.blocks, changes), outputs=self.network.outputs)
        except InputError:
            return None
        described = made.layers[layer].description
        return None if described is None else described.input_shape[0]

    def _cost(self, answer: ChipFit, changes: Changes) -> float:
        """By which part of them the parameters and the neurons change, and how many things are changed.

        The same change of several layers is one: a network that is narrower as a whole is easily told.
        """
        if not changes:
            return 0.0
        assert self.now is not None
        words = together(WEIGHT)
        same = {(one.layer if one.field in words else (one.field, one.before, one.after)) for one in changes}
        total = EACH * len(same)
        for name in answer.layers[0].memories:
            before, after = (
                [layer.memories[name].used or 0 for layer in one.layers] for one in (self.now.answer, answer)
            )
            whole = sum(before)
            moved = sum(abs(a - b) for a, b in zip_longest(after, before, fillvalue=0))
            total += moved / whole if whole else 0.0
        return total

    def parameters(self, answer: ChipFit) -> int:
        """The parameters of a network, as far as it is defined."""
        return sum(layer.memories[name].used or 0 for layer in answer.layers for name in self.parameters_in)


def received(network: Network, changes: Changes) -> tuple[Shape, Preprocessing | None]:
    """The map that the first layers of a changed network receive, and what the sensor's block does before."""
    after = {one.field: one.after for one in changes if one.layer is None}
    before = network.preprocessing
    if before is None:
        return after.get(INPUT, network.input_shape), None
    turn = Turn("sensor", *before.mirror, before.swap)
    asked = Asked(after.get(SENSOR_POOL, before.pool), _window(before), before.merge, turn)
    return sensed(asked, after.get(INPUT, before.shape))


def _window(before: Preprocessing) -> tuple[int, ...] | None:
    """First row and column of the crop, and those behind its last."""
    if before.crop is None:
        return None
    top, left, height, width = before.crop
    return top, left, top + height, left + width


def _broken(answer: ChipFit) -> int:
    """How much is broken: rules of layers, layers without a map, and layers without a core."""
    count = UNKNOWN * sum(layer.neuron_shape is None for layer in answer.layers)
    for violation in answer.violations:
        if violation.certificate is not None:
            count += len(violation.actual) - len(violation.limit)
        else:
            count += 1
    return count
