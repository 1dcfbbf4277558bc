"""What Triton makes of the kernels: compiled for a GPU, for which none is needed. Run by test_triton.py.

The interpreter of Triton takes code that its compiler refuses, and cannot show which instructions are chosen.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from dynapcnn.fast import choice, gpu, gpu_kernels

SIZES = {"steps", "count", "height", "width", "window_rows", "window_columns", "rows", "columns", "left"}
OLDEST, NEW = 75, 90  # compute capabilities


def code_of(kernel: Any, capability: int, codes: dict[str, int], has_floor: bool = True) -> str:
    """A kernel as assembly (PTX), after the machine code has been made of it too."""
    constants = {name: codes.get(name, 0) for name in kernel.arg_names if name.startswith("CODE_")}
    constants |= {"HAS_FLOOR": has_floor, "BLOCK": gpu.BLOCK}
    kinds = (
        dict.fromkeys(kernel.arg_names, "*fp32") | dict.fromkeys(constants, "constexpr") | {"params": "*fp64"}
    )
    kinds |= {name: "i32" for name in kernel.arg_names if name in SIZES}
    target = GPUTarget("cuda", capability, 32)
    made = triton.compile(ASTSource(kernel, kinds, constants), target=target, options=dict(gpu.SETTINGS))
    assert made.asm["cubin"]
    return str(made.asm["ptx"])


def operations(code: str) -> set[str]:
    return set(re.findall(r"^\s*(?:@%\w+\s+)?([a-z]\w*(?:\.\w+)*\.f32)\b", code, re.MULTILINE))


@pytest.mark.parametrize(("code", "reset", "has_floor"), [(0, 0, True), (1, 1, True), (2, 1, False)])
def test_forward_rounds_every_operation_once(code: int, reset: int, has_floor: bool) -> None:
    found = operations(code_of(gpu_kernels.forward, NEW, {"CODE_1": code, "CODE_2": reset}, has_floor))
    assert {"add.rn.f32", "mul.rn.f32"} <= found
    assert not [one for one in found if re.search("fma|mad|approx|full", one)]
    # zeros in the place of the smallest numbers, in trunc alone, where it makes no difference
    assert not [one for one in found if "ftz" in one and not one.startswith("cvt.r")]


def test_division_is_that_of_ieee() -> None:
    found = operations(code_of(gpu_kernels.forward, OLDEST, {}))
    assert {one for one in found if one.startswith("div")} == {"div.rn.f32"}


@pytest.mark.parametrize("code", range(len(choice.SURROGATES)))
def test_backward_fuses_nothing(code: int) -> None:
    found = operations(code_of(gpu_kernels.backward, NEW, {"CODE_4": code, "CODE_2": code % 2}))
    approximate = {one for one in found if re.search("fma|mad|approx|full", one)}
    assert approximate <= {"ex2.approx.f32"}
    assert bool(approximate) == (code != 2)  # Heaviside has no exponential
