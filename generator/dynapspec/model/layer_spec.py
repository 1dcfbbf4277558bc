"""The structure of a layer spec, as pydantic models; also the source of its JSON Schema."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dynapspec.model.values import Fact, Formula, Identifier, Interval, Kind, Part, Path, RuleId, Source, Step, Version

Role = Literal["synapses", "neurons", "input_shape", "pools", "discretize", "rescale"]
Module = Literal["Conv2d", "Linear", "IAFSqueeze", "SumPool2d", "int"]
Number = Literal["int", "f32"]
Constant = int | float | bool | str | None


class Argument(Part):
    """One argument of the layer class, and the role that it plays."""

    role: Role
    accepts: tuple[Module, ...] = ()
    axes: tuple[Identifier, ...] = ()
    attribute: Identifier | None = Field(None, description="the attribute that keeps it")
    default: Constant = Field(None, description="the default; without this key the argument is required")
    doc: str = ""

    @property
    def required(self) -> bool:
        """Whether a caller must give it."""
        return "default" not in self.model_fields_set


class Api(Fact):
    """The public class: its name and its signature."""

    class_: Identifier = Field(alias="class")
    arguments: dict[Identifier, Argument]


class Width(Fact):
    """Bits of one word."""

    bits: int = Field(ge=2, le=64)


class Function(Part):
    """A function that formulas may call."""

    of: dict[Identifier, Kind]
    kind: Kind
    is_: Formula = Field(alias="is")
    doc: str = ""


class Dim(Fact):
    """A number, name or truth value that describes one layer."""

    kind: Kind
    domain: Interval | tuple[str, ...] | None = Field(None, description="where the arithmetic is proved safe")
    from_: Path = Field(alias="from")
    default: Constant = Field(None, description="its value where the layer has none")
    none: Formula | None = Field(None, description="what None stands for")

    @property
    def optional(self) -> bool:
        """Whether a layer may leave it unknown."""
        return self.kind == "level"


class Derived(Fact):
    """A value that follows from others."""

    kind: Kind
    is_: Formula = Field(alias="is")
    needs: str = Field("", description="the rules without which it is undefined, with commas between")


class Memory(Fact):
    """A memory of a core, and how much of it a layer takes."""

    unit: Kind
    is_: Formula = Field(alias="is", description="words that the layer takes, padding included")
    used: Formula = Field(description="words that hold something")
    needs: str = ""


class Outputs(Part):
    """The values that the layer's shape methods return, in order."""

    neuron_shape: tuple[Identifier, ...]
    output_shape: tuple[Identifier, ...]


class Scale(Part):
    """The factor that brings a group of values into its word: `then` when `when` holds, or else `else`."""

    when: Formula
    then: Formula
    else_: Formula = Field(alias="else")


class Group(Part):
    """Values that share a scale."""

    width: Identifier
    of: tuple[Identifier, ...]


class Refusal(Part):
    """A condition on the quantized values under which there is no layer."""

    when: Formula
    say: str
    remedy: str = ""


class Quantization(Fact):
    """How parameters become words."""

    number: Number
    rescale: Formula
    scale: Scale
    groups: dict[Identifier, Group]
    combine: Literal["min", "max"]
    absent: dict[Identifier, Formula] = Field(default_factory=dict)
    value: Formula
    refuse: dict[RuleId, Refusal] = Field(default_factory=dict)


class NeuronFunction(Fact):
    """A spike, reset or surrogate gradient function and its parameters."""

    parameters: dict[Identifier, float | int | str | None] = Field(default_factory=dict)
    where: dict[Identifier, Formula] = Field(default_factory=dict, description="values with a name, in order")
    is_: Formula = Field(alias="is")


class Defaults(Part):
    """What a neuron layer does when its user says nothing."""

    spike_fn: Identifier
    reset_fn: Identifier
    surrogate_grad_fn: Identifier
    spike_threshold: float
    min_v_mem: float | None


class Clocked(Fact):
    """One step for each time bin."""

    number: Number
    steps: tuple[Step, ...]


class Leak(Fact):
    """What one tick of the slow clock does to every neuron."""

    steps: tuple[Step, ...]


class Visit(Fact):
    """The order in which the spikes of one event leave the core."""

    order: tuple[Literal["row", "column", "feature"], ...]


class Event(Fact):
    """One step for each incoming event."""

    number: Number
    steps: tuple[Step, ...]
    leak: Leak
    visit: Visit


class Dynamics(Part):
    """The neurons: what they do to v, the membrane potential, and when they spike."""

    spike_fn: dict[Identifier, NeuronFunction]
    reset_fn: dict[Identifier, NeuronFunction]
    surrogate_grad_fn: dict[Identifier, NeuronFunction]
    floor: Formula
    defaults: Defaults
    clocked: Clocked
    event: Event


class Rule(Fact):
    """A condition that a layer must meet on a chip."""

    must: Formula
    say: str = Field(description="the message; {name} stands for a value")
    remedy: str = ""
    refuse: bool = Field(False, description="the class itself raises, whatever the chip")
    each: Literal["destinations"] | None = Field(None, description="holds for every destination")
    some: Literal["cores"] | None = Field(None, description="holds when one core meets it")
    decides: Literal["placement"] | None = Field(None, description="says which cores a layer fits")
    needs: str = Field("", description="rules that must hold first, with commas between")


class Difference(Part):
    """A place where the class departs from sinabs on purpose."""

    sinabs: str
    here: str
    why: str


class LayerSpec(Part):
    """One core of the chip, and the class that reproduces it."""

    format: int
    layer: str
    version: Version
    package: Identifier = Field(description="the import package that is generated")
    abstract: bool = False
    extends: str | None = None
    doc: str = ""
    sources: dict[Identifier, Source] = Field(default_factory=dict)
    api: Api
    widths: dict[Identifier, Width]
    functions: dict[Identifier, Function] = Field(default_factory=dict)
    dims: dict[Identifier, Dim]
    destination_dims: dict[Identifier, Dim]
    shapes: dict[Identifier, Derived]
    destination_shapes: dict[Identifier, Derived]
    outputs: Outputs
    memory: dict[Identifier, Memory]
    quantization: Quantization
    dynamics: Dynamics
    rules: dict[RuleId, Rule]
    differences: dict[RuleId, Difference] = Field(default_factory=dict)
