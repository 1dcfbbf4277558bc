"""The five steps, one after the other."""

from __future__ import annotations

from dynapspec.diff.classify import classify
from dynapspec.diff.context import Context
from dynapspec.diff.detect import detect, grouped
from dynapspec.diff.explain import explain
from dynapspec.diff.match import Matched, match
from dynapspec.diff.networks import compare_networks
from dynapspec.diff.report import Part, Report, Topic
from dynapspec.diff.revision import Side
from dynapspec.diff.version import advice


def compare(old: Side, new: Side) -> Report:
    """What changed from one spec to another.

    Raises:
        InputError: the two cannot be compared.
    """
    matched = match(old, new)
    contexts = [Context(one, old, new) for one in matched]
    parts = tuple(_part(context) for context in contexts)
    networks, checked = compare_networks(contexts[0].pairs, old, new) if any(map(_facts, parts)) else ([], 0)
    return Report(old.said, new.said, parts, tuple(networks), checked)


def _facts(part: Part) -> bool:
    return bool(part.topics)


def _part(context: Context) -> Part:
    matched: Matched = context.matched
    facts, documentation = detect(matched)
    topics: list[Topic] = []
    for name, changes in grouped(facts):
        finding = explain(context, name, changes)
        topics.append(Topic(name, tuple(changes), finding, classify(matched.kind, changes, finding)))
    version = advice(matched, topics, documentation)
    return Part(
        matched.kind, matched.old.name, matched.new.name, tuple(topics), tuple(documentation), version
    )
