"""The emitter ``schema``."""
