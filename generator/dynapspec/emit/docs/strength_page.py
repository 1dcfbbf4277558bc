"""How strong the vectors are, and how near the spec is to the silicon: the page of both measurements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.emit.conformance.strength import (
    Missed,
    MutantRecord,
    Order,
    PeerRecord,
    SiliconRecord,
    mutants,
    peer,
    silicon,
)
from dynapspec.emit.docs.markup import Markup, code, table
from dynapspec.emit.docs.page import page
from dynapspec.model import Chip, Layer, Model

NAMES = {"refused": "no sound spec", "killed": "told", "equal": "proven equal", "survivor": "survive"}


def strength_page(model: Model) -> str:
    """The page as Markdown."""
    found, beside, chip = mutants(model), peer(model), silicon(model)
    return page(
        "strength.md.j2",
        mutants=_mutants(found, model) if found else None,
        peer=_peer(beside, model) if beside else None,
        silicon=_silicon(chip) if chip else None,
    )


def _mutants(record: MutantRecord, model: Model) -> Mapping[str, Any]:
    total = record.classes[-1]
    return {
        "date": record.date,
        "machine": record.machine,
        "old": _is_old(record, model),
        "all": total.refused + total.killed + total.equal + total.survivor,
        "total": total,
        "classes": _classes(record),
        "equal": table(
            ["where", "the spec", "the mutant", "proof"],
            [[code(x.clause), code(x.before), code(x.after), x.reason] for x in record.equal],
        ),
        "emitted": record.emitted,
        "told": record.told,
    }


def _is_old(record: MutantRecord | PeerRecord, model: Model) -> bool:
    """Whether a spec has changed since."""
    entries: list[Layer | Chip] = [*model.layers.values(), *model.chips.values()]
    now = {entry.title: entry.digest for entry in entries}
    return any(now.get(title) != digest for title, digest in record.specs.items())


def _peer(record: PeerRecord, model: Model) -> Mapping[str, Any]:
    total, heads = record.classes[-1], ["change", "mutants", "told by vectors", "told by sinabs's tests"]
    rows = [[x.class_, x.counted, _of(x.ours, x.counted), _of(x.theirs, x.counted)] for x in record.classes]
    reasons: dict[str, list[Markup]] = {}
    for test, reason in sorted(record.left_out.items()):
        reasons.setdefault(reason, []).append(code(test))
    return {
        "record": record,
        "old": _is_old(record, model),
        "total": total,
        "tests": sum(record.tests.values()),
        "classes": table(heads, rows),
        "missed": _missed(record.missed, "sinabs's test that tells it"),
        "missed_by_sinabs": _missed(record.missed_by_sinabs, "vector that tells it"),
        "left_out": table(
            ["why", "tests"], [[why, Markup(", ".join(names))] for why, names in sorted(reasons.items())]
        ),
    }


def _missed(some: list[Missed], head: str) -> Markup:
    rows = [
        [code(x.clause), code(x.before), code(x.after), code(x.told_by) if x.told_by else ""] for x in some
    ]
    return table(["where", "the spec", "the mutant", head], rows)


def _of(told: int, all_: int) -> str:
    return f"{told} ({100 * told / all_:.0f} %)" if all_ else "0"


def _classes(record: MutantRecord) -> Markup:
    heads = ["change", *NAMES.values(), "score"]
    rows = [
        [x.class_, *(getattr(x, name) for name in NAMES), "" if x.score is None else f"{100 * x.score:.1f} %"]
        for x in record.classes
    ]
    return table(heads, rows)


def _silicon(record: SiliconRecord) -> Mapping[str, Any]:
    right, *wrong = record.off.items()
    return {
        "date": record.date,
        "digits": record.digits,
        "spikes": record.spikes,
        "exact": ", ".join(f"{100 * share:.2f} %" for share in record.exact),
        "off": table(
            ["neurons", "spikes off"], [[name, off] for name, off in (right, *sorted(wrong, key=_second))]
        ),
        "orders": table(
            ["order, slowest axis first", *(f"layer {i}" for i in range(len(record.orders[0].changed)))],
            [[order, *shares] for order, shares in _by_order(record.orders).items()],
        )
        if record.orders
        else None,
    }


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _by_order(orders: list[Order]) -> dict[str, list[str]]:
    """For each order the least and the greatest share of changed neurons over the digits, layer by layer."""
    grouped: dict[str, list[Order]] = {}
    for one in orders:
        grouped.setdefault(one.order, []).append(one)
    return {
        name: [_range([one.changed[layer] for one in group]) for layer in range(len(group[0].changed))]
        for name, group in grouped.items()
    }


def _range(shares: list[float]) -> str:
    low, high = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    return f"{low} %" if low == high else f"{low} to {high} %"
