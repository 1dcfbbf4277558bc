"""What conformance runs found in implementations, from the records beside the specs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynapspec.emit.conformance.evidence import Defect, Evidence, Record, read_evidence
from dynapspec.emit.conformance.vector_set import VectorFile, vector_files
from dynapspec.emit.docs.markup import Markup, code, join, sentence, table
from dynapspec.emit.docs.page import page
from dynapspec.model import Model

TITLE = "What it found in other implementations"
KINDS = ("right", "wrong", "refused", "crashed", "timed out", "skipped")
SHORT = 12  # digits of a hash that are shown


def implementations_page(model: Model) -> str:
    """The page as Markdown."""
    evidence, files = read_evidence(model), vector_files(model)
    return page(
        "implementations.md.j2",
        records=[_record(record, files, evidence) for record in evidence.records],
        defects=_defects(evidence),
        titles=join(record.title for record in evidence.records),
    )


def _record(record: Record, files: Sequence[VectorFile], evidence: Evidence) -> Mapping[str, Any]:
    changed = changed_since(record, files)
    shown = {case for defect in evidence.defects.values() for case in defect.shown_by(record)}
    others = [case for case in record.failures if case not in shown]
    return {
        "title": record.title,
        "date": record.date,
        "machine": record.machine,
        "vectors": code(record.vectors.sha256[:SHORT]),
        "changed": join(map(code, changed)),
        "counts": _counts(record),
        "judged": sum(record.judged.values()),
        "failed": len(record.failures),
        "others": _failures(record, others),
        "skipped": table(["cases", "why they were skipped"], [[n, why] for why, n in record.skipped.items()]),
    }


def changed_since(record: Record, files: Sequence[VectorFile]) -> list[str]:
    """The files of vectors that are not those of the record any more, or are gone."""
    now = {file.name: file for file in files}
    return [
        name for name, digest in record.vectors.files.items() if name not in now or now[name].digest != digest
    ]


def _counts(record: Record) -> Markup:
    """The outcomes of each topic."""
    topics: dict[str, dict[str, int]] = {}
    for file, counts in record.counts.items():
        found = topics.setdefault(file.rpartition("/")[2], {})
        for kind, count in counts.items():
            found[kind] = found.get(kind, 0) + count
    rows = [[topic, *(counts.get(kind) for kind in KINDS)] for topic, counts in topics.items()]
    return table(["topic", *KINDS], rows)


def _defects(evidence: Evidence) -> Markup:
    """Each defect with the cases that show it, for each version that has it."""
    rows = [
        [code(name), sentence(defect.does), *(_shown(defect, record) for record in evidence.records)]
        for name, defect in evidence.defects.items()
    ]
    return table(["defect", "what it does", *(record.title for record in evidence.records)], rows)


def _shown(defect: Defect, record: Record) -> Markup:
    return Markup("<br>".join(code(case) for case in defect.shown_by(record)))


def _failures(record: Record, cases: Sequence[str]) -> Markup:
    rows = [[code(case), record.failures[case].is_, code(record.failures[case].because)] for case in cases]
    return table(["vector", "outcome", "because"], rows) if rows else Markup("")
