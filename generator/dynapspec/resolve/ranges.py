"""Keys that stand for several numbers: ``0..2`` is 0, 1 and 2."""

from __future__ import annotations

import re

from dynapspec.diagnostics import Diagnostic, InputError, Span, fail
from dynapspec.load import Mapping, Node

_RANGE = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})\Z")
MAX_KEYS = 1000  # of one range: far above any chip, far below what could exhaust memory
MAX_PARTS = 50_000  # of a document with its ranges written out, for ranges inside ranges


def expand(node: Node) -> Node:
    """The document with every range key written out.

    Raises:
        InputError: a range runs backwards, is too long, or meets a key that is there already.
    """
    _size(node)
    return _expanded(node)


def _size(node: Node) -> int:
    """How many keys the document has once its ranges are written out; refuses a mass of them."""
    if not isinstance(node, Mapping):
        return 0
    total = 0
    for key, value in node.items.items():
        total += len(_numbers(key, node) or (0,)) * (1 + _size(value))
        if total > MAX_PARTS:
            message = f"the ranges stand for more than {MAX_PARTS} keys together"
            raise fail("range-size", message, node.key_spans[key], "a chip has far fewer cores")
    return total


def _expanded(node: Node) -> Node:
    if not isinstance(node, Mapping):
        return node
    items: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    findings: list[Diagnostic] = []
    for key, value in node.items.items():
        span = node.key_spans[key]
        part = _expanded(value)
        for name in map(str, _numbers(key, node) or (key,)):
            if name in items:
                hint = f"it is part of the key in line {spans[name].line} already"
                findings.append(Diagnostic("range-overlap", f"{name} is given twice", span, hint))
            items[name], spans[name] = part, span
    if findings:
        raise InputError(findings)
    return Mapping(items, node.span, spans, node.overrides)


def _numbers(key: str, node: Mapping) -> range | None:
    """The numbers that a key stands for; None for a plain key."""
    found = _RANGE.match(key)
    if not found:
        return None
    first, last, span = int(found[1]), int(found[2]), node.key_spans[key]
    if last < first:
        raise fail("range-order", f"the range {key} runs backwards", span, f"write {last}..{first}")
    if last - first >= MAX_KEYS:
        hint = "a chip has far fewer cores"
        raise fail("range-size", f"the range {key} has more than {MAX_KEYS} numbers", span, hint)
    return range(first, last + 1)
