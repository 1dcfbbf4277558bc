"""Contexts of the kernels for GPUs: the functions of :mod:`dynapspec.emit.torch.fast`, printed for Triton.

There are kernels for a GPU where there are some for the processor, unless Triton has no code for a formula.
"""

from __future__ import annotations

import math
from typing import Any

from dynapspec.emit.torch.fast import SCALARS
from dynapspec.formula.numba import UnprintableError
from dynapspec.formula.triton import TritonPrinter


def gpu(compiled: dict[str, Any]) -> dict[str, Any]:
    """The context of ``fast``, and whether there are kernels for a GPU (``on_gpu``)."""
    try:
        return compiled | {"on_gpu": bool(printed(compiled)["complete"])}
    except UnprintableError:
        return compiled | {"on_gpu": False}


def printed(compiled: dict[str, Any]) -> dict[str, Any]:
    """The context of ``fast`` with its formulas in the language of Triton.

    Raises:
        UnprintableError: Triton has no code for a formula.
    """
    if not compiled["complete"]:
        return compiled
    most = {
        slot: max([0, *(len(fn["parameters"]) for fn in fns)]) for slot, fns in compiled["functions"].items()
    }
    statements = [_statement(one, most) for one in compiled["statements"]]
    surrogate = _values(compiled["surrogate"], most["surrogate_grad_fn"])
    return compiled | {
        "most": most,
        "surrogate_values": surrogate,
        "functions": {slot: [_printed(fn) for fn in fns] for slot, fns in compiled["functions"].items()},
        "statements": statements,
        "replayed": statements[: len(compiled["replayed"])],
        "floor": _printed(compiled["floor"]),
        "open": [one["index"] for one in statements if one["kind"] in ("spikes", "reset")],
        "sqrt_2_pi": repr(math.sqrt(2 * math.pi)),
    }


def _statement(statement: dict[str, Any], most: dict[str, int]) -> dict[str, Any]:
    if statement["kind"] == "step":
        return statement | {"scalar": _printed(statement["scalar"]), "values": []}
    slot = {"spikes": "spike_fn", "reset": "reset_fn"}.get(statement["kind"])
    return statement | {"values": _values(statement["index"], most[slot]) if slot else []}


def _values(index: int, count: int) -> list[dict[str, Any]]:
    """The parameters of the function of one statement, as the kernel reads them once."""
    return [{"name": f"p{index}_{number}", "index": index, "number": number} for number in range(count)]


def _printed(scalar: dict[str, Any]) -> dict[str, Any]:
    """A function and its derivatives in the language of Triton."""
    kinds = {argument: SCALARS.get(argument, "exact") for argument in scalar["arguments"]}
    printer = TritonPrinter(kinds)
    slopes = [slope | {"code": printer.value(slope["tree"])} for slope in scalar["slopes"]]
    return scalar | {"code": printer.value(scalar["tree"]), "slopes": slopes}
