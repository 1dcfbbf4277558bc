"""Throws damaged specs at the generator: it answers with findings, or takes them, and never breaks.

A case is a shipped spec with some damage, at one of three levels: its text, its document, or one of
its formulas. What must hold of every case is in ``judge``. The suite plays 2000 cases; a campaign is

    PYTHONPATH=generator:generated python tests/fuzz_specs.py --cases 1000000 --seed 1

A case is told by seed and number, and ``--only NUMBER`` plays it alone and shows what it says.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.emit.pipeline import outputs
from dynapspec.emit.torch.emitter import emit
from dynapspec.load import Mapping, Node, Scalar, Sequence, read_text
from dynapspec.load.node import leaves
from dynapspec.model.build import assemble
from dynapspec.model.check import check_model
from dynapspec.model.entries import Model
from dynapspec.resolve import Document, Library, open_library
from dynapspec.resolve.library import document

SPECS = Path(__file__).resolve().parents[1] / "specs"
CHIPS = {"family", "nine-core", "five-core", "speck2", "speck2f", "speck2cmini"}  # one of each kind
SECONDS = 1.0  # for one case
EMITTED = 8  # one in so many accepted cases becomes code
NASTY = (
    *("", "~", "null", "true", "yes", "-1", "0", "1e999", ".nan", "0..99999999", "0..2", "9" * 300, "0x10"),
    *("[]", "{}", "[a, [b, {c: d}]]", "&a x", "*a", "!!python/name:os.system x", "|", ">", "- ", "? ", ": "),
    *(
        "\t",
        "\r\n",
        "\ufeff",
        "\u2028",
        "\x85",
        "é",
        '"\\0"',
        '"\\n"',
        "'",
        '"',
        "#",
        "%YAML 1.1",
        "---",
        "...",
    ),
    *(
        "__class__",
        "../x",
        "class",
        "lambda",
        "self",
        "{{ 1 }}",
        "{% x %}",
        '"""',
        "{__import__('os')}",
        "{c}",
    ),
    *("chip.stride", "core.kernel_words", "widths.weight", "c", "v", "zeros", "1.0.0", "a" * 2000, "[" * 50),
)
OPERATORS = (
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "<",
    "<=",
    "==",
    "!=",
    ">",
    " in ",
    " and ",
    " or ",
    "=",
    "@",
)
CALLS = (
    "ceil_log2",
    "pow2",
    "words",
    "sum",
    "abs",
    "min",
    "max",
    "trunc",
    "exp",
    "normal",
    "lowest",
    "nothing",
)


@dataclass
class Damage:
    """A damaged spec; ``make`` reads it into a document, or raises InputError."""

    level: str
    base: Document
    make: Callable[[], Document]


@dataclass
class Report:
    """What a campaign saw."""

    levels: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    emitted: int = 0
    slowest: float = 0.0
    failures: list[dict[str, Any]] = field(default_factory=list)


