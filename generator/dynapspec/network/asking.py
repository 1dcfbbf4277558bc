"""Asks whether changed networks fit one chip, and how far each is from the network as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from dynapspec.diagnostics import InputError
from dynapspec.formula.tree import names_in
from dynapspec.network.chain import Chain
from dynapspec.network.edits import INPUT, Values, changed, sketched
from dynapspec.network.fit import Fitter
from dynapspec.network.network import Block, Network, Shape, Tap
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
        self.values = Values(chain.spec, fitter.chip)
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
        network = self.network
        blocks = changed(self.blocks, changes)
        shape = next((one.after for one in changes if one.field == INPUT), network.input_shape)
        return self.built(shape, blocks, network.outputs, changes)

    def built(
        self, shape: Shape, blocks: Sequence[Block], outputs: Sequence[Tap], changes: Changes
    ) -> Found | None:
        """The answer for other blocks; None where they make no network."""
        before = self.network.preprocessing
        try:
            made = self.chain.build(self.network.name, shape, blocks, outputs=outputs, preprocessing=before)
            answer = self.fitter.fit(made)
        except InputError:
            return None
        return Found(changes, answer, _broken(answer), self._cost(answer, changes))

    def _cost(self, answer: ChipFit, changes: Changes) -> float:
        """By which part of them the parameters and the neurons change, and how many things are changed.

        The same change of several layers is one: a network that is narrower as a whole is easily told.
        """
        if not changes:
            return 0.0
        assert self.now is not None
        total = EACH * len({(one.field, one.before, one.after) for one in changes})
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


def _broken(answer: ChipFit) -> int:
    """How much is broken: rules of layers, layers without a map, and layers without a core."""
    count = UNKNOWN * sum(layer.neuron_shape is None for layer in answer.layers)
    for violation in answer.violations:
        if violation.certificate is not None:
            count += len(violation.actual) - len(violation.limit)
        else:
            count += 1
    return count
