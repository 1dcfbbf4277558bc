"""The structure of a layer spec, as pydantic models; also the source of its JSON Schema."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dynapspec.model.layer_claim import LayerClaim
from dynapspec.model.values import (
    Fact,
    Formula,
    Identifier,
    Interval,
    Kind,
    Part,
    Path,
    RuleId,
    Source,
    Step,
    Version,
    Waiver,
)

Role = Literal["synapses", "neurons", "input_shape", "pools", "discretize", "rescale"]
Module = Literal["Conv2d", "Linear", "IAFSqueeze", "SumPool2d", "int"]
Shown = Literal["synapses", "neurons", "neuron_shape"]
Constant = int | float | bool | str | None


class Argument(Part):
    """One argument of the layer class, and the role that it plays."""

    role: Role = Field(
        description="what the argument is to everything else: rules and formulas know roles only"
    )
    accepts: tuple[Module, ...] = Field((), description="the types that it may have")
    axes: tuple[Identifier, ...] = Field(
        (), description="names of its numbers, in order; for the input shape"
    )
    attribute: Identifier | None = Field(None, description="the attribute that keeps it")
    default: Constant = Field(None, description="the default; without this key the argument is required")
    optional: bool = Field(
        False, description="it may be left out, and is None then; in the place of a default"
    )
    each: Literal["destinations"] | None = Field(
        None, description="a list with one entry for each destination; the layer then has one output for each"
    )
    doc: str = Field("", description="one sentence for the documentation")

    @property
    def required(self) -> bool:
        """Whether a caller must give it."""
        return "default" not in self.model_fields_set and not self.optional


class Api(Fact):
    """The public class: its name and its signature."""

    class_: Identifier = Field(alias="class", description="name of the generated class")
    arguments: dict[Identifier, Argument] = Field(
        description="the arguments of the class, in the order of its signature"
    )
    properties: dict[Identifier, Shown] = Field(
        default_factory=dict, description="further names of the class, and the role or shape that each shows"
    )


class Width(Fact):
    """Bits of one word."""

    bits: int = Field(ge=2, le=64, description="bits of the word, its sign included")


class Function(Part):
    """A function that formulas may call."""

    of: dict[Identifier, Kind] = Field(
        min_length=1, max_length=8, description="its arguments, each with its kind"
    )
    kind: Kind = Field(description="kind of the result")
    is_: Formula = Field(alias="is", description="the result, as a formula over the arguments")
    doc: str = Field("", description="one sentence for the documentation")


class Dim(Fact):
    """A number, name or truth value that describes one layer."""

    kind: Kind = Field(description="what it counts or measures; formulas are checked by it")
    domain: Interval | tuple[str, ...] | None = Field(None, description="where the arithmetic is proved safe")
    from_: Path = Field(
        alias="from", description="the role, and the field of it, that the value is read from"
    )
    default: Constant = Field(None, description="its value where the layer has none")
    none: Formula | None = Field(None, description="what None stands for")
    bits: Formula | None = Field(
        None, description="bits of the field that holds it, where one does: a level has a sign, a count none"
    )

    @property
    def optional(self) -> bool:
        """Whether a layer may leave it unknown."""
        return self.kind == "level"


class Derived(Fact):
    """A value that follows from others."""

    kind: Kind = Field(description="what it counts or measures")
    is_: Formula = Field(alias="is", description="the value, as a formula")
    needs: str = Field("", description="the rules without which it is undefined, with commas between")
    bits: Formula | None = Field(
        None, description="bits of the field that holds it, where one does: a level has a sign, a count none"
    )


class Memory(Fact):
    """A memory of a core, and how much of it a layer takes."""

    unit: Kind = Field(description="what the memory is counted in, which is `word`")
    is_: Formula = Field(alias="is", description="words that the layer takes, padding included")
    used: Formula = Field(description="words that hold something")
    needs: str = Field("", description="the rules without which it is undefined, with commas between")
    bits: Formula | None = Field(
        None, description="bits of its addresses, where they are known: 2 to the bits is all that it may take"
    )


class Outputs(Part):
    """The values that the layer's shape methods return, in order."""

    neuron_shape: tuple[Identifier, ...] = Field(description="the axes of the neuron map, before pooling")
    output_shape: tuple[Identifier, ...] = Field(description="the axes of the map that leaves the core")


