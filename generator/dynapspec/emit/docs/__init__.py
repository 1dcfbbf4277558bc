"""The emitter ``docs``."""
