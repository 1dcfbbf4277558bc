"""Looks for the nearest networks that fit, by changing what is broken until nothing is.

Every network that is found was asked about as a whole. A smaller layer never takes more memory, which
the layer spec claims and proves, so the largest number of features that helps is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dynapspec.diagnostics import InputError
from dynapspec.formula.tree import names_in
from dynapspec.network.chain import Chain
from dynapspec.network.edits import (
    FEATURES,
    Values,
    changed,
    fields,
    senders,
    sketched,
    smaller_kernels,
    value_of,
)
from dynapspec.network.fit import Fitter
from dynapspec.network.network import Block, Network
from dynapspec.network.suggestion import Change
from dynapspec.network.verdicts import ChipFit

BREADTH = 4  # networks that are followed at once
EACH = 0.25  # what one change costs beside what it does to parameters and neurons
DEPTH = 10  # changes, one after the other
ASKED = 3000  # networks that are asked about at most

Changes = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A changed network: what was changed, the answer for it, what is broken still, how far it is off."""

    changes: Changes
    answer: ChipFit
    broken: int
    cost: float


class Search:
    """Asks about changes of one network for one chip."""

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

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────

    def ask(self, changes: Changes) -> Found | None:
        """The answer for the network with some changes; None where there is no such network."""
        if changes not in self._known:
            self._known[changes] = self._ask(changes) if len(self._known) < ASKED else None
        return self._known[changes]

    def _ask(self, changes: Changes) -> Found | None:
        network = self.network
        blocks = changed(self.blocks, changes)
        try:
            made = self.chain.build(
                network.name,
                network.input_shape,
                blocks,
                outputs=network.outputs,
                preprocessing=network.preprocessing,
            )
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
            pairs = [
                (before.memories[name].used or 0, after.memories[name].used or 0)
                for before, after in zip(self.now.answer.layers, answer.layers, strict=True)
            ]
            whole = sum(before for before, _ in pairs)
            total += sum(abs(after - before) for before, after in pairs) / whole if whole else 0.0
        return total

    def parameters(self, answer: ChipFit) -> int:
        """The parameters of a network, as far as it is defined."""
        return sum(layer.memories[name].used or 0 for layer in answer.layers for name in self.parameters_in)

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────

    def fitting(self) -> Iterator[Found]:
        """Changed networks that fit; where single layers change, none that it could do without."""
        assert self.now is not None
        seen: set[Changes] = set()
        together = list(self._together())
        for found in (*together, *map(self._least, self._step_by_step(self.now))):
            if found.changes not in seen:
                seen.add(found.changes)
                yield found

    def _step_by_step(self, start: Found) -> Iterator[Found]:
        """Mends one layer after the other; of the networks on the way, the best few are followed."""
        front = [start]
        for _ in range(DEPTH):
            made = {found.changes: found for one in front for found in self._mended(one)}
            yield from (found for found in made.values() if found.answer.fits)
            left = [found for found in made.values() if not found.answer.fits]
            front = sorted(left, key=lambda found: (found.broken, found.cost))[:BREADTH]

    def _mended(self, found: Found) -> Iterator[Found]:
        """Changes of the first layers that are broken, or of those before them, which break less."""
        blocks = changed(self.blocks, found.changes)
        for layer in _first(found.answer):
            for owner in (layer, *senders(blocks, layer)):
                for field in fields(blocks[owner]):
                    for value in self.values.near(blocks[owner], field):
                        yield from self._less(found, (_change(self.blocks, owner, field, value),))
                for pair in smaller_kernels(blocks[owner]):
                    both = (_change(self.blocks, owner, field, value) for field, value in pair)
                    yield from self._less(found, tuple(both))
                yield from self._narrower(found, (owner,))

    def _less(self, found: Found, changes: Changes) -> Iterator[Found]:
        made = self.ask(_over(found.changes, changes))
        if made is not None and made.broken < found.broken:
            yield made

    def _together(self) -> Iterator[Found]:
        """All layers of the same width at once, and all layers but the outputs."""
        outputs = {edge.source for edge in self.network.into(None)}
        inner = [index for index in range(len(self.blocks)) if index not in outputs]
        widths = dict.fromkeys(value_of(self.blocks[index], FEATURES) for index in inner)
        groups = [tuple(i for i in inner if value_of(self.blocks[i], FEATURES) == width) for width in widths]
        assert self.now is not None
        for group in groups:
            if len(group) > 1:
                yield from (f for f in self._narrower(self.now, group) if f.answer.fits)

    def _narrower(self, found: Found, group: Sequence[int]) -> Iterator[Found]:
        """The most features of some layers of the same width with which less is broken."""
        blocks = changed(self.blocks, found.changes)
        width = value_of(blocks[group[0]], FEATURES)

        def with_width(features: int) -> Found | None:
            made = tuple(_change(self.blocks, index, FEATURES, features) for index in group)
            return self.ask(_over(found.changes, made))

        def helps(features: int) -> bool:
            made = with_width(features)
            whole = len(group) > 1
            return made is not None and (made.answer.fits if whole else made.broken < found.broken)

        best = largest(0, width, helps)
        made = with_width(best) if best else None
        if made is not None:
            yield made

    def _least(self, found: Found) -> Found:
        """Takes back every change without which the network fits as well."""
        for change in found.changes:
            # with a smaller kernel goes less padding: the map would grow
            with_it = (
                {"kernel_size", "padding"} if change.field in ("kernel_size", "padding") else {change.field}
            )
            rest = tuple(
                one for one in found.changes if one.layer != change.layer or one.field not in with_it
            )
            made = self.ask(rest)
            if made is not None and made.answer.fits:
                return self._least(made)
        return found

    # ── What is free ─────────────────────────────────────────────────────────────────────────────

    def most_features(self, layer: int, same_kernel: bool) -> int:
        """The most features of a layer with which the network fits, perhaps in the memory it has now."""
        assert self.now is not None
        width = value_of(self.blocks[layer], FEATURES)
        before = self.now.answer.layers[layer].memories

        def fits(features: int) -> bool:
            made = self.ask((_change(self.blocks, layer, FEATURES, features),))
            if made is None or not made.answer.fits:
                return False
            after = made.answer.layers[layer].memories
            return not same_kernel or all(after[n].words == before[n].words for n in self.padded_parameters())

        return largest(width, self.values.most(FEATURES, width) + 1, fits)

    def padded_parameters(self) -> list[str]:
        """The memories of parameters that are padded."""
        return [name for name in self.parameters_in if self.fitter.padded[name]]


