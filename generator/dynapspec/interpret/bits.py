"""A binary32 number as the text of its 32 bits, which is how questions and answers write one."""

from __future__ import annotations

from collections.abc import Iterable

from dynapspec.formula.f32 import bits_of, from_bits


def text_of(value: float) -> str:
    """An f32 as the text of its 32 bits."""
    return f"0x{bits_of(value):08x}"


def number(text: str) -> float:
    """The f32 that a text of 32 bits stands for."""
    return from_bits(int(text, 16))


def numbers(texts: Iterable[str]) -> list[float]:
    """Several of them."""
    return [number(text) for text in texts]
