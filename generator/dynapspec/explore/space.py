"""The structure of a file of a search space, as pydantic models; also the source of its schema and page."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import Field

from dynapspec.model.values import Formula, Identifier, Interval, Part

Constant: TypeAlias = int | bool | str


class Stepped(Part):
    """Some of the whole numbers of a range."""

    range: Interval = Field(description="the first number, and the last one that may be taken")
    step: int = Field(1, ge=1, description="the distance between two of them")


Values: TypeAlias = Interval | Stepped | tuple[Constant, ...]
Setting: TypeAlias = Formula | bool | tuple[Formula, ...]
Settings: TypeAlias = dict[Identifier, Setting]


class SpaceLayer(Part):
    """One layer, or several alike: a `conv` or a `linear`, with the keys that network files have."""

    conv: Settings | None = Field(
        None, description="the convolution; each value is a formula, or two of them for rows and columns"
    )
    linear: Settings | None = Field(None, description="in its place, a fully connected layer")
    neurons: Settings | None = Field(None, description="the neurons, in words of the chip")
    pool: Formula | tuple[Formula, ...] | None = Field(
        None, description="sum-pooling behind the neurons: the size of its window"
    )
    repeat: Formula = Field(
        Formula("1"),
        description="how many of these layers follow each other, 0 for none; `index` counts them from 0",
    )
    doc: str = Field("", description="one sentence about the layer")


class Space(Part):
    """A network with choices in it. Formulas use the names that `choose` gives."""

    name: str = Field("", description="name of the space, as answers give it; without it, that of the file")
    doc: str = Field("", description="one sentence about the space")
    choose: dict[Identifier, Values] = Field(
        description="each choice: a range, a range with steps, or a list of values"
    )
    where: tuple[Formula, ...] = Field(
        (), description="conditions; combinations that break one are no part of the space"
    )
    input_shape: tuple[Formula, ...] = Field(description="features, height and width of the first input")
    layers: tuple[SpaceLayer, ...] = Field(min_length=1, description="the layers in order")