class Scale(Part):
    """The factor that brings a group of values into its word: `then` when `when` holds, or else `else`."""

    when: Formula = Field(description="the condition, over the group `x` and the `bits` of its word")
    then: Formula = Field(description="the scale where the condition holds")
    else_: Formula = Field(alias="else", description="the scale where it does not")


class Group(Part):
    """Values that share a scale."""

    width: Identifier = Field(description="the word that the values go into, one of `widths`")
    of: tuple[Identifier, ...] = Field(description="the parameters that share the scale")


class Refusal(Part):
    """A condition on the quantized values under which there is no layer."""

    when: Formula = Field(description="the condition, over the quantized values")
    say: str = Field(description="the message; {name} stands for a value")
    remedy: str = Field("", description="what the user can do about it")


class Quantization(Fact):
    """How parameters become words."""

    number: Literal["f32"] = Field(
        description="how the formulas are evaluated: `f32` rounds after every operator"
    )
    rescale: Formula = Field(description="what the rescaling argument does to a `weight`")
    scale: Scale = Field(description="the scale of one group of values")
    groups: dict[Identifier, Group] = Field(description="the groups of values that share a scale")
    combine: Literal["min", "max"] = Field(
        description="which of the scales of the groups becomes the scale of the layer"
    )
    absent: dict[Identifier, Formula] = Field(
        default_factory=dict, description="what a missing parameter counts as"
    )
    value: Formula = Field(description="how a value `x` becomes a word, given the `scale`")
    refuse: dict[RuleId, Refusal] = Field(
        default_factory=dict, description="quantized layers that cannot run"
    )


class NeuronFunction(Fact):
    """A spike, reset or surrogate gradient function and its parameters."""

    parameters: dict[Identifier, float | int | str | None] = Field(
        default_factory=dict, description="its parameters and their defaults"
    )
    where: dict[Identifier, Formula] = Field(default_factory=dict, description="values with a name, in order")
    is_: Formula = Field(alias="is", description="the value, as a formula")


class Defaults(Part):
    """What a neuron layer does when its user says nothing."""

    spike_fn: Identifier = Field(description="a name out of `spike_fn`")
    reset_fn: Identifier = Field(description="a name out of `reset_fn`")
    surrogate_grad_fn: Identifier = Field(description="a name out of `surrogate_grad_fn`")
    spike_threshold: float = Field(description="the potential at which a neuron fires")
    min_v_mem: float | None = Field(description="the lower bound of the potential; null for none")


class Clocked(Fact):
    """One step for each time bin."""

    number: Literal["f32"] = Field(description="how the steps are evaluated")
    steps: tuple[Step, ...] = Field(description="assignments to `v` and `n`, in order")


class Leak(Fact):
    """What one tick of the slow clock does to every neuron."""

    steps: tuple[Step, ...] = Field(description="assignments to `v`, in order")


class Visit(Fact):
    """The order in which the spikes of one event leave the core."""

    order: tuple[Literal["row", "column", "feature"], ...] = Field(description="the axes, slowest first")

    @model_validator(mode="after")
    def _every_axis(self) -> Visit:
        if sorted(self.order) != ["column", "feature", "row"]:
            context = {"key": "order", "hint": "write row, column and feature, the slowest first"}
            raise PydanticCustomError("visit", "an order names each axis once", context)
        return self


class Event(Fact):
    """One step for each incoming event."""

    number: Literal["int"] = Field(description="how the steps are evaluated")
    steps: tuple[Step, ...] = Field(description="assignments to `v` and `n`, in order")
    leak: Leak = Field(description="what a tick of the slow clock does")
    visit: Visit = Field(description="in which order spikes leave the core")


