"""The formula language: parse, check kinds and units, evaluate, print as code.

One tree serves them all. Formulas are Python expressions by syntax alone; Python never runs them.
"""

from dynapspec.formula.evaluate import Environment, EvaluationError, Undefined, compile_formula
from dynapspec.formula.parse import FormulaError, parse
from dynapspec.formula.tree import Tree, names_in

__all__ = [
    "Environment",
    "EvaluationError",
    "FormulaError",
    "Tree",
    "Undefined",
    "compile_formula",
    "names_in",
    "parse",
]
