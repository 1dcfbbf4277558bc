"""Step four: why a change matters, by a proof or by a witness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dynapspec.diff.behaviour import explain_behaviour
from dynapspec.diff.context import Context, Pair
from dynapspec.diff.report import Change, Finding
from dynapspec.diff.wording import shown, told
from dynapspec.formula import tree as t
from dynapspec.formula.text import text
from dynapspec.formula.tree import walk
from dynapspec.model import Layer, LayerSpec
from dynapspec.model.layer_spec import Derived, Memory
from dynapspec.network.report import ranges
from dynapspec.prove import Proven, Refuted, Undecided, Verdict, Witness, equal
from dynapspec.runtime.placement import PlacementError, place

LOST, GAINED = "no longer legal", "now legal"


def explain(context: Context, topic: str, changes: Sequence[Change]) -> Finding | None:
    """What can be said about the changes of one topic; None where nothing needs an explanation."""
    section, _, name = topic.partition(".")
    if context.layers is None:
        return None
    if section == "limits" and context.matched.kind == "chip":
        return _limit(context, name)
    if section == "widths" and context.matched.kind == "chip":
        names = {f"chip.{change.path[1]}_bits" for change in changes}
        return _legality(context, context.rules_about(names.__contains__))
    if section == "cores":
        return _cores_changed(context)
    if section == "rules" and any(change.path[-1] in ("must", name) for change in changes):
        return _rule(context, name)
    if section in ("dims", "destination_dims") and all(change.path[-1] == "domain" for change in changes):
        return _domain(context)
    if section == "api":
        return _defaults(changes)
    if section in ("shapes", "destination_shapes", "memory"):
        return _formula(context, section, name)
    if section in ("widths", "functions", "quantization", "dynamics"):
        return explain_behaviour(context.layers, topic, changes)
    return None


def _layers(context: Context) -> tuple[Layer, Layer]:
    assert context.layers is not None  # or nothing would be explained
    return context.layers


# ── Which layers are legal ──────────────────────────────────────────────────────────────────────


def _limit(context: Context, name: str) -> Finding | None:
    """What a limit means through the rules that look at it."""
    mentions = f"chip.{name}".__eq__
    if rules := context.rules_about(mentions):
        return _legality(context, rules)
    others = context.rules_about(mentions, everywhere=True)
    seen = f"{', '.join(f'rules.{rule}' for rule in others)} looks at it" if others else "no rule looks at it"
    spared = ("networks",) if others else ("networks", "vectors")
    return Finding("differs", (seen,), {"rules": others}, spared)


def _domain(context: Context) -> Finding | None:
    """Whether a chip takes layers that the arithmetic does not, or no longer does."""
    found = _legality(context, None)
    return found and replace(found, status="differs" if found.status == "equal" else found.status)


def _defaults(changes: Sequence[Change]) -> Finding | None:
    """What a call means now that leaves an argument out."""
    found = [c for c in changes if c.path[-1] == "default" and c.kind == "changed"]
    lines = [f"a call without {c.path[-2]} means {shown(c.new)} now, not {shown(c.old)}" for c in found]
    return Finding("differs", tuple(lines)) if found else None


def _legality(context: Context, rules: Sequence[str] | None) -> Finding | None:
    """Layers that these rules let in or shut out, with a witness for each; all rules for None."""
    if not context.pairs or rules == []:
        return None
    forward, backward = context.ask(rules), context.ask(rules, backward=True)
    lines = [*_direction(LOST, *forward), *_direction(GAINED, *backward)]
    verdicts = (forward[0], backward[0])
    if all(isinstance(verdict, Proven) for verdict in verdicts):
        return Finding("equal", ("the same layers are legal: proven",), {"legal": "equal"}, ("networks",))
    if isinstance(forward[0], Proven):
        lines.append("every layer that was legal still is: proven")
    if isinstance(backward[0], Proven):
        lines.append("nothing else becomes legal: proven")
    lines += [f"{which}: {v.reason}" for which, v in _undecided(*verdicts)]
    data = {"lost": _data(*forward), "gained": _data(*backward)}
    differs = any(isinstance(verdict, Refuted) for verdict in verdicts)
    spared = ("networks",) if isinstance(forward[0], Proven) and not context.places(rules) else ()
    return Finding("differs" if differs else "undecided", tuple(lines), data, spared)


def _cores_changed(context: Context) -> Finding | None:
    """Cores let layers in or shut them out, and networks need one for each of their layers."""
    found = _legality(context, context.rules_about(lambda name: name.startswith("core.")))
    old, new = _layers(context)
    if found is None:
        return None
    found = replace(found, spared=())  # networks need a core for each layer: see below
    if old.digest != new.digest or not _more_is_better(new.spec):
        return found
    line = "every network that had a core for each layer still has: proven"
    status = "differs" if found.status == "equal" else found.status  # where layers are placed may differ
    if all(_each_has_a_match(pair) for pair in context.pairs):
        return replace(found, status=status, lines=(*found.lines, line), spared=("networks",))
    missing = "not every core has one in its place with as much memory: full chips may lose their fit"
    return replace(found, status=status, lines=(*found.lines, missing))


def _each_has_a_match(pair: Pair) -> bool:
    """Whether every old core can be given a new one of its own that has as much of everything."""
    old, new = (chip.spec.cores for chip in (pair.old, pair.new))
    roomy = [
        [
            number
            for number, other in new.items()
            if all(other.words.get(k, -1) >= n for k, n in core.words.items())
        ]
        for core in old.values()
    ]
    try:
        place(roomy)
    except PlacementError:
        return False
    return True


def _more_is_better(spec: LayerSpec) -> bool:
    """Whether rules ask of a core only that it has at least so many words."""
    rules = [rule.must.tree for rule in spec.rules.values() if rule.some == "cores"]
    parts = [
        node for tree in rules for node in walk(tree) if isinstance(node, t.Compare | t.Unary | t.Choice)
    ]
    return all(isinstance(n, t.Compare) and n.op == "<=" and isinstance(n.right, t.Name) for n in parts)


def _undecided(forward: Verdict, backward: Verdict) -> list[tuple[str, Undecided]]:
    named = (("whether a layer is lost", forward), ("whether a layer is gained", backward))
    return [(which, verdict) for which, verdict in named if isinstance(verdict, Undecided)]


def _direction(what: str, verdict: Verdict, pair: Pair | None) -> list[str]:
    if not isinstance(verdict, Refuted) or pair is None:
        return []
    rules = ", ".join(verdict.witness.after)
    fits = _cores(pair.reversed.cores(verdict.witness.layout))
    was = (
        f"it broke {rules}; now it fits {fits}"
        if what == GAINED
        else f"it fitted {fits}; now it breaks {rules}"
    )
    return [f"{what}: {pair.told(verdict)}{_smallest(verdict.witness)}", f"  before, {was}"]


def _cores(numbers: Sequence[int]) -> str:
    return f"{'core' if len(numbers) == 1 else 'cores'} {ranges(numbers)}"


def _smallest(witness: Witness) -> str:
    return " (the smallest)" if witness.smallest else ""


def _data(verdict: Verdict, pair: Pair | None) -> dict[str, object]:
    """The verdict for programs."""
    match verdict:
        case Proven():
            return {"status": "none"}
        case Undecided(reason=reason):
            return {"status": "undecided", "reason": reason}
    layout = verdict.witness.layout
    destination = dict(layout.destinations[0]) if layout.destinations else {}
    return {
        "status": "witness",
        "smallest": verdict.witness.smallest,
        "layer": {**layout.values, **destination},
        "rules": list(verdict.witness.after),
        "chip": pair.new.name if pair else None,
    }


def _rule(context: Context, name: str) -> Finding | None:
    old, new = (layer.spec.rules.get(name) for layer in _layers(context))
    if old and new and text(old.must.tree) == text(new.must.tree):
        return Finding("equal", ("the same formula, written in another way",), {"formula": "equal"})
    return _legality(context, [name])


# ── What a formula is worth ─────────────────────────────────────────────────────────────────────


def _formula(context: Context, section: str, name: str) -> Finding | None:
    """Two formulas of a shape or memory: equal, or a layer for which they differ."""
    old, new = _layers(context)
    parts = _part(old.spec, section, name), _part(new.spec, section, name)
    if parts[0] is None or parts[1] is None:
        return None
    trees = parts[0].is_.tree, parts[1].is_.tree
    if text(trees[0]) == text(trees[1]):
        return Finding("equal", ("the same formula",), {"formula": "equal"})
    verdict = equal(*trees, old, new)
    if isinstance(verdict, Proven):
        return Finding("equal", ("equal on the whole legal domain: proven",), {"formula": "equal"})
    if isinstance(verdict, Undecided):
        return Finding(
            "undecided", (f"whether they are equal: {verdict.reason}",), {"reason": verdict.reason}
        )
    return _differing(context, name, verdict.witness)


def _differing(context: Context, name: str, witness: Witness) -> Finding:
    spec = _layers(context)[0].spec
    line = f"{told(witness, spec)}: {name} is {witness.before} before, {witness.after} now"
    data = {
        "layer": dict(witness.layout.values),
        "before": witness.before,
        "after": witness.after,
        "smallest": witness.smallest,
    }
    return Finding("differs", (line + _smallest(witness),), data)


def _part(spec: LayerSpec, section: str, name: str) -> Derived | Memory | None:
    found: Callable[[str], Derived | Memory | None] = getattr(spec, section).get
    return found(name)
