"""The structure of a chip spec, as pydantic models; also the source of its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dynapspec.model.layer_spec import Width
from dynapspec.model.values import Fact, Formula, Identifier, Kind, Part, RuleId, Source, Version


class Limit(Fact):
    """What a chip takes of something: at most `max`, from `min` to `max`, or one of a set."""

    kind: Kind
    min: int | None = None
    max: int | None = None
    one_of: tuple[int | str, ...] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Limit:
        given = (self.min is not None or self.max is not None, self.one_of is not None)
        if given.count(True) != 1:
            raise PydanticCustomError("limit", "a limit is a maximum, a range, or a set", {"hint": "give max, or one_of"})
        return self

    def __contains__(self, value: object) -> bool:
        if self.one_of is not None:
            return value in self.one_of
        assert isinstance(value, int)
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

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

    source: str | None = None
    doc: str = ""
    note: str = ""

    @property
    def words(self) -> dict[str, int]:
        """Words of each memory, by key, such as ``kernel_words``."""
        return dict(self.__pydantic_extra__)

    @model_validator(mode="after")
    def _counts_words(self) -> Core:
        for key, value in self.words.items():
            if not key.isidentifier() or not key.isascii() or not key.endswith("_words") or value < 0:
                hint = "a memory is given as `<memory>_words: <number>`"
                raise PydanticCustomError("core", "{key} is no memory of a core", {"key": key, "hint": hint})
        return self


class Claim(Fact):
    """Something that must be true of the table of cores."""

    must: Formula


class Feature(Fact):
    """A block that the chip has or lacks."""

    has: bool


class Device(Fact):
    """A board that carries the chip."""

    vendor_name: str | None = Field(description="its name in the vendor's library; null where none is known")


class Bandwidth(Fact):
    """What one core can do in a second."""

    synops_per_second: int


class Prefer(Fact):
    """Cores that suit a kind of layer better than others."""

    input_layers: tuple[int, ...]


class Placement(Part):
    """Preferences among the cores."""

    prefer: Prefer


class Readout(Fact):
    """The block that picks a class on the chip."""

    destination: int
    classes: int
    channel_stride: int


class Array(Fact):
    """The pixels of the sensor."""

    height: int
    width: int


class SpikeId(Fact):
    """How a block's spikes are told from those of the cores."""

    layer: int


class Dvs(Part):
    """The sensor and its pre-processing block."""

    array: Array
    pooling: Limit
    destinations: Limit
    id: SpikeId


class Erratum(Part):
    """Something that the silicon does other than documented."""

    text: str
    remedy: str
    source: str | None = None


class ChipSpec(Part):
    """One chip: its cores, memories, limits, blocks and errata."""

    format: int
    chip: str
    version: Version
    abstract: bool = False
    extends: str | None = None
    doc: str = ""
    layers: tuple[str, ...] = Field(description="the layer specs that the chip runs")
    sources: dict[Identifier, Source] = Field(default_factory=dict)
    devices: dict[Identifier, Device] = Field(default_factory=dict)
    cores: dict[int, Core] = Field(min_length=1)
    claims: dict[RuleId, Claim] = Field(default_factory=dict)
    limits: dict[Identifier, Limit]
    widths: dict[Identifier, Width]
    features: dict[Identifier, Feature] = Field(default_factory=dict)
    bandwidth: dict[int, Bandwidth] = Field(default_factory=dict)
    placement: Placement | None = None
    readout: Readout | None = None
    dvs: Dvs | None = None
    errata: dict[RuleId, Erratum] = Field(default_factory=dict)
    unknown: dict[RuleId, str] = Field(default_factory=dict)

    @property
    def source_ids(self) -> Iterator[str]:
        """The sources that facts may name."""
        return iter(self.sources)
