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
    "construct": [
        "the input holds the arguments of the layer by role and field; one that is left out has its default",
        "`dims` and `pools` are the dimensions that the layer then has, by the names of the spec",
        "`neuron_shape` is before pooling, `output_shapes` after it, one for each destination",
        "`memory` is counted in words, padding included",
        "`refused` holds the ids of the rules that the class refuses, or `out-of-domain`",
        "`undefined` are the sizes and memories that a refused layer does not have",
    ],
    "signature": [
        _BITS,
        "`arguments` are in the order of the signature, `defaults` what is left out",
        "an argument without `default` is required",
        "a `dimension` has a domain, its ends or its words, and the value that it has where nobody says",
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
        "a parameter that is left out has the default in `functions`: null is none, a name is that value",
    ],
    "gradient": [
        _BITS,
        "the answer lies between `low` and `high`, both included: no last bit of an exponential is promised",
        "`v` is the membrane potential before the reset; a parameter left out has the default in `functions`",
    ],
    "event": [
        "whole numbers throughout; the potential starts at 0",
        "a happening is an `event` with the weight that it arrives through, or a `leak` tick with the bias",
        "`spikes` are those of each happening, in order, and `v` is the potential in the end",
        "`order`: the spikes of one event at `at`, as they leave the core; places are (feature, row, column)",
    ],
    "chain": [
        "whole numbers throughout; potentials start at 0; weights are (out, in, row, column)",
        "`layers` feed each other: each spike is taken through the rest of the chain before the next one",
        "`pool` counts in which window a spike lies; windows that the map cuts off are dropped",
        "an `event` is (feature, row, column); a `leak` is a tick of every layer, with its own biases",
        "`spikes` are (layer, feature, row, column) in the order in which they are fired",
        "`v` are the potentials of each layer in the end: features of rows of columns",
    ],
    "pooling": ["windows that the map cuts off are dropped", "maps are features of rows of columns"],
    "linear": [
        "a fully connected layer reads its input by feature, then row, then column",
        "`taps` is the weight of the convolution that does the same: (out, in, row, column)",
    ],
    "layer": [
        _BITS,
        "a layer from its arguments; weights are flat, in the order (out, in, row, column)",
        "`ask` names what the answer holds; `input` is (time, features, rows, columns), of one sample",
        "with `batch_size` or `num_timesteps` the first axis holds several samples, one after the other",
        "`spikes` are what leaves the layer in each time bin, `v` the membrane potentials in the end: "
        "(features, rows, columns), of each sample where there may be several",
        "`gradient` is that of the number of spikes by each weight, `cleared` whether zero_grad leaves none",
        "`replaced`: a convolution that is set in the place of the layer's own is the one that runs",
        "`warned`: the user is told that nothing is left of the weights",
        "`refused` gives the reasons why there is no such layer; any reason is right",
    ],
    "convolution": [
        _BITS,
        "the words of weights and biases alone; neurons are given as numbers, and null is an absent value",
    ],
    "rules": [
        "a dimension that is left out has its default in `names`; without one it is unknown and not judged",
        "`violations` are all rules that the layer breaks on this chip, in the order of the spec",
        "`actual` and `limit` are the left and right sides of the comparisons of a rule, in written order",
        "a side that is the same in every comparison is that one value, else a list of one value for each",
        "a limit that is a set is itself a list, in ascending order: of a rule that compares both axes with "
        "a set, `limit` is that one list",
        "`cores` are the cores with room for every memory of the layer, whatever else it breaks",
    ],
    "placement": [
        "`candidates` are the cores with room for each layer",
        "when `possible`, any assignment of distinct candidates is right; `smallest` is the first in order",
    ],
    "configuration": [
        "`cores` are those in use, by number, and what each holds; `values` are dimensions by their names",
        "`weight` is (out, in, row, column), `v` the initial potentials (out, row, column)",
        "a `target` of null leads nowhere; `shift` is added to the number of each feature",
        "`configuration` is the whole object: a field that is not in it keeps the vendor's own value",
        "`address` asks for the address of a word by its `indices`, in a layer of these `sizes`",
    ],
    "facts": ["`of` is the place of a number or name in the spec of the chip; a list is one value"],
}
