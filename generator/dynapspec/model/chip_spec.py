"""The structure of a chip spec, as pydantic models; also the source of its JSON Schema."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dynapspec.model.configuration import Configuration
from dynapspec.model.layer_spec import Width
from dynapspec.model.values import Fact, Formula, Identifier, Kind, Part, RuleId, Source, Version, Waiver


class Limit(Fact):
    """What a chip takes of something: at most `max`, from `min` to `max`, or one of a set."""

    kind: Kind = Field(description="what the limit counts or measures")
    min: int | None = Field(None, description="the least value; alone or with `max`")
    max: int | None = Field(None, description="the greatest value; alone or with `min`")
    one_of: tuple[int | str, ...] | None = Field(
        None, description="the values that are taken; empty for none"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Limit:
        given = (self.min is not None or self.max is not None, self.one_of is not None)
        if given.count(True) != 1:
            raise PydanticCustomError(
                "limit", "a limit is a maximum, a range, or a set", {"hint": "give max, or one_of"}
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            context = {"low": self.min, "high": self.max, "key": "min", "hint": "exchange min and max"}
            raise PydanticCustomError("limit", "no value lies from {low} to {high}", context)
        if any(isinstance(value, str) != (self.kind == "name") for value in self._stated()):
            context = {
                "kind": self.kind,
                "key": "kind",
                "hint": "names are of kind name, numbers of any other",
            }
            raise PydanticCustomError("limit", "these are no values of kind {kind}", context)
        return self

    def _stated(self) -> list[int | str]:
        ends = [end for end in (self.min, self.max) if end is not None]
        return [*ends, *(self.one_of or ())]

    def __contains__(self, value: object) -> bool:
        if self.one_of is not None:
            return value in self.one_of
        assert isinstance(value, int)
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    @property
    def test(self) -> Callable[[Any], bool]:
        """What `in` asks, for those who ask it often."""
        if self.one_of is not None:
            return frozenset(self.one_of).__contains__
        low = -math.inf if self.min is None else self.min
        high = math.inf if self.max is None else self.max
        return lambda value: low <= value <= high

    def __str__(self) -> str:
        if self.one_of is not None:
            return " or ".join(map(str, self.one_of)) or "none"
        if self.min is None:
            return f"at most {self.max}"
        return f"at least {self.min}" if self.max is None else f"{self.min} to {self.max}"

    @property
    def data(self) -> Any:
        """The limit as JSON: a number, a list of values, or a mapping of both ends."""
        if self.one_of is not None:
            return list(self.one_of)
        return self.max if self.min is None else {"min": self.min, "max": self.max}


class Core(BaseModel):
    """One core; it has a number of words for each memory that the layer spec names."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, int] = Field(init=False)

    source: str | None = Field(None, description="where this is known from")
    doc: str = Field("", description="one sentence for the documentation")
    note: str = Field("", description="a caveat for the documentation")

    @property
    def words(self) -> dict[str, int]:
        """Words of each memory, by key, such as ``kernel_words``."""
        return dict(self.__pydantic_extra__)

    @model_validator(mode="after")
    def _counts_words(self) -> Core:
        for key, value in self.words.items():
            if value < 0:
                hint = "write 0 where the core has no such memory"
                raise PydanticCustomError("core", "{key} is negative", {"key": key, "hint": hint})
            if not key.isidentifier() or not key.isascii() or not key.endswith("_words"):
                hint = "a memory is given as `<memory>_words: <number>`"
                context = {"key": key, "hint": hint}
                raise PydanticCustomError("core", "{key} states no memory of a core", context)
        return self


class Claim(Fact):
    """Something that must be true of the table of cores."""

    must: Formula = Field(description="what must hold; each memory column of the cores is a name")


class Feature(Fact):
    """A block that the chip has or lacks."""

    has: bool = Field(description="whether the chip has it")


class Device(Fact):
    """A board that carries the chip."""

    vendor_name: str | None = Field(description="its name in the vendor's library; null where none is known")


