"""Reads single values of a network file, and collects everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynapspec.diagnostics import Diagnostic, Span, did_you_mean
from dynapspec.load import Mapping, Node, Scalar, Sequence
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval
from dynapspec.network.keys import Field


class Values:
    """A reader of values; where one is wrong it notes a finding and returns None."""

    def __init__(self) -> None:
        self.findings: list[Diagnostic] = []

    def wrong(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Notes a finding."""
        self.findings.append(Diagnostic(code, message, span, hint))

    def mapping(self, node: Node, what: str, hint: str = "") -> Mapping | None:
        """The node as a mapping."""
        if isinstance(node, Mapping):
            return node
        self.wrong(
            "wrong-type", f"{what} is a mapping of names to values, found {_found(node)}", node.span, hint
        )
        return None

    def known(self, node: Mapping, keys: Iterable[str], what: str) -> None:
        """Refuses the keys that mean nothing."""
        names = list(keys)
        for key, span in node.key_spans.items():
            if key not in names:
                self.wrong("unknown-key", f"{key} means nothing in {what}", span, did_you_mean(key, names))

    def text(self, node: Node | None, what: str) -> str:
        """A line of text; empty when there is none."""
        if node is None:
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        self.wrong("wrong-type", f"{what} is text, found {_found(node)}", node.span, "quote it")
        return ""

    def field(self, node: Node, field: Field, name: str) -> Any:
        """The value of a key: a number, a pair of numbers, or a mapping, as its dimensions ask for it."""
        if () in field.dims:
            return self.scalar(node, field.dims[()], name)
        if field.is_pair:
            return self.pair(node, field, name)
        parts = self.mapping(node, name)
        if parts is None:
            return None
        dims = {path[0]: dim for path, dim in field.dims.items()}
        self.known(parts, dims, name)
        return {k: self.scalar(v, dims[k], f"{name}.{k}") for k, v in parts.items.items() if k in dims}

    def pair(self, node: Node, field: Field, name: str) -> Any:
        """A number for both axes, or one for each, vertical first."""
        vertical, horizontal = field.dims["y",], field.dims["x",]
        if not isinstance(node, Sequence):
            return self.scalar(node, vertical, name)
        if len(node.items) != 2:
            message = f"{name} is one whole number or two, found {len(node.items)} of them"
            self.wrong("wrong-type", message, node.span, "vertical first, then horizontal")
            return None
        down, across = node.items
        return (self.scalar(down, vertical, name), self.scalar(across, horizontal, name))

    def scalar(self, node: Node, dim: Dim, name: str) -> Any:
        """One value, checked against the domain of its dimension."""
        if not isinstance(node, Scalar):
            self.wrong("wrong-type", f"{name} is {_wanted(dim)}, found {_found(node)}", node.span)
            return None
        value = node.value
        if value is None and dim.none is not None:
            return None
        if not _fits_kind(value, dim):
            hint = "give the words of the chip, as they are after quantization" if dim.kind == "level" else ""
            self.wrong("wrong-type", f"{name} is {_wanted(dim)}, found {_found(node)}", node.span, hint)
            return None
        self._inside(value, dim, name, node.span)
        return value

    def _inside(self, value: Any, dim: Dim, name: str, span: Span) -> None:
        domain = dim.domain
        if isinstance(domain, Interval) and not domain.low <= value <= domain.high:
            self.wrong("out-of-domain", f"{name} is {value}, and must be {domain.low} to {domain.high}", span)
        if isinstance(domain, tuple) and value not in domain:
            hint = did_you_mean(value, domain)
            self.wrong(
                "out-of-domain", f"{name} is {value!r}, and must be one of {', '.join(domain)}", span, hint
            )


def _fits_kind(value: Any, dim: Dim) -> bool:
    if dim.kind == "bool":
        return isinstance(value, bool)
    if dim.kind == "name":
        return isinstance(value, str)
    return isinstance(value, int) and not isinstance(value, bool)


def _wanted(dim: Dim) -> str:
    return {"bool": "true or false", "name": "a name"}.get(dim.kind, "a whole number")


def _found(node: Node) -> str:
    if isinstance(node, Scalar):
        return "nothing" if node.value is None else repr(node.value)
    return "a list" if isinstance(node, Sequence) else "a mapping"
