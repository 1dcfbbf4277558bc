"""The neurons as somebody might get them wrong; see ``mistakes``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from dynapspec.emit.conformance.mistakes import Wanted, compile_mistake, mistaken, outcome
from dynapspec.formula import parse
from dynapspec.formula.f32 import bits_of
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.answers import run_events
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.model.values import Step

Happening: TypeAlias = tuple[str, int]  # "event" with a weight, or "leak" with a bias
Answer: TypeAlias = tuple[list[Any], Any]


class Misstepper:
    """Neurons with one mistake at a time, in a function, in the floor, or in the order of the steps."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.right = Dynamics(interpreter)
        self.known = interpreter.functions
        spec = self.right.spec
        functions = {**spec.spike_fn, **spec.reset_fn}
        self.functions = {
            name: Wanted(self._wrong_function(name, f.is_.tree)) for name, f in functions.items()
        }
        self.fired = {name: Wanted(self.functions[name].suspects) for name in functions}  # on silicon
        self.floors = Wanted(self._floors())
        self.clocks = Wanted((flag, self._with(clocked=steps)) for flag, steps in orders(spec.clocked.steps))
        orders_of_events = [(flag, self._with(event=steps)) for flag, steps in orders(spec.event.steps)]
        self.silicon = Wanted([*orders_of_events, *self._other_spikes()])
        self.leaks = Wanted(
            (f"leak-{flag}", self._with(leak=steps)) for flag, steps in orders(spec.event.leak.steps)
        )

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

        wanted = [
            self.functions[name] for name in (neuron.spike_fn, neuron.reset_fn) if name in self.functions
        ]
        wanted += [self.clocks, *([self.floors] if neuron.v_floor is not None else [])]
        return _caught(wanted, play, (list(map(bits_of, right[0])), bits_of(right[1])))

    def events(self, happenings: list[Happening], neuron: Neuron, right: Answer) -> tuple[str, ...]:
        """The mistakes that change the spikes or the final state of these happenings."""
        used = {step.formula.text for step in self.right.spec.event.steps} | {neuron.reset_fn}
        wanted = [self.silicon, *(self.fired[name] for name in self.fired if name in used)]
        wanted += [self.leaks] if any(kind == "leak" for kind, _ in happenings) else []
        return _caught(wanted, lambda d: run_events(d, happenings, neuron), right)


def _caught(wanted: list[Wanted[Dynamics]], play: Callable[[Dynamics], Any], right: Any) -> tuple[str, ...]:
    def differs(dynamics: Dynamics) -> bool:
        answer = outcome(play, dynamics)
        return answer is not None and bool(answer != right)

    return tuple({flag for some in wanted for flag in some.find(differs)})


def orders(steps: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """The steps with one left out, and with one moved before an earlier one."""
    for index, step in enumerate(steps):
        rest = (*steps[:index], *steps[index + 1 :])
        yield f"no-{_name(step)}", rest
        for earlier in range(index):
            yield f"{_name(step)}-before-{_name(steps[earlier])}", (*rest[:earlier], step, *rest[earlier:])


def _name(step: Step) -> str:
    """What a step is called in a flag: its slot, or what it adds."""
    text = step.formula.text
    names = {"spike_fn": "spike", "reset_fn": "reset"}
    return names.get(text, text if text.isidentifier() else text.split()[-1]).replace("_fn", "")
