"""IEEE binary32 in plain Python: a float that holds an f32, rounded after every operator.

A double has more than twice the bits of an f32 plus two, so rounding the double result of one
+, -, * or / once more gives the correctly rounded f32 result (Figueroa 1995).
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction

_PACK = struct.Struct("<f")
SIGNIFICAND = 24  # bits; whole numbers of so many bits, and their sums below that, are exact


def f32(value: float | Fraction) -> float:
    """The f32 nearest to ``value``, ties to even; too large a value becomes infinite."""
    if isinstance(value, Fraction):
        return _from_fraction(value)
    try:
        return float(_PACK.unpack(_PACK.pack(value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _from_fraction(value: Fraction) -> float:
    """Rounds once: by way of a double, unless that double is a tie that the fraction was not."""
    try:
        near = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    exact = Fraction(near)
    if exact != value and _is_tie(near):
        near = math.nextafter(near, math.inf if value > exact else -math.inf)
    return f32(near)


def _is_tie(value: float) -> bool:
    """Whether a double lies exactly between two neighbouring f32 numbers."""
    low = f32(value)
    if low == value or math.isinf(low):
        return False
    other = f32(value + (value - low))
    return abs(value - low) == abs(other - value)


def bits_of(value: float) -> int:
    """The 32 bits of an f32 as an unsigned number."""
    return int.from_bytes(_PACK.pack(value), "little")


def from_bits(bits: int) -> float:
    """The f32 that these 32 bits stand for."""
    return float(_PACK.unpack(bits.to_bytes(4, "little"))[0])


def divide(left: float, right: float) -> float:
    """f32 division, with infinities and NaN where Python would raise."""
    if right != 0:
        return f32(left / right)
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def whole(value: float, rounded: float) -> float:
    """A rounded value with the sign of what it came from, so that -0.3 rounds to -0.0."""
    return math.copysign(rounded, value) if rounded == 0 else rounded


def remainder(left: float, right: float) -> float:
    """What a floor division leaves, with the sign of the divisor, as arrays compute it."""
    if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    rest = math.fmod(left, right)
    return f32(rest + right) if rest != 0 and (right < 0) != (rest < 0) else rest


def floor_divide(left: float, right: float) -> float:
    """The whole number of times that ``right`` fits, taken from the exact remainder, as arrays compute it."""
    if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return divide(left, right)
    rest = math.fmod(left, right)
    quotient = divide(f32(left - rest), right)
    if rest != 0 and (right < 0) != (rest < 0):
        quotient = f32(quotient - 1.0)
    if quotient == 0:
        return math.copysign(0.0, divide(left, right))
    floor = float(math.floor(quotient))
    return f32(floor + 1.0) if quotient - floor > 0.5 else floor
