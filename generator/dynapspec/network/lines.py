"""The lines of the specs on which a verdict rests: the limit of the chip, and the rule of the layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from dynapspec.formula.tree import names_in
from dynapspec.interpret import Judge
from dynapspec.model.provenance import Origin, Path, origins

ENDS = ("min", "max", "one_of")  # what of a limit says how much is taken


class Lines:
    """Finds the lines behind the rules of one chip, each rule once."""

    def __init__(self, judge: Judge) -> None:
        self.chip, self.layer, self.judge = judge.chip, judge.interpreter.layer, judge
        self._known: dict[str, tuple[Origin, ...]] = {}

    def of(self, rule: str) -> tuple[Origin, ...]:
        """The lines behind a violation of a rule, or of what quantization refuses."""
        if rule not in self._known:
            self._known[rule] = tuple(dict.fromkeys(self._lines(rule)))
        return self._known[rule]

    def of_cores(self, cores: Iterable[int]) -> tuple[Origin, ...]:
        """The lines that say what some cores hold."""
        found = (o for number in cores for path in self._memories(number) for o in origins(self.chip, path))
        lines = {(origin.file, origin.line): origin for origin in found}
        return tuple(lines.values())

    def _memories(self, number: int) -> Iterator[Path]:
        yield from (("cores", number, name) for name in self.chip.spec.cores[number].words)

    def _lines(self, rule: str) -> Iterator[Origin]:
        rules = self.layer.spec.rules
        if rule not in rules:
            yield from origins(self.layer, ("quantization", "refuse", rule, "when"))
            return
        for name in names_in(rules[rule].must.tree):
            for path in self._behind(name):
                yield from origins(self.chip, path)
        yield from origins(self.layer, ("rules", rule, "must"))

    def _behind(self, name: str) -> list[Path]:
        """The parts of the chip that a name in a rule stands for; of the cores, the largest."""
        owner, _, field = name.partition(".")
        if owner == "core":
            return [("cores", self._largest[name], field)]
        if owner != "chip":
            return []
        if field in self.chip.spec.limits:
            limit = self.chip.spec.limits[field]
            return [("limits", field, end) for end in ENDS if getattr(limit, end) is not None]
        return [("widths", field.removesuffix("_bits"), "bits")]

    @cached_property
    def _largest(self) -> dict[str, int]:
        """For each memory, the first core that has most of it."""
        cores = self.judge.cores
        return {
            name: next(number for number, core in cores.items() if core[name] == words)
            for name, words in self.judge.largest.items()
        }


def told(provenance: Iterable[Origin]) -> str:
    """The lines in one sentence: where the limit stands, who keeps it, what it replaced, and the rule."""
    lines = list(provenance)
    parts = [_told(origin, lines[index + 1 :]) for index, origin in enumerate(lines) if not origin.replaced]
    return "; ".join(dict.fromkeys(parts))


def _told(origin: Origin, after: list[Origin]) -> str:
    text = f"{origin.file}:{origin.line}"
    if origin.kept:
        text += f", kept by {', '.join(origin.kept)}"
    replaced = [o for o in after if o.replaced and o.path == origin.path]
    return text + "".join(f", instead of {o.file}:{o.line}" for o in replaced)
