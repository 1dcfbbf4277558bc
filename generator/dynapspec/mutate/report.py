"""The score of the vectors as text and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from dynapspec.mutate.sample import Sampled
from dynapspec.mutate.verdict import OUTCOMES, Score, Verdict, scores, survivors


def show(verdicts: Sequence[Verdict], sample: Sequence[Sampled], console: Console) -> None:
    """A line to each class of change, the survivors with what would tell them, and the sample."""
    table = Table(box=None, pad_edge=False)
    table.add_column("change")
    for outcome in OUTCOMES:
        table.add_column("survivors" if outcome == "survivor" else outcome, justify="right")
    table.add_column("score", justify="right")
    for score in scores(verdicts):
        cells = [str(score.counts[outcome] or "") for outcome in OUTCOMES]
        table.add_row(score.kind, *cells, _share(score), style="bold" if score.kind == "all" else "")
    console.print(table)
    for one in survivors(verdicts):
        console.print(f"\n[bold]survivor[/bold] {one.place} ({one.kind})", highlight=False)
        console.print(f"  {one.before}\n  {one.after}", highlight=False, markup=False)
        console.print(
            f"  {one.reason or 'nothing is known that would tell it'}", highlight=False, markup=False
        )
    for other in (other for other in sample if not other.vectors):
        console.print(f"\n[bold]not told through the class[/bold] {other.verdict.place}", highlight=False)
    console.print(f"\n{_summary(verdicts)}", highlight=False)
    if sample:
        told = sum(bool(other.vectors) for other in sample)
        console.print(
            f"of {len(sample)} mutants that were emitted as a class, {told} were told", highlight=False
        )


def _share(score: Score) -> str:
    return "" if score.share is None else f"{100 * score.share:.1f} %"


def _summary(verdicts: Sequence[Verdict]) -> str:
    total = scores(verdicts)[-1].counts
    left = total["survivor"]
    what = "no survivors" if not left else f"{left} survivor{'s' if left > 1 else ''}"
    return (
        f"{sum(total.values())} mutants: {total['killed']} killed, {total['equal']} proven equal, "
        f"{total['refused']} no sound spec, {what}"
    )


def data(verdicts: Sequence[Verdict], sample: Sequence[Sampled]) -> dict[str, Any]:
    """Everything as JSON: the score by class, each mutant, and the sample that was emitted."""
    return {
        "classes": classes(verdicts),
        "mutants": [_data(one) for one in verdicts if one.outcome != "refused"],
        "emitted": [
            {"clause": x.verdict.place, "after": x.verdict.after, "vectors": list(x.vectors)} for x in sample
        ],
        "refused": [_data(one) for one in verdicts if one.outcome == "refused"],
    }


def classes(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """The score by class as JSON, the total last."""
    return [
        {"class": score.kind, **{name: score.counts[name] for name in OUTCOMES}, "score": score.share}
        for score in scores(verdicts)
    ]


def _data(one: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {
        "clause": one.place,
        "class": one.kind,
        "before": one.before,
        "after": one.after,
        "outcome": one.outcome,
    }
    if one.vectors:
        found["vectors"] = list(one.vectors)
    return found | ({"reason": one.reason} if one.reason else {})
