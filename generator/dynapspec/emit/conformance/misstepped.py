"""The neurons as somebody might get them wrong; see ``mistakes``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from dynapspec.emit.conformance.mistakes import compile_mistake, mistaken, outcome
from dynapspec.formula import parse
from dynapspec.formula.f32 import bits_of
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.model.values import Step

Happening: TypeAlias = tuple[str, int]  # "event" with a weight, or "leak" with a bias
Answer: TypeAlias = tuple[list[Any], Any]


def run_events(dynamics: Dynamics, happenings: Sequence[Happening], neuron: Neuron, start: int) -> Answer:
    """One neuron through its happenings; returns the spikes of each and the final potential."""
    spikes, v = [], start
    for kind, value in happenings:
        n = 0
        if kind == "event":
            n, v = dynamics.event(v, value, neuron)
        else:
            v = dynamics.leak(v, value, neuron)
        spikes.append(n)
    return spikes, v


class Misstepper:
    """Neurons with one mistake at a time, in a function, in the floor, or in the order of the steps."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.right = Dynamics(interpreter)
        self.known = interpreter.functions
        spec = self.right.spec
        functions = {**spec.spike_fn, **spec.reset_fn}
        self.functions = {name: list(self._wrong_function(name, f.is_.tree)) for name, f in functions.items()}
        self.floors = list(self._floors())
        self.clocks = [(flag, self._with(clocked=steps)) for flag, steps in orders(spec.clocked.steps)]
        self.silicon = [(flag, self._with(event=steps)) for flag, steps in orders(spec.event.steps)]
        self.leaks = [(f"leak-{flag}", self._with(leak=steps)) for flag, steps in orders(spec.event.leak.steps)]
        self.silicon += self._other_spikes()

    def _wrong_function(self, name: str, tree: Any) -> Iterator[tuple[str, Dynamics]]:
        function, local, _ = self.right.functions[name]
        for flag, wrong in mistaken(tree, tuple(self.known)):
            other = copy.copy(self.right)
            run = compile_mistake(wrong, self.known)
            other.functions = {**self.right.functions, name: (function, local, run)}
            yield flag, other

    def _floors(self) -> Iterator[tuple[str, Dynamics]]:
        """Mistakes in the floor; that of a plain maximum is seen in the last bits only."""
        trees = [*mistaken(self.right.spec.floor.tree), ("plain-maximum", parse("max(v, v_floor)"))]
        for flag, tree in trees:
            other = copy.copy(self.right)
            other.floor = compile_mistake(tree, self.known)
            yield f"floor-{flag}", other

    def _with(self, **steps: tuple[Step, ...]) -> Dynamics:
        """The dynamics with other steps in one of the models."""
        other, spec = copy.copy(self.right), self.right.spec
        clocked = spec.clocked.model_copy(update={"steps": steps.get("clocked", spec.clocked.steps)})
        leak = spec.event.leak.model_copy(update={"steps": steps.get("leak", spec.event.leak.steps)})
        event = spec.event.model_copy(update={"steps": steps.get("event", spec.event.steps), "leak": leak})
        other.spec = spec.model_copy(update={"clocked": clocked, "event": event})
        return other

    def _other_spikes(self) -> Iterator[tuple[str, Dynamics]]:
        """Another spike function in the place of the one that the silicon has."""
        steps = self.right.spec.event.steps
        for index, step in enumerate(steps):
            for name in self.right.spec.spike_fn if step.formula.text in self.right.spec.spike_fn else ():
                if name != step.formula.text:
                    other = Step(f"{step.target} = {name}")
                    yield f"{name}-on-silicon", self._with(event=(*steps[:index], other, *steps[index + 1 :]))

    def clocked(self, currents: list[float], neuron: Neuron, start: float, right: Answer) -> tuple[str, ...]:
        """The mistakes that change the spikes or the final state of these time bins."""

        def play(dynamics: Dynamics) -> Any:
            spikes, potentials = dynamics.clocked(currents, neuron, start)
            return list(map(bits_of, spikes)), bits_of(potentials[-1])

        named = [self.functions.get(name or "", []) for name in (neuron.spike_fn, neuron.reset_fn)]
        suspects = [*named[0], *named[1], *self.clocks, *(self.floors if neuron.v_floor is not None else [])]
        return _caught(suspects, play, (list(map(bits_of, right[0])), bits_of(right[1])))

    def events(self, happenings: list[Happening], neuron: Neuron, start: int, right: Answer) -> tuple[str, ...]:
        """The mistakes that change the spikes or the final state of these happenings."""
        used = {step.formula.text for step in self.right.spec.event.steps}
        functions = [item for name, items in self.functions.items() if name in used for item in items]
        leaks = self.leaks if any(kind == "leak" for kind, _ in happenings) else []
        suspects = [*functions, *self.functions.get(neuron.reset_fn or "", []), *self.silicon, *leaks]
        return _caught(suspects, lambda d: run_events(d, happenings, neuron, start), right)


def _caught(suspects: list[tuple[str, Dynamics]], play: Callable[[Dynamics], Any], right: Any) -> tuple[str, ...]:
    found: set[str] = set()
    for flag, dynamics in suspects:
        if flag not in found and (answer := outcome(play, dynamics)) is not None and answer != right:
            found.add(flag)
    return tuple(found)


def orders(steps: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """The steps with one left out, and with two neighbours exchanged."""
    for index, step in enumerate(steps):
        yield f"no-{_name(step)}", (*steps[:index], *steps[index + 1 :])
        if index + 1 < len(steps):
            after = steps[index + 1]
            swapped = (*steps[:index], after, step, *steps[index + 2 :])
            yield f"{_name(after)}-before-{_name(step)}", swapped


def _name(step: Step) -> str:
    """What a step is called in a flag: its slot, or what it adds."""
    text = step.formula.text
    names = {"spike_fn": "spike", "reset_fn": "reset"}
    return names.get(text, text if text.isidentifier() else text.split()[-1]).replace("_fn", "")
