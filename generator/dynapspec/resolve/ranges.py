"""Keys that stand for several numbers: ``0..2`` is 0, 1 and 2."""

from __future__ import annotations

import re

from dynapspec.diagnostics import Diagnostic, InputError, Span, fail
from dynapspec.load import Mapping, Node

_RANGE = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})\Z")
MAX_KEYS = 65536  # of one range: far above any chip, far below what could exhaust memory


def expand(node: Node) -> Node:
    """The document with every range key written out.

    Raises:
        InputError: a range runs backwards, is too long, or meets a key that is there already.
    """
    if not isinstance(node, Mapping):
        return node
    items: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    findings: list[Diagnostic] = []
    for key, value in node.items.items():
        span = node.key_spans[key]
        part = expand(value)
        for name in _names(key, node):
            if name in items:
                hint = f"it is part of the key in line {spans[name].line} already"
                findings.append(Diagnostic("range-overlap", f"{name} is given twice", span, hint))
            items[name], spans[name] = part, span
    if findings:
        raise InputError(findings)
    return Mapping(items, node.span, spans, node.overrides)


def _names(key: str, node: Mapping) -> list[str]:
    found = _RANGE.match(key)
    if not found:
        return [key]
    first, last = int(found[1]), int(found[2])
    if last < first:
        raise fail(
            "range-order", f"the range {key} runs backwards", node.key_spans[key], f"write {last}..{first}"
        )
    if last - first >= MAX_KEYS:
        raise fail("range-size", f"the range {key} has more than {MAX_KEYS} numbers", node.key_spans[key])
    return [str(number) for number in range(first, last + 1)]
