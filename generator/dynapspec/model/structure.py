"""Turns pydantic's errors into findings with a place, a plain message and a hint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from dynapspec.diagnostics import Diagnostic, Span, closest, did_you_mean
from dynapspec.load.node import Mapping, Node, Scalar, Sequence, descend, name_of, place_of
from dynapspec.model.annotations import keys_of, model_at

Path: TypeAlias = tuple[int | str, ...]
KEY = "[key]"  # pydantic's last step to a key that is wrong itself
SHORT = 3  # letters of a name that is nearly any other
MAX_FINDINGS = 30  # of one spec; who has more has one cause of them all
_PLAIN = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of names to values",
}
_EXAMPLES = {
    "int_type": "write digits, such as 16",
    "float_type": "write a number, such as 0.5",
    "string_type": "write some text",
    "bool_type": "write true or false",
    "tuple_type": "write [a, b]",
    "dict_type": "write `name: value` below it, or {name: value}",
    "model_type": "write `name: value` below it, or {name: value}",
}
_BOUNDS = {
    "greater_than_equal": ("at least {ge} is expected", "use a larger number"),
    "less_than_equal": ("at most {le} is expected", "use a smaller number"),
    "string_too_short": ("some text is expected", "write it"),
    "too_short": ("at least {min_length} entry is expected", "state one, or leave the whole out"),
    "too_long": ("at most {max_length} entries are expected", "leave some out"),
}


def findings_of(error: ValidationError, node: Node, spec: type[BaseModel]) -> Iterator[Diagnostic]:
    """One finding for each place that pydantic complains about."""
    places: dict[Path, list[Any]] = {}
    for item in error.errors(include_url=False):
        places.setdefault(_existing(node, item["loc"]), []).append(item)
    for path, items in list(places.items())[:MAX_FINDINGS]:
        yield _finding(items, path, node, spec)
    if len(places) > MAX_FINDINGS:
        message = f"{len(places) - MAX_FINDINGS} more findings about the structure of this spec"
        yield Diagnostic("too-many", message, node.span, "mend those that are shown first")


def _existing(node: Node, loc: Path) -> Path:
    """The error's path without the tags that pydantic adds for the members of a union."""
    path: list[int | str] = []
    for index, step in enumerate(loc):
        owner = descend(node, tuple(path))
        last = index == len(loc) - 1
        known = isinstance(owner, Mapping) and str(step) in owner.items
        listed = isinstance(owner, Sequence) and isinstance(step, int)
        if known or listed or (last and (step == KEY or isinstance(owner, Mapping))):
            path.append(step)
    return tuple(path)


def _finding(items: list[Any], path: Path, node: Node, spec: type[BaseModel]) -> Diagnostic:
    item = items[0]
    context, kind = item.get("ctx", {}), item["type"]
    if path[-1:] == (KEY,):
        return _about_key(item, path[:-1], node)
    if kind in ("extra_forbidden", "invalid_key"):
        owner = model_at(spec, path[:-1])
        hint = did_you_mean(str(path[-1]), keys_of(owner)) if owner else ""
        return Diagnostic("unknown-key", f"{path[-1]} means nothing here", name_of(node, path), hint)
    if kind == "missing":
        hint = _misspelt_entry(node, path[:-1]) or f"add `{path[-1]}: ...`"
        return Diagnostic("missing-key", f"{path[-1]} is missing", place_of(node, path), hint)
    if kind in _PLAIN:
        return _wrong_type([each["type"] for each in items], path, node)
    if kind == "core":
        return _about_memory(item, path, node)
    span = place_of(node, (*path, *context.get("at", ()), *([context["key"]] if "key" in context else [])))
    if "start" in context:
        span = span.within(context["start"], context["stop"])
    if kind == "literal_error":
        return _wrong_word(context["expected"], descend(node, path), span)
    if kind in _BOUNDS:
        message, hint = _BOUNDS[kind]
        return Diagnostic("wrong-value", message.format(**context), span, hint)
    return Diagnostic(kind, item["msg"], span, context.get("hint", ""))


def _about_key(item: Any, path: Path, node: Node) -> Diagnostic:
    """A name that cannot be one, or a name where a number is expected."""
    span = name_of(node, path) or place_of(node, path)
    if item["type"] in _PLAIN:
        number = item["type"] == "int_type"
        hint = _range_hint(str(path[-1])) if number else "begin with a letter"
        what = "a number" if number else "a name"
        return Diagnostic("wrong-type", f"{what} is expected, found {path[-1]!r}", span, hint)
    return Diagnostic(item["type"], item["msg"], span, item.get("ctx", {}).get("hint", ""))


_NEARLY_A_RANGE = re.compile(r"\s*([0-9]{1,9})\s*(?:-|–|:|,|to|\.{1,4})\s*([0-9]{1,9})\s*\Z")


def _range_hint(key: str) -> str:
    """How to write what is nearly a range: ``0-1``, ``0...1``, ``0 to 1``."""
    found = _NEARLY_A_RANGE.match(key)
    return f"write {int(found[1])}..{int(found[2])}" if found else "write a number or a range such as 0..2"


def _misspelt_entry(node: Node, path: Path) -> str:
    """A hint where an entry is new, lacks something, and is named nearly as one that is inherited."""
    owner = descend(node, path[:-1])
    entry = owner.get(str(path[-1])) if path and isinstance(owner, Mapping) else None
    if not isinstance(owner, Mapping) or entry is None or entry.overrides or not owner.overrides:
        return ""
    known = [key for old in owner.overrides if isinstance(old, Mapping) for key in old.items]
    name = closest(str(path[-1]), set(known) - {str(path[-1])}) if len(str(path[-1])) > SHORT else ""
    return f"did you mean {name}? a new entry states everything" if name else ""


def _about_memory(item: Any, path: Path, node: Node) -> Diagnostic:
    """A key of a core that is no memory; the other cores have them right."""
    key, cores = item["ctx"]["key"], descend(node, path[:-1])
    others = cores.items.values() if isinstance(cores, Mapping) else ()
    known = {name for core in others if isinstance(core, Mapping) for name in core.items}
    name = closest(key, {name for name in known if name.endswith("_words")})
    hint = f"did you mean {name}?" if name and name != key else item["ctx"]["hint"]
    negative = key.endswith("_words") and place_of(node, (*path, key))
    span = negative or name_of(node, (*path, key)) or place_of(node, path)
    return Diagnostic("core", item["msg"], span, hint)


def _wrong_type(kinds: list[str], path: Path, node: Node) -> Diagnostic:
    """A value of none of the types that could stand there."""
    expected = " or ".join(dict.fromkeys(_PLAIN[kind] for kind in kinds if kind in _PLAIN))
    found = descend(node, path)
    quoted = "string_type" in kinds and isinstance(found, Scalar) and found.value is not None
    hint = "quote it" if quoted else next(_EXAMPLES[kind] for kind in kinds if kind in _EXAMPLES)
    return Diagnostic("wrong-type", f"{expected} is expected{_found(found)}", place_of(node, path), hint)


def _wrong_word(expected: str, found: Node, span: Span) -> Diagnostic:
    words = re.findall(r"'([^']*)'", expected)
    shown = repr(found.value) if isinstance(found, Scalar) else "this"
    hint = did_you_mean(str(found.value) if isinstance(found, Scalar) else "", words)
    return Diagnostic("wrong-value", f"{shown} is none of the words that can stand here", span, hint)


def _found(node: Node) -> str:
    if isinstance(node, Scalar):
        return f", found {node.value!r}"
    return ", found a list" if isinstance(node, Sequence) else ", found a mapping"
