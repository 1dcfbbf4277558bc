"""Claims of a layer spec: what must be true of its formulas, for every layer that they are about."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dynapspec.model.values import Fact, Formula, Identifier

FORMS = ("must", "monotone", "divisible")
PARTNERS = {"in_": "monotone", "by": "divisible"}  # keys that go with one form only


class LayerClaim(Fact):
    """Something that must be true of the formulas of a layer: `must`, `monotone` or `divisible`."""

    must: Formula | None = Field(
        None, description="a condition that holds; two formulas are claimed to be equal with `==`"
    )
    monotone: Formula | None = Field(
        None, description="a formula that never falls when one of the dimensions `in` grows"
    )
    in_: tuple[Identifier, ...] = Field((), alias="in", description="the dimensions, with `monotone`")
    divisible: Formula | None = Field(None, description="a formula that is always a multiple of `by`")
    by: Formula | None = Field(None, description="the formula that divides it, with `divisible`")
    needs: str = Field("", description="rules that a layer keeps for this to be true, with commas between")

    @model_validator(mode="after")
    def _has_one_form(self) -> LayerClaim:
        given = [form for form in FORMS if getattr(self, form) is not None]
        hint = "write one of must, monotone with in, or divisible with by"
        if len(given) != 1:
            found = " and ".join(given) or "nothing"
            raise PydanticCustomError(
                "claim-form", "a claim says one thing, found {found}", {"found": found, "hint": hint}
            )
        for key, form in PARTNERS.items():
            if bool(getattr(self, key)) != (form == given[0]):
                context = {"key": key.strip("_"), "form": form, "hint": hint}
                raise PydanticCustomError("claim-form", "{key} and {form} go together", context)
        return self

    @property
    def form(self) -> str:
        """Which kind of claim it is."""
        return next(form for form in FORMS if getattr(self, form) is not None)

    @property
    def formulas(self) -> dict[str, Formula]:
        """Its formulas by key."""
        keys = (*FORMS, "by")
        return {key: getattr(self, key) for key in keys if getattr(self, key) is not None}
