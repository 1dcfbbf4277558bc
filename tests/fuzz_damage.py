"""Damages specs: their text, their document, or one of their formulas; a case is told by seed and number."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dynapspec.load import Mapping, Node, Scalar, Sequence, read_text
from dynapspec.load.node import leaves
from dynapspec.resolve import Document, open_library
from dynapspec.resolve.library import document

TESTS = Path(__file__).resolve().parent
CHIPS = {"family", "nine-core", "five-core", "speck2", "speck2f", "speck2cmini"}  # one of each kind
SHIPPED = 25  # one case in so many is about the shipped specs, all others about a tiny world of few facts
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

    kind: str
    world: World
    base: Document
    make: Callable[[], Document]


class World:
    """Specs that are sound together, read once."""

    def __init__(self, name: str, root: Path, names: set[str] | None = None) -> None:
        self.name, self.root = name, root
        found = open_library(root).documents.values()
        self.documents = [d for d in found if names is None or d.kind != "chip" or d.name in names]
        self.layers = [d for d in self.documents if d.kind == "layer"]
        self.texts = {d.path: d.path.read_text(encoding="utf-8") for d in self.documents}
        words = " ".join(self.texts.values()).replace("{", " ").replace(",", " ").split()
        self.words = sorted(set(words))
        self.names = [w for w in self.words if w.isidentifier() and len(w) < 12]
        self.formulas = {
            d.path: [(path, leaf) for path, leaf in leaves(d.node) if _is_formula(leaf)] for d in self.layers
        }


class Fuzzer:
    """Damages one document of a world at a time; the others stay as they were read."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.shipped = World("shipped", TESTS.parent / "specs", CHIPS)
        self.tiny = World("tiny", TESTS / "tiny_world")

    def damage(self, number: int) -> Damage:
        """The case of that number."""
        rng = random.Random(self.seed * 1_000_003 + number)
        world = self.tiny if number % SHIPPED else self.shipped
        level = rng.choices(("text", "document", "formula"), (5, 4, 3))[0]
        chosen = world.layers if level == "formula" or rng.random() < 0.4 else world.documents
        base = rng.choice(chosen)
        make = {"text": self.text, "document": self.tree, "formula": self.formula}[level]
        return Damage(f"{world.name} {level}", world, base, lambda: make(world, base, rng))

    def text(self, world: World, base: Document, rng: random.Random) -> Document:
        """Characters, words and lines are lost, doubled, exchanged and replaced."""
        text = world.texts[base.path]
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            text = _damaged_text(text, rng, world.words)
        return document(read_text(text, str(base.path)), base.path, base.kind)

    def tree(self, world: World, base: Document, rng: random.Random) -> Document:
        """Parts are lost, renamed, moved, and replaced by parts of another type."""
        node: Node = base.node
        for _ in range(rng.choice((1, 1, 2))):
            node = _damaged_node(node, rng, world.words)
        return document(node, base.path, base.kind)

    def formula(self, world: World, base: Document, rng: random.Random) -> Document:
        """One formula has other tokens, or is another one."""
        path, leaf = rng.choice(world.formulas[base.path])
        text = str(leaf.value) if rng.random() < 0.6 else _formula(rng, world.names, 4)
        text = _damaged_formula(text, rng, world.names)
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
