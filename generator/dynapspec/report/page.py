"""Reports as one HTML page and as one SVG drawing, which need no other file, no script and no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from dynapspec.emit.docs import page as docs
from dynapspec.emit.render import environment
from dynapspec.network.lines import told
from dynapspec.network.report_findings import limit_of, proof, suited
from dynapspec.network.report_layers import ranges
from dynapspec.network.verdicts import ChipFit, FitReport, LayerFit, Violation
from dynapspec.report.flow import flow_drawing
from dynapspec.report.load import Load
from dynapspec.report.memory import memory_drawings
from dynapspec.report.showing import OnChip, Shown
from dynapspec.report.text import plain
from dynapspec.report.weights import histogram_drawing
from dynapspec.report.wording import Told, amount, assumptions, limits, load_verdict, percent, told_once

FOLDERS = (Path(__file__).parent / "templates", docs.FOLDER / "templates")  # bars are those of the docs
GAP, HEAD = 24, 64  # between the drawings of one file, and what its title takes
BAR = 100  # percent


@lru_cache
def _environment() -> Environment:
    made = environment(Path(__file__).parent)
    return made.overlay(autoescape=True, loader=FileSystemLoader(FOLDERS))


def as_html(shown: Shown) -> str:
    """The report as the text of an HTML file."""
    report = shown.report
    first = next((chip for chip in shown.chips if chip.answer.fits), shown.chips[0])
    context = {
        "name": plain(report.network.name),
        "source": plain(report.network.source),
        "shape": _sized(report.network.input_shape),
        "count": len(report.network.layers),
        "notes": [plain(note) for note in report.network.notes],
        "fits": [chip.answer.chip for chip in shown.chips if chip.answer.fits],
        "verdict": _verdict(report),
        "chips": [{**_chip(shown, chip), "open": chip is first} for chip in shown.chips],
        "weights": _weights(shown),
    }
    return _environment().get_template("report.html.j2").render(context)


def as_svg(shown: Shown) -> str:
    """The network and the memories of the first chip as the text of an SVG file."""
    chip = shown.chips[0]
    flow, memories = flow_drawing(shown.report.network, chip), memory_drawings(chip)
    x, placed = GAP + flow["width"] + GAP, []
    for memory in memories:
        placed.append({**memory, "x": x})
        x += memory["width"] + GAP
    height = HEAD + max([flow["height"], *(memory["height"] + GAP for memory in memories)]) + GAP
    context = {
        "name": plain(shown.report.network.name),
        "verdict": _one_verdict(chip.answer),
        "fits": chip.answer.fits,
        "width": round(x),
        "height": height,
        "frame": {"width": round(x) - 1, "height": height - 1},
        "top": HEAD,
        "gap": GAP,
        "flow": flow,
        "memories": placed,
    }
    return _environment().get_template("drawing.svg.j2").render(context)


# ── Verdicts ─────────────────────────────────────────────────────────────────────────────────────


def _verdict(report: FitReport) -> str:
    if len(report.chips) == 1:
        return _one_verdict(report.chips[0])
    return f"fits {sum(chip.fits for chip in report.chips)} of {len(report.chips)} chips"


def _one_verdict(chip: ChipFit) -> str:
    if chip.fits:
        return f"fits {chip.chip} on {len(chip.layers)} of its {len(chip.capacity)} cores"
    count = len(chip.violations)
    return f"does not fit {chip.chip}: {count} violation{'' if count == 1 else 's'}"


# ── One chip ─────────────────────────────────────────────────────────────────────────────────────


def _chip(shown: Shown, chip: OnChip) -> Mapping[str, Any]:
    answer = chip.answer
    return {
        "name": answer.chip,
        "fits": answer.fits,
        "verdict": _one_verdict(answer),
        "rules": ", ".join(dict.fromkeys(one.rule for one in answer.violations)),
        "cores": len(answer.capacity),
        "placed": " ".join("-" if layer.core is None else str(layer.core) for layer in answer.layers),
        "flow": flow_drawing(shown.report.network, chip),
        "memories": memory_drawings(chip),
        "layers": [_layer(layer, chip) for layer in answer.layers],
        "padded": [name for name, padded in chip.fitter.padded.items() if padded],
        "violations": [_finding(one, answer) for one in answer.violations],
        "warnings": [_warning(one) for one in told_once(chip.cautions)],
        "preference": _preference(answer),
        "free": answer.fits,
        "suggestions": [plain(one.message) for one in answer.suggestions],
        "loads": [_load(load, answer.layers[load.layer]) for load in chip.loads],
        "load_notes": _load_notes(shown, chip),
    }


def _layer(layer: LayerFit, chip: OnChip) -> Mapping[str, Any]:
    memories = [
        {"words": "-" if use.words is None else use.words, "waste": _waste(use.waste, use.words)}
        for name, use in layer.memories.items()
        if chip.fitter.padded[name]
    ]
    return {
        "index": layer.index,
        "name": _named(layer),
        "neurons": "undefined" if layer.neuron_shape is None else _sized(layer.neuron_shape),
        "memories": memories,
        "cores": ranges(layer.cores) or "none",
        "core": "-" if layer.core is None else layer.core,
    }


def _named(layer: LayerFit) -> str:
    return plain(f"{layer.name}: {layer.label}" if layer.name else layer.label)


def _waste(waste: int | None, words: int | None) -> str:
    return f"{BAR * waste // words} %" if waste and words else ""


def _finding(one: Violation, answer: ChipFit) -> Mapping[str, Any]:
    layer = None if one.layer is None else answer.layers[one.layer]
    rows = []
    if layer is not None and one.limit is not None:
        rows.append(("limit", limit_of(one)))
    rows.append(("remedy", one.remedy))
    if layer is not None:
        rows.append(("place", layer.at))
    if one.certificate is not None:
        rows.append(("proof", proof(one.certificate)))
    rows.append(("clause", one.clause))
    if one.provenance:
        rows.append(("from", told(one.provenance)))
    return {
        "place": "network" if layer is None else f"layer {layer.index}, {_named(layer)}",
        "rule": one.rule,
        "message": plain(one.message),
        "rows": [(name, plain(text)) for name, text in rows if text],
    }


def _warning(one: Told) -> Mapping[str, Any]:
    rows = [*one.rows, ("remedy", one.remedy), ("clause", one.clause)]
    return {
        "place": one.rule,
        "message": plain(one.why),
        "rows": [(name, plain(text)) for name, text in rows],
    }


def _preference(answer: ChipFit) -> str:
    found = answer.preference
    if found is None or not found.elsewhere:
        return ""
    told = suited(found)
    return f"{told}: {proof(found.certificate)}" if found.certificate else told


# ── Loads and weights ────────────────────────────────────────────────────────────────────────────


def _load(load: Load, layer: LayerFit) -> Mapping[str, Any]:
    share = load.share
    return {
        "index": load.layer,
        "name": _named(layer),
        "events": amount(load.events),
        "mean": amount(load.mean),
        "synops": amount(load.synops),
        "core": "-" if load.core is None else load.core,
        "limit": amount(load.bandwidth.synops if load.bandwidth else None),
        "share": ("" if load.unknown else "unknown") if share is None else percent(share),
        "part": f"{min(BAR, BAR * share):.1f}" if share is not None else None,
        "over": load.over,
        "told": load_verdict(load),
        "clause": load.bandwidth.clause if load.bandwidth else "",
    }


def _load_notes(shown: Shown, chip: OnChip) -> list[str]:
    if shown.traffic is None:
        return []
    return [plain(note) for note in (*assumptions(shown.report.network, shown.traffic), *limits(chip.loads))]


def _weights(shown: Shown) -> list[Mapping[str, Any]]:
    return list(_histograms(shown))


def _histograms(shown: Shown) -> Iterator[Mapping[str, Any]]:
    for index, histogram in sorted(shown.weights.items()):
        if histogram:
            yield histogram_drawing(index, shown.report.network.layers[index].label, histogram)


def _sized(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
