"""A chip's verdict on many layers: each rule is asked once for each set of the values that it speaks of.

The judge of ``interpret`` says what a rule means, here as everywhere; this only keeps its answers, for
all chips that have the same limits in the rule. A layer spec in which a limit of a chip decides
whether a size exists at all is left to the judge alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, TypeAlias

from dynapspec.emit.conformance.common import OF_CORE, Asked, Broken, Common, Key, Known
from dynapspec.interpret import Judge
from dynapspec.model import Chip
from dynapspec.model.scope import chip_values

_UNKNOWN: Any = object()
Words: TypeAlias = tuple[tuple[str, int], ...]  # of one core, by the name that formulas use
Said: TypeAlias = list[tuple[int, tuple[Broken, ...]]]  # violations, each with the place of its rule


class Verdicts:
    """The verdicts of one chip."""

    def __init__(self, common: Common, chip: Chip) -> None:
        self.common, self.chip = common, chip
        self.constants = chip_values(chip.spec)
        self.judge = None if common.plain else Judge(chip, common.interpreter)
        self.cores: dict[int, Words] = {
            number: tuple((f"{OF_CORE}{key}", words) for key, words in core.words.items())
            for number, core in chip.spec.cores.items()
        }
        self.table = tuple(dict.fromkeys(self.cores.values()))
        self._kinds = [(number, self.table.index(words)) for number, words in self.cores.items()]
        names = {key for words in self.table for key, _ in words}
        self.largest = {key: max(dict(words)[key] for words in self.table) for key in names}
        self.signatures = {name: signature(value) for name, value in self.constants.items()}
        self._found = [self._memory(one) for one in common.asked]
        self._held = [[self._memory_of(one, words) for words in self.table] for one in common.asked]
        self._usual: Said | None = None
        self._verdicts: dict[Known, tuple[Broken, ...]] = {}
        self._cores: dict[Known, tuple[int, ...]] = {}

    def _limits(self, one: Asked) -> tuple[str | None, ...]:
        """All that a chip's limits have to do with a rule."""
        return tuple(self.signatures.get(name) for name in one.limits)

    def _memory(self, one: Asked) -> dict[Key, tuple[Broken, ...]]:
        """What a rule said on this chip, or on another one to which it says the same."""
        return one.found.setdefault((*self._limits(one), *(self.table if one.rule.rule.some else ())), {})

    def _memory_of(self, one: Asked, words: Words) -> dict[Key, bool | None]:
        """The same for one core."""
        return one.held.setdefault((*self._limits(one), words), {})

    def broken(self, known: Known) -> tuple[Broken, ...]:
        """The rules that a layer breaks; each layer is judged once."""
        found = self._verdicts.get(known)
        if found is None:
            found = self._verdicts[known] = self._by_judge(known) if self.judge else self._by_rules(known)
        return found

    def _by_judge(self, known: Known) -> tuple[Broken, ...]:
        assert self.judge is not None
        judged = self.judge.judge_layout(known.layout)
        self._cores[known] = judged.cores
        return tuple(Broken(v.rule, v.actual, v.limit) for v in judged.violations)

    def _by_rules(self, known: Known) -> tuple[Broken, ...]:
        found, keys = self._found, known.keys
        said = []
        for index in known.other:
            items = found[index].get(keys[index])
            if items is None:
                items = self._say(index, keys[index])
            if items:
                said.append((index, items))
        if first := self._first(known):
            other = set(known.other)
            said = sorted([*said, *(one for one in first if one[0] not in other)], key=itemgetter(0))
        return self._with_needs(known, said) if said else known.broken

    def _say(self, index: int, key: Key) -> tuple[Broken, ...]:
        """The violations of one rule for the values that it speaks of, found out once."""
        found = self._found[index]
        items = found.get(key)
        if items is None:
            items = found[key] = () if key is None else tuple(self._ask(index, key))
        return items

    def _first(self, known: Known) -> Said:
        """What the chip says of the values that most layers have in common."""
        if self._usual is None:
            keys = enumerate(self.common.first_keys(known))
            self._usual = [(index, items) for index, key in keys if (items := self._say(index, key))]
        return self._usual

    def _with_needs(self, known: Known, said: Said) -> tuple[Broken, ...]:
        """All violations in the order of the rules, but none of a rule that needs a broken one."""
        broken: dict[str, list[Broken]] = {}
        for one in known.broken:
            broken.setdefault(one.rule, []).append(one)
        for index, items in said:
            rule = self.common.asked[index].rule
            if rule.needs.isdisjoint(broken):
                broken[rule.name] = list(items)
        ordered = sorted(broken, key=self.common.places.__getitem__)
        return tuple(one for name in ordered for one in broken[name])

    def _ask(self, index: int, key: tuple[Any, ...]) -> Iterator[Broken]:
        """The violations of one rule for the values that it speaks of."""
        one = self.common.asked[index]
        limits = {name: self.constants[name] for name in one.limits if name in self.constants}
        if one.rule.rule.each:
            for part in key:
                if part is not None:
                    yield from one.broken({**dict(zip(one.own, part, strict=True)), **limits})
            return
        env = {**dict(zip(one.own, key, strict=True)), **limits}
        if not one.rule.rule.some:
            yield from one.broken(env)
            return
        held = (self._holds(index, core, key) for core in range(len(self.table)))
        if next((state for state in held if state is not False), False) is False:
            yield one.told(one.rule.violation({**env, **self.largest}))

    def _holds(self, index: int, core: int, key: tuple[Any, ...]) -> bool | None:
        """Whether a rule holds on one core."""
        held = self._held[index][core]
        if key not in held:
            one = self.common.asked[index]
            limits = {name: self.constants[name] for name in one.limits if name in self.constants}
            env = {**dict(zip(one.own, key, strict=True)), **limits, **dict(self.table[core])}
            held[key] = one.rule.holds(env)
        return held[key]

    def fitting(self, known: Known) -> tuple[int, ...]:
        """Cores with room for every memory of the layer."""
        if known not in self._cores:
            if self.judge:
                self.broken(known)
            else:
                self._cores[known] = tuple(self._by_words(known.keys[self.common.decides]))
        return self._cores[known]

    def _by_words(self, key: Key) -> Iterator[int]:
        if key is not None:
            decides = self.common.decides
            fits = [held.get(key, _UNKNOWN) for held in self._held[decides]]
            if _UNKNOWN in fits:
                fits = [self._holds(decides, core, key) for core in range(len(fits))]
            yield from [number for number, core in self._kinds if fits[core] is True]


def signature(value: Any) -> str:
    """A limit or width by all that rules see of it."""
    data = getattr(value, "data", value)
    return f"{getattr(value, 'kind', '')} {data!r}"
