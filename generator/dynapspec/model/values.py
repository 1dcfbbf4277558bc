"""The kinds of value that a spec holds beyond numbers and text: formulas, ranges, paths, steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from dynapspec.formula import FormulaError, Tree, parse

Kind = Literal["pixel", "channel", "count", "ratio", "bit", "word", "level", "bool", "name"]
Level = Literal["measured", "datasheet", "vendor-code", "derived", "assumed"]


class _Parsed:
    """Text with a meaning; subclasses say how it is read. Equal texts are equal."""

    __slots__ = ("text",)
    description = ""
    example = ""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __str__(self) -> str:
        return self.text

    @classmethod
    def read(cls, value: object) -> _Parsed:
        """The value in a spec as an instance; numbers count as the text that writes them."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise PydanticCustomError(
                "type", "{what} is expected", {"what": cls.description, "hint": cls.example}
            )
        try:
            return cls(value)
        except FormulaError as error:
            context = {"message": error.message, "start": error.start, "stop": error.stop, "hint": error.hint}
            raise PydanticCustomError(error.code, "{message}", context) from None

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": ["string", "number"], "description": cls.description, "examples": [cls.example]}


class Formula(_Parsed):
    """An expression over named values."""

    __slots__ = ("tree",)
    description = "a formula in Python's expression syntax"
    example = "c * pow2(ceil_log2(kh*kw) + ceil_log2(f))"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.tree: Tree = parse(text)


class Step(_Parsed):
    """One assignment of the neuron dynamics, or one named slot: ``v = v + input``, ``n = spike_fn``."""

    __slots__ = ("formula", "target")
    description = "an assignment"
    example = "v = v + input"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        target, equals, right = text.partition("=")
        self.target = target.strip()
        if not equals or not self.target.isidentifier() or right.startswith("="):
            raise FormulaError(
                "step-syntax", "a step assigns to one name", 0, len(text), "write `v = v + input`"
            )
        offset = len(text) - len(right.lstrip())
        try:
            self.formula = Formula(right.strip())
        except FormulaError as error:
            raise FormulaError(
                error.code, error.message, error.start + offset, error.stop + offset, error.hint
            ) from None


class Path(_Parsed):
    """Where a dimension's value comes from: a role of the layer and what to read from it."""

    __slots__ = ("fields", "role")
    description = "a role and its fields"
    example = "synapses.kernel_size.y"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.role, *fields = text.split(".")
        self.fields = tuple(fields)
        if not fields or not all(part.isidentifier() for part in text.split(".")):
            raise FormulaError(
                "path-syntax", "a path is a role and its fields", 0, len(text), f"write `{self.example}`"
            )


class Interval(_Parsed):
    """Whole numbers from ``low`` to ``high``, both included."""

    __slots__ = ("high", "low")
    description = "a range of whole numbers"
    example = "1..65536"
    _pattern = re.compile(r"(-?[0-9]{1,18})\.\.(-?[0-9]{1,18})\Z")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = self._pattern.match(text)
        if not found or int(found[1]) > int(found[2]):
            raise FormulaError("range-syntax", "a range is `low..high`", 0, len(text), "write `1..65536`")
        self.low, self.high = int(found[1]), int(found[2])


def _identifier(value: object) -> object:
    if isinstance(value, str) and not (value.isidentifier() and value.isascii()):
        raise PydanticCustomError("name", "{name} cannot name anything in code", {"name": repr(value)})
    return value


def _matching(pattern: str, what: str) -> Callable[[object], object]:
    compiled = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and not compiled.fullmatch(value):
            raise PydanticCustomError("name", "{value} is no {what}", {"value": repr(value), "what": what})
        return value

    return check


Identifier = Annotated[str, BeforeValidator(_identifier)]
RuleId = Annotated[str, BeforeValidator(_matching(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "id such as kernel-size"))]
Version = Annotated[str, BeforeValidator(_matching(r"[0-9]+\.[0-9]+\.[0-9]+", "version such as 1.0.0"))]


class Part(BaseModel):
    """A mapping in a spec: unknown keys are refused, values are never converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Fact(Part):
    """A part that states something about the hardware or the API, and how that is known."""

    source: str | None = Field(
        None, description="where this is known from: the id of a source, then the place in it"
    )
    doc: str = Field("", description="one sentence for the documentation")
    note: str = Field("", description="a caveat for the documentation")


class Source(Part):
    """A document, recording or program that facts come from."""

    level: Level = Field(description="how strong the evidence is")
    title: str
    date: str | None = None
