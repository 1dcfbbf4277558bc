"""Reads YAML with libyaml and keeps the place of every key and value.

PyYAML's ``compose`` stops before values are made, so nothing in a file can construct an object;
scalars are resolved by us. What makes a spec hard to read or to point at is refused: duplicate
keys, anchors, aliases, tags, and text that runs over several lines.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import yaml

from dynapspec.diagnostics import Diagnostic, InputError, Span, fail
from dynapspec.load import scalars
from dynapspec.load.node import Mapping, Node, Scalar, Sequence

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 1_000_000
MAX_PARTS = 50_000  # names, values, lists and mappings of a file
MAX_DEPTH = 40


def read_file(path: Path) -> Node:
    """The document of one file.

    Raises:
        InputError: the file cannot be read, or is not YAML as specs are written.
    """
    name = display_name(path)
    start = Span(name, 1, 1, 2)
    try:
        data = _bytes(path, name)
    except OSError as error:
        raise fail("unreadable", f"cannot read {name}: {error.strerror}", start) from None
    try:
        return read_text(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        hint = "save the file as UTF-8"
        raise fail("unreadable", f"{name} is not UTF-8 at byte {error.start}", start, hint) from None


def _bytes(path: Path, name: str) -> bytes:
    """What is in a file; a pipe or a device is no file, and reading it might never end."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        hint = "rename or remove it"
        raise fail("unreadable", f"{name} is no file", Span(name, 1, 1, 2), hint)
    if about.st_size > MAX_BYTES:
        raise _too_large(f"{about.st_size} bytes, and a spec has at most {MAX_BYTES}", Span(name, 1, 1, 2))
    return path.read_bytes()


def display_name(path: Path) -> str:
    """The path as a reader would type it: relative when it lies below the current folder."""
    try:
        return str(Path(os.path.realpath(path)).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _too_large(message: str, span: Span) -> InputError:
    return fail("yaml-size", message, span, "split the spec; a child `extends` its parent")


def read_text(text: str, name: str) -> Node:
    """The document in ``text``; ``name`` stands for the file in messages."""
    start = Span(name, 1, 1, 2)
    if len(text) > MAX_BYTES:
        raise _too_large(f"{len(text)} characters, and a spec has at most {MAX_BYTES}", start)
    _refuse_sharing(text, name)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _syntax(error, name, text) from None
    except (ValueError, RecursionError) as error:
        raise fail("yaml-syntax", f"not readable as YAML: {error}", start) from None
    if root is None:
        hint = "write the spec, or remove the file"
        raise fail("yaml-empty", "the file holds no document", start, hint)
    findings: list[Diagnostic] = []
    node = _convert(root, name, findings)
    if findings:
        raise InputError(findings)
    return node


def _refuse_sharing(text: str, name: str) -> None:
    """Refuses anchors, aliases, masses and depths before composing, which would follow them; and tags."""
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
            if count > MAX_PARTS:
                raise _too_large(f"more than {MAX_PARTS} names and values", _span(event, name))
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH + 1:
                hint = "a spec needs far fewer; look for a bracket too many"
                raise fail("yaml-depth", f"nested deeper than {MAX_DEPTH} levels", _span(event, name), hint)
            anchor = getattr(event, "anchor", None)
            if anchor is not None:
                hint = "write the value out, or share it with extends"
                raise fail("yaml-alias", f"anchor or alias {anchor!r}", _span(event, name), hint)
            if getattr(event, "tag", None) is not None:
                hint = "specs are plain data; leave the tag out"
                raise fail("yaml-tag", f"tag {event.tag}", _span(event, name), hint)
    except yaml.YAMLError as error:
        raise _syntax(error, name, text) from None
    except (ValueError, RecursionError) as error:
        raise fail("yaml-syntax", f"not readable as YAML: {error}", Span(name, 1, 1, 2)) from None


_REMEDIES = {  # by what libyaml says
    "control characters are not allowed": "take the character out",
    "cannot start any token": "quote the text; indent with spaces",
    "another document": "a file holds one spec; take the line --- out",
    "expected key": "align the names of a mapping, and put a space after each colon",
    "expected ',' or": "close the bracket that is open",
}


def _syntax(error: yaml.YAMLError, name: str, text: str) -> InputError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    line, column = (mark.line, mark.column) if mark else _position(error, text)
    hint = "quote text that holds : [ ] { } , or #"
    hint = next((remedy for part, remedy in _REMEDIES.items() if part in problem), hint)
    opened = getattr(error, "context_mark", None)
    if "expected ','" in problem and opened is not None and opened.line == line:
        rest = text.splitlines()[line][column:]
        hint = "put a comma before this" if problem[-2] in rest else hint  # it is closed further on
    return fail("yaml-syntax", f"not YAML: {problem}", Span(name, line + 1, column + 1, column + 2), hint)


def _position(error: yaml.YAMLError, text: str) -> tuple[int, int]:
    """Where a character stands that no YAML may hold."""
    at = max(0, text.find(chr(getattr(error, "character", 0))))
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1


def _span(item: Any, name: str) -> Span:
    start, end = item.start_mark, item.end_mark
    stop = end.column if end.line == start.line else start.column + 1
    return Span(name, start.line + 1, start.column + 1, max(stop, start.column + 1) + 1)


def _convert(item: yaml.Node, name: str, findings: list[Diagnostic]) -> Node:
    if isinstance(item, yaml.MappingNode):
        return _mapping(item, name, findings)
    if isinstance(item, yaml.SequenceNode):
        parts = tuple(_convert(part, name, findings) for part in item.value)
        return Sequence(parts, _span(item, name))
    assert isinstance(item, yaml.ScalarNode)
    return _scalar(item, name, findings)


def _mapping(item: yaml.MappingNode, name: str, findings: list[Diagnostic]) -> Mapping:
    items: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    for key, value in item.value:
        span = _span(key, name)
        if not isinstance(key, yaml.ScalarNode):
            hint = "write `name: value`"
            findings.append(Diagnostic("yaml-key", "a key must be a plain name", span, hint))
            continue
        if key.value in items:
            first = spans[key.value]
            hint = f"first given in line {first.line}; keep one of the two"
            findings.append(Diagnostic("yaml-duplicate", f"{key.value!r} is given twice", span, hint))
            continue
        items[key.value] = _convert(value, name, findings)
        spans[key.value] = span
    return Mapping(items, _span(item, name), spans)


def _scalar(item: yaml.ScalarNode, name: str, findings: list[Diagnostic]) -> Scalar:
    span = _span(item, name)
    if item.start_mark.line != item.end_mark.line or item.style in ("|", ">"):
        hint = "keep a value on one line, so that a message can point into it"
        findings.append(Diagnostic("yaml-multiline", "text over several lines", span, hint))
    if "\0" in item.value:
        hint = "leave it out"
        findings.append(Diagnostic("yaml-character", "text with a NUL character", span, hint))
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
        hint = "quote it if it is text"
        findings.append(Diagnostic("yaml-number", f"{error} is no fact of a chip", span, hint))
        return Scalar(0, span)
