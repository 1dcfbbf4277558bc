"""The model, run: memory, shapes, rules, quantization and neurons straight from the specs.

No generated code and no torch is needed here. Generated code must agree with this package.
"""

from dynapspec.interpret.chip import Judge, Judgement, Violation
from dynapspec.interpret.description import Description, Layout
from dynapspec.interpret.layer import LayerInterpreter

__all__ = ["Description", "Judge", "Judgement", "LayerInterpreter", "Layout", "Violation"]
