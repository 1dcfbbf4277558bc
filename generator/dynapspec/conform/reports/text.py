"""A run as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dynapspec.conform.links import Link
from dynapspec.conform.outcome import KINDS, Played, Report

CLAUSES, SHOWN = 12, 3  # clauses that are told, and failures of each
WHOLE = "--report FILE with .html or .json has them all"
SHORT = 12  # digits of a hash that are shown
FLAGS = 6  # mistakes that are named


def as_text(report: Report, full: bool = False) -> str:
    """The run: a table of the topics, then what failed and where the spec says so."""
    lines = [*_head(report), "", *_table(report), ""]
    groups = by_clause(report.failures)
    shown = list(groups.items()) if full else list(groups.items())[:CLAUSES]
    for cases in (cases for _, cases in shown):
        lines += [*_group(report, cases, full), ""]
    if len(shown) < len(groups):
        rest = sum(map(len, groups.values())) - sum(len(cases) for _, cases in shown)
        lines += [f"and {rest} more under {len(groups) - len(shown)} other clauses: {WHOLE}", ""]
    return "\n".join([*lines, *_foot(report)]) + "\n"


def by_clause(cases: Sequence[Played]) -> dict[str, list[Played]]:
    """Cases by the clause that they test."""
    groups: dict[str, list[Played]] = {}
    for one in cases:
        groups.setdefault(one.clause, []).append(one)
    return groups


def _group(report: Report, cases: Sequence[Played], full: bool) -> Iterator[str]:
    """The cases of one clause, and then the way to the spec."""
    shown = cases if full else cases[:SHOWN]
    for one in shown:
        yield f"{one.id}: {one.kind}"
        yield from (f"  {line}" for line in (*one.details, *catches(one)))
    if len(shown) < len(cases):
        yield f"  and {len(cases) - len(shown)} more of this clause"
    yield from (f"  {line}" for line in chain_lines(report, cases[0]))


def _head(report: Report) -> Iterator[str]:
    specs = dict.fromkeys(one.spec for one in report.played)
    yield f"{report.implementation} {report.version} against {', '.join(specs)}"
    yield f"vectors {report.made_from['vectors']['sha256'][:SHORT]}, {report.seconds:.1f} s"


def _table(report: Report) -> Iterator[str]:
    kinds = [kind for kind in KINDS if report.counts[kind] or kind == "right"]
    rows = [
        [topic, *(str(counts[kind] or "") for kind in kinds)] for topic, counts in report.by_topic.items()
    ]
    rows = [["topic", *kinds], *rows, ["all", *(str(report.counts[kind]) for kind in kinds)]]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        first = row[0].ljust(widths[0])
        yield "  ".join(
            [first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )


def catches(one: Played) -> Iterator[str]:
    """The mistakes that a case is known to catch."""
    named = [flag for flag in one.flags if flag != "degenerate"]
    if named:
        more = f" and {len(named) - FLAGS} more" if len(named) > FLAGS else ""
        yield f"catches {', '.join(named[:FLAGS])}{more}"


def chain_lines(report: Report, one: Played) -> Iterator[str]:
    """The clause, its formulas, its line, the specs that it came through, and its page."""
    yield f"clause   {one.clause}"
    chain = report.chains.get(one.id)
    if chain is not None:
        yield from _link(chain.clause)
        for limit in chain.limits:
            yield f"limit    {limit.clause}"
            yield from _link(limit)


def _link(link: Link) -> Iterator[str]:
    yield from (f"  {line}" for line in link.states)
    yield f"  set in {link.place}{_came(link.lineage)}"
    yield f"  see    {link.page}#{link.clause}"


def _came(lineage: Sequence[str]) -> str:
    return f" ({' <- '.join(lineage)})" if len(lineage) > 1 else ""


def _foot(report: Report) -> Iterator[str]:
    for reason, count in report.skips.items():
        yield f"skipped {count}: {reason}"
    for one in report.mended:
        yield f"error: {one.id} passes, and is known to fail ({one.known}): take it out of that list"
    yield from (f"error: {error}" for error in report.errors)
    yield from (f"note: {note}" for note in report.notes)
    judged = len(report.played) - report.counts["skipped"]
    known = f", {len(report.known_failures)} failed as known" if report.known_failures else ""
    told = "conforms" if report.fine else f"{len(report.failures)} failed"
    yield f"{told}: {report.counts['right']} of {judged} cases are right{known}"
