"""Asks an implementation the questions of the vectors, and judges its answers.

This package stands by itself: the generated tests have a copy of it, for whoever plays the vectors
without dynapspec, and ``dynapspec conform`` uses it too. So its modules import each other relatively,
and nothing else but the standard library and, where a layer runs, torch.
"""

from .case import Case, Refused, Skip

__all__ = ["Case", "Refused", "Skip"]
