"""The page of a layer spec: its class, arithmetic, neurons, rules, and departures from sinabs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dynapspec.emit.docs import lineage, worked
from dynapspec.emit.docs.claims import claims
from dynapspec.emit.docs.facts import Facts
from dynapspec.emit.docs.heritage import files, waived
from dynapspec.emit.docs.layer_examples import examples
from dynapspec.emit.docs.markup import (
    Markup,
    code,
    fenced,
    formula,
    join,
    link,
    markup,
    math,
    named_math,
    sentence,
    table,
    to_clause,
)
from dynapspec.emit.docs.neurons import neurons
from dynapspec.emit.docs.page import page
from dynapspec.emit.docs.quantization import quantization
from dynapspec.emit.docs.rules import rules
from dynapspec.emit.torch.layers import peer
from dynapspec.formula.latex import latex, symbol
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Layer, Model
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Argument, Derived, Dim, Memory
from dynapspec.model.values import Interval


def layer_page(model: Model, layer: Layer) -> str:
    """The page as Markdown."""
    facts, interpreter = Facts(layer, model.root), LayerInterpreter(layer)
    chips = model.chips_of(layer)
    return page(
        "layer.md.j2",
        layer=layer,
        spec=layer.spec,
        doc=sentence(layer.spec.doc),
        chips=join([link(code(chip.name), f"../chips/{chip.name}.md") for chip in chips]),
        api=_api(facts),
        examples=examples(layer, interpreter, chips),
        dims=_dims(facts, "dims"),
        destination_dims=_dims(facts, "destination_dims"),
        shapes=_shapes(facts, "shapes"),
        destination_shapes=_shapes(facts, "destination_shapes"),
        outputs=_outputs(facts),
        memory=_memory(facts, interpreter),
        example=worked.SMALL,
        widths=_widths(facts),
        functions=_functions(facts),
        quantization=quantization(facts, interpreter),
        neurons=neurons(facts, interpreter),
        rules=rules(facts, chips),
        claims=claims(facts),
        differences=_differences(facts),
        unknowns=_unknowns(facts),
        waived=waived(facts),
        steps=list(lineage.steps(layer)),
        files=files(facts),
        sources=table(["source", "evidence", "title", "date"], facts.sources()),
    )


def _api(facts: Facts[Layer]) -> Mapping[str, Any]:
    api = facts.entry.spec.api
    lines = [
        f"    {name}: {_type(argument)}{_default(argument)}," for name, argument in api.arguments.items()
    ]
    rows = [
        [facts.named("api", "arguments", name), code(a.role), code(a.attribute or ""), sentence(a.doc)]
        for name, a in api.arguments.items()
    ]
    return {
        "place": facts.place("api"),
        "signature": fenced("text", "\n".join([f"{api.class_}(", *lines, ")"])),
        "arguments": table(["argument", "role", "kept as", "meaning"], rows),
        "properties": table(
            ["property", "shows"],
            [[facts.named("api", "properties", n), s] for n, s in api.properties.items()],
        ),
        "lists": join([code(name) for name, a in api.arguments.items() if a.each]),
        "evidence": facts.evidence(api.source),
    }


def _type(argument: Argument) -> str:
    if argument.axes:
        return f"({', '.join(argument.axes)})"
    known = argument.accepts or (type(argument.default).__name__,)
    missing = ["None"] if not argument.required and argument.default is None else []
    text = " | ".join([*known, *missing])
    return f"[{text}, ...]" if argument.each else text


def _default(argument: Argument) -> str:
    return "" if argument.required else f" = {argument.default!r}"


def _dims(facts: Facts[Layer], section: str) -> Markup:
    dims: Mapping[str, Dim] = getattr(facts.entry.spec, section)
    rows = [
        [
            facts.named(section, name),
            dim.kind,
            _domain(dim),
            code(dim.from_.text),
            _absent(dim),
            _bits(dim),
            dim.doc,
        ]
        for name, dim in dims.items()
    ]
    return table(["name", "kind", "domain", "read from", "if absent", "bits", "meaning"], rows)


def _bits(part: Dim | Derived | Memory) -> Markup:
    """The bits of the field that holds a value, where the spec declares one."""
    return formula(part.bits.tree) if part.bits is not None else Markup("")


def _domain(dim: Dim) -> object:
    if isinstance(dim.domain, Interval):
        return f"{dim.domain.low} to {dim.domain.high}"
    return join(map(code, dim.domain or ()))


def _absent(dim: Dim) -> object:
    if dim.none is not None:
        return formula(dim.none.tree)
    if dim.default is not None:
        return code(str(dim.default).lower() if isinstance(dim.default, bool) else dim.default)
    return "stays unknown" if dim.optional else "must be given"


def _shapes(facts: Facts[Layer], section: str) -> list[Mapping[str, Any]]:
    shapes: Mapping[str, Derived] = getattr(facts.entry.spec, section)
    return [
        {
            "heading": facts.named(section, name),
            "doc": shape.doc,
            "math": named_math(name, shape.is_.tree),
            "text": formula(shape.is_.tree),
            "evidence": facts.evidence(shape.source),
            "needs": _needs(facts, shape.needs),
            "bits": _bits(shape),
        }
        for name, shape in shapes.items()
    ]


def _needs(facts: Facts[Layer], text: str) -> Markup:
    """Links to the rules without which a value is undefined."""
    return join([to_clause(rule, facts.entry.clause("rules", rule)) for rule in needed(text)], " and ")


def _outputs(facts: Facts[Layer]) -> Markup:
    outputs = facts.entry.spec.outputs
    rows = [
        [Markup(facts.place("outputs", key) + code(f"get_{key}()")), code(f"({', '.join(names)})")]
        for key, names in (("neuron_shape", outputs.neuron_shape), ("output_shape", outputs.output_shape))
    ]
    return table(["method", "returns"], rows)


def _memory(facts: Facts[Layer], interpreter: LayerInterpreter) -> list[Mapping[str, Any]]:
    layout = worked.lay_out(interpreter)
    return [
        {
            "heading": facts.heading("memory", name),
            "doc": sentence(memory.doc),
            "math": named_math(name, memory.is_.tree),
            "text": formula(memory.is_.tree),
            "used": formula(memory.used.tree),
            "evidence": facts.evidence(memory.source),
            "needs": _needs(facts, memory.needs),
            "bits": _bits(memory),
            "worked": _worked(name, memory, layout) if layout else "",
        }
        for name, memory in facts.entry.spec.memory.items()
    ]


def _worked(name: str, memory: Memory, layout: worked.Layout) -> Markup:
    """The formula with the numbers of the example, its value, and how much of that holds something."""
    words, used = layout.values[name], layout.used[name]
    numbers = latex(worked.substitute(memory.is_.tree, layout.values))
    held = f"{used} of these words hold something, {words - used} are padding."
    if used == words:
        held = "All of these words hold something." if words else "The layer takes no such word."
    return Markup(math(rf"{symbol(name)} = {numbers} = {words}\ \mathrm{{words}}") + "\n\n" + held)


def _widths(facts: Facts[Layer]) -> Markup:
    rows = [
        [
            facts.named("widths", name),
            width.bits,
            facts.evidence(width.source),
            sentence(width.doc or width.note),
        ]
        for name, width in facts.entry.spec.widths.items()
    ]
    return table(["word", "bits", "evidence", "remark"], rows)


def _functions(facts: Facts[Layer]) -> list[Mapping[str, Any]]:
    return [
        {
            "heading": facts.named("functions", name),
            "doc": function.doc,
            "math": math(
                rf"\mathrm{{{name}}}({', '.join(map(symbol, function.of))}) = {latex(function.is_.tree)}"
            ),
        }
        for name, function in facts.entry.spec.functions.items()
    ]


def _differences(facts: Facts[Layer]) -> Markup:
    rows = [
        [facts.named("differences", name), d.sinabs, d.here, d.why]
        for name, d in facts.entry.spec.differences.items()
    ]
    return table(["difference", peer(facts.entry), "here", "why"], rows)


def _unknowns(facts: Facts[Layer]) -> Markup:
    """Facts that no source states, and caveats that stand beside facts."""
    rows = [*_assumed(facts), *_notes(facts)]
    return table(["part", "what is not certain"], rows)


def _assumed(facts: Facts[Layer]) -> Iterator[list[object]]:
    for path, leaf in facts.sourced():
        found = facts.known_from(str(leaf.value))
        if found.level == "assumed":
            what = facts.part(path).get("doc") or "this fact"
            yield [_linked(facts, path), f"{what}: an assumption"]


def _notes(facts: Facts[Layer]) -> Iterator[list[object]]:
    for name, width in facts.entry.spec.widths.items():
        if width.note:
            yield [_linked(facts, ("widths", name)), width.note]


def _linked(facts: Facts[Layer], path: Iterable[str | int]) -> Markup:
    steps = list(path)
    return to_clause(markup(" ".join(map(str, steps))), facts.entry.clause(*steps))
