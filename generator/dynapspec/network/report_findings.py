"""What is broken and how to mend it, the ways between layers and what is suggested, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.lines import told
from dynapspec.network.report_layers import BAD, FAINT
from dynapspec.network.verdicts import Certificate, ChipFit, LayerFit, Preference, Violation, Way


def show_violation(violation: Violation, where: str, layers: Sequence[LayerFit]) -> RenderableType:
    """What is broken, by how much, how to mend it, and the clause that says so."""
    index = violation.layer
    head = Text("network" if index is None else f"layer {index}, {layers[index].label}", BAD)
    if where:
        head.append(f"  on {where}", f"not bold not red {FAINT}")
    rows = [("remedy", Text(violation.remedy))] if violation.remedy else []
    if index is not None and layers[index].at:
        rows.append(("place", Text(visible(layers[index].at))))
    if index is not None and violation.limit is not None:
        rows.insert(0, ("limit", Text(f"{limit_of(violation)}; here {_joined(violation.actual, ', ')}")))
    message = Padding(Text(visible(violation.message)), (0, 0, 0, 2))
    if violation.certificate is not None and violation.certificate.because:
        rows.append(("proof", Text(proof(violation.certificate))))
    rows.append(("clause", Text(violation.clause)))
    if violation.provenance:
        rows.append(("from", Text(visible(told(violation.provenance)))))
    return Group(head, message, hanging(rows), "")


def limit_of(violation: Violation) -> str:
    """A number, a set, a range, or one of these for each side of the rule."""
    limit = violation.limit
    if isinstance(limit, dict):
        return f"{limit['min']} to {limit['max']}"
    return _joined(limit, ", " if isinstance(violation.actual, list) else " or ")


def _joined(value: object, between: str) -> str:
    return (between.join(map(str, value)) or "none") if isinstance(value, list | tuple) else str(value)


def hanging(rows: Iterable[tuple[str, Text]]) -> RenderableType:
    """Text whose lines begin below each other, each behind its label."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, style=FAINT)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, text)
    return Padding(grid, (0, 0, 0, 2))


def show_ways(layers: Sequence[LayerFit]) -> RenderableType:
    """Where the spikes of each layer go, in a network that is no chain."""
    rows = [
        (_name(layer), Text(", ".join(_way(way, layers) for way in layer.ways or ()))) for layer in layers
    ]
    return Group(Text("spikes go from", FAINT), hanging(rows), "")


def _name(layer: LayerFit) -> str:
    return visible(f"{layer.index} {layer.name}".strip())


def _way(way: Way, layers: Sequence[LayerFit]) -> str:
    edge = way.edge
    text = "the output" if edge.target is None else f"to {_name(layers[edge.target])}"
    size = way.data()["pooling"]
    pooled = "x".join(map(str, size)) if isinstance(size, list) else str(size)
    text += "" if pooled in ("1", "1x1") else f" after pooling by {pooled}"
    return text + (f" as features from {edge.feature_shift} on" if edge.feature_shift else "")


def show_preference(preference: Preference | None) -> Iterator[RenderableType]:
    """The layers that are not on a core that suits them, and why they cannot be."""
    if preference is None or not preference.elsewhere:
        return
    rows = [("clause", Text(preference.clause))]
    if preference.certificate:
        rows.insert(0, ("proof", Text(proof(preference.certificate))))
    yield Text(suited(preference))
    yield hanging(rows)
    yield ""


def suited(preference: Preference) -> str:
    """Which layers are not on cores that suit them, in one sentence."""
    one, elsewhere = len(preference.elsewhere) == 1, _joined(preference.elsewhere, ", ")
    left = f"layer {elsewhere} has" if one else f"layers {elsewhere} have"
    cores = _joined(preference.cores, ", ")
    suit = f"core {cores} suits" if len(preference.cores) == 1 else f"cores {cores} suit"
    return f"{suit} layers that receive the input, and {left} no room there"


def proof(certificate: Certificate) -> str:
    """A certificate in one sentence."""
    layers, cores = certificate.layers, certificate.cores
    noun = "core" if len(cores) == 1 else "cores"
    found = f"no {noun} but {_joined(cores, ', ')}" if cores else "no core"
    text = f"layers {_joined(layers, ', ')} fit {found}: {len(layers)} layers for {len(cores)} {noun}"
    return "; ".join([text, *certificate.because])


def show_suggestions(chip: ChipFit) -> Iterator[RenderableType]:
    """What would make it fit, the least change first, or what is free for the taking."""
    if not chip.suggestions:
        return
    title = "free for the taking" if chip.fits else "would fit"
    yield Text(title, "bold")
    yield hanging([(f"{rank}", Text(visible(s.message))) for rank, s in enumerate(chip.suggestions, 1)])
    yield ""
