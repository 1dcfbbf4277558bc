"""Which chip runs everything that another one runs: for every pair, a theorem or a witness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dynapspec.diff.context import Pair
from dynapspec.model import Model
from dynapspec.prove import Proven, Refuted, Undecided, Verdict

SIGNS = {Proven: ("yes", "green"), Refuted: ("no", "red"), Undecided: ("?", "yellow")}


@dataclass(frozen=True, slots=True)
class Matrix:
    """The verdicts by pair of names; ``classes`` are chips that run the same layers."""

    names: tuple[str, ...]
    pairs: Mapping[tuple[str, str], Pair]
    verdicts: Mapping[tuple[str, str], Verdict]

    @property
    def classes(self) -> list[list[str]]:
        """Chips that run the same layers, proven, each class in the order of the names."""
        found: list[list[str]] = []
        for name in self.names:
            home = next((known for known in found if self._both(known[0], name)), None)
            if home is None:
                found.append([name])
            else:
                home.append(name)
        return found

    def _both(self, one: str, other: str) -> bool:
        return all(isinstance(self.verdicts[pair], Proven) for pair in ((one, other), (other, one)))


def matrix(model: Model) -> Matrix:
    """The question for every pair of chips; chips that say the same are asked about once."""
    names = tuple(model.chips)
    pairs: dict[tuple[str, str], Pair] = {}
    verdicts: dict[tuple[str, str], Verdict] = {}
    like = {name: _like(model, name) for name in names}
    for one in names:
        for other in names:
            pair = pairs[one, other] = _pair(model, one, other)
            known = verdicts.get((like[one], like[other]))
            verdicts[one, other] = known if known is not None else pair.subset()
    return Matrix(names, pairs, verdicts)


def _pair(model: Model, one: str, other: str) -> Pair:
    chips = model.chips[one], model.chips[other]
    return Pair(chips[0], model.layer_of(chips[0]), chips[1], model.layer_of(chips[1]))


def _like(model: Model, name: str) -> str:
    """The first chip that says the same in everything that rules look at."""
    return next(other for other in model.chips if _pair(model, other, name).alike)


def show(found: Matrix, console: Console) -> None:
    """A table of the classes, and a witness for each no."""
    heads = [known[0] for known in found.classes]
    names = dict(zip("abcdefghijklmnopqrstuvwxyz", found.classes, strict=False))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("every layer that is legal on")
    for letter in names:
        table.add_column(f"is on {letter}", justify="center")
    for (letter, known), head in zip(names.items(), heads, strict=True):
        signs = [Text(*SIGNS[type(found.verdicts[head, other])]) for other in heads]
        table.add_row(f"{letter}  {', '.join(known)}", *signs)
    console.print(table, highlight=False)
    letters = dict(zip(heads, names, strict=True))
    for one in heads:
        for other in heads:
            if line := _because(found, one, other):
                console.print(
                    f"{letters[one]}, not {letters[other]}: {line}", highlight=False, soft_wrap=True
                )


def _because(found: Matrix, one: str, other: str) -> str:
    verdict = found.verdicts[one, other]
    if isinstance(verdict, Undecided):
        return verdict.reason
    if isinstance(verdict, Refuted):
        return f"{found.pairs[one, other].told(verdict)} ({', '.join(verdict.witness.after)})"
    return ""


def data(found: Matrix) -> dict[str, object]:
    """The matrix as JSON has it."""
    words = {Proven: "yes", Refuted: "no", Undecided: "undecided"}
    return {
        "chips": list(found.names),
        "classes": found.classes,
        "pairs": [
            {
                "legal_on": one,
                "is_on": other,
                "holds": words[type(verdict)],
                "why": _because(found, one, other),
            }
            for (one, other), verdict in found.verdicts.items()
        ],
    }