class Fuzzer:
    """Damages one document of a library at a time; the others are read once."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        found = open_library(SPECS).documents.values()
        self.documents = [d for d in found if d.kind == "layer" or d.name in CHIPS]
        self.texts = {d.path: d.path.read_text(encoding="utf-8") for d in self.documents}
        words = " ".join(self.texts.values()).replace("{", " ").replace(",", " ").split()
        self.words = sorted(set(words))
        self.names = [w for w in self.words if w.isidentifier() and len(w) < 12]

    def damage(self, number: int) -> Damage:
        """The case of that number."""
        rng = random.Random(self.seed * 1_000_003 + number)
        level = rng.choices(("text", "document", "formula"), (5, 4, 3))[0]
        layers = [d for d in self.documents if d.kind == "layer"]
        chosen = layers if level == "formula" or rng.random() < 0.4 else self.documents
        base = rng.choice(chosen)
        make = {"text": self.text, "document": self.tree, "formula": self.formula}[level]
        return Damage(level, base, lambda: make(base, rng))

    def text(self, base: Document, rng: random.Random) -> Document:
        """Characters, words and lines are lost, doubled, exchanged and replaced."""
        text = self.texts[base.path]
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            text = _damaged_text(text, rng, self.words)
        return document(read_text(text, str(base.path)), base.path, base.kind)

    def tree(self, base: Document, rng: random.Random) -> Document:
        """Parts are lost, renamed, moved, and replaced by parts of another type."""
        node: Node = base.node
        for _ in range(rng.choice((1, 1, 2))):
            node = _damaged_node(node, rng, self.words)
        return document(node, base.path, base.kind)

    def formula(self, base: Document, rng: random.Random) -> Document:
        """One formula has other tokens, or is another one."""
        found = [(path, leaf) for path, leaf in leaves(base.node) if _is_formula(leaf)]
        path, leaf = rng.choice(found)
        text = str(leaf.value) if rng.random() < 0.6 else _formula(rng, self.names, 4)
        text = _damaged_formula(text, rng, self.names)
        return document(_with(base.node, path, replace(leaf, value=text)), base.path, base.kind)


def _is_formula(leaf: Scalar) -> bool:
    return isinstance(leaf.value, str) and any(
        op in leaf.value for op in ("(", " + ", " * ", " <", "=", " in ")
    )


def _damaged_text(text: str, rng: random.Random, words: list[str]) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    match rng.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(rng.randrange(len(lines)), lines[at])
        case 2:
            lines[at] = " " * rng.choice((1, 2, 4)) + lines[at]
        case 3:
            lines[at] = lines[at][2:]
        case 4:
            parts = lines[at].split(" ")
            parts[rng.randrange(len(parts))] = rng.choice((*NASTY, *rng.sample(words, 20)))
            lines[at] = " ".join(parts)
        case 5:
            start = rng.randrange(len(text) + 1)
            return text[:start] + text[start + rng.choice((1, 2, 10, 200)) :]
        case 6:
            start = rng.randrange(len(text) + 1)
            return text[:start] + rng.choice(NASTY) + text[start:]
        case 7:
            start = rng.randrange(len(text) + 1)
            return text[:start] + rng.choice("{}[]:,#'\"&*!|>%@`-?\0\t\n ") + text[start + 1 :]
    return "\n".join(lines)


def _damaged_node(node: Node, rng: random.Random, words: list[str]) -> Node:
    """Goes down a random way and damages what is there."""
    if isinstance(node, Scalar) or rng.random() < 0.12 or not node.items:
        return _other(node, rng, words)
    if isinstance(node, Sequence):
        parts = list(node.items)
        at = rng.randrange(len(parts))
        parts[at] = _damaged_node(parts[at], rng, words)
        return replace(node, items=tuple(parts if rng.random() < 0.8 else parts[:at] + parts[at + 1 :]))
    items, spans = dict(node.items), dict(node.key_spans)
    key = rng.choice(list(items))
    if rng.random() < 0.75:
        items[key] = _damaged_node(items[key], rng, words)
    else:
        part, span = items.pop(key), spans.pop(key)
        if rng.random() < 0.6:
            name = rng.choice((*NASTY, *rng.sample(words, 30), "0", "-1", "a.b"))
            items[name], spans[name] = part, span
    return replace(node, items=items, key_spans=spans)


def _other(node: Node, rng: random.Random, words: list[str]) -> Node:
    """Something else in the place of a part."""
    scalar = Scalar(rng.choice((*NASTY, *rng.sample(words, 10), 0, -1, 2**64, 0.5, True, None)), node.span)
    nested: Node = scalar
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        nested = rng.choice(
            (Sequence((nested,), node.span), Mapping({"a": nested}, node.span, {"a": node.span}))
        )
    return nested


def _with(node: Node, path: tuple[int | str, ...], part: Node) -> Node:
    if not path:
        return part
    if isinstance(node, Mapping):
        key = str(path[0])
        return replace(node, items={**node.items, key: _with(node.items[key], path[1:], part)})
    assert isinstance(node, Sequence)
    items = list(node.items)
    items[int(path[0])] = _with(items[int(path[0])], path[1:], part)
    return replace(node, items=tuple(items))


def _formula(rng: random.Random, names: list[str], depth: int) -> str:
    """A formula by its grammar."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(
            (rng.choice(names), str(rng.randrange(-2, 300)), "0.5", "True", "'zeros'", "chip.stride")
        )
    left, right = (_formula(rng, names, depth - 1) for _ in range(2))
    match rng.randrange(5):
        case 0 | 1:
            return f"({left} {rng.choice(OPERATORS)} {right})"
        case 2:
            return f"{rng.choice(CALLS)}({left}{rng.choice(('', ', ' + right))})"
        case 3:
            return f"({left} if {right} else {left})"
    return f"{rng.choice(('-', 'not '))}({left})"


