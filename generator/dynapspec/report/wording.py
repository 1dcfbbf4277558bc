"""Numbers and sentences that the terminal and the pages have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dynapspec.network.network import Network
from dynapspec.network.report_layers import ranges
from dynapspec.network.verdicts import Violation
from dynapspec.report.load import Load
from dynapspec.report.traffic import Sent, Traffic

STEPS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def amount(value: float | None) -> str:
    """A count of events or operations in three digits: ``12.3 M``."""
    if value is None:
        return "unknown"
    for step, letter in STEPS:
        if value >= 0.9995 * step:
            return f"{value / step:.3g} {letter}" if value < 999.5 * step else f"{value / step:,.0f} {letter}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """A share: ``<1 %``, ``37 %``, ``12x``."""
    if share >= 10:
        return f"{share:.0f}x"
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else "<1 %"


def assumptions(network: Network, traffic: Traffic) -> Iterator[str]:
    """What was taken for granted, in sentences."""
    if traffic.basis == "recorded":
        told = f"counted over {traffic.seconds:g} s"
        even = any(one is not None and one.places is None for one in (traffic.input, *traffic.layers))
        yield told + ("; totals are taken as even over the map" if even else "")
    else:
        yield f"assumed events in a second: {'; '.join(_assumed(network, traffic))}"
        yield "they are taken as even over the map"
    if network.preprocessing is not None:
        yield "the rate of the input is that behind the sensor's block"


def _assumed(network: Network, traffic: Traffic) -> Iterator[str]:
    """The assumptions about what other layers receive, each once."""
    found: dict[str, list[int]] = {}
    for index, sent in enumerate(traffic.layers):
        heard = not network.edges or any(way.target is not None for way in network.out_of(index))
        if sent is not None and heard and index < len(traffic.layers) - (not network.edges):
            found.setdefault(_sends(sent), []).append(index)
    if traffic.input is not None:
        yield f"{_sends(traffic.input)} from the input"
    for sends, layers in found.items():
        yield f"{sends} from {layers_named(layers)}"


def _sends(sent: Sent) -> str:
    each = sent.told.partition(", ")[2]
    return amount(sent.rate).strip() + (f" ({each})" if each else "")


def layers_named(indices: Sequence[int]) -> str:
    """Layers by their numbers: ``layer 3``, ``layers 0-4,7``."""
    return f"layer{'' if len(indices) == 1 else 's'} {ranges(indices)}"


@dataclass(frozen=True, slots=True)
class Told:
    """Warnings of one kind: what of which layers, and what is the same for all of them."""

    rule: str
    rows: tuple[tuple[str, str], ...]
    why: str
    remedy: str
    clause: str


def told_once(cautions: Iterable[Violation]) -> list[Told]:
    """Warnings in groups that have all but their numbers in common."""
    groups: dict[tuple[str, str, str, str], dict[str, dict[int, None]]] = {}
    for one in cautions:
        what, _, why = one.message.partition(": ")
        group = groups.setdefault((one.rule, why, one.remedy, one.clause), {})
        group.setdefault(what, {})[one.layer or 0] = None
    return [
        Told(rule, tuple((layers_named(list(at)), what) for what, at in rows.items()), why, remedy, clause)
        for (rule, why, remedy, clause), rows in groups.items()
    ]


def limits(loads: tuple[Load, ...]) -> Iterator[str]:
    """How the bandwidths of the cores are known, and where they are not."""
    known = {
        (load.bandwidth.level, load.bandwidth.source): load.bandwidth for load in loads if load.bandwidth
    }
    for (level, source), bandwidth in known.items():
        spec = bandwidth.clause.partition("#")[0]
        yield f"what a core can do is {level} ({source}; {spec}#/bandwidth)"
    lacking = sorted({load.core for load in loads if load.core is not None and load.bandwidth is None})
    if lacking:
        cores = ", ".join(map(str, lacking))
        yield f"what core{'s' if len(lacking) > 1 else ''} {cores} can do is unknown"


def load_verdict(load: Load) -> str:
    """What is to be said of one load, if anything."""
    if load.unknown:
        return f"unknown: {load.unknown}"
    if load.over:
        return "more than the core can do: the whole chip stalls"
    if load.may_be_over:
        return "too much where all events fall on the busiest places"
    return ""
