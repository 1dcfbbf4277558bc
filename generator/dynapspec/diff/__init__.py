"""What changed between two specs, what it means for whom, and a layer that shows it.

Five steps on the resolved model, a module each: match, detect, classify, explain, format.

Fast, some milliseconds: ``changes``, what differs without what it means. From a tenth of a second to
some seconds, since proofs and witnesses are looked for: ``compare``. ``against`` and ``unraised``
say which versions should have been raised; where no spec differs, ``against`` is one call of git.
A ``Side`` is made of any model, on disk or in hand: ``Side(name, model, model.chips[name])``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynapspec.diff.comparison import changes, compare
    from dynapspec.diff.history import Verdict, against
    from dynapspec.diff.low_versions import unraised
    from dynapspec.diff.report import Report
    from dynapspec.diff.revision import Side, open_spec

__all__ = ["Report", "Side", "Verdict", "against", "changes", "compare", "open_spec", "unraised"]
_HOMES = {
    "Report": "report",
    "Side": "revision",
    "Verdict": "history",
    "against": "history",
    "changes": "comparison",
    "compare": "comparison",
    "open_spec": "revision",
    "unraised": "low_versions",
}


def __getattr__(name: str) -> Any:
    """A name of this package, from its module: a question to git needs none of the others."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
