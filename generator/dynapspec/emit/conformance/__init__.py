"""The emitter ``conformance``."""
