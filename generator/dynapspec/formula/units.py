"""Kinds and units of integer formulas.

log2 of a count is bits; 2 to the bits is a code, which counts words or levels; a count scales a
unit; words(n) names a count; nothing else converts. + - < min max need equal kinds. Constants are
plain numbers, and so is how often one length fits into another; a ratio (a stride, a dilation)
scales a length.
"""

from __future__ import annotations

from collections.abc import Mapping

from dynapspec.diagnostics import did_you_mean
from dynapspec.formula import tree as t
from dynapspec.formula.operators import ARITY
from dynapspec.formula.parse import FormulaError

COUNTS = frozenset({"pixel", "channel", "count"})
KINDS = COUNTS | {"ratio", "bit", "word", "level", "bool", "name"}
_ANY = "number"  # of a constant: takes the kind of what it meets
_CODE = "code"  # of pow2: words of an address, or levels of a word

Signature = tuple[tuple[str, ...], str]  # kinds of the arguments, kind of the result


class UnitChecker:
    """Finds the kind of a formula from the kinds of its names."""

    def __init__(self, kinds: Mapping[str, str], functions: Mapping[str, Signature]) -> None:
        self.kinds = kinds
        self.functions = functions

    def expect(self, tree: t.Tree, kind: str) -> None:
        """Raises FormulaError unless the formula is of that kind."""
        found = self.kind_of(tree)
        if _unify(found, kind) is None:
            message = f"this is of kind {found}, and {kind} is expected"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, _conversion(found, kind))

    def kind_of(self, tree: t.Tree) -> str:
        """The kind of a formula; raises FormulaError where kinds do not go together."""
        match tree:
            case t.Number(value=value):
                return "bool" if isinstance(value, bool) else _ANY
            case t.Text():
                return "name"
            case t.Name():
                return self._name(tree)
            case t.Unary(op="-"):
                return self.kind_of(tree.operand)
            case t.Unary():
                self.expect(tree.operand, "bool")
                return "bool"
            case t.Binary():
                return self._binary(tree)
            case t.Compare():
                self._same(tree, tree.left, tree.right)
                return "bool"
            case t.Logic():
                for item in tree.items:
                    self.expect(item, "bool")
                return "bool"
            case t.Choice():
                self.expect(tree.when, "bool")
                return self._same(tree, tree.then, tree.otherwise)
            case t.Call():
                return self._call(tree)

    def _name(self, tree: t.Name) -> str:
        if tree.id not in self.kinds:
            hint = did_you_mean(tree.id, self.kinds)
            raise FormulaError("unknown-name", f"{tree.id} is not known here", tree.start, tree.stop, hint)
        return self.kinds[tree.id]

    def _same(self, tree: t.Tree, left: t.Tree, right: t.Tree) -> str:
        first, second = self.kind_of(left), self.kind_of(right)
        kind = _unify(first, second)
        if kind is None:
            message = f"{first} and {second} do not go together here"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, _conversion(first, second))
        return kind

    def _binary(self, tree: t.Binary) -> str:
        if tree.op in "+-":
            return self._same(tree, tree.left, tree.right)
        first, second = self.kind_of(tree.left), self.kind_of(tree.right)
        kind = _product(first, second) if tree.op == "*" else _quotient(first, second)
        if kind is None:
            message = f"{first} {tree.op} {second} has no unit"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop)
        return kind

    def _call(self, tree: t.Call) -> str:
        if tree.function in self.functions:
            kinds, result = self.functions[tree.function]
            _check_arity(tree, (len(kinds), len(kinds)))
            for arg, kind in zip(tree.args, kinds, strict=True):
                self.expect(arg, kind)
            return result
        check_function(tree, self.functions)
        match tree.function:
            case "ceil_log2":
                self._expect_count(tree.args[0])
                return "bit"
            case "pow2":
                self.expect(tree.args[0], "bit")
                return _CODE
            case "words":
                self._expect_count(tree.args[0])
                return "word"
            case "abs" | "sum":
                return self.kind_of(tree.args[0])
            case "min" | "max":
                return self._extreme(tree)
        message = f"{tree.function} is a function of f32 formulas"
        raise FormulaError("number-kind", message, tree.start, tree.stop)

    def _extreme(self, tree: t.Call) -> str:
        kind = self.kind_of(tree.args[0])
        for arg in tree.args[1:]:
            kind = self._same(tree, tree.args[0], arg) if kind != _ANY else self.kind_of(arg)
        return kind

    def _expect_count(self, tree: t.Tree) -> None:
        found = self.kind_of(tree)
        if found not in COUNTS and found not in (_ANY, "ratio"):
            raise FormulaError(
                "unit-mismatch", f"this is of kind {found}, and a count is expected", tree.start, tree.stop
            )


def check_function(tree: t.Call, extra: Mapping[str, Signature]) -> None:
    """Raises FormulaError unless the function exists and takes that many arguments."""
    if tree.function not in ARITY:
        hint = did_you_mean(tree.function, [*ARITY, *extra])
        raise FormulaError("unknown-function", f"no function {tree.function}", tree.start, tree.stop, hint)
    _check_arity(tree, ARITY[tree.function])


def _check_arity(tree: t.Call, arity: tuple[int, int]) -> None:
    least, most = arity
    if not least <= len(tree.args) <= most:
        takes = str(least) if least == most else f"{least} to {most}"
        message = f"{tree.function} takes {takes} arguments, {len(tree.args)} given"
        raise FormulaError("arity", message, tree.start, tree.stop)


def _unify(first: str, second: str) -> str | None:
    """The kind that both are, or None."""
    if first == second or second == _ANY:
        return first
    if first == _ANY:
        return second
    for code, other in ((first, second), (second, first)):
        if code == _CODE and other in ("word", "level"):
            return other
    return None


def _product(first: str, second: str) -> str | None:
    if second in COUNTS | {_ANY, "ratio"} and first not in COUNTS | {_ANY, "ratio"}:
        first, second = second, first
    if "bool" in (first, second) or "name" in (first, second):
        return None
    if first == _ANY or (first == "ratio" and second != _ANY):
        return second
    if second in (_ANY, "ratio"):
        return first
    if first in COUNTS:
        return "count" if second in COUNTS else second
    return None


def _quotient(first: str, second: str) -> str | None:
    if {"bool", "name"} & {first, second}:
        return None
    if second in (_ANY, "ratio"):
        return first
    if first == second:
        return _ANY
    if first == _ANY:
        return "ratio"
    return "count" if first == "count" and second in COUNTS else None


def _conversion(found: str, wanted: str) -> str:
    """How one gets from the one kind to the other, where the language has a way."""
    if found in COUNTS and wanted == "word":
        return "words(n) names a count of words"
    if found in COUNTS and wanted == "bit":
        return "ceil_log2(n) gives the bits that an address of n needs"
    if found == "bit" and wanted == "word":
        return "pow2(n) gives the words that n bits address"
    return ""
