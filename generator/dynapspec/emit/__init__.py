"""From the model to files. An emitter is a folder: its templates beside one module that prepares them."""

from dynapspec.emit.output import Emitter, Output

__all__ = ["Emitter", "Output"]
