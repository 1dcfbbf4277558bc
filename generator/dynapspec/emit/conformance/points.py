"""The layers of one spec on one chip: what the chip takes, asked so that chips can share the work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynapspec.emit.conformance.common import Known
from dynapspec.emit.conformance.ground import Ground, Point, Values, edges
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.emit.conformance.recall import Asker
from dynapspec.emit.conformance.verdicts import Verdicts, Words
from dynapspec.formula import Tree
from dynapspec.model import Chip, Limit

SIZES = (2, 4, 8, 16, 32)  # tried in turn where the smallest layer is not legal


class Space:
    """The layers that one spec describes, on one chip; all that depends on the chip goes through ``ask``."""

    def __init__(self, ground: Ground, chip: Chip) -> None:
        self.ground, self.chip = ground, chip
        self.formulas, self.spec, self.rules = ground.formulas, ground.spec, ground.rules
        self.verdicts = Verdicts(ground.common, chip)
        self.facts: dict[str, Any] = {
            "constant": lambda name: ground.sign(self.verdicts.constants.get(name)),
            "table": lambda: tuple(self.verdicts.cores.values()),
            "broken": lambda known: tuple([one.rule for one in self.verdicts.broken(known)]),
            "cores": self.verdicts.fitting,
        }
        self.works: dict[str, Any] = {"unit": self._unit}
        self.asker = Asker(ground.recall, self.facts, self.works)
        self.ask = self.asker.ask

    @property
    def unit(self) -> Point:
        """The smallest layer that the chip takes."""
        known: Known = self.ask("unit")
        return known.point  # type: ignore[no-any-return]

    @property
    def table(self) -> tuple[Words, ...]:
        """The words of each core."""
        return self.ask("table")  # type: ignore[no-any-return]

    def _unit(self) -> Known:
        return self.ground.known(self._settled(Point(self.formulas.unit)))

    def _settled(self, point: Point) -> Point:
        """The smallest layer that the chip takes: what breaks a limit goes to its lower end, maps grow."""
        ground = self.ground
        for rule in self.broken(point):
            for limit, names in ground.limited[rule].items():
                ends = [end for end in edges(self.limit(limit)) if isinstance(end, int)]
                values = {name: point.values.get(name) for name in names if name in self.formulas.dims}
                wrong = [name for name, value in values.items() if ends and value not in self.limit(limit)]
                point = point.changed({dim: ends[0] for name in wrong for dim in ground.tied(name, "")})
        for size in SIZES:
            for name in self.spec.dims if self.broken(point) else ():
                if isinstance(point.values.get(name), int):
                    larger = point.changed(dict.fromkeys(ground.together(name), size))
                    point = min(point, larger, key=lambda one: len(self.broken(one)))
        return point

    def broken(self, point: Point) -> tuple[str, ...]:
        """The rules that the layer breaks."""
        return self.ask("broken", self.ground.known(point))  # type: ignore[no-any-return]

    def cores(self, point: Point) -> tuple[int, ...]:
        """The cores with room for the layer."""
        return self.ask("cores", self.ground.known(point))  # type: ignore[no-any-return]

    def environment(self, point: Point, names: Iterable[str]) -> dict[str, Any]:
        """Values for a formula over these names, with the constants of the chip."""
        env = dict(point.values)
        for name in names:
            if name.startswith("chip."):
                env[name] = self.ground.signed(self.ask("constant", name))
        for name in self.ground.derivations(names):
            env[name] = outcome(self.ground.runs[name], env)
        return env

    def limit(self, name: str) -> Limit:
        """A limit of the chip, such as ``chip.stride``."""
        limit = self.ground.signed(self.ask("constant", name))
        assert isinstance(limit, Limit)
        return limit

    def limits(self, tree: Tree) -> list[Limit]:
        """The limits of the chip that a formula speaks of."""
        names = self.ground.chip_names(tree)
        found = (self.ground.signed(self.ask("constant", name)) for name in names)
        return [limit for limit in found if isinstance(limit, Limit)]


__all__ = ["Point", "Space", "Values", "edges"]
