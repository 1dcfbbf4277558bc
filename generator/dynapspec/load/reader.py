"""Reads YAML with libyaml and keeps the place of every key and value.

PyYAML's ``compose`` stops before values are made, so nothing in a file can construct an object;
scalars are resolved by us. What makes a spec hard to read or to point at is refused: duplicate
keys, anchors, aliases, tags, and text that runs over several lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dynapspec.diagnostics import Diagnostic, InputError, Span, fail
from dynapspec.load import scalars
from dynapspec.load.node import Mapping, Node, Scalar, Sequence

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 4_000_000
MAX_DEPTH = 40


def read_file(path: Path) -> Node:
    """The document of one file.

    Raises:
        InputError: the file cannot be read, or is not YAML as specs are written.
    """
    name = display_name(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise fail("unreadable", f"cannot read {name}: {error.strerror}", Span(name, 1, 1, 2)) from None
    try:
        return read_text(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise fail("unreadable", f"{name} is not UTF-8 at byte {error.start}", Span(name, 1, 1, 2)) from None


def display_name(path: Path) -> str:
    """The path as a reader would type it: relative when it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def read_text(text: str, name: str) -> Node:
    """The document in ``text``; ``name`` stands for the file in messages."""
    start = Span(name, 1, 1, 2)
    if len(text) > MAX_BYTES:
        raise fail("yaml-size", f"{len(text)} characters, and a spec has at most {MAX_BYTES}", start)
    _refuse_sharing(text, name)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _syntax(error, name) from None
    except (ValueError, RecursionError) as error:
        raise fail("yaml-syntax", f"not readable as YAML: {error}", start) from None
    if root is None:
        raise fail("yaml-empty", "the file holds no document", start)
    findings: list[Diagnostic] = []
    node = _convert(root, name, findings, 0)
    if findings:
        raise InputError(findings)
    return node


def _refuse_sharing(text: str, name: str) -> None:
    """Anchors, aliases and tags are refused before composing, which would otherwise follow them."""
    try:
        for event in yaml.parse(text, Loader=_Loader):
            anchor = getattr(event, "anchor", None)
            if anchor is not None:
                hint = "write the value out, or share it with extends"
                raise fail("yaml-alias", f"anchor or alias {anchor!r}", _span(event, name), hint)
            if getattr(event, "tag", None) is not None:
                hint = "specs are plain data; leave the tag out"
                raise fail("yaml-tag", f"tag {event.tag}", _span(event, name), hint)
    except yaml.YAMLError as error:
        raise _syntax(error, name) from None
    except (ValueError, RecursionError) as error:
        raise fail("yaml-syntax", f"not readable as YAML: {error}", Span(name, 1, 1, 2)) from None


def _syntax(error: yaml.YAMLError, name: str) -> InputError:
    mark = getattr(error, "problem_mark", None)
    span = Span(name, mark.line + 1, mark.column + 1, mark.column + 2) if mark else Span(name, 1, 1, 2)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return fail("yaml-syntax", f"not YAML: {problem}", span, "quote text that holds : [ ] { } , or #")


def _span(item: Any, name: str) -> Span:
    start, end = item.start_mark, item.end_mark
    stop = end.column if end.line == start.line else start.column + 1
    return Span(name, start.line + 1, start.column + 1, max(stop, start.column + 1) + 1)


def _convert(item: yaml.Node, name: str, findings: list[Diagnostic], depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise fail("yaml-depth", f"nested deeper than {MAX_DEPTH} levels", _span(item, name))
    if isinstance(item, yaml.MappingNode):
        return _mapping(item, name, findings, depth)
    if isinstance(item, yaml.SequenceNode):
        parts = tuple(_convert(part, name, findings, depth + 1) for part in item.value)
        return Sequence(parts, _span(item, name))
    assert isinstance(item, yaml.ScalarNode)
    return _scalar(item, name, findings)


def _mapping(item: yaml.MappingNode, name: str, findings: list[Diagnostic], depth: int) -> Mapping:
    items: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    for key, value in item.value:
        span = _span(key, name)
        if not isinstance(key, yaml.ScalarNode):
            findings.append(Diagnostic("yaml-key", "a key must be a plain name", span))
            continue
        if key.value in items:
            first = spans[key.value]
            hint = f"first given in line {first.line}; keep one of the two"
            findings.append(Diagnostic("yaml-duplicate", f"{key.value!r} is given twice", span, hint))
            continue
        items[key.value] = _convert(value, name, findings, depth + 1)
        spans[key.value] = span
    return Mapping(items, _span(item, name), spans)


def _scalar(item: yaml.ScalarNode, name: str, findings: list[Diagnostic]) -> Scalar:
    span = _span(item, name)
    if item.start_mark.line != item.end_mark.line or item.style in ("|", ">"):
        hint = "keep a value on one line, so that a message can point into it"
        findings.append(Diagnostic("yaml-multiline", "text over several lines", span, hint))
    if item.style in ("'", '"'):
        # the caret of a message inside quoted text must start after the quote
        return Scalar(
            item.value, Span(span.file, span.line, span.column + 1, max(span.end - 1, span.column + 2))
        )
    if item.style in ("|", ">"):
        return Scalar(item.value, span)
    try:
        return Scalar(scalars.resolve(item.value), span)
    except ValueError as error:
        findings.append(Diagnostic("yaml-number", f"{error} is no fact of a chip", span))
        return Scalar(0, span)
