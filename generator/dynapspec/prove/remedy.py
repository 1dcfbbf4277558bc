"""Which rules a formula has to need: found by asking, so that the remedy is a proof and no guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dynapspec.formula import Tree
from dynapspec.interpret import Layout
from dynapspec.model.check_layer import needed
from dynapspec.prove.confirm import Onlooker
from dynapspec.prove.reach import Reach
from dynapspec.prove.verdict import Proven, Refuted, Verdict

DEPTH = 3  # rules that are added at most
QUESTIONS = 40  # asked for one remedy at most


class Remedies:
    """Looks for the fewest rules under which something holds; those that the class itself keeps first."""

    def __init__(self, reach: Reach, onlooker: Onlooker, section: str, name: str) -> None:
        self.reach, self.onlooker = reach, onlooker
        self.section, self.name = section, name
        self.left = QUESTIONS
        self.sure = True  # whether a search that found nothing left nothing out

    def search(self, ask: Callable[[Sequence[str]], Verdict], layout: Layout) -> list[str] | None:
        """Rules whose addition makes the answer a proof, or None; ``layout`` refutes it without them."""
        known = sorted(self._candidates(), key=lambda rule: not self.reach.spec.rules[rule].refuse)
        for depth in range(1, DEPTH + 1):
            self.sure = True
            found = self._among(known, ask, layout, [], depth)
            if found is not None:
                return found
            if self.sure:
                return None  # a greater depth would try the same again
        return None

    def _among(
        self,
        known: Sequence[str],
        ask: Callable[[Sequence[str]], Verdict],
        layout: Layout,
        added: list[str],
        depth: int,
    ) -> list[str] | None:
        """Each witness must break one of the rules that are added: that leaves few to try."""
        for rule in (one for one in known if self.onlooker.breaks(one, layout)):
            if self.left <= 0:
                self.sure = False
                return None
            self.left -= 1
            trial = [*added, rule]
            verdict = ask(trial)
            if verdict == Proven():
                return trial
            if depth == 1 or not isinstance(verdict, Refuted):
                self.sure = False
            else:
                found = self._among(known, ask, verdict.witness.layout, trial, depth - 1)
                if found is not None:
                    return found
        return None

    def _candidates(self) -> Iterator[str]:
        """Rules that can be judged before the formula has a value."""
        for name, rule in self.reach.spec.rules.items():
            trees = [self.reach.spec.rules[one].must.tree for one in self.reach.with_needs([name])]
            alone = self.section not in ("rules",) and any(map(self.reach.speaks_of_a_chip, trees))
            circular = any(self.name in (*self.reach.names(tree),) for tree in trees)
            itself = self.section == "rules" and self.name in self.reach.with_needs([name])
            if not (alone or circular or itself or self._of_a_destination(rule.each, trees)):
                yield name

    def _of_a_destination(self, each: str | None, trees: Sequence[Tree]) -> bool:
        """Whether a rule is about destinations and the formula is not."""
        if self.section in ("destination_shapes", "claims") or each is None:
            return False
        return self.section != "rules" or self.reach.spec.rules[self.name].each is None


def needs_hint(given: str, added: Sequence[str] | None, sure: bool, instead: str) -> str:
    """What to write, or what else there is to do where no rule helps, or none was found that does."""
    if added is None:
        none = "no rule of this spec prevents it" if sure else "no rule was found that prevents it"
        return f"{none}: {instead}"
    return f"say `needs: {', '.join([*needed(given), *added])}`"
