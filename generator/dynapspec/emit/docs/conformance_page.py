"""How to play the vectors against an implementation: the messages, the topics, an adapter, the flags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dynapspec.emit.conformance.flags import meaning
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.conformance.protocol import (
    answered,
    case_message,
    failed,
    refused,
    skipped,
    start_message,
    started,
)
from dynapspec.emit.conformance.vector_set import VectorFile, vector_files
from dynapspec.emit.docs.markup import Markup, bullets, code, fenced, join, markup, table
from dynapspec.emit.docs.page import page
from dynapspec.emit.reference_tests.ask.compare import OPTIONAL
from dynapspec.formula import names_in
from dynapspec.formula import tree as t
from dynapspec.formula.python import PythonPrinter
from dynapspec.model import Layer, Model
from dynapspec.model.values import Interval

TITLE = "The conformance suite"
WIDE = 1500  # characters of an example at most


def conformance_page(model: Model) -> str:
    """The page as Markdown."""
    files = vector_files(model)
    return page(
        "conformance.md.j2",
        count=sum(file.glance.count for file in files),
        files=len(files),
        transcript=_transcript(files),
        answers=_answers(files),
        adapter=_adapter(model, files),
        topics=[_topic(topic, files) for topic in _topics(files)],
        flags=_flags(files),
        chip=next(iter(model.chips), None),
    )


def _topics(files: Sequence[VectorFile]) -> list[str]:
    known = {file.about for file in files}
    return [topic for topic in PROMISES if topic in known]


def _first(files: Sequence[VectorFile], topic: str) -> tuple[VectorFile, dict[str, Any]]:
    """The shortest case of a topic that has an answer."""
    found = min((file for file in files if file.about == topic), key=lambda file: file.glance.rank)
    return found, found.glance.shortest


def _transcript(files: Sequence[VectorFile]) -> Markup:
    """A short run, as its lines; an arrow is no part of a line."""
    file, case = _first(files, "memory")
    lines = [
        ("->", start_message([file.head])),
        ("<-", started("mine", "1.0", ["memory"])),
        ("->", case_message(file.head, case)),
        ("<-", answered(case["id"], case["expected"])),
        ("->", {"message": "stop"}),
    ]
    return fenced("text", "\n".join(f"{arrow} {json.dumps(message)}" for arrow, message in lines))


def _answers(files: Sequence[VectorFile]) -> Markup:
    """The other answers to a case."""
    _, case = _first(files, "memory")
    name = case["id"]
    rows = [
        ["there is no such layer", refused(name, "no features")],
        ["none of my cases", skipped(name, "kernels of one row are not supported")],
        ["broke down, and lives on", failed(name, "IndexError: list index out of range")],
    ]
    return table(["it means", "the line"], [[means, code(json.dumps(line))] for means, line in rows])


def _topic(topic: str, files: Sequence[VectorFile]) -> Mapping[str, Any]:
    file, case = _first(files, topic)
    counts = [one.glance.count for one in files if one.about == topic]
    return {
        "name": topic,
        "count": sum(counts),
        "promises": bullets(_promise(promise) for promise in file.head["promises"]),
        "optional": join(map(code, sorted(OPTIONAL.get(topic, ())))),
        "example": _example(file, case),
    }


def _promise(text: str) -> Markup:
    """A promise as a sentence; what stands between backticks is code."""
    parts = [code(part) if index % 2 else markup(part) for index, part in enumerate(text.split("`"))]
    return Markup(_spaced(text, parts) + ".")


def _spaced(text: str, parts: Sequence[Markup]) -> str:
    """The parts with the spaces that stood between them."""
    found = ""
    for part, raw in zip(parts, text.split("`"), strict=True):
        found += (
            (" " if raw.startswith(" ") else "") + part + (" " if raw.endswith(" ") and raw.strip() else "")
        )
    return found


def _example(file: VectorFile, case: Mapping[str, Any]) -> Markup:
    """Input and answer of one case."""
    asked = case_message(file.head, case)["input"]
    answer = dict(case["expected"])
    if "smallest" in answer:
        answer["cores"] = answer.pop("smallest")
    text = f"input   {json.dumps(asked)}\nresult  {json.dumps(answer)}"
    return fenced("text", text if len(text) <= WIDE else f"{text[:WIDE]}...")


def _flags(files: Sequence[VectorFile]) -> Markup:
    """Every flag, what it means, and the topics in which it is found."""
    topics: dict[str, dict[str, None]] = {}
    for file in files:
        for flag in file.glance.flags:
            topics.setdefault(flag, {})[file.about] = None
    rows = [[code(flag), meaning(flag), join(topics[flag])] for flag in sorted(topics)]
    return table(["flag", "what the mistaken implementation does", "topics"], rows)


def _adapter(model: Model, files: Sequence[VectorFile]) -> Markup | None:
    """A whole adapter for one memory, and one of its vectors; none where no memory is that simple."""
    for file in (file for file in files if file.about == "memory"):
        layer = model.layers[file.layer]
        for name, memory in layer.spec.memory.items():
            if _is_plain(memory.is_.tree):
                return fenced("python", "\n".join(_lines(layer, name, file)))
    return None


def _is_plain(tree: t.Tree) -> bool:
    """Whether a formula needs nothing but the operators of Python."""
    return not any(isinstance(node, t.Call) and node.function != "words" for node in t.walk(tree))


def _outside(layer: Layer, names: Sequence[str]) -> str:
    """When a value lies below its domain, as Python."""
    lows = {name: dim.domain.low for name, dim in layer.spec.dims.items() if isinstance(dim.domain, Interval)}
    return " or ".join(f"{name} < {lows[name]}" for name in names if name in lows) or "False"


def _lines(layer: Layer, name: str, file: VectorFile) -> Iterator[str]:
    tree = layer.spec.memory[name].is_.tree
    names = names_in(tree)
    case = max(
        (case for case in file.cases if case["input"]["of"] == name and "words" in case["expected"]),
        key=lambda case: case["expected"]["words"],
    )
    given = ", ".join(f'given["{one}"]' for one in names)
    yield from [
        "from collections.abc import Mapping",
        "from typing import Any",
        "",
        "from dynapspec.conform import Case, Refused, Skip",
        "",
        "",
        "class Mine:",
        '    name, version = "mine", "1.0"',
        "",
        "    def capabilities(self) -> list[str]:",
        '        return ["memory"]',
        "",
        "    def run(self, case: Case) -> Mapping[str, Any]:",
        "        given = case.input",
        f'        if given["of"] != "{name}":',
        '            raise Skip("not yet")',
        f"        {', '.join(names)} = {given}",
        f"        if {_outside(layer, names)}:",
        '            raise Refused("no such layer")',
        f'        return {{"words": {PythonPrinter().show(tree)}}}',
        "",
        "",
        f"given = {case['input']!r}",
        f'case = Case("{case["id"]}", "memory", "{layer.title}", "{layer.title}", given)',
        f"assert Mine().run(case) == {{'words': {case['expected']['words']}}}",
    ]
