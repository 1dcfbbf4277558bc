"""The emitter ``reference_tests``."""