def _damaged_formula(text: str, rng: random.Random, names: list[str]) -> str:
    for _ in range(rng.choice((0, 1, 1, 2))):
        at = rng.randrange(len(text) + 1)
        token = rng.choice(
            (*OPERATORS, *names[:40], *NASTY, "(", ")", ",", "()", "x.y", "1_0", "0b1", "1j", "f'{c}'")
        )
        text = text[:at] + token + text[at + rng.choice((0, 0, 1, 3)) :]
    return text


def judge(fuzzer: Fuzzer, number: int, report: Report) -> list[Diagnostic]:
    """Plays one case; raises AssertionError where the generator does not do as it should."""
    case = fuzzer.damage(number)
    report.levels[case.level] += 1
    started = time.process_time()
    try:
        damaged = case.make()
        others = [d for d in fuzzer.documents if d is not case.base]
        model = assemble(Library(SPECS, [*others, damaged]))
        findings = InputError(check_model(model)).diagnostics
    except InputError as error:
        findings = error.diagnostics
        assert findings, "an error without a finding"
    taken = time.process_time() - started
    report.slowest = max(report.slowest, taken)
    assert taken < SECONDS, f"it took {taken:.1f} s"
    for finding in findings:
        _tells(finding)
    report.codes.update({finding.code for finding in findings})
    if not findings:
        report.accepted += 1
        if report.accepted % EMITTED == 0:
            _emits(model, report)
    return findings


def _tells(finding: Diagnostic) -> None:
    """A finding has a place in a file, words of ours, and a remedy."""
    assert finding.span is not None, finding
    assert finding.span.line >= 1, finding
    assert 1 <= finding.span.column < finding.span.end, finding
    assert finding.hint, finding
    assert "Input should" not in finding.message, finding  # words of pydantic
    assert finding.render()


def _emits(model: Model, report: Report) -> None:
    """What is taken becomes code that Python can read."""
    report.emitted += 1
    for output in outputs(model, [emit]):
        if output.path.endswith(".py"):
            compile(output.text, output.path, "exec")


def campaign(seed: int, first: int, cases: int, stop_after: int = 20) -> Report:
    """Plays many cases; failures are kept, with what reproduces them."""
    fuzzer, report = Fuzzer(seed), Report()
    for number in range(first, first + cases):
        try:
            judge(fuzzer, number, report)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__}: {error}"[:500]
            report.failures.append({"case": number, "error": told, "at": f"{where.filename}:{where.lineno}"})
            if len(report.failures) >= stop_after:
                break
    return report


def peak_megabytes() -> float:
    """The most memory that this program had; what the one that started it had does not count."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):  # no such file here
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Runs a campaign and prints its report as JSON; exit 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    if given.only is not None:
        for finding in judge(Fuzzer(given.seed), given.only, Report()):
            print(finding.render())
        return
    started = time.perf_counter()
    report = campaign(given.seed, given.first, given.cases)
    megabytes = peak_megabytes()
    about = {"seconds": round(time.perf_counter() - started, 1), "megabytes": round(megabytes)}
    print(json.dumps({**vars(report), **about}, indent=1))
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
