"""The kinds of value that a spec holds beyond numbers and text: formulas, ranges, paths, steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
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
            wanted = {"what": cls.description, "hint": f"write `{cls.example}`"}
            raise PydanticCustomError("wrong-type", "{what} is expected", wanted)
        try:
            return cls(value)
        except FormulaError as error:
            context: dict[str, Any] = {"message": error.message, "hint": error.hint}
            context |= {"start": error.start, "stop": error.stop}
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

    __slots__ = ("formula", "offset", "target")
    targets = ("v", "n")  # the potential, and the spikes of one step
    description = "an assignment"
    example = "v = v + input"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        target, equals, right = text.partition("=")
        self.target = target.strip()
        if not equals or self.target not in self.targets or right.startswith("="):
            message, hint = "a step assigns to v or n", "write `v = v + input`"
            raise FormulaError("step-syntax", message, 0, len(text), hint)
        self.offset = offset = len(text) - len(right.lstrip())
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
        if not fields or not all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", part) for part in text.split(".")):
            hint = f"write it like `{self.example}`"
            raise FormulaError("path-syntax", "a path is a role and its fields", 0, len(text), hint)


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
            nearly = re.fullmatch(r"\s*(-?[0-9]{1,18})\s*(?:-|–|:|,|to|\.+)\s*(-?[0-9]{1,18})\s*", text)
            hint = f"write `{found[2]}..{found[1]}`" if found else "write `1..65536`"
            if nearly and not found:
                hint = f"write `{nearly[1]}..{nearly[2]}`"
            raise FormulaError("range-syntax", "a range is `low..high`", 0, len(text), hint)
        self.low, self.high = int(found[1]), int(found[2])


def _identifier(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,79}", value):
        context = {"name": repr(value), "hint": "begin with a letter; use letters, digits and underscores"}
        raise PydanticCustomError("name", "{name} cannot name anything in code", context)
    return value


def matching(pattern: str, what: str, hint: str) -> Callable[[object], object]:
    """A validator that takes texts of a pattern alone."""
    compiled = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and not compiled.fullmatch(value):
            context = {"value": repr(value), "what": what, "hint": hint}
            raise PydanticCustomError("name", "{value} is no {what}", context)
        return value

    return check


_RULE = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_VERSION = r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}"


Identifier = Annotated[str, BeforeValidator(_identifier)]
RuleId = Annotated[
    str, BeforeValidator(matching(_RULE, "id such as kernel-size", "use small letters, digits and hyphens"))
]


def _version(value: object) -> object:
    """A version in three numbers; with fewer, YAML may read it as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    text = str(value)
    if isinstance(value, str) and re.fullmatch(_VERSION, text):
        return value
    short = re.fullmatch(r"[vV]?([0-9]{1,9}(?:\.[0-9]{1,9}){0,2})", text)
    whole = ".".join([*(short[1].split(".") if short else []), "0", "0", "0"][:3])
    hint = f"write {whole}" if short else "write major.minor.patch"
    context = {"value": repr(value), "hint": hint}
    raise PydanticCustomError("name", "{value} is no version such as 1.0.0", context)


Version = Annotated[str, BeforeValidator(_version)]


class Part(BaseModel):
    """A mapping in a spec: unknown keys are refused, values are never converted."""

    # built once, as parts of a whole spec: building each for itself takes longer than all the rest of a start
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=True, defer_build=True
    )


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
    title: str = Field(description="its name, as a reader would look for it")
    date: str | None = Field(None, description="when it was published or made: a year, a month or a day")


def _day(value: object) -> object:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        context = {"value": repr(value), "hint": "write 2027-01-31"}
        raise PydanticCustomError("date", "{value} is no day", context) from None
    return value


class Waiver(Part):
    """A finding that is known and accepted for a while."""

    code: str = Field(description="the code of the finding")
    at: str = Field(description="the part of the spec that the finding is about, such as `limits.decimator`")
    reason: str = Field(min_length=1, description="why it is accepted")
    until: Annotated[str, BeforeValidator(_day)] = Field(description="the last day on which it is accepted")

    @property
    def day(self) -> date:
        """The last day on which the waiver holds."""
        return date.fromisoformat(self.until)
