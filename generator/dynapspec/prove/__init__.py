"""Proofs about specs: equal formulas, implied rules, layers that one chip runs and another does not.

A question has one of three answers: proven, refuted by a layer that the interpreter agrees with, or
undecided for a stated reason. Nothing is guessed. Proofs need z3, the extra ``prove``.
"""

from dynapspec.prove.library import available
from dynapspec.prove.questions import domain_safe, equal, implies, legal_subset
from dynapspec.prove.verdict import Proven, Refuted, Undecided, Verdict, Witness

__all__ = [
    "Proven",
    "Refuted",
    "Undecided",
    "Verdict",
    "Witness",
    "available",
    "domain_safe",
    "equal",
    "implies",
    "legal_subset",
]
