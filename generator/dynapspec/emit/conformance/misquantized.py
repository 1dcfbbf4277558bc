"""The quantization as somebody might get it wrong; see ``mistakes``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from dynapspec.emit.conformance.mistakes import Wanted, compile_mistake, mistaken, outcome
from dynapspec.formula.evaluate import Run
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.quantize import Quantized, Quantizer

Tensors: TypeAlias = Mapping[str, list[float] | None]
Entered: TypeAlias = dict[str, list[float]]
ScaleRun: TypeAlias = Callable[[Sequence[Any], int], Any]

CLOSE = ("true-division", "exact-arithmetic")  # mistakes in the scale that only its last bits show


class Misquantizer:
    """A quantizer with one mistake at a time."""

    def __init__(self, interpreter: LayerInterpreter, right: Quantizer) -> None:
        self.right = right
        self.functions = interpreter.functions
        self.names = tuple(interpreter.functions)
        q = right.q
        self.rescales = self._runs(q.rescale.tree)
        self.values = Wanted(self._runs(q.value.tree))
        self.scales = Wanted(self._scales())
        self.inexact = Wanted([(CLOSE[-1], self._inexact)])
        self.wholes = Wanted([*self._groups(), self._combined()])

    def _scales(self) -> Iterator[tuple[str, Quantizer]]:
        """A mistake in one of the formulas of the scale."""
        scale = self.right.q.scale
        for part, tree in (
            ("when", scale.when.tree),
            ("then", scale.then.tree),
            ("otherwise", scale.else_.tree),
        ):
            for flag, run in self._runs(tree):
                other = copy.copy(self.right)
                setattr(other, part, run)
                yield flag, other

    def _runs(self, tree: Any) -> list[tuple[str, Run]]:
        return [(flag, compile_mistake(wrong, self.functions)) for flag, wrong in mistaken(tree, self.names)]

    def _with(self, **changes: Any) -> Quantizer:
        other = copy.copy(self.right)
        other.q = self.right.q.model_copy(update=changes)
        return other

    def _combined(self) -> tuple[str, Quantizer]:
        """The other end of the scales of the groups."""
        least = self.right.q.combine == "min"
        return "largest-scale" if least else "smallest-scale", self._with(combine="max" if least else "min")

    def _groups(self) -> Iterator[tuple[str, Quantizer]]:
        """A group left out, a member of one left out, or a group in the words of another."""
        groups = self.right.q.groups
        for name, group in groups.items():
            yield f"ignores-{name}", self._with(groups={n: g for n, g in groups.items() if n != name})
            for member in group.of if len(group.of) > 1 else ():
                rest = group.model_copy(update={"of": tuple(m for m in group.of if m != member)})
                yield f"ignores-{member}", self._with(groups={**groups, name: rest})
            for width in sorted({g.width for g in groups.values()} - {group.width}):
                moved = group.model_copy(update={"width": width})
                yield f"{name}-in-{width}-words", self._with(groups={**groups, name: moved})
        unlimited = copy.copy(self.right)
        unlimited.absent = {}
        yield "absent-ignored", unlimited

    def close_scales(self) -> Iterator[tuple[str, ScaleRun]]:
        """Mistakes in the scale that take a tie to be seen."""
        for flag, q in self.scales.suspects:
            if flag in CLOSE:
                yield flag, lambda x, bits, q=q: outcome(q.scale, x, bits)  # type: ignore[misc]
        yield CLOSE[-1], lambda x, bits: outcome(self.right.scale, [Fraction(value) for value in x], bits)

    def caught(self, given: Tensors, rescale: int, right: Quantized) -> tuple[str, ...]:
        """The mistakes that change the answer for these values."""
        entered = self._entered(given, rescale)
        flags = self.values.find(lambda run: self._misrounded(run, entered, right))
        flags |= self.scales.find(lambda q: self._misscaled(q, entered, right))
        flags |= self.wholes.find(lambda q: self._differs(outcome(q.quantize, given, rescale), right))
        if rescale != 1:
            flags |= {flag for flag, run in self.rescales if self._misrescaled(run, given, rescale, right)}
            if self._differs(outcome(self.right.quantize, given), right):
                flags.add("rescale-ignored")
        return tuple(flags | self.inexact.find(lambda wrong: wrong(entered, right)))

    def _misrounded(self, run: Run, entered: Entered, right: Quantized) -> bool:
        """Whether other rounding gives other words; the scale is the right one."""
        return any(
            (found := outcome(run, {"x": x, "scale": right.scale})) is not None and found != word
            for name, words in right.values.items()
            for x, word in zip(entered[name], words, strict=True)
        )

    def _entered(self, given: Tensors, rescale: int) -> Entered:
        """The values that are rounded: rescaled, and with what stands for an absent one."""
        values = {name: value for name, value in given.items() if value is not None}
        values |= {name: [float(level)] for name, level in self.right.absent.items() if name not in values}
        return values if rescale == 1 else values | {"weight": self.right.rescaled(values["weight"], rescale)}

    def _misscaled(self, q: Quantizer, entered: Entered, right: Quantized) -> bool:
        """Whether another scale comes out for the group that sets the scale of the layer."""
        group = q.q.groups[right.set_by]
        members = [x for member in group.of for x in entered.get(member, ())]
        found = outcome(q.scale, members, q.spec.widths[group.width].bits)
        return isinstance(found, float) and found != right.scale

    def _differs(self, found: Quantized | None, right: Quantized) -> bool:
        if found is None:
            return False
        names = [name for name in right.values if name in found.values]
        return any(found.values[name] != right.values[name] for name in names) or found.scale != right.scale

    def _misrescaled(self, run: Run, given: Tensors, rescale: int, right: Quantized) -> bool:
        other = copy.copy(self.right)
        other.rescale = run
        return self._differs(outcome(other.quantize, given, rescale), right)

    def _inexact(self, entered: Entered, right: Quantized) -> bool:
        """Arithmetic in more digits than an f32 has, where it gives other words."""
        exact = {name: [Fraction(x) for x in value] for name, value in entered.items()}
        scales = outcome(self.right.scales, exact)
        if not scales:
            return False
        scale = min(scales.values()) if self.right.q.combine == "min" else max(scales.values())
        pairs = [
            (x, word)
            for name, words in right.values.items()
            for x, word in zip(exact[name], words, strict=True)
        ]
        return any(outcome(self.right.value, {"x": x, "scale": scale}) != word for x, word in pairs)

    def rescalings(self, weight: list[float], factor: int, right: list[float]) -> tuple[str, ...]:
        """The mistakes in the rescaling that change one of these weights."""
        caught = {
            flag
            for flag, run in self.rescales
            if [outcome(run, {"weight": w, "rescale": factor}) for w in weight] != right
        }
        return tuple(caught | ({"rescale-ignored"} if weight != right else set()))
