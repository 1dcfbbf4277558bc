"""What changed between two specs, what it means for whom, and a layer that shows it.

Five steps on the resolved model, a module each: match, detect, classify, explain, format.

Fast, some milliseconds: ``changes``, what differs without what it means. From a tenth of a second to
some seconds, since proofs and witnesses are looked for: ``compare``. ``against`` and ``unraised``
say which versions should have been raised; where no spec differs, ``against`` is one call of git.
A ``Side`` is made of any model, on disk or in hand: ``Side(name, model, model.chips[name])``.
"""

from typing import TYPE_CHECKING

from dynapspec.on_demand import on_demand

if TYPE_CHECKING:
    from dynapspec.diff.comparison import changes, compare
    from dynapspec.diff.history import Verdict, against
    from dynapspec.diff.low_versions import unraised
    from dynapspec.diff.report import Report
    from dynapspec.diff.revision import Side, open_spec

__all__ = ["Report", "Side", "Verdict", "against", "changes", "compare", "open_spec", "unraised"]

__getattr__ = on_demand(
    __name__,
    {
        "Report": "dynapspec.diff.report",
        "Side": "dynapspec.diff.revision",
        "Verdict": "dynapspec.diff.history",
        "against": "dynapspec.diff.history",
        "changes": "dynapspec.diff.comparison",
        "compare": "dynapspec.diff.comparison",
        "open_spec": "dynapspec.diff.revision",
        "unraised": "dynapspec.diff.low_versions",
    },
)
