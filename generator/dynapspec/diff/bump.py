"""Which spec files have to raise their version: a file answers for the values that it sets itself.

What a chip inherits its parent answers for, and what its cores do is the business of the layer spec,
as a package is not released again because another one that it uses was. So one edit asks for one
bump, and every clause id that tells another value has another version in the spec that sets it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from dynapspec.diff.base import Spec, kind_of_spec, spec_named, version_of
from dynapspec.diff.classify import classify
from dynapspec.diff.context import Context
from dynapspec.diff.detect import detect, grouped
from dynapspec.diff.explain import explain
from dynapspec.diff.match import ABSENT, Matched
from dynapspec.diff.report import Bump, Change, Part, Topic
from dynapspec.diff.revision import Side
from dynapspec.diff.version import advice
from dynapspec.load import Mapping, plain
from dynapspec.model.provenance import Path
from dynapspec.prove import available
from dynapspec.resolve import Document


def bumps(matched: Matched, old: Side, new: Side, part: Part) -> Iterator[Bump]:
    """The bumps of the spec and of its ancestors that set some of what changed."""
    if matched.old.name != matched.new.name or not (part.topics or part.documentation):
        return
    if matched.new is new.entry and all(answers(matched.old, matched.new, c) for c in _changes(part)):
        yield Bump(part.kind, part.new, part.version, part.topics, part.documentation)  # nothing asked anew
        return
    for document in matched.new.lineage:
        found = (owed if available() else partial(_known, part))(old, new, document.kind, document.name)
        if found is not None and found.version.due != "none":
            yield found


def _known(part: Part, old: Side, new: Side, kind: str, name: str) -> Bump | None:
    """What is known of a bump from the spec that was compared: without a solver, asking anew takes long."""
    before, now = spec_named(old.model, kind, name), spec_named(new.model, kind, name)
    if before is None or now is None:
        return None
    topics = [topic for topic in part.topics if any(answers(before, now, c) for c in topic.changes)]
    documentation = [change for change in part.documentation if answers(before, now, change)]
    version = advice(version_of(before), version_of(now), topics, documentation)
    return Bump(kind, name, version, tuple(topics), tuple(documentation))


def owed(old: Side, new: Side, kind: str, name: str) -> Bump | None:
    """The bump that one spec owes for what it sets itself; None where one side has no such spec.

    Facts that changed are asked about with the solver, which takes a part of a second.
    """
    before, now = spec_named(old.model, kind, name), spec_named(new.model, kind, name)
    if before is None or now is None:
        return None
    matched = Matched(kind_of_spec(now), before, now, new.told)
    facts, documentation = ([c for c in found if answers(before, now, c)] for found in detect(matched))
    topics: list[Topic] = []
    if facts:
        context = Context(matched, replace(old, entry=before), replace(new, entry=now))
        for topic, changes in grouped(facts):
            finding = explain(context, topic, changes)
            topics.append(Topic(topic, tuple(changes), finding, classify(matched.kind, changes, finding)))
    version = advice(version_of(before), version_of(now), topics, documentation)
    return Bump(kind, name, version, tuple(topics), tuple(documentation))


def _changes(part: Part) -> Iterator[Change]:
    yield from (change for topic in part.topics for change in topic.changes)
    yield from part.documentation


def answers(old: Spec, new: Spec, change: Change) -> bool:
    """Whether the file of a spec sets what changed; with another parent it answers for everything."""
    documents = old.lineage[0], new.lineage[0]
    if any(_stated(documents[0], key) != _stated(documents[1], key) for key in ("extends", "mixins")):
        return True
    return repr(_own(documents[0], change.path)) != repr(_own(documents[1], change.path))


def _stated(document: Document, key: str) -> object:
    part = document.node.get(key)
    return None if part is None else plain(part)


def _own(document: Document, path: Path) -> object:
    """What a file itself says at a path, or the null above it that takes it out."""
    node = document.node
    for index, step in enumerate(path):
        found = node.get(str(step))
        if not isinstance(found, Mapping):
            last = index == len(path) - 1
            return plain(found) if found is not None and last else (ABSENT if found is None else plain(found))
        node = found
    return plain(node)
