"""The five steps, one after the other."""

from __future__ import annotations

from dataclasses import replace

from dynapspec.diff.base import version_of
from dynapspec.diff.bump import bumps
from dynapspec.diff.classify import classify
from dynapspec.diff.context import Context
from dynapspec.diff.detect import detect, grouped
from dynapspec.diff.explain import explain
from dynapspec.diff.match import match
from dynapspec.diff.networks import compare_networks
from dynapspec.diff.report import Change, Part, Report, Topic, Version
from dynapspec.diff.revision import Side
from dynapspec.diff.version import advice


def changes(old: Side, new: Side) -> list[Change]:
    """The values that differ, and how, without what they mean: no solver runs, some milliseconds.

    Facts come first, then what only speaks about others: texts, evidence, claims.

    Raises:
        InputError: the two cannot be compared.
    """
    return [change for matched in match(old, new) for found in detect(matched) for change in found]


def compare(old: Side, new: Side) -> Report:
    """What changed from one spec to another, and what it means for whom.

    Proofs and witnesses take from a tenth of a second to some seconds; nothing is asked about what
    did not change.

    Raises:
        InputError: the two cannot be compared.
    """
    contexts = [Context(one, old, new) for one in match(old, new)]
    parts = tuple(_part(context, old, new) for context in contexts)
    facts = any(part.topics for part in parts)
    networks, checked = compare_networks(contexts[0].pairs, old, new) if facts else ([], 0)
    chips = tuple(name for pair in contexts[0].pairs for name in pair.names)
    return Report(old.said, new.said, parts, tuple(networks), checked, chips)


def _part(context: Context, old: Side, new: Side) -> Part:
    matched = context.matched
    facts, documentation = detect(matched)
    topics: list[Topic] = []
    for name, found in grouped(facts):
        finding = explain(context, name, found)
        topics.append(Topic(name, tuple(found), finding, classify(matched.kind, found, finding)))
    part = Part(
        kind=matched.kind,
        old=matched.old.name,
        new=matched.new.name,
        topics=tuple(topics),
        documentation=tuple(documentation),
        version=_version(context, topics, documentation),
    )
    return replace(part, bumps=tuple(bumps(matched, old, new, part)))


def _version(context: Context, topics: list[Topic], documentation: list[Change]) -> Version:
    old, new = context.matched.old, context.matched.new
    if old.name != new.name:
        return Version(version_of(old), version_of(new), None)
    return advice(version_of(old), version_of(new), topics, documentation)
