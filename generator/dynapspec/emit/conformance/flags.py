"""What the flags of vectors mean: each names a mistake that a vector is known to catch."""

from __future__ import annotations

import re

_WORDS = {
    "degenerate": "the answer is zero throughout, so that a stub passes; it catches nothing by itself",
    "all-for-any": "one condition suffices where all must hold",
    "any-for-all": "one condition is asked for where any would do",
    "average": "pooling averages",
    "axes-swapped": "rows stand for columns",
    "breadth-first": "all spikes of one layer are taken on before those that they cause",
    "condition-dropped": "one of several conditions is missing",
    "cut-windows-kept": "pooling windows that the map cuts off are summed too",
    "default-changed": "something else is taken where nothing is given",
    "dims-swapped": "one dimension stands for another",
    "domain-too-large": "values outside the domain are taken",
    "domain-too-small": "values at the edge of the domain are refused",
    "exact-arithmetic": "numbers are not rounded to binary32 after each operation",
    "first-destination-only": "a rule is judged for the first destination alone",
    "first-fit": "each layer takes the first free core that it fits",
    "gradients-kept": "zero_grad leaves gradients behind",
    "half-away": "halves are rounded away from zero",
    "half-even": "halves are rounded to even",
    "half-up": "halves are rounded up",
    "inclusive": "a bound counts where it must not",
    "largest-scale": "the largest scale is taken in place of the smallest",
    "limit-too-large": "a layer just beyond a limit is taken",
    "limit-too-small": "a layer at a limit is refused",
    "max-for-min": "the greater is taken in place of the smaller",
    "maximum": "pooling takes the maximum",
    "min-for-max": "the smaller is taken in place of the greater",
    "multiplied": "a product stands for a quotient",
    "names-swapped": "one name stands for another",
    "off-by-one": "a result is one too large or too small",
    "out-of-domain": "values outside the domain are not refused",
    "places-too-much": "more layers are placed than there is room for",
    "pool-must-be-a-pair": "a window given as one number is not taken",
    "reciprocal": "a quotient is upside down",
    "refuses-too-much": "a legal layer is refused",
    "bits-of-rows": "rows are shifted by the bits of rows, so that addresses collide on wide maps",
    "left-on": "what is not in use is not switched off",
    "rounded-down": "numbers are rounded down",
    "rounded-up": "numbers are rounded up",
    "replaced-ignored": "a convolution that takes the place of another has no effect",
    "samples-share-neurons": "samples of one batch share their neurons",
    "silent-neurons-without-gradient": "a neuron that does not spike has no gradient",
    "silent-windows-without-gradient": "a pooling window without a spike has no gradient",
    "square-alone": "kernels that are not square are refused",
    "state-lost": "neurons forget the state that they are given",
    "strict": "a bound does not count where it must",
    "sum-for-product": "a sum stands for a product",
    "true-division": "the scale is divided directly, without the reciprocal that comes first",
    "truncated": "numbers lose their fraction in place of being rounded",
    "unbounded": "an upper bound is missing",
    "plain-maximum": "the floor is a maximum, which rounds otherwise",
    "wrong-sign": "a sign is turned",
}
_FORMS = (  # the first that fits
    (r"accepts-(.+)", "a layer that must be refused is taken: {0}"),
    (r"leak-(.+)", "at a tick of the slow clock: {0}"),
    (r"(.+)-before-(.+)", "{0} comes before {1}"),
    (r"floor-(.+)", "in the floor: {0}"),
    (r"(.+)-in-(.+)-words", "{0} are rounded to the words of {1}"),
    (r"(.+)-on-silicon", "{0} stands for the one spike that an event can cause"),
    (r"ignores-(.+)", "{0} has no effect"),
    (r"(.+)-ignored", "{0} has no effect"),
    (r"no-(.+)", "{0} is missing"),
    (r"other-(.+)", "another {0} stands in the formula or table"),
    (r"(.+)-dropped", "a {0} of the formula is missing"),
    (r"(.+)-first", "spikes of one event leave by {0} first"),
)


def meaning(flag: str) -> str | None:
    """What a flag means; None for one that nobody described."""
    if flag in _WORDS:
        return _WORDS[flag]
    for pattern, text in _FORMS:
        if found := re.fullmatch(pattern, flag):
            parts = [_WORDS.get(part, part.replace("-", " ")) for part in found.groups()]
            return text.format(*parts)
    return None
