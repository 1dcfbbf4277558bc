"""Says what would make a network fit, the least change first, or what is free in one that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dynapspec.network.asking import Found
from dynapspec.network.chain import Chain, sized
from dynapspec.network.copies import COPIES
from dynapspec.network.edits import FEATURES, POOL, SENSOR_POOL, TAKEN, WEIGHT
from dynapspec.network.fit import Fitter
from dynapspec.network.network import Network
from dynapspec.network.relays import RELAYS
from dynapspec.network.search import Search
from dynapspec.network.suggestion import Change, Suggestion
from dynapspec.network.verdicts import ChipFit, FitReport

SHOWN = 8  # suggestions for one chip
ALIKE = 2  # of one kind
SAYS = {
    FEATURES: "features",
    "kernel_size": "kernel",
    POOL: "pooling",
    "decimate": "decimation",
    "min_v_mem": "lower bound",
    "padding_mode": "padding mode",
    "spike_threshold": "threshold",
    TAKEN: "input features",
    WEIGHT: "weights",
}


def with_suggestions(report: FitReport, chain: Chain, chips: Sequence[Fitter]) -> FitReport:
    """The report with suggestions for each chip.

    Args:
        report: the answers.
        chain: what builds networks of the same specs.
        chips: every chip that the network may be moved to, those of the report among them.
    """
    fitters = {fitter.chip.name: fitter for fitter in chips}
    made = []
    for answer in report.chips:
        found = suggestions(report.network, answer, chain, fitters[answer.chip], chips)
        made.append(replace(answer, suggestions=tuple(found)))
    return replace(report, chips=tuple(made))


def suggestions(
    network: Network, answer: ChipFit, chain: Chain, fitter: Fitter, chips: Iterable[Fitter]
) -> list[Suggestion]:
    """What would make it fit this chip, ranked by cost; for one that fits, what is free."""
    search = Search(network, chain, fitter)
    if answer.fits:
        return list(_free(search))
    changed = [_suggestion(search, found) for found in search.fitting()]
    ranked = _varied(sorted(changed, key=_rank))
    others = [other.chip.name for other in chips if other is not fitter and other.fit(network).fits]
    if others:
        told = f"as it is, it fits {', '.join(others)}"
        ranked.insert(0, Suggestion("chip", (), told, chip=others[0]))
    return ranked[:SHOWN]


def _varied(ranked: Iterable[Suggestion]) -> list[Suggestion]:
    """The best few of each kind: many more differ in nothing but the layer."""
    kept: dict[str, list[Suggestion]] = {}
    for one in ranked:
        kept.setdefault(one.kind, []).append(one)
    return sorted((one for ones in kept.values() for one in ones[:ALIKE]), key=_rank)


def _rank(one: Suggestion) -> tuple[float, int, int, str]:
    """By cost; where that is the same, the value that is nearest goes first."""
    pairs = [(change.before, change.after) for change in one.changes]
    far = sum(abs(a - b) for b, a in pairs if isinstance(a, int) and isinstance(b, int))
    return one.cost, len(one.changes), far, one.message


def _suggestion(search: Search, found: Found) -> Suggestion:
    assert search.now is not None
    before, after = search.parameters(search.now.answer), search.parameters(found.answer)
    kinds = sorted({change.field for change in found.changes})
    parts = [*_told(found.changes), *_effects(search, found)]
    if before != after:
        parts.append(f"{_share(before, after)} parameters")
    return Suggestion("+".join(kinds), found.changes, ", ".join(parts), found.cost, after - before)


def _told(changes: Iterable[Change]) -> Iterator[str]:
    """The changes; the same one in several layers is told once."""
    same: dict[tuple[str, object, object], list[int]] = {}
    for change in changes:
        if change.field == RELAYS:
            more = "one layer more" if change.after == 1 else f"{change.after} layers more"
            yield f"{more} behind the input, with a kernel of 1, to repeat its events for the others"
        elif change.field == SENSOR_POOL:
            yield f"pooling by {_value(change.before)} -> {_value(change.after)} in the sensor's block"
        elif change.layer is None:
            yield f"an input of {_value(change.after)} in place of {_value(change.before)}{_smaller(change)}"
        else:
            same.setdefault((change.field, change.before, change.after), []).append(change.layer)
    for (field, before, after), layers in same.items():
        where = f"layer{'s' if len(layers) > 1 else ''} {', '.join(map(str, layers))}"
        if field == COPIES:
            yield f"{where} on {after} cores, each for some of its destinations"
        elif field == "bias":
            yield f"no bias in {where}"
        else:
            yield f"{SAYS.get(field, field)} {_value(before)} -> {_value(after)} in {where}"


def _smaller(change: Change) -> str:
    """How a sensor gives a smaller map."""
    return ", cropped or pooled" if change.after[1:] != change.before[1:] else ""


def _effects(search: Search, found: Found) -> Iterator[str]:
    """What becomes of the padded memories of the one layer that is changed."""
    assert search.now is not None
    layers = {change.layer for change in found.changes}
    if len(layers) != 1:
        return
    index = layers.pop()
    if index is None:
        return
    before, after = (answer.layers[index].memories for answer in (search.now.answer, found.answer))
    for name, padded in search.fitter.padded.items():
        old, new = before[name].words, after[name].words
        if padded and old is not None and new is not None and old != new:
            yield (
                f"halves the {name} memory to {new} words"
                if old == 2 * new
                else (f"{name} memory {old} -> {new} words")
            )


def _share(before: int, after: int) -> str:
    share = 100 * abs(after - before) / before if before else 0.0
    text = f"{share:.0f}" if share >= 1 else "less than 1"
    return f"{text} % {'more' if after > before else 'fewer'}"


def _value(value: object) -> str:
    if isinstance(value, tuple) and isinstance(value[0], tuple):
        ends = dict(value)
        if ends.keys() == {"min", "max"}:
            return f"{ends['min']} to {ends['max']}"
        return " ".join(f"{'stride ' * (name == 'stride')}{_value(part)}" for name, part in value)
    return sized(value) if isinstance(value, tuple) else str(value)


# ── A network that fits ─────────────────────────────────────────────────────────────────────────


def _free(search: Search) -> Iterator[Suggestion]:
    """For each inner layer, the features that padding leaves room for, and how many fit at all."""
    assert search.now is not None
    outputs = {edge.source for edge in search.network.into(None)}
    for layer in search.now.answer.layers:
        if layer.index in outputs:
            continue
        width = search.now.answer.layers[layer.index].neuron_shape
        if width is None:
            continue
        padded = search.most_features(layer.index, same_kernel=True)
        most = search.most_features(layer.index, same_kernel=False)
        now = width[0]
        if most > now:
            yield _room(search, layer.index, now, padded, most)


def _room(search: Search, index: int, now: int, padded: int, most: int) -> Suggestion:
    assert search.now is not None
    memories = search.now.answer.layers[index].memories
    parts = [f"layer {index} has room for up to {most} features in place of {now}"]
    if padded > now:
        parts.append(f"{padded} of them in the words that it takes now")
    for name, use in memories.items():
        if use.padded and use.waste and use.words:
            share = 100 * use.waste // use.words
            parts.append(f"padding wastes {use.waste} of {use.words} {name} words, {share} %")
    change = Change(index, FEATURES, now, most)
    return Suggestion("free", (change,), ", ".join(parts))
