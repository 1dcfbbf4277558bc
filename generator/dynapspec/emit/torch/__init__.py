"""The emitter ``torch``."""