class Bandwidth(Fact):
    """What one core can do in a second."""

    synops_per_second: int = Field(description="synaptic operations per second")


class Prefer(Fact):
    """Cores that suit a kind of layer better than others."""

    input_layers: tuple[int, ...] = Field(description="cores that suit the first layers of a network")


class Placement(Part):
    """Preferences among the cores."""

    prefer: Prefer = Field(description="which cores to prefer")


class Readout(Fact):
    """The block that picks a class on the chip."""

    destination: int = Field(description="the core number that spikes are sent to to reach it")
    classes: int = Field(description="classes that it tells apart")
    channel_stride: int = Field(description="output channels from one class to the next")


class Array(Fact):
    """The pixels of the sensor."""

    height: int = Field(description="rows")
    width: int = Field(description="columns")


class SpikeId(Fact):
    """How a block's spikes are told from those of the cores."""

    layer: int = Field(description="the layer number that the spikes carry")


class Dvs(Part):
    """The sensor and its pre-processing block."""

    array: Array = Field(description="the pixels of the sensor")
    pooling: Limit = Field(description="sum-pooling that the block can do")
    destinations: Limit = Field(description="cores that the block can send to")
    id: SpikeId = Field(description="how its spikes are told from those of the cores")


class Erratum(Part):
    """Something that the silicon does other than documented."""

    text: str = Field(description="what the silicon does")
    remedy: str = Field(description="how to live with it")
    source: str | None = Field(None, description="where this is known from")


class ChipSpec(Part):
    """One chip: its cores, memories, limits, blocks and errata."""

    format: int = Field(description="the version of the spec language")
    chip: str = Field(description="the name of the chip, which is that of its file")
    version: Version = Field(description="the version of this spec, as major.minor.patch")
    abstract: bool = Field(False, description="a base for other specs, no chip")
    extends: str | None = Field(None, description="the chip spec that this one is laid over")
    mixins: tuple[str, ...] = Field(
        (), description="the mixins that are laid over what it extends, in this order, below its own lines"
    )
    doc: str = Field("", description="one sentence for the documentation")
    layers: tuple[str, ...] = Field(
        description="the layer specs that the chip runs; variants of them need not be named"
    )
    sources: dict[Identifier, Source] = Field(
        default_factory=dict, description="where facts are known from, each with a short id"
    )
    devices: dict[Identifier, Device] = Field(
        default_factory=dict, description="the boards that carry the chip"
    )
    cores: dict[int, Core] = Field(min_length=1, description="the cores, keyed by number or range of numbers")
    claims: dict[RuleId, Claim] = Field(
        default_factory=dict, description="what must be true of the cores together"
    )
    limits: dict[Identifier, Limit] = Field(
        description="what the chip takes of a layer; rules refer to it as `chip.<name>`"
    )
    widths: dict[Identifier, Width] = Field(
        description="the words that the chip stores; rules refer to `chip.<name>_bits`"
    )
    features: dict[Identifier, Feature] = Field(
        default_factory=dict, description="blocks that the chip has or lacks"
    )
    bandwidth: dict[int, Bandwidth] = Field(
        default_factory=dict, description="what a core can do in a second, keyed by number or range"
    )
    placement: Placement | None = Field(None, description="preferences among the cores")
    readout: Readout | None = Field(None, description="the block that picks a class on the chip")
    dvs: Dvs | None = Field(None, description="the sensor and its pre-processing block")
    configuration: Configuration | None = Field(
        None, description="how a placed network is written for the vendor's library"
    )
    errata: dict[RuleId, Erratum] = Field(
        default_factory=dict, description="what the silicon does other than documented"
    )
    unknown: dict[RuleId, str] = Field(default_factory=dict, description="what no source says")
    waive: dict[RuleId, Waiver] = Field(
        default_factory=dict, description="findings of `check` that are accepted for a while"
    )

    @property
    def source_ids(self) -> Iterator[str]:
        """The sources that facts may name."""
        return iter(self.sources)
