"""The interpreter as an implementation: it answers conformance cases, topic by topic.

What goes in and what comes out is JSON data, as a vector file holds it: a float is the text of its
32 bits, and a refusal is ``{"refused": reason}``.
"""

from __future__ import annotations

from collections.abc import Callable

from dynapspec.interpret.answers.chips import ChipAnswers
from dynapspec.interpret.answers.data import Answer, Data
from dynapspec.interpret.answers.maps import MapAnswers
from dynapspec.interpret.answers.neurons import Neurons, run_events, visited
from dynapspec.interpret.answers.signature import Signature
from dynapspec.interpret.answers.sizes import Sizes
from dynapspec.interpret.answers.words import Words, refusal
from dynapspec.interpret.chip import Judge
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.interpret.whole import WholeLayers

__all__ = ["Answers", "refusal", "run_events", "visited"]


class Answers:
    """Answers about one layer spec; those about rules, placement, facts and configurations need a chip."""

    def __init__(self, interpreter: LayerInterpreter, judge: Judge | None = None) -> None:
        sizes, words, neurons = Sizes(interpreter), Words(interpreter), Neurons(interpreter)
        maps, chip = MapAnswers(interpreter), ChipAnswers(judge) if judge else None
        self.topics: dict[str, Callable[[Data], Answer]] = {
            "shapes": sizes.shape,
            "memory": sizes.memory,
            "construct": sizes.construct,
            "signature": Signature(interpreter).signature,
            "quantization": words.quantization,
            "rescale": words.rescale,
            "clocked": neurons.clocked,
            "gradient": neurons.gradient,
            "event": neurons.event,
            "chain": neurons.chain,
            "pooling": maps.pooling,
            "linear": maps.linear,
            "layer": WholeLayers(interpreter).answer,
            "convolution": words.convolution,
        }
        if chip:
            self.topics |= {"rules": chip.rules, "placement": chip.placement, "facts": chip.fact}
            self.topics["configuration"] = chip.configuration

    def answer(self, topic: str, given: Data) -> Answer:
        """The answer to one case.

        Raises:
            KeyError: for a topic that nothing is known of.
        """
        return self.topics[topic](given)
