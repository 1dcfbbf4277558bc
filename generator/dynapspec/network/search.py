"""Looks for the nearest networks that fit, by changing what is broken until nothing is.

Every network that is found was asked about as a whole. A smaller layer never takes more memory, which
the layer spec claims and proves, so the largest number of features that helps is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from dynapspec.network.asking import Asker, Changes, Found
from dynapspec.network.copies import COPIES, copied
from dynapspec.network.edits import FEATURES, INPUT, TAKEN, changed, fields, senders, value_of
from dynapspec.network.joint import discretized, smaller_kernels, together
from dynapspec.network.network import Block
from dynapspec.network.relays import RELAYS, relayed
from dynapspec.network.suggestion import Change
from dynapspec.network.verdicts import ChipFit
from dynapspec.network.wiring import Wiring, taps

BREADTH = 4  # networks that are followed at once
AT_ONCE = 3  # layers that break rules whose changes are tried
DEPTH = 10  # changes, one after the other


class Search(Asker):
    """Looks for changes of one network with which it fits one chip."""

    def fitting(self) -> Iterator[Found]:
        """Changed networks that fit; where single layers change, none that it could do without."""
        assert self.now is not None
        seen: set[Changes] = set()
        at_once = list(self._together())
        steps = [*self._step_by_step(self.now, 1)] or [*self._step_by_step(self.now, AT_ONCE)]
        for found in (*self._copied(), *self._relayed(), *at_once, *map(self._least, steps)):
            if found.changes not in seen:
                seen.add(found.changes)
                yield found

    def _step_by_step(self, start: Found, at_once: int) -> Iterator[Found]:
        """Mends one layer after the other; of the networks on the way, the best few are followed.

        A change of the first layer alone may take the maps of later ones away, so that several of the
        first are tried where need be.
        """
        front = [start]
        for _ in range(DEPTH):
            made = {found.changes: found for one in front for found in self._mended(one, at_once)}
            yield from (found for found in made.values() if found.answer.fits)
            left = [found for found in made.values() if not found.answer.fits]
            front = sorted(left, key=lambda found: (found.broken, found.cost))[:BREADTH]

    def _mended(self, found: Found, at_once: int) -> Iterator[Found]:
        """Changes of the first layers that are broken, or of those before them, which break less."""
        blocks = changed(self.blocks, found.changes)
        for layer in _first(found.answer, at_once):
            made = [one for owner in (layer, *senders(blocks, layer)) for one in self._owned(found, owner)]
            made += self._matching(found, layer)
            yield from made or self._farther(found, layer)
        before = self.network.preprocessing
        if not found.changes and before is None:
            for shape in self.values.inputs(self.network.input_shape):
                yield from self._less(found, (Change(None, INPUT, self.network.input_shape, shape),))
        elif before is not None:
            for field, now, then in self.values.sensors(before):
                yield from self._less(found, (Change(None, field, now, then),))

    def _owned(self, found: Found, owner: int) -> Iterator[Found]:
        """Small changes of one layer."""
        blocks = changed(self.blocks, found.changes)
        for field in fields(blocks[owner]):
            for value in self.values.near(blocks[owner], field):
                yield from self._less(found, (_change(self.blocks, owner, field, value),))
        for pairs in (*smaller_kernels(blocks[owner]), *discretized(blocks[owner], self.chain.quantizer)):
            made = (_change(self.blocks, owner, field, value) for field, value in pairs)
            yield from self._less(found, tuple(made))
        yield from self._narrower(found, (owner,))

    def _matching(self, found: Found, layer: int) -> Iterator[Found]:
        """As many features as a layer says that it takes, or those that arrive."""
        blocks = changed(self.blocks, found.changes)
        stated, arriving = blocks[layer].synapses.get(TAKEN), self.arriving(found.changes, layer)
        if stated is None or arriving is None or stated == arriving:
            return
        yield from self._less(found, (_change(self.blocks, layer, TAKEN, arriving),))
        owners = senders(blocks, layer)
        if len(owners) == 1:
            yield from self._less(found, (_change(self.blocks, owners[0], FEATURES, stated),))
        elif not owners and self.network.preprocessing is None:
            shape = self.network.input_shape
            yield from self._less(found, (Change(None, INPUT, shape, (stated, *shape[1:])),))

    def _farther(self, found: Found, layer: int) -> Iterator[Found]:
        """The least change of each field that helps, where no small one does."""
        blocks = changed(self.blocks, found.changes)
        for owner in (layer, *senders(blocks, layer)):
            for field in fields(blocks[owner]):
                tried = (
                    (_change(self.blocks, owner, field, n),) for n in self.values.others(blocks[owner], field)
                )
                yield from islice((one for changes in tried for one in self._less(found, changes)), 1)

    def _less(self, found: Found, changes: Changes) -> Iterator[Found]:
        made = self.ask(_over(found.changes, changes))
        if made is not None and made.broken < found.broken:
            yield made

    def _copied(self) -> Iterator[Found]:
        """Layers with too many destinations on several cores."""
        assert self.now is not None
        found, blocks, outputs = self.now, self.blocks, self.network.outputs
        made: dict[int, int] = {}
        for layer in [one.index for one in self.now.answer.layers]:
            place = layer + sum(count - 1 for count in made.values())
            ways = sum(tap.layer == place for tree in Wiring(blocks).inputs for tap in taps(tree))
            for most in range(ways - 1, 0, -1):
                more, leaving, count = copied(blocks, outputs, place, most)
                changes = tuple(Change(n, COPIES, 1, many) for n, many in {**made, layer: count}.items())
                tried = self.built(
                    self.network.input_shape, more, leaving, changes, self.network.preprocessing
                )
                if tried is not None and tried.broken < found.broken:
                    found, blocks, outputs = tried, more, leaving
                    made[layer] = count
                    break
        if made and found.answer.fits:
            yield found

    def _relayed(self) -> Iterator[Found]:
        """Layers in front that repeat the input, where it feeds more than it may."""
        dvs, now = self.fitter.chip.spec.dvs, self.now
        assert now is not None
        ways = len(self.network.out_of(None))
        if dvs is None or dvs.destinations.max is None or ways in dvs.destinations:
            return
        most = dvs.destinations.max
        for count in range(1, most + 1):
            features = self.network.input_shape[0]
            blocks, outputs = relayed(self.blocks, self.network.outputs, features, most - count, count)
            change = Change(None, RELAYS, 0, count)
            made = self.built(
                self.network.input_shape, blocks, outputs, (change,), self.network.preprocessing
            )
            if made is not None and made.answer.fits:
                yield made
                return

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
            # with a smaller kernel goes less padding, since the map would grow, and words are scaled as one
            with_it = together(change.field)
            rest = tuple(
                one for one in found.changes if one.layer != change.layer or one.field not in with_it
            )
            made = self.ask(rest) if change.field not in (COPIES, RELAYS) else None
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
    return tuple(sorted(kept, key=lambda one: (-1 if one.layer is None else one.layer, one.field)))


def _first(answer: ChipFit, at_once: int) -> tuple[int, ...]:
    """The first layers that break a rule, or else all that compete for cores."""
    layers = {violation.layer for violation in answer.violations if violation.layer is not None}
    if layers:
        return tuple(sorted(layers)[:at_once])
    for violation in answer.violations:
        if violation.certificate is not None:
            return violation.certificate.layers
    return ()
