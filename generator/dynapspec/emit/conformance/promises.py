"""What the vectors of each topic hold an implementation to, in words for whoever writes one."""

from __future__ import annotations

_BITS = "a string 0x........ is the 32 bits of an IEEE binary32 number; compare bits, not decimals"

PROMISES: dict[str, list[str]] = {
    "shapes": [
        "`of` names the size that is asked for, the other inputs are what it depends on",
        "sizes are exact whole numbers, over the whole domain of the dimensions",
    ],
    "memory": [
        "`of` names the memory; `words` is what a layer takes, padding included, `used` what holds something",
        "words are exact whole numbers, also where a float would lose digits",
        "`refused`: the value is outside the domain, and an implementation reports it",
    ],
    "quantization": [
        _BITS,
        "the expected values are whole numbers; -0 counts as 0",
        "`scale` is compared bit for bit: the order of its operations is part of the spec",
        "null is an absent value",
        "`refused` gives the reason why there is no such layer",
    ],
    "rescale": [_BITS, "the weights are rescaled once, in binary32, before anything else"],
    "clocked": [
        _BITS,
        "`spikes` are the spikes of each time bin, `v` the membrane potential after the last one",
        "a parameter that is left out has the default of the spec",
    ],
    "event": [
        "whole numbers throughout; the potential starts at 0",
        "a happening is an `event` with the weight that it arrives through, or a `leak` tick with the bias",
        "`spikes` are those of each happening, in order, and `v` is the potential in the end",
        "`order`: the spikes of one event at `at`, as they leave the core; places are (feature, row, column)",
    ],
    "pooling": ["windows that the map cuts off are dropped", "maps are features of rows of columns"],
    "linear": [
        "a fully connected layer reads its input by feature, then row, then column",
        "`taps` is the weight of the convolution that does the same: (out, in, row, column)",
    ],
    "rules": [
        "a dimension that is left out has its default in `names`; without one it is unknown and not judged",
        "`violations` are all rules that the layer breaks on this chip, in the order of the spec",
        "`actual` and `limit` are the two sides of the comparison that fails",
        "`cores` are the cores with room for every memory of the layer, whatever else it breaks",
    ],
    "placement": [
        "`candidates` are the cores with room for each layer",
        "when `possible`, any assignment of distinct candidates is right; `smallest` is the first in order",
    ],
}