class Dynamics(Part):
    """The neurons: what they do to v, the membrane potential, and when they spike."""

    spike_fn: dict[Identifier, NeuronFunction] = Field(
        description="how many spikes a neuron emits in one step"
    )
    reset_fn: dict[Identifier, NeuronFunction] = Field(
        description="what a spike does to the membrane potential"
    )
    surrogate_grad_fn: dict[Identifier, NeuronFunction] = Field(
        description="what stands in for the derivative of the spikes in training"
    )
    floor: Formula = Field(description="how the membrane potential is kept above its lower bound")
    defaults: Defaults = Field(description="the choices of a user who says nothing")
    clocked: Clocked = Field(description="the neuron in a simulation, bin by bin")
    event: Event = Field(description="the neuron on the chip, event by event")


class Rule(Fact):
    """A condition that a layer must meet on a chip."""

    must: Formula = Field(description="the condition that has to hold")
    say: str = Field(description="the message; {name} stands for a value")
    remedy: str = Field("", description="what the user can do about a violation")
    refuse: bool = Field(False, description="the class itself raises, whatever the chip")
    each: Literal["destinations"] | None = Field(None, description="holds for every destination")
    some: Literal["cores"] | None = Field(None, description="holds when one core meets it")
    decides: Literal["placement"] | None = Field(None, description="says which cores a layer fits")
    needs: str = Field("", description="rules that must hold first, with commas between")


class Difference(Part):
    """A place where the class departs from sinabs on purpose."""

    sinabs: str = Field(description="what sinabs does")
    here: str = Field(description="what the generated class does")
    why: str = Field(description="the reason")


class LayerSpec(Part):
    """One core of the chip, and the class that reproduces it."""

    format: int = Field(description="the version of the spec language")
    layer: str = Field(description="the name of the layer spec, which is that of its file")
    version: Version = Field(description="the version of this spec, as major.minor.patch")
    package: Identifier = Field(description="the import package that is generated")
    abstract: bool = Field(False, description="a base for other specs, from which nothing is generated")
    extends: str | None = Field(None, description="the layer spec that this one is laid over")
    mixins: tuple[str, ...] = Field(
        (), description="the mixins that are laid over what it extends, in this order, below its own lines"
    )
    doc: str = Field("", description="one sentence for the documentation")
    sources: dict[Identifier, Source] = Field(
        default_factory=dict, description="where facts are known from, each with a short id"
    )
    api: Api = Field(description="the Python class")
    widths: dict[Identifier, Width] = Field(description="the words that parameters are quantized to")
    functions: dict[Identifier, Function] = Field(
        default_factory=dict, description="functions that formulas may call besides those of the language"
    )
    dims: dict[Identifier, Dim] = Field(description="the numbers that describe one layer")
    destination_dims: dict[Identifier, Dim] = Field(
        description="the numbers that describe one destination of a layer"
    )
    shapes: dict[Identifier, Derived] = Field(description="sizes of the neuron map")
    destination_shapes: dict[Identifier, Derived] = Field(description="sizes of the map that leaves the core")
    outputs: Outputs = Field(description="what the shape methods of the class return")
    memory: dict[Identifier, Memory] = Field(
        description="the memories of a core, and what a layer takes of each"
    )
    quantization: Quantization = Field(description="how parameters become words")
    dynamics: Dynamics = Field(description="what neurons do")
    rules: dict[RuleId, Rule] = Field(description="what a layer must meet")
    claims: dict[RuleId, LayerClaim] = Field(
        default_factory=dict, description="what must be true of the formulas above"
    )
    differences: dict[RuleId, Difference] = Field(
        default_factory=dict, description="where the class departs from sinabs on purpose"
    )
    waive: dict[RuleId, Waiver] = Field(
        default_factory=dict, description="findings of `check` that are accepted for a while"
    )
