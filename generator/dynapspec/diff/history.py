"""Whether specs that differ from a revision have raised their version, as ``check --against`` asks.

What asks git is here, and light; what a changed spec owes is found by ``low_versions``, where one changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.diff.git import differs, extracted, resolve
from dynapspec.model import Model

COMMITTED, NO_REVISION = "HEAD", "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison of versions gave: findings, or a note on why none was made."""

    findings: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()


def against(model: Model, revision: str | None = None) -> Verdict:
    """The specs that differ from a revision and did not raise their version as they should.

    Where no spec differs, this is one call of git. Otherwise the old specs are loaded too, and facts
    that changed are asked about with the solver: about a second in all.

    Args:
        model: the specs as they are now.
        revision: what to compare with; without one the last commit, where there is one.

    Raises:
        InputError: there is no git or repository, or no such revision, and one was asked for.
    """
    asked = revision or COMMITTED
    try:
        if revision is not None:
            resolve(model.root, revision)
        if not differs(model.root, asked):
            return Verdict()
    except InputError:
        if revision is not None:
            raise
        return Verdict()
    from dynapspec.diff.low_versions import unraised
    from dynapspec.diff.revision import load_then

    try:
        with extracted(model.root, asked) as then:
            old = load_then(then)
            return Verdict(tuple(unraised(old, model, asked)))
    except InputError as error:
        first = error.diagnostics[0]
        where = f"{first.span}: " if first.span else ""
        return Verdict(notes=(f"versions are not compared with {asked}: {where}{first.message}",))
