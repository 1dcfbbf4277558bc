"""Kinds and units of integer formulas.

log2 of a count is bits; 2 to the bits is a code, which counts words or levels; a count scales a
unit; words(n) names a count; nothing else converts. + - < min max need equal kinds. Constants are
plain numbers, and so is how often one length fits into another; a ratio (a stride, a dilation)
scales a length.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

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
    """Finds the kind of a formula from the kinds of its names.

    ``limits`` are the names that stand for what a chip takes, ``columns`` those that stand for many
    values: a limit belongs to the right of ``in``, a column into sum, min or max.
    """

    def __init__(
        self,
        kinds: Mapping[str, str],
        functions: Mapping[str, Signature],
        limits: Collection[str] = (),
        columns: Collection[str] = (),
    ) -> None:
        self.kinds, self.functions = kinds, functions
        self.limits, self.columns = limits, columns

    def expect(self, tree: t.Tree, kind: str) -> None:
        """Raises FormulaError unless the formula is of that kind."""
        found = self.kind_of(tree)
        if _unify(found, kind) is None:
            message = f"this is of kind {found}, and {kind} is expected"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, _conversion(found, kind))

    def kind_of(self, tree: t.Tree) -> str:
        """The kind of a formula; raises FormulaError where kinds do not go together."""
        match tree:
            case t.Number():
                return _constant(tree)
            case t.Text():
                return "name"
            case t.Name():
                return self._name(tree)
            case t.Unary(op="-"):
                return self._number(tree.operand)
            case t.Unary():
                self.expect(tree.operand, "bool")
                return "bool"
            case t.Binary():
                return self._binary(tree)
            case t.Compare():
                return self._compare(tree)
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
            hint = did_you_mean(tree.id, self.kinds) or "no name has a value here"
            raise FormulaError("unknown-name", f"{tree.id} is not known here", tree.start, tree.stop, hint)
        for group, what, hint in (
            (self.limits, "a limit", f"write `x in {tree.id}`"),
            (self.columns, "a column of values", f"write sum({tree.id}), min({tree.id}) or max({tree.id})"),
        ):
            if tree.id in group:
                message = f"{tree.id} is {what}, and one value is expected"
                raise FormulaError("unit-mismatch", message, tree.start, tree.stop, hint)
        return self.kinds[tree.id]

    def _number(self, tree: t.Tree) -> str:
        """The kind of an operand of arithmetic."""
        kind = self.kind_of(tree)
        if kind in ("bool", "name"):
            message = f"this is of kind {kind}, and a number is expected"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, "write `a if b else c`")
        return kind

    def _compare(self, tree: t.Compare) -> str:
        if tree.op != "in":
            self._same(tree, tree.left, tree.right)
        elif not isinstance(tree.right, t.Name) or tree.right.id not in {*self.limits, *self._unknown(tree)}:
            hint = "write `x in chip.<limit>`, or compare with =="
            message = "a limit of the chip is expected"
            raise FormulaError("unit-mismatch", message, tree.right.start, tree.right.stop, hint)
        else:
            first, second = self.kind_of(tree.left), self._limit(tree.right)
            self._unified(tree, first, second)
        return "bool"

    def _unknown(self, tree: t.Compare) -> list[str]:
        """The right side, where it is a name that does not exist: then this is what is wrong with it."""
        return [tree.right.id] if isinstance(tree.right, t.Name) and tree.right.id not in self.kinds else []

    def _limit(self, tree: t.Name) -> str:
        return self.kinds[tree.id] if tree.id in self.limits else self._name(tree)

    def _same(self, tree: t.Tree, left: t.Tree, right: t.Tree) -> str:
        return self._unified(tree, self.kind_of(left), self.kind_of(right))

    def _unified(self, tree: t.Tree, first: str, second: str) -> str:
        kind = _unify(first, second)
        if kind is None:
            message = f"{first} and {second} do not go together here"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, _conversion(first, second))
        return kind

    def _binary(self, tree: t.Binary) -> str:
        first, second = self._number(tree.left), self._number(tree.right)
        if tree.op in ("+", "-"):
            return self._unified(tree, first, second)
        if tree.op == "/":
            message = "/ can leave a fraction, and whole numbers are expected"
            raise FormulaError("number-kind", message, tree.start, tree.stop, "use //, which rounds down")
        kind = _product(first, second) if tree.op == "*" else _quotient(first, second)
        if kind is None:
            message = f"{first} {tree.op} {second} has no unit"
            hint = "multiply counts, or scale one unit by a count; divide equal units"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, hint)
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
            case "abs":
                return self._number(tree.args[0])
            case "sum" | "min" | "max" if len(tree.args) == 1:
                return self._column(tree, tree.args[0])
            case "min" | "max":
                return self._extreme(tree)
        message, hint = f"{tree.function} is a function of f32 formulas", "whole numbers have // and pow2(n)"
        raise FormulaError("number-kind", message, tree.start, tree.stop, hint)

    def _column(self, tree: t.Call, arg: t.Tree) -> str:
        """The kind of ``sum(kernel_words)`` and the like."""
        if isinstance(arg, t.Name) and (arg.id in self.columns or arg.id not in self.kinds):
            return self.kinds[arg.id] if arg.id in self.columns else self._name(arg)
        message = f"{tree.function} of one value, and a column of values is expected"
        hint = "columns are the memories of a chip's cores, in its claims; compare values with min(a, b)"
        raise FormulaError("unit-mismatch", message, arg.start, arg.stop, hint)

    def _extreme(self, tree: t.Call) -> str:
        kind = self._number(tree.args[0])
        for arg in tree.args[1:]:
            kind = self._unified(tree, kind, self._number(arg))
        return kind

    def _expect_count(self, tree: t.Tree) -> None:
        found = self.kind_of(tree)
        if found not in COUNTS and found not in (_ANY, "ratio"):
            message = f"this is of kind {found}, and a count is expected"
            hint = "use a count: pixels, channels or a product of them"
            raise FormulaError("unit-mismatch", message, tree.start, tree.stop, hint)


def check_function(tree: t.Call, extra: Mapping[str, Signature]) -> None:
    """Raises FormulaError unless the function exists and takes that many arguments."""
    if tree.function in extra:
        count = len(extra[tree.function][0])
        _check_arity(tree, (count, count))
    elif tree.function in ARITY:
        _check_arity(tree, ARITY[tree.function])
    else:
        hint, stop = did_you_mean(tree.function, [*ARITY, *extra]), tree.start + len(tree.function)
        raise FormulaError("unknown-function", f"no function {tree.function}", tree.start, stop, hint)


def _check_arity(tree: t.Call, arity: tuple[int, int]) -> None:
    least, most = arity
    if not least <= len(tree.args) <= most:
        takes = str(least) if least == most else f"{least} to {most}"
        message = f"{tree.function} takes {takes} arguments, {len(tree.args)} given"
        hint = f"write {tree.function}({', '.join('abcdefgh'[: max(least, min(len(tree.args), most))])})"
        raise FormulaError("arity", message, tree.start, tree.stop, hint)


def _constant(tree: t.Number) -> str:
    if isinstance(tree.value, Fraction) and tree.value.denominator != 1:
        message = "a fraction, and whole numbers are expected"
        raise FormulaError("number-kind", message, tree.start, tree.stop, "write a // b")
    return "bool" if isinstance(tree.value, bool) else _ANY


def _unify(first: str, second: str) -> str | None:
    """The kind that both are, or None."""
    if first == second:
        return first
    if _ANY in (first, second):
        other = second if first == _ANY else first
        return None if other in ("bool", "name") else other
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
    if wanted == "bool":
        return "write a comparison, such as a <= b"
    if found in COUNTS and wanted == "word":
        return "words(n) names a count of words"
    if found in COUNTS and wanted == "bit":
        return "ceil_log2(n) gives the bits that an address of n needs"
    if found == "bit" and wanted == "word":
        return "pow2(n) gives the words that n bits address"
    return "mend the formula, or the kind of a value in it"