def largest(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The largest number from ``low`` to below ``high`` that holds, if all below one that holds do.

    ``low`` itself is taken to hold.
    """
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _change(blocks: Sequence[Block], layer: int, field: str, after: Any) -> Change:
    return Change(layer, field, value_of(blocks[layer], field), after)


def _over(changes: Changes, more: Changes) -> Changes:
    """Changes with others laid over them, in one order; what is as it was is none."""
    values = {(one.layer, one.field): one for one in (*changes, *more)}
    kept = [one for one in values.values() if one.before != one.after]
    return tuple(sorted(kept, key=lambda one: (one.layer, one.field)))


def _broken(answer: ChipFit) -> int:
    """How much is broken: rules of layers, layers without a map, and layers without a core."""
    count = sum(layer.neuron_shape is None for layer in answer.layers)
    for violation in answer.violations:
        if violation.certificate is not None:
            count += len(violation.actual) - len(violation.limit)
        else:
            count += 1
    return count


def _first(answer: ChipFit) -> tuple[int, ...]:
    """The first layer that breaks a rule, or else all that compete for cores."""
    layers = [violation.layer for violation in answer.violations if violation.layer is not None]
    if layers:
        return (min(layers),)
    for violation in answer.violations:
        if violation.certificate is not None:
            return violation.certificate.layers
    return ()
