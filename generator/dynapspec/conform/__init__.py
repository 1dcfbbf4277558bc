"""Plays the conformance vectors against an implementation: a Python adapter, or any command."""

from dynapspec.conform.implementation import Case, Implementation, Refused, Skip

__all__ = ["Case", "Implementation", "Refused", "Skip"]
