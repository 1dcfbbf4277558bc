"""Mistakes to plant in a copy of the generated package: each must turn a generated test red."""

from __future__ import annotations

from planted_in_torch import ARRAYS
from planted_mistake import Mistake

ARITHMETIC = [
    Mistake("no-ceil", "arithmetic.py", "(count - 1).bit_length()", "count.bit_length() - 1"),
    Mistake("a-bit-too-many", "arithmetic.py", "(count - 1).bit_length()", "count.bit_length()"),
    Mistake("lowest-level", "arithmetic.py", "return -pow2(bits - 1)", "return -pow2(bits - 1) + 1"),
    Mistake("highest-level", "arithmetic.py", "return pow2(bits - 1) - 1", "return pow2(bits - 1)"),
]
MEMORY = [
    Mistake(
        "kernel-axes-padded-apart",
        "memory.py",
        "c * pow2(ceil_log2(kh * kw) + ceil_log2(f))",
        "c * pow2(ceil_log2(kh) + ceil_log2(kw) + ceil_log2(f))",
    ),
    Mistake(
        "kernel-features-swapped",
        "memory.py",
        "c * pow2(ceil_log2(kh * kw) + ceil_log2(f))",
        "f * pow2(ceil_log2(kh * kw) + ceil_log2(c))",
    ),
    Mistake(
        "neuron-axes-padded-together",
        "memory.py",
        "f * pow2(ceil_log2(fy) + ceil_log2(fx))",
        "f * pow2(ceil_log2(fy * fx))",
    ),
    Mistake(
        "neuron-features-padded",
        "memory.py",
        "f * pow2(ceil_log2(fy) + ceil_log2(fx))",
        "pow2(ceil_log2(f) + ceil_log2(fy) + ceil_log2(fx))",
    ),
    Mistake(
        "bias-always", "memory.py", 'defined")\n    return f if has_bias else 0', 'defined")\n    return f'
    ),
    Mistake("kernel-used", "memory.py", "return c * f * kh * kw", "return c * f * kh"),
    Mistake("domain-of-features", "memory.py", "if not (1 <= c", "if not (0 <= c"),
]
SHAPES = [
    Mistake("dilation-ignored", "shapes.py", "2 * py - dy * (kh - 1)", "2 * py - (kh - 1)"),
    Mistake("padding-on-one-side", "shapes.py", "(w + 2 * px - dx", "(w + px - dx"),
    Mistake("partial-windows", "shapes.py", "dy * (kh - 1) - 1) // sy + 1", "dy * (kh - 1) - 2) // sy + 2"),
    Mistake("pool-stride-as-window", "shapes.py", "(fx - qx) // tx + 1", "fx // tx"),
    Mistake("kernel-axes-swapped", "shapes.py", "kh=conv.kernel_size[0]", "kh=conv.kernel_size[1]"),
    Mistake("map-axes-swapped", "shapes.py", "h=in_shape[1],", "h=in_shape[2],"),
    Mistake("declared-features-ignored", "shapes.py", "c_in=in_shape[0]", "c_in=conv.in_channels"),
    Mistake("weight-extremes-swapped", "shapes.py", "conv.weight.max()", "conv.weight.min()"),
]
RULES = [
    Mistake(
        "any-for-all",
        "rules.py",
        'sy in chip.limits["stride"] and sx',
        'sy in chip.limits["stride"] or sx',
    ),
    Mistake("kernel-may-be-too-large", "rules.py", "dy * (kh - 1) < h + 2", "dy * (kh - 1) <= h + 2"),
    Mistake(
        "one-axis-only",
        "rules.py",
        'kh in chip.limits["kernel_size"] and kw in chip.limits["kernel_size"]',
        'kh in chip.limits["kernel_size"]',
    ),
    Mistake("input-features-ignored", "rules.py", ' and c_in in chip.limits["features"]', ""),
    Mistake("no-decimation-refused", "rules.py", "if decimation == 1 or decimation in", "if decimation in"),
    Mistake("strict-weights", "rules.py", "if weight_min >= lowest(", "if weight_min > lowest("),
    Mistake("pool-square-dropped", "rules.py", "if qy == qx:", "if qy >= qx:"),
    Mistake("pool-stride-dropped", "rules.py", "if ty == qy and tx == qx", "if tx == qx"),
    Mistake("pooled-map-strict", "rules.py", "if qy <= fy and qx <= fx", "if qy < fy and qx <= fx"),
    Mistake(
        "strict-memory", "rules.py", "any((kernel <= core.kernel_words)", "any((kernel < core.kernel_words)"
    ),
    Mistake(
        "all-cores", "rules.py", "any((neuron <= core.neuron_words)", "all((neuron <= core.neuron_words)"
    ),
    Mistake(
        "first-destination-only", "rules.py", "(leaving if rule in _EACH", "(leaving[:1] if rule in _EACH"
    ),
    Mistake(
        "biases-fit-anywhere",
        "rules.py",
        "    return kernel <= core.kernel_words and neuron <= core.neuron_words and bias <= core.bias_words",
        "    return kernel <= core.kernel_words and neuron <= core.neuron_words",
    ),
    Mistake("needs-ignored", "rules.py", "not found.keys().isdisjoint(_NEEDS.get(rule, ()))", "False"),
    Mistake(
        "reports-the-first",
        "rules.py",
        "                found[rule] = broken",
        "                found = found or {rule: broken}",
    ),
]
CHIPS = [
    Mistake(
        "kernel-limit",
        "chips/speck2f.py",
        '"kernel_size": Limit("pixel", most=16)',
        '"kernel_size": Limit("pixel", most=15)',
    ),
    Mistake(
        "padding-limit",
        "chips/speck2f.py",
        '"padding": Limit("pixel", most=7)',
        '"padding": Limit("pixel", most=8)',
    ),
    Mistake("stride-set", "chips/speck2e.py", "one_of=(1, 2, 4, 8))", "one_of=(1, 2, 4, 8, 16))"),
    Mistake("decimator-set", "chips/speck2f.py", "(2, 4, 8, 16, 32, 128,", "(2, 4, 8, 16, 32, 64, 128,"),
    Mistake(
        "floor-limit",
        "chips/speck2cmini.py",
        '"v_floor": Limit("level", most=-1)',
        '"v_floor": Limit("level", most=0)',
    ),
    Mistake("core-memory", "chips/speck2f.py", "3: Core(kernel_words=32768", "3: Core(kernel_words=16384"),
    Mistake(
        "core-biases",
        "chips/speck2dmini.py",
        "2: Core(kernel_words=32768, neuron_words=32768, bias_words=0)",
        "2: Core(kernel_words=32768, neuron_words=32768, bias_words=1)",
    ),
    Mistake("state-bits", "chips/speck2b.py", '"state": 16', '"state": 17'),
    Mistake("exclusive-maximum", "chips/chip.py", "value <= self.most)", "value < self.most)"),
    Mistake("smallest-for-largest", "chips/chip.py", "max(core.neuron_words", "min(core.neuron_words"),
]
PLACEMENT = [
    Mistake(
        "first-found",
        "placement.py",
        "for place in _smallest(fits, holder)]",
        "for place in map(holder.index, range(len(fits)))]",
    ),
    Mistake(
        "no-second-thoughts",
        "placement.py",
        "if holder[place] < 0 or _give(holder[place], fits, holder, seen):",
        "if holder[place] < 0:",
    ),
    Mistake("everyone-competes", "placement.py", "            competing = rest", "            pass"),
    Mistake("shared-cores", "placement.py", "fixed |= 1 << own", "fixed |= 0"),
]

MISTAKES = [*ARITHMETIC, *MEMORY, *SHAPES, *RULES, *CHIPS, *PLACEMENT, *ARRAYS]
