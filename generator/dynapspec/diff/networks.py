"""Which of the networks beside the specs change their answer from ``fit``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dynapspec.diagnostics import InputError
from dynapspec.diff.context import Pair
from dynapspec.diff.report import NetworkChange
from dynapspec.diff.revision import Side
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.network.chain import Chain
from dynapspec.network.fit import ChipFit, Fitter
from dynapspec.network.loading import read_network


def compare_networks(pairs: Sequence[Pair], old: Side, new: Side) -> tuple[list[NetworkChange], int]:
    """The networks that gain, lose or move, and how many were asked about."""
    files = sorted((new.model.root / "networks").glob("*.yaml")) if pairs else []
    found: list[NetworkChange] = []
    for pair in pairs:
        sides = _Side(pair, old), _Side(pair.reversed, new)
        for path in files:
            answers = sides[0].fit(path), sides[1].fit(path)
            for name in pair.names:
                found += _compared(path.stem, name, *answers)
    return found, len(files)


class _Side:
    """What fits networks on one side."""

    def __init__(self, pair: Pair, side: Side) -> None:
        self.chain, self.layer = Chain(side.model), pair.old_layer
        self.fitter = Fitter(Judge(pair.old, LayerInterpreter(pair.old_layer)))

    def fit(self, path: Path) -> ChipFit | str:
        """The answer for a network, or why it cannot be read."""
        if not self.chain.spec.dims.keys() <= self.layer.spec.dims.keys():
            return f"{self.layer.name} lacks a dimension"
        try:
            return self.fitter.fit(read_network(path, self.chain))
        except InputError as error:
            return error.diagnostics[0].message


def _compared(name: str, chip: str, old: ChipFit | str, new: ChipFit | str) -> Iterator[NetworkChange]:
    fits = [isinstance(side, ChipFit) and side.fits for side in (old, new)]
    if fits == [False, True]:
        yield NetworkChange(name, chip, "gained", f"before, {_why(old, 'broke')}")
    elif fits == [True, False]:
        yield NetworkChange(name, chip, "lost", f"now {_why(new, 'breaks')}")
    elif fits == [True, True] and _cores(old) != _cores(new):
        yield NetworkChange(name, chip, "moved", f"cores {_cores(old)} before, {_cores(new)} now")


def _why(answer: ChipFit | str, verb: str) -> str:
    if isinstance(answer, str):
        return answer
    rules = dict.fromkeys(violation.rule for violation in answer.violations)
    return f"it {verb} {', '.join(rules)}"


def _cores(answer: ChipFit | str) -> str:
    return "" if isinstance(answer, str) else " ".join(str(layer.core) for layer in answer.layers)
