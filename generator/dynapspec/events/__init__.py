"""Recordings of event cameras: read from the formats that they come in, and checked against a network."""

from __future__ import annotations

from dynapspec.events.checking import fitted
from dynapspec.events.reading import read_events
from dynapspec.events.recording import Recording

__all__ = ["Recording", "fitted", "read_events"]
