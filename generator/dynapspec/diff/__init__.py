"""What changed between two specs, what it means for whom, and a layer that shows it.

Five steps on the resolved model, a module each: match, detect, classify, explain, format.
"""

from dynapspec.diff.compare import compare
from dynapspec.diff.report import Report
from dynapspec.diff.revision import open_spec

__all__ = ["Report", "compare", "open_spec"]
